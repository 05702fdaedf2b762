"""When a partnership is assessed again, and when a recommendation is overdue. Pure: days in, days out.

By risk 12, 24 or 48 months after publication; something that happened meanwhile (a complaint, a new business partner, a
withdrawal, a suspension) makes it due on the day it happened.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

MONTHS: Mapping[str, int] = {"high": 12, "medium": 24, "low": 48}
"""Months until the next assessment, by risk tier."""
STANDINGS: Mapping[str, str] = {"withdrawn": "withdrawal", "suspended": "suspension"}
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


def happened(document: Mapping[str, Any], known_business: Iterable[str]) -> list[str]:
    """What a record says that calls for another assessment: `schemas.evaluation.TRIGGERS` but for complaints."""
    found = [kind for standing, kind in STANDINGS.items() if document.get("standing") == standing]
    known = set(known_business)
    if any(known.isdisjoint(each) for each in _business(document)):
        found.append("new_business_partner")
    return found


def business_partners(document: Mapping[str, Any]) -> frozenset[str]:
    """The partners of the private sector that take part: the ids of their entries and organizations.

    Both, because a partner that is named no more keeps its entry, and one that comes back in another entry its organization.
    """
    return frozenset(id for each in _business(document) for id in each)


def _business(document: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    """The ids of each of them."""
    for each in document.get("partners") or ():
        who = each.get("organization") or each.get("group") or each.get("unnamed") or {}
        declined = (each.get("confirmation") or {}).get("state") == "declined"
        if who.get("constituency") == "private_sector" and not declined and "left" not in each:
            yield frozenset(str(id) for id in (who.get("id"), each.get("id")) if id)
