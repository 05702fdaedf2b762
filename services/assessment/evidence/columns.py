"""Evidence in bulk: the levels of many records as columns, a byte each, and the figures of lessons from them.

For reports over a whole register and for benchmarks; a single profile is `profile`'s. The columns and `findings` agree on
every record (a test holds them together). What makes it quick: of a record only those indicators are worked out of which it
states anything, and the figures of a lesson are looked up, for four levels have few combinations.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.assessment.evidence.findings import Finding, Indicator
from services.assessment.evidence.indicators import NEWEST, VERSIONS
from services.assessment.evidence.profile import Document, LessonFigures, lesson_figures
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.record import Record

UNKNOWN, NOT_APPLICABLE = -1, -2
"""In the place of a level."""

Level = int


@dataclass(frozen=True, slots=True)
class Columns:
    """The levels of many records by indicator (0 to 4, `UNKNOWN`, `NOT_APPLICABLE`), in the order of the records."""

    version: str
    levels: Mapping[str, array[int]]

    def __len__(self) -> int:
        return len(next(iter(self.levels.values())))

    def combinations(self, lesson: str) -> Counter[tuple[Level, ...]]:
        """How often each combination of levels of a lesson's indicators comes up."""
        return Counter(zip(*self._of(lesson), strict=True))

    def figures(self, lesson: str) -> Iterator[LessonFigures]:
        """The figures of a lesson, record by record."""
        return map(figures_of, zip(*self._of(lesson), strict=True))

    def share_unknown(self, lesson: str) -> float:
        """The share of a lesson's applicable indicators, over all records, that are unknown."""
        counts: Counter[Level] = Counter()
        for column in self._of(lesson):
            counts.update(column)
        applicable = counts.total() - counts[NOT_APPLICABLE]
        return counts[UNKNOWN] / applicable if applicable else 0.0

    def _of(self, lesson: str) -> list[array[int]]:
        return [self.levels[each.code] for each in VERSIONS[self.version] if each.lesson == lesson]


def code_of(found: Finding) -> Level:
    """The level of a finding as a column holds it."""
    if found.level is not None:
        return found.level
    return UNKNOWN if found.applicable else NOT_APPLICABLE


@lru_cache(maxsize=4096)
def figures_of(levels: tuple[Level, ...]) -> LessonFigures:
    """The figures of a lesson with these levels."""
    return lesson_figures(
        Finding(level if level >= 0 else None, "", applicable=level != NOT_APPLICABLE) for level in levels
    )


def columns(
    documents: Iterable[Document],
    on: date,
    pulse_of: Callable[[Document], Pulse | None] | None = None,
    version: str = NEWEST,
) -> Columns:
    """The levels of all documents, counted from one day. The documents may be a stream: one is in memory at a time."""
    indicators = VERSIONS[version]
    silent = [code_of(each.function(Record({}, on), on, None)) for each in indicators]
    found = [array("b") for _ in indicators]
    read = frozenset[str]().union(*(each.reads for each in indicators))
    plans: dict[frozenset[str], list[tuple[int, Indicator]]] = {}
    for document in documents:
        stated = read.intersection(document)
        plan = plans.get(stated)
        if plan is None:
            plan = plans[stated] = [
                (place, each) for place, each in enumerate(indicators) if not stated.isdisjoint(each.reads)
            ]
        levels = silent.copy()
        record = Record(document, on)
        for place, indicator in plan:
            levels[place] = code_of(indicator.function(record, on, None))
        if pulse_of is not None and (pulse := pulse_of(document)) is not None:
            _listen(levels, record, on, pulse, indicators)
        for column, level in zip(found, levels, strict=True):
            column.append(level)
    return Columns(version, {each.code: column for each, column in zip(indicators, found, strict=True)})


def joined(parts: Iterable[Columns]) -> Columns:
    """The columns of several runs as one, in their order; they must be of the same version, and at least one."""
    first, *others = parts
    levels = {code: array("b", column) for code, column in first.levels.items()}
    for each in others:
        for code, column in levels.items():
            column.extend(each.levels[code])
    return Columns(first.version, levels)


def _listen(levels: list[Level], record: Record, on: date, pulse: Pulse, indicators: tuple[Indicator, ...]) -> None:
    """Those indicators read no document: only the pulse tells."""
    for place, each in enumerate(indicators):
        if not each.reads:
            levels[place] = code_of(each.function(record, on, pulse))
