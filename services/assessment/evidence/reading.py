"""Reads what a document states, whatever it holds: a value of the wrong kind is as if it were not stated.

For the indicators and the record they share. Documents on the bus were checked by their owner; these functions still raise for
nothing, so that one strange record can never stop a profile. They know no rule of the rubric.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TypeGuard

from schemas import partial_dates

Part = Mapping[str, object]
"""An object of the document."""

NOTHING: Part = {}
LONGEST_NUMBER = 40
_DECIMAL = re.compile(r"-?[0-9]{1,25}(\.[0-9]{1,12})?\Z")
_MONTHS_IN_YEAR = 12


def part(value: object) -> Part:
    """An object as it is; an empty one for everything else."""
    return value if isinstance(value, dict) else NOTHING


def is_part(value: object) -> TypeGuard[Part]:
    """Whether the value is an object that states something."""
    return isinstance(value, dict) and any(inner is not None for inner in value.values())


def stated_none(value: object) -> bool:
    """Whether it is stated that there is none: `[]`, or `false` in the place of an object."""
    return value is False or (isinstance(value, list) and not value)


def only_denials(part: Part, names: Iterable[str]) -> list[str]:
    """Which of these members are stated to be none, where none of them states anything else."""
    stated = [name for name in names if part.get(name) is not None]
    return stated if all(stated_none(part.get(name)) for name in stated) else []


def items(value: object, *, repeatable: bool = False) -> Iterator[tuple[int, Part]]:
    """The objects of a list with their places, each once.

    What has the `id` of an earlier item is that item said again, and so is what equals an earlier item without `id`, unless
    `repeatable`: two seats, or two payments, may well be equal.
    """
    if not isinstance(value, list):
        return
    seen: set[str] = set()
    for place, item in enumerate(value):
        if not isinstance(item, dict):
            continue
        identity = text(item.get("id")) or ("" if repeatable else repr(item))
        if identity and identity in seen:
            continue
        seen.add(identity)
        yield place, item


def text(value: object) -> str | None:
    """A text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None


def says(value: object) -> bool:
    """Whether words are there: a text, or a language map with one."""
    if isinstance(value, dict):
        return any(text(inner) for inner in value.values())
    return text(value) is not None


def words(value: object) -> frozenset[str]:
    """The words in every language, as they are compared."""
    found = value.values() if isinstance(value, dict) else [value]
    return frozenset(" ".join(each.split()).casefold() for each in found if isinstance(each, str) and each.strip())


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(each for each in value if isinstance(each, str) and each.strip()) if isinstance(value, list) else ()


def number(value: object) -> Fraction | None:
    """A finite number, exactly: from a JSON number or a decimal as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Fraction(value) if value.bit_length() < 4 * LONGEST_NUMBER else None
    if isinstance(value, str):
        return _decimal(value)
    if not isinstance(value, float):
        return None
    # A float is written with an exponent where it is very small or large.
    return _decimal(repr(value)) or (Fraction(value) if abs(value) < 10**25 else None)


@lru_cache(maxsize=16_384)
def _decimal(written: str) -> Fraction | None:
    return Fraction(written) if _DECIMAL.match(written) else None


def percent(value: object) -> Fraction | None:
    """A share that is stated in hundredths, between none and all."""
    found = number(value)
    return found / 100 if found is not None and 0 <= found <= 100 else None


def day(value: object) -> str | None:
    """A date, which may be partial; a year may be a number; of a moment only its day counts."""
    if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 9999:
        return str(value)
    if not isinstance(value, str):
        return None
    return _day(value[:11])


# The same days come again and again, in one record and in a million.
@lru_cache(maxsize=16_384)
def _day(written: str) -> str | None:
    shortened = written[:10] if written[10:] in ("T", "t", " ") else written
    return shortened if partial_dates.is_real(shortened) else None


earliest = lru_cache(maxsize=16_384)(partial_dates.earliest)
latest = lru_cache(maxsize=16_384)(partial_dates.latest)


def months_before(on: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month."""
    year, month = divmod(on.year * _MONTHS_IN_YEAR + on.month - 1 - months, _MONTHS_IN_YEAR)
    if year < 1:
        return date.min
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def within(value: object, months: int, on: date) -> bool:
    """Whether a date may lie in the months up to `on`; a partial date counts with all that it may mean."""
    written = day(value)
    if written is None:
        return False
    return earliest(written) <= on and latest(written) >= months_before(on, months)


def passed(value: object, on: date) -> bool:
    """Whether a date is over for sure."""
    written = day(value)
    return written is not None and latest(written) < on


def begun(value: object, on: date) -> bool:
    """Whether a date may have come."""
    written = day(value)
    return written is not None and earliest(written) <= on


def ahead(value: object, on: date) -> bool:
    """Whether a date is yet to come for sure."""
    written = day(value)
    return written is not None and earliest(written) > on


def months_long(value: object) -> int | None:
    """The whole months of a period with a start and an end; partial dates count with all that they may mean."""
    period = part(value)
    start, end = day(period.get("start")), day(period.get("end"))
    if start is None or end is None:
        return None
    first, last = earliest(start), latest(end)
    if last < first:
        return None
    ends = date.fromordinal(
        min(last.toordinal() + 1, date.max.toordinal())
    )  # from 1 January to 31 December: twelve months
    months = (ends.year - first.year) * _MONTHS_IN_YEAR + ends.month - first.month
    return months - (ends.day < first.day)
