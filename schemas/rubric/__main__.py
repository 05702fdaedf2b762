"""For whoever edits the rubric: `python -m schemas.rubric check`, `pages`, `difference OLD NEW`, `freeze VERSION`.

It runs in a clone, beside `docs/`; no running system calls it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from schemas.rubric.comparing import difference
from schemas.rubric.frozen import check_frozen, freeze, is_frozen
from schemas.rubric.page import page_name, render_page
from schemas.rubric.reading import RubricError, rubric, versions
from schemas.vocabulary import LANGUAGES

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rubric"
USAGE = "usage: python -m schemas.rubric check | pages | difference OLD NEW | freeze VERSION"


def main(arguments: list[str]) -> int:
    """0 when done, 1 where a rubric has a hole or was changed, 2 for a command that there is not."""
    try:
        match arguments:
            case ["check"]:
                lines = _check()
            case ["pages"]:
                lines = _write_pages()
            case ["difference", old, new]:
                lines = list(difference(rubric(old), rubric(new)).sentences)
            case ["freeze", version]:
                lines = [f"rubric {version} is frozen: {freeze(version)}"]
            case _:
                sys.stderr.write(USAGE + "\n")
                return 2
    except RubricError as error:
        sys.stderr.write("\n".join((f"rubric {error.version}:", *error.problems)) + "\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _check() -> list[str]:
    check_frozen()
    for version in versions():
        rubric(version)
    return [f"rubric {version}: whole, {'frozen' if is_frozen(version) else 'a draft'}" for version in versions()]


def _write_pages() -> list[str]:
    PAGES.mkdir(parents=True, exist_ok=True)
    names = [(page_name(version, language), version, language) for version in versions() for language in LANGUAGES]
    for name, version, language in names:
        (PAGES / name).write_text(render_page(rubric(version), language), encoding="utf-8")
    return [f"docs/rubric/{name}" for name, _, _ in names]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
