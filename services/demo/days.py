"""Dates of the demo world: written as offsets from the seeding day, so that what is late stays late, whenever it is seeded.

Pure functions, used by every module of the demo world. `day:-400` becomes a date, `month:-400` a month, `year:-400` a year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

_TOKEN = re.compile(r"(day|month|year):(-?\d+)")
_FORMATS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}

# When something became known: the object that holds a later one was not yet known. Other dates are plans (due, expires…).
FACTS = ("date", "submitted", "updated", "as_of", "signed", "joined", "year")
_OFFICE_OPENS = time(7, 0, tzinfo=UTC)
_UNKNOWN = object()


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar of one seeding: every offset counts from `today`."""

    today: date

    def date(self, offset: int) -> date:
        """The date so many days from the seeding day (the past is negative)."""
        return self.today + timedelta(days=offset)

    def moment(self, offset: int, nth: int = 0) -> datetime:
        """The instant of the nth thing that happens on a day."""
        return datetime.combine(self.date(offset), _OFFICE_OPENS) + timedelta(minutes=nth)

    def word(self, text: str) -> str:
        """A text with its tokens replaced by dates."""
        return _TOKEN.sub(lambda found: self.date(int(found[2])).strftime(_FORMATS[found[1]]), text)


def resolved(value: Any, days: Days, reference: Callable[[str], str], key: str = "") -> Any:
    """A copy of a value of the world with tokens replaced: dates by `days`, `org:…` and `unit:…` by `reference`.

    A member `year` becomes a number. `reference` raises `KeyError` for a name that the world does not have.
    """
    if isinstance(value, dict):
        return {name: resolved(inner, days, reference, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, days, reference, key) for inner in value]
    if not isinstance(value, str):
        return value
    if value.startswith(("org:", "unit:")):
        return reference(value)
    if _TOKEN.fullmatch(value):
        return int(days.word(value)) if key == "year" else days.word(value)
    return value


def known_by(value: Any, day: int) -> Any:
    """What was known on a day of a record that is written as it is today: later facts are left out, plans stay."""
    found = _known(value, day, "")
    return {} if found is _UNKNOWN else found


def _known(value: Any, day: int, key: str) -> Any:
    if isinstance(value, list):
        found = [known for inner in value if (known := _known(inner, day, key)) is not _UNKNOWN]
        return _UNKNOWN if value and not found else found  # `[]` would state that there are none
    if not isinstance(value, dict):
        return value
    if _since(value, key) > day:
        return _UNKNOWN
    members = {name: _known(inner, day, name) for name, inner in value.items()}
    return {name: inner for name, inner in members.items() if inner is not _UNKNOWN}


def _since(value: Mapping[str, Any], key: str) -> int:
    """The day since when an object was known; long ago where it does not say."""
    dates = [value[name] for name in FACTS if name in value and not str(value.get("type", "")).startswith("planned")]
    if key == "actuals":
        period = value.get("period") or {}
        dates.append(period.get("end") or period.get("start"))
    return max((offset for each in dates if (offset := offset_of(each)) is not None), default=-100_000)


def offset_of(token: object) -> int | None:
    """The offset that a token says, in days; None for everything else."""
    found = _TOKEN.fullmatch(token) if isinstance(token, str) else None
    return int(found[2]) if found else None
