"""Highlights: where in a record's own words the query was found, with what is found between `<mark>` and `</mark>`.

Made from the original text of the records of one page, by the analysis that the index was made with; never asked of an
engine. Everything but the marks is escaped for HTML.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.search import analysis
from services.search.analysis import Word
from services.search.projections import Text as Original
from services.search.query import Manner, Text, distance_forgiven

MOST_FRAGMENTS = 3
_BEFORE, _AFTER, _TO_A_SPACE = 60, 140, 25
_WORD_BEFORE = re.compile(r"[^\W_]+\Z")
_WORD_AFTER = re.compile(r"[^\W_]+")

Place = tuple[int, int]
"""Where a word stands in a text."""


@dataclass(frozen=True, slots=True)
class Root:
    """Letters that words asked for begin with or, in Arabic, hold: there articles and prepositions stand before."""

    letters: str
    begins: bool


@dataclass(slots=True)
class Marker:
    """Decides which words of a text were asked for. Keeps what it decided: words come again.

    `roots` say where such a word may stand, in a text without accents and capitals; none where that cannot be said, as
    with typing errors. To look for letters is a hundred times cheaper than to look at every word.
    """

    surfaces: frozenset[str]
    stems: frozenset[str]
    near: tuple[str, ...]
    roots: tuple[Root, ...]
    asks_unspaced: bool
    _known: dict[tuple[str | None, str], bool] = field(default_factory=dict)

    def places(self, text: str, language: str | None) -> list[Place]:
        """The words of a text in `language` that were asked for."""
        if not self.roots:
            return self._look_at_every_word(text, language)
        plain = analysis.plain(text)
        some = any(root.letters in plain for root in self.roots)
        if not text.isascii() and not analysis.is_spaced(text):
            return self._look_at_every_word(text, language) if some or self.asks_unspaced else []
        if not some:
            return []  # most texts
        if not analysis.is_letter_for_letter(text, plain):
            return self._look_at_every_word(text, language)
        candidates = sorted(dict.fromkeys(place for root in self.roots for place in _words_of(plain, root)))
        return [place for place in candidates if self._marks(text[slice(*place)], language)]

    def _look_at_every_word(self, text: str, language: str | None) -> list[Place]:
        return [(span.start, span.end) for span in analysis.spans(text) if self._marks(span.raw, language)]

    def _marks(self, raw: str, language: str | None) -> bool:
        key = (language, raw)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._decide(raw, language)
        return found

    def _decide(self, raw: str, language: str | None) -> bool:
        folded = analysis.surface(raw)
        if folded in self.surfaces:
            return True
        if self.stems and not self.stems.isdisjoint(analysis.stems_of(raw, language)):
            return True
        return any(_is_near(folded, word) for word in self.near)


def marker(text: Text, manner: Manner, unknown: frozenset[Word]) -> Marker:
    """What is to be marked for a query: its phrases, and its words but for stop words (unless there are only those)."""
    loose = text.needed
    exact = [word.surface for phrase in text.phrases for word in phrase]
    surfaces = frozenset([*exact, *(word.surface for word in loose)])
    stems = frozenset(stem for word in loose for stem in word.stems)
    near = tuple(word.surface for word in unknown) if manner != "all" else ()
    unspaced = any(not analysis.is_spaced(surface) for surface in surfaces)
    return Marker(surfaces, stems, near, () if near else _roots(surfaces, stems), unspaced)


def _roots(surfaces: Iterable[str], stems: Iterable[str]) -> tuple[Root, ...]:
    """The words of the query and their stems, but for a last letter, which stemmers change (happy, happi)."""
    inside = [stem[3:] for stem in stems if stem.startswith("ar:")]
    cut = [stem[3:] if len(stem) <= 6 else stem[3:-1] for stem in stems if not stem.startswith("ar:")]
    begin = sorted({*surfaces, *cut})
    # Whoever begins with a longer root begins with a shorter one that it begins with.
    shortest = [root for root in begin if not any(root != other and root.startswith(other) for other in begin)]
    return (*(Root(root, begins=False) for root in inside), *(Root(root, begins=True) for root in shortest))


def _words_of(text: str, root: Root) -> Iterator[Place]:
    """The words of a plain text that have a root."""
    place = text.find(root.letters)
    while place >= 0:
        before = place > 0 and text[place - 1].isalnum()
        if before and root.begins:
            place = text.find(root.letters, place + 1)
            continue
        start = place
        if before and (found := _WORD_BEFORE.search(text, max(0, place - analysis.LONGEST_WORD), place)):
            start = found.start()
        after = _WORD_AFTER.match(text, place)
        end = after.end() if after else place + 1
        yield start, end
        place = text.find(root.letters, end)


def highlights(texts: Iterable[Original], marker: Marker) -> list[dict[str, Any]]:
    """The first three texts with something to mark, `{"language", "text"}`; those with the most different words first."""
    found: list[tuple[int, dict[str, Any]]] = []
    for language, original in texts:
        places = marker.places(original, language)
        if places:
            different = len({analysis.surface(original[slice(*place)]) for place in places})
            found.append((-different, {"language": language, "text": _fragment(original, places)}))
            if len(found) == MOST_FRAGMENTS:
                break
    found.sort(key=lambda each: each[0])
    return [fragment for _, fragment in found]


def _fragment(original: str, places: Sequence[Place]) -> str:
    """The text around its first marked word, cut at spaces where there are any."""
    first, ends = places[0]
    start = _cut(original, first - _BEFORE, 1) if first > _BEFORE else 0
    end = max(ends, _cut(original, first + _AFTER, -1)) if first + _AFTER < len(original) else len(original)
    parts = ["…"] if start else []
    place = start
    for begins, ends in places:
        if begins >= place and ends <= end:
            parts += [_html(original[place:begins]), "<mark>", _html(original[begins:ends]), "</mark>"]
            place = ends
    parts.append(_html(original[place:end]))
    if end < len(original):
        parts.append("…")
    return "".join(parts)


def _html(text: str) -> str:
    return html.escape(text, quote=False)


def _cut(text: str, place: int, step: int) -> int:
    """A place to cut near `place`: at a space, else between two letters (never before a mark that belongs to one)."""
    for near in range(place, place + step * _TO_A_SPACE, step):
        if 0 < near < len(text) and text[near].isspace():
            return near + 1 if step > 0 else near
    while 0 < place < len(text) and unicodedata.category(text[place]).startswith("M"):
        place += step
    return place


def _is_near(word: str, asked: str) -> bool:
    """Whether two words are so few typing errors apart that search forgives them."""
    if not analysis.is_spaced(asked):
        return asked in word
    allowed = distance_forgiven(asked)
    return abs(len(word) - len(asked)) <= allowed and _distance(word, asked, allowed) <= allowed


def _distance(one: str, other: str, limit: int) -> int:
    """Insertions, deletions, changes and swaps of neighbours (optimal string alignment); above `limit` it stops counting."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, wanted in enumerate(other, 1):
            best = min(last[column] + 1, here[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == wanted:
                best = min(best, before[column - 2] + 1)
            here.append(best)
        if min(here) > limit:
            return limit + 1
        before, last = last, here
    return last[-1]
