"""Dates that may be partial (`2014`, `2014-05`, `2014-05-22`): what they may mean, and which of two is surely later.

Pure functions on the text that documents hold; the contracts, the projections and the clock use them.
"""

from __future__ import annotations

import calendar
import re
from datetime import date

PATTERN = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_SHAPE = re.compile(PATTERN)
EARLIEST_YEAR = 1000


def is_real(text: str) -> bool:
    """Whether `text` is a year, a month or a day that exists, from the year 1000 on."""
    if not _SHAPE.match(text) or text.endswith("\n"):
        return False
    try:
        return earliest(text).year >= EARLIEST_YEAR
    except ValueError:
        return False


def earliest(text: str) -> date:
    """The first day that the date may mean; raises `ValueError` where no such day exists."""
    parts = [int(part) for part in text.split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)


def latest(text: str) -> date:
    """The last day that the date may mean; raises `ValueError` where no such day exists."""
    first = earliest(text)
    if len(text) == len("2014-05-22"):
        return first
    if len(text) == len("2014-05"):
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first.replace(month=12, day=31)


def surely_after(one: str, other: str) -> bool:
    """Whether `one` is later than `other` whatever the two may mean: `2014-05` is not surely after `2014`."""
    return earliest(one) > latest(other)
