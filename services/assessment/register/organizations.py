"""Organizations, units and networks as the register says them: values for whoever in the assessment asks.

A merged organization says in `merged_into` which one it lives on under.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.assessment.register.models import RegisteredNetwork, RegisteredOrganization, RegisteredUnit

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization: its place among the others, and what it is."""

    id: str
    name: Mapping[str, str]
    constituency: str | None = None
    country: str | None = None
    parent_id: str | None = None
    controlled_by: str | None = None
    standing: str = "accepted"
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that accepts records."""

    id: str
    organization_id: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Network:
    """A network that nominates members."""

    id: str
    name: Mapping[str, str]
    constituency: str


def families(session: Session, organization_ids: Iterable[str]) -> dict[str, Organization]:
    """These organizations, all that stand above or below them, and what merged into or out of any of these; by id."""
    start = frozenset(organization_ids)
    o = RegisteredOrganization
    upwards = _follow(
        session,
        start,
        (o.id, o.merged_into),
        lambda each: {each.id, each.parent_id, each.controlled_by, each.merged_into},
    )
    downwards = _follow(
        session,
        start,
        (o.id, o.parent_id, o.controlled_by, o.merged_into),
        lambda each: {each.id, each.merged_into},
    )
    return upwards | downwards


def _follow(
    session: Session,
    start: frozenset[str],
    columns: Sequence[InstrumentedAttribute[Any]],
    onwards: Callable[[Organization], set[str | None]],
) -> dict[str, Organization]:
    """The organizations in whose columns one of those waiting stands, and so on with those that they lead to."""
    found: dict[str, Organization] = {}
    waiting, seen = set(start), set[str]()
    while waiting:
        seen |= waiting
        reached: set[str | None] = set()
        for some in _portions(sorted(waiting)):
            for row in session.scalars(
                select(RegisteredOrganization).where(or_(*(each.in_(some) for each in columns)))
            ):
                found[row.id] = _organization(row)
                reached |= onwards(found[row.id])
        waiting = {each for each in reached if each is not None} - seen
    return found


def _portions(identifiers: Sequence[str]) -> Iterator[Sequence[str]]:
    return (identifiers[start : start + AT_ONCE] for start in range(0, len(identifiers), AT_ONCE))


def organization(session: Session, organization_id: str) -> Organization | None:
    """One organization; None where it is not known here, or not yet."""
    row = session.get(RegisteredOrganization, organization_id)
    return None if row is None else _organization(row)


def units(session: Session) -> dict[str, Unit]:
    """All units by id."""
    return {row.id: Unit(row.id, row.organization_id, row.name) for row in session.scalars(select(RegisteredUnit))}


def networks(session: Session) -> dict[str, Network]:
    """All networks by id."""
    return {row.id: Network(row.id, row.name, row.constituency) for row in session.scalars(select(RegisteredNetwork))}


def _organization(row: RegisteredOrganization) -> Organization:
    return Organization(
        id=row.id,
        name=row.name,
        constituency=row.constituency,
        country=row.country,
        parent_id=row.parent_id,
        controlled_by=row.controlled_by,
        standing=row.standing,
        merged_into=row.merged_into,
    )
