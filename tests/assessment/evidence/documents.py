"""Documents of partnerships for tests: the least there is, and small parts to put into them."""

from __future__ import annotations

from datetime import date
from typing import Any

ON = date(2026, 6, 15)
RECENT, OLD, LONG_AGO, AHEAD = "2026-01-20", "2023-05-01", "2019", "2026-06-16"
LINK = "https://example.org/paper"
LEAD, PEOPLE, FIRM, AGENCY, DONOR = (f"0195000d-0000-7000-8000-00000000000{number}" for number in range(1, 6))

Document = dict[str, Any]


def partner(
    organization: str,
    constituency: str,
    *roles: str,
    state: str | None = "confirmed",
    at: str = "2025-01-10T08:00:00Z",
    contributions: list[Document] | None = None,
    left: str | None = None,
    **of_organization: Any,
) -> Document:
    """A partner that is an organization."""
    entry: Document = {
        "id": f"{organization[:-4]}9{organization[-3:]}",
        "organization": {
            "id": organization,
            "name": {"en": f"Organization {organization[-1]}"},
            "constituency": constituency,
            **of_organization,
        },
    }
    if roles:
        entry["roles"] = list(roles)
    if state:
        entry["confirmation"] = {"state": state, "at": at}
    if contributions is not None:
        entry["contributions"] = contributions
    if left is not None:
        entry["left"] = left
    return entry


def lead(**more: Any) -> Document:
    return partner(LEAD, "civil_society", "lead", **more)


def people(**more: Any) -> Document:
    return partner(PEOPLE, "community", "beneficiary_representative", **more)


def firm(*roles: str, **more: Any) -> Document:
    return partner(FIRM, "private_sector", *(roles or ("funder",)), **more)


def agency(**more: Any) -> Document:
    return partner(AGENCY, "un_system", "adviser", **more)


def record(*partners: Document, **stated: Any) -> Document:
    """A document with these partners and what a test states."""
    return {"title": {"en": "Safe water"}, **({"partners": list(partners)} if partners else {}), **stated}


def group(**stated: Any) -> Document:
    """An affected group."""
    return {"group": {"en": "Families on the lake"}, "affected": True, **stated}


def money(amount: int, **more: Any) -> Document:
    """Money that was given, in dollars."""
    return {"kind": "financial", "delivered": {"amount": str(amount), "currency": "USD"}, **more}


def gift(**stages: Any) -> Document:
    """A contribution in kind."""
    return {"kind": "in_kind", **stages}


def seats(*holders: tuple[str, int]) -> list[Document]:
    """Seats of constituencies with their votes."""
    return [{"holder": {"constituency": constituency}, "votes": votes} for constituency, votes in holders]


def body(*holders: tuple[str, int], rule: str | None = "majority", **more: Any) -> Document:
    """A body that decides."""
    return {
        "name": "Board",
        **({"rule": rule} if rule else {}),
        **({"seats": seats(*holders)} if holders else {}),
        **more,
    }


def paper(kind: str, day: str | None = RECENT, url: str | None = LINK) -> Document:
    return {"kind": kind, **({"date": day} if day else {}), **({"url": url} if url else {})}


def smart(**without: Any) -> Document:
    """A deliverable that is SMART, but for what is given otherwise (`None`: not stated)."""
    whole: Document = {
        "level": "output",
        "title": {"en": "Thirty stations"},
        "description": {"en": "That run all year"},
        "indicators": [measured()],
        "responsible": [LEAD],
        "resources": {"en": "Two boats"},
        "goals": ["sdg-target:6.1"],
        "due": "2027-06",
    }
    return {name: value for name, value in {**whole, **without}.items() if value is not None}


def measured(**without: Any) -> Document:
    """An indicator with baseline, target and dated result, but for what is given otherwise."""
    whole: Document = {
        "title": {"en": "Stations that run"},
        "baseline": {"value": "2"},
        "targets": [{"value": "30", "due": "2027"}],
        "actuals": [{"value": "17", "period": {"end": "2025"}}],
    }
    return {name: value for name, value in {**whole, **without}.items() if value is not None}


def goal(scheme: str, code: str, weight: str | None = None, **more: Any) -> Document:
    return {"scheme": scheme, "code": code, **({"weight": weight} if weight else {}), **more}
