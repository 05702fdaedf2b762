"""Schemes of codes with labels in seven languages, read from `tables/` on first use and kept.

It knows what a code is called and what stands above it; it knows no rule about what a code means. The rest of this
package builds on it, and everything else asks the package, never this module. Countries, regions, languages and
currencies keep only their codes here: their names come from the Unicode CLDR, by Babel.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

import orjson

_TABLES = Path(__file__).parent / "tables"

LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh", "km")

_SCHEMES = (
    "sdg", "sdg-target", "mdg", "mdg-target", "agenda21",
    "constituency", "key-actor", "chamber", "lesson",
    "kind", "standing", "phase", "tier", "scope", "function", "goal-weight", "date-type",
    "role", "confirmation-state", "contribution-kind", "earmarking", "chosen-by",
    "legal-agreement", "decision-rule", "quota-kind", "document-kind", "budget-basis", "business-size",
    "process-kind", "process-relation", "commitment-kind", "deliverable-level", "result-sex", "silence",
    "focal-point-function", "country", "region", "language", "currency",
)  # fmt: skip

_SAME_AS = {"key-actor": "constituency"}
"""A scheme that another one's codes serve: the key actors of an analysis are constituencies."""

_CLOSED = frozenset((
    "sdg", "sdg-target", "mdg", "mdg-target", "agenda21", "chamber", "lesson", "kind", "standing", "phase", "tier",
    "confirmation-state", "decision-rule", "quota-kind", "silence", "focal-point-function", "goal-weight",
))  # fmt: skip
"""Schemes that no operator extends: others keep the list, or a rule of the program hangs on every code."""

_additions: Path | None = None
"""The operator's file of added codes that this process uses."""

_CLDR_LOCALES = {"zh": "zh_Hans"}
_LONGEST_QUESTION = 80
"""Characters of a wrong code that are compared: what was sent may be of any length, and comparing is quadratic."""

CldrTable = Literal["territories", "languages", "currencies"]


class Row(TypedDict, total=False):
    """What a table says of a code; without labels, the CLDR names it."""

    parent: str
    labels: dict[str, str]
    alpha_2: str


class UnknownScheme(KeyError):
    """There is no such scheme. `nearest` has the names that look like it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.nearest: tuple[str, ...] = tuple(get_close_matches(name[:_LONGEST_QUESTION], _SCHEMES))

    def __str__(self) -> str:
        """A sentence, where KeyError would show the bare key."""
        return _sentence(f"there is no scheme {self.name[:_LONGEST_QUESTION]!r}", self.nearest)


class UnknownCode(KeyError):
    """The scheme has no such code. `nearest` has the right codes that look like it, or are called so."""

    def __init__(self, scheme: Scheme, code: str) -> None:
        super().__init__(code)
        self.scheme = scheme
        self.code = code

    @property
    def nearest(self) -> tuple[str, ...]:
        """Worked out when asked for: most callers only want to know that the code is wrong."""
        return self.scheme.nearest(self.code)

    def __str__(self) -> str:
        """A sentence, where KeyError would show the bare key."""
        return _sentence(f"{self.code[:_LONGEST_QUESTION]!r} is no code of {self.scheme.name}", self.nearest)


class ExtensionRefused(ValueError):
    """An operator's file of added codes is not well formed, or would change what is there."""


class Entry(TypedDict):
    """A code as the API shows it."""

    code: str
    labels: dict[str, str]
    parent: NotRequired[str]


@dataclass(frozen=True, slots=True, eq=False)
class Scheme:
    """A closed list of codes in their natural order, with labels and, for some, a parent.

    `parent_scheme` names the scheme of the parents (`sdg` for `sdg-target`, `region` for `country`).
    """

    name: str
    codes: tuple[str, ...] = field(repr=False)
    parent_scheme: str | None
    _rows: Mapping[str, Row] = field(repr=False)
    _names: CldrTable | None

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code in self._rows

    def label(self, code: str, language: str = "en") -> str:
        """The label in `language` (BCP 47; `zh-Hans-CN` is read as `zh`), else in English.

        Raises UnknownCode.
        """
        wanted = language.replace("_", "-").split("-")[0].lower()
        return self._label(code, wanted) or self._label(code, "en") or code

    def labels(self, code: str) -> Mapping[str, str]:
        """The labels by language, of those of the seven languages that have one. Raises UnknownCode."""
        found = ((language, self._label(code, language)) for language in LANGUAGES)
        return {language: label for language, label in found if label}

    def parent(self, code: str) -> str | None:
        """The code above: a target's goal, a country's smallest region, a region's region. Raises UnknownCode."""
        return self._row(code).get("parent")

    def alternative(self, code: str) -> str | None:
        """Another code for the same thing in wide use: of a country its alpha-2 code. Raises UnknownCode."""
        return self._row(code).get("alpha_2")

    def nearest(self, code: str, n: int = 3) -> tuple[str, ...]:
        """At most `n` right codes that look like `code`, or whose label in any language does; the likeliest first."""
        return _nearest(self, code, n)

    def entries(self) -> list[Entry]:
        """All codes with labels and parents, as the API shows them; each call makes a new list."""
        entries: list[Entry] = []
        for code in self.codes:
            entry = Entry(code=code, labels=dict(self.labels(code)))
            if parent := self.parent(code):
                entry["parent"] = parent
            entries.append(entry)
        return entries

    def _row(self, code: str) -> Row:
        try:
            return self._rows[code]
        except KeyError:
            raise UnknownCode(self, code) from None

    def _label(self, code: str, language: str) -> str | None:
        row = self._row(code)
        if "labels" in row:
            return row["labels"].get(language)
        if self._names is None or language not in LANGUAGES:
            return None
        return _cldr(self._names, language).get(row.get("alpha_2", code))


def schemes() -> tuple[str, ...]:
    """The names of all schemes."""
    return _SCHEMES


@cache
def scheme(name: str) -> Scheme:
    """The scheme of that name. Raises UnknownScheme."""
    if name not in _SCHEMES:
        raise UnknownScheme(name)
    table = read_table(_SAME_AS.get(name, name))
    rows: dict[str, Row] = table["codes"]
    found = Scheme(
        name=name,
        codes=tuple(rows),
        parent_scheme=table.get("parent_scheme"),
        _rows=rows,
        _names=table.get("names"),
    )
    return extended(found, _additions) if _additions is not None else found


def use_additions(path: Path | None) -> None:
    """Add the codes of an operator's file (see `extended`) to what this process knows; `None` takes them away again.

    Called once, when a process begins. Raises ExtensionRefused, OSError; then nothing is added.
    """
    global _additions
    if path is not None:
        document = orjson.loads(path.read_bytes() or b"null")
        strange = [name for name in document if name not in _SCHEMES] if isinstance(document, dict) else []
        if strange:
            raise ExtensionRefused(f"{path}: there is no scheme {strange[0]!r}")
        for name in _SCHEMES if not isinstance(document, dict) else document:
            extended(scheme(name), path)
    _additions = path
    scheme.cache_clear()


def extended(base: Scheme, path: Path) -> Scheme:
    """`base` with the codes that an operator's file adds to it: `{scheme: {code: {"labels": {"en": …}, "parent"?}}}`.

    A file may add to several schemes; what it says of others is not looked at. A country may have `alpha_2`. Raises
    ExtensionRefused where the file would change a code, adds to a scheme that nobody extends, or lacks an English
    label; OSError where it cannot be read.
    """
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ExtensionRefused(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ExtensionRefused(f"{path} must hold an object with a scheme's name before each object of codes")
    added = document.get(_SAME_AS.get(base.name, base.name), {})
    if not isinstance(added, dict):
        raise ExtensionRefused(f"{path}: {base.name} must be an object of codes")
    if not added:
        return base
    if base.name in _CLOSED:
        raise ExtensionRefused(f"{path}: codes cannot be added to {base.name}")
    taken = {code.casefold() for code in (*base.codes, *filter(None, map(base.alternative, base.codes)))}
    for code, entry in added.items():
        if problem := _problem(base, code, entry, taken):
            raise ExtensionRefused(f"{path}: {base.name} {code!r}: {problem}")
        taken.add(code.casefold())
    return replace(base, codes=base.codes + tuple(added), _rows={**base._rows, **added})


@cache
def read_table(name: str) -> dict[str, Any]:
    """The table as it is on disk. For this package alone; whoever reads it must not change it."""
    return cast("dict[str, Any]", orjson.loads((_TABLES / f"{name}.json").read_bytes()))


def _problem(base: Scheme, code: str, entry: object, taken: set[str]) -> str | None:
    """What is wrong with a code that an operator would add."""
    if code.casefold() in taken:
        return "is there already, and its meaning cannot be changed"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", code):
        return "may have letters, digits, '_', '.' and '-'"
    if not isinstance(entry, dict):
        return "must be an object with labels"
    labels = entry.get("labels")
    if not isinstance(labels, dict) or not all(isinstance(text, str) and text.strip() for text in labels.values()):
        return "needs labels by language"
    if "en" not in labels:
        return "needs a label in English"
    alternative = entry.get("alpha_2")
    if alternative is not None and (not isinstance(alternative, str) or alternative.casefold() in taken):
        return "has an alpha-2 code that is taken or no text"
    parent = entry.get("parent")
    if parent is not None and (base.parent_scheme is None or parent not in scheme(base.parent_scheme)):
        return f"has a parent {parent!r} that there is not"
    return None


@cache
def _cldr(names: CldrTable, language: str) -> Mapping[str, str]:
    # Imported here because a process that shows no country's name need not pay for it when it starts.
    from babel import Locale

    locale = Locale.parse(_CLDR_LOCALES.get(language, language))
    table: Mapping[str, str] = getattr(locale, names)
    # CLDR marks where Khmer words end by a space of no width, which a search for the word would not match.
    return {code: label.replace("\u200b", "") for code, label in table.items()}


def _nearest(scheme: Scheme, code: str, n: int) -> tuple[str, ...]:
    wanted = _folded(code[:_LONGEST_QUESTION])
    if not wanted:
        return ()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best: dict[str, float] = {}
    for candidate, spelling in _spellings(scheme):
        likeness = _likeness(matcher, wanted, spelling)
        if likeness > best.get(candidate, 0.0):
            best[candidate] = likeness
    # What is far less like than the likeliest only distracts. A stable sort: among equals the codes' order stands.
    least = max(best.values(), default=0.0) - 0.2
    likely = (candidate for candidate, likeness in best.items() if likeness >= least)
    return tuple(sorted(likely, key=lambda candidate: -best[candidate])[:n])


def _likeness(matcher: SequenceMatcher[str], wanted: str, spelling: str) -> float:
    """0 for no likeness worth proposing, else up to 1: the same, its beginning, a word of it, or a slip of the pen."""
    if spelling == wanted:
        return 1.0
    if (len(wanted) > 1 or wanted.isdigit()) and spelling.startswith(wanted):
        return 0.9
    if len(wanted) > 3 and f" {wanted}" in spelling:
        return 0.85
    matcher.set_seq1(spelling)
    if matcher.real_quick_ratio() < 0.6 or matcher.quick_ratio() < 0.6:
        return 0.0
    ratio = matcher.ratio()
    return 0.8 * ratio if ratio >= 0.6 else 0.0


@cache
def _spellings(scheme: Scheme) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(_all_spellings(scheme)))


def _all_spellings(scheme: Scheme) -> Iterator[tuple[str, str]]:
    for code in scheme.codes:
        yield code, _folded(code)
        if alternative := scheme.alternative(code):
            yield code, _folded(alternative)
        for label in scheme.labels(code).values():
            yield code, _folded(label)


def _folded(text: str) -> str:
    """Without case, accents, Arabic vowel signs and the difference of two Khmer subscripts that look the same."""
    text = unicodedata.normalize("NFKD", text.casefold()).replace("\u17d2\u178a", "\u17d2\u178f")
    # Not every mark may go: Khmer and Indic vowels and the signs that join their consonants are marks too.
    kept = (c for c in text if not (unicodedata.combining(c) >= 200 or 27 <= unicodedata.combining(c) <= 35))
    return " ".join(re.sub(r"[_\-–—'’.,:;()]+", " ", "".join(kept)).split())


def _sentence(problem: str, nearest: tuple[str, ...]) -> str:
    return f"{problem}; near it: {', '.join(nearest)}" if nearest else problem
