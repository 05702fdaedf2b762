"""What a computed indicator finds in a record: a level or none, the figure behind it, and the places that it stands on.

The indicators make findings, `wording` says them as sentences, `profile` puts them together. Nothing here knows a document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from services.assessment.evidence.pulse import Pulse
    from services.assessment.evidence.record import Record

Unit = Literal["share", "points", "days", "count"]
Figure = Fraction | int | str
MOST_POINTERS = 50
"""Places that are named at most; a record may have two thousand partners."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one indicator finds.

    `level` 0 to 4, or `None` where it is unknown or does not apply. `value` is the figure behind it in `unit` (a share from
    0 to 1, percentage points, days, a count). `reason` names the sentence that explains it, `figures` go into that sentence.
    `found` is what is there, `missing` what is not, and `denied` what the record states not to be there, as codes of parts.
    `evidence` and `lacking` are JSON Pointers (RFC 6901): what it stands on, and where more could be stated.
    """

    level: int | None
    reason: str
    applicable: bool = True
    value: Fraction | None = None
    unit: Unit | None = None
    figures: tuple[tuple[str, Figure], ...] = ()
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


Function = Callable[["Record", date, "Pulse | None"], Finding]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A computed indicator: its code, its lesson, the members of the document that it reads, and its function."""

    code: str
    lesson: str
    reads: frozenset[str]
    function: Function


def unknown(*lacking: str, reason: str = "not_stated", evidence: Sequence[str] = ()) -> Finding:
    """The record does not say."""
    return Finding(None, reason, lacking=few(lacking), evidence=few(evidence))


def stated_none(*evidence: str, lacking: Sequence[str] = ()) -> Finding:
    """The record states that there is none: the one way to level 0 without a figure."""
    return Finding(0, "stated_none", evidence=tuple(evidence), lacking=tuple(lacking))


def nothing_to_count(*evidence: str) -> Finding:
    """The record states that there is none of what a figure would be of: no bodies, so no voting power; no money, so no share
    of it. That is neither silence nor a figure.
    """
    return Finding(None, "nothing_to_count", evidence=tuple(evidence))


def not_applicable(reason: str, *evidence: str) -> Finding:
    """The rubric says that the indicator does not apply here."""
    return Finding(None, reason, applicable=False, evidence=tuple(evidence))


def share(
    reason: str,
    level: int,
    counted: int | Fraction,
    whole: int | Fraction,
    *,
    evidence: Sequence[str] = (),
    lacking: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> Finding:
    """So many of so many; `missing` are the conditions that kept it from a higher level."""
    return Finding(
        level,
        reason,
        value=Fraction(counted, whole),
        unit="share",
        figures=(("part", counted), ("whole", whole)),
        missing=tuple(missing),
        evidence=few(evidence),
        lacking=few(lacking),
    )


def best(found: Sequence[Finding]) -> Finding:
    """Of one or more findings the highest; of equal ones always the same, in whatever order they come."""
    return max(found, key=lambda each: (each.level or 0, len(each.found), each.found, each.denied))


def few(pointers: Sequence[str]) -> tuple[str, ...]:
    """As many places as are worth naming."""
    return tuple(pointers[:MOST_POINTERS])


@dataclass(slots=True)
class Parts:
    """Collects what is there and what is not, for indicators that are graded by parts. `at` is what the finding stands on
    where no part is there.
    """

    at: Sequence[str] = ()
    found: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def look(self, code: str, there: bool, *pointers: str, denied: bool = False) -> bool:
        """Note whether a part is there, and where it is or would be; or where it is denied."""
        (self.found if there else self.denied if denied else self.missing).append(code)
        (self.evidence if there or denied else self.lacking).extend(each for each in pointers if each)
        return there

    def finding(self, level: int | None, *, value: int | None = None) -> Finding:
        """The finding with all that was noted."""
        return Finding(
            level,
            "parts",
            value=None if value is None else Fraction(value),
            unit=None if value is None else "count",
            found=tuple(self.found),
            missing=tuple(self.missing),
            denied=tuple(self.denied),
            evidence=few(list(dict.fromkeys(self.evidence or self.at))),
            lacking=few(list(dict.fromkeys(self.lacking))),
        )


Findings = Mapping[str, Finding]
"""Findings by the code of their indicator."""
