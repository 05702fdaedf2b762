"""Organizations, units and networks as the register says them: values for whoever in the assessment asks.

A merged organization says in `merged_into` which one it lives on under.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.assessment.register.models import RegisteredNetwork, RegisteredOrganization, RegisteredUnit


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


def organizations(session: Session) -> dict[str, Organization]:
    """All organizations by id."""
    return {row.id: _organization(row) for row in session.scalars(select(RegisteredOrganization))}


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
