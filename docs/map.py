"""Draws the map in docs/architecture.md: every room of the house with the first sentence of what it says of itself.

`make map` writes it; a test fails when the map and the house differ. It reads files only and imports nothing of the project.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- map -->", "<!-- end of map -->"
ROOMS = ("schemas", "services")
DEEPEST = 3


def sentence(path: Path) -> str:
    """The first sentence of a module's docstring; empty when it has none."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].split())
    end = min((first.find(mark) for mark in (". ", ": ") if mark in first), default=-1)
    return (first if end < 0 else first[:end]).rstrip(".")


def rows(folder: Path, depth: int = 0) -> list[tuple[str, str]]:
    """`(indented name, sentence)` of a folder, its modules and, down to a depth, its folders."""
    found = [(f"{'  ' * depth}{folder.name}/", sentence(folder / "__init__.py"))]
    for child in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        if child.suffix == ".py" and child.name != "__init__.py" and depth < DEEPEST - 1:
            found.append((f"{'  ' * (depth + 1)}{child.name}", sentence(child)))
        elif child.is_dir() and (child / "__init__.py").exists() and child.name != "versions":
            found += rows(child, depth + 1)
    return found


def drawn() -> str:
    """The map as it belongs into the page."""
    everything = [row for room in ROOMS for row in rows(ROOT / room)]
    width = max(len(name) for name, _ in everything)
    lines = [f"{name.ljust(width)}  {about}".rstrip() for name, about in everything]
    return "\n".join([BEGIN, "```", *lines, "```", END])


def page_with_map(page: str) -> str:
    """The page with the map as the house is now."""
    before, rest = page.split(BEGIN)
    return before + drawn() + rest.split(END)[1]


def main() -> int:
    """Write the map into the page."""
    PAGE.write_text(page_with_map(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(drawn() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
