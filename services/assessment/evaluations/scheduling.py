"""When a partnership is assessed again, and when a recommendation is overdue. Pure: days in, days out.

By risk 12, 24 or 48 months after publication; something that happened meanwhile (a complaint, a new business partner, a
withdrawal, a suspension) makes it due on the day it happened.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

MONTHS: Mapping[str, int] = {"high": 12, "medium": 24, "low": 48}
"""Months until the next assessment, by risk tier."""
SETTLED = frozenset({"done", "declined"})


def next_due(published: str, risk_tier: str, triggers: Iterable[Mapping[str, Any]]) -> str:
    """The day on which the next assessment is due: that of the tier, or the first day on which something called for it."""
    due = months_after(date.fromisoformat(published), MONTHS[risk_tier]).isoformat()
    return min([due, *(str(each["date"]) for each in triggers)])


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_overdue(recommendation: Mapping[str, Any], today: date) -> bool:
    """Whether its day has passed without it being done or declined."""
    due = recommendation.get("due")
    return due is not None and recommendation["status"] not in SETTLED and str(due) < today.isoformat()
