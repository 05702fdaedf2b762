"""Highlights: where in a record's own words the query was found, with what is found between `<mark>` and `</mark>`.

Made from the original text of the records of one page, by the analysis that the index was made with; never asked of an
engine. Everything but the marks is escaped for HTML.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.search import analysis
from services.search.analysis import Span, Word
from services.search.projections import Text as Original
from services.search.query import Manner, Text, distance_forgiven

MOST_FRAGMENTS = 3
_BEFORE, _AFTER = 60, 140


@dataclass(slots=True)
class Marker:
    """Decides which words of a text were asked for. Keeps what it decided: words come again."""

    surfaces: frozenset[str]
    stems: frozenset[str]
    near: tuple[str, ...]
    _known: dict[tuple[str | None, str], bool] = field(default_factory=dict)

    def marks(self, raw: str, language: str | None) -> bool:
        """Whether a word of a text in `language` is one that was asked for."""
        place = (language, raw)
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = self._decide(raw, language)
        return found

    def _decide(self, raw: str, language: str | None) -> bool:
        folded = analysis.surface(raw)
        if folded in self.surfaces:
            return True
        if self.stems and not self.stems.isdisjoint(analysis.stems_of(raw, language)):
            return True
        return any(_is_near(folded, word) for word in self.near)


def marker(text: Text, manner: Manner, unknown: frozenset[Word]) -> Marker:
    """What is to be marked for a query."""
    words = [*text.words, *(word for phrase in text.phrases for word in phrase)]
    loose = [word for word in text.words if not analysis.is_stop_word(word.surface)] or text.words
    return Marker(
        surfaces=frozenset(word.surface for word in words if word in loose or word not in text.words),
        stems=frozenset(stem for word in loose for stem in word.stems),
        near=tuple(word.surface for word in unknown) if manner != "all" else (),
    )


def highlights(texts: Iterable[Original], marker: Marker) -> list[dict[str, Any]]:
    """At most three fragments with marks, `{"language", "text"}`; those with the most different words first."""
    found: list[tuple[int, int, dict[str, Any]]] = []
    for order, (language, original) in enumerate(texts):
        spans = list(analysis.spans(original))
        marked = [span for span in spans if marker.marks(span.raw, language)]
        if marked:
            different = len({analysis.surface(span.raw) for span in marked})
            found.append((-different, order, _fragment(original, spans, marked, language)))
            if order > 200 and len(found) >= MOST_FRAGMENTS:
                break
    found.sort(key=lambda each: each[:2])
    return [fragment for _, _, fragment in found[:MOST_FRAGMENTS]]


def _fragment(original: str, spans: Sequence[Span], marked: Sequence[Span], language: str | None) -> dict[str, Any]:
    """The text around its first marked word, cut between words."""
    first = marked[0].start
    start = next((span.start for span in spans if span.start >= first - _BEFORE), 0) if first > _BEFORE else 0
    end = len(original)
    if end > first + _AFTER:
        end = max((span.end for span in spans if span.end <= first + _AFTER), default=first + _AFTER)
        end = max(end, marked[0].end)
    parts = ["…"] if start else []
    place = start
    for span in marked:
        if span.start < place or span.end > end:
            continue
        parts += [html.escape(original[place : span.start], quote=False), "<mark>"]
        parts += [html.escape(original[span.start : span.end], quote=False), "</mark>"]
        place = span.end
    parts.append(html.escape(original[place:end], quote=False))
    if end < len(original):
        parts.append("…")
    return {"language": language, "text": "".join(parts)}


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
