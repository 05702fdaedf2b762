"""Who somebody is to the register: the one place that answers it (`authority_of`).

Authority comes from designations and nominations in the register, never from a claim in a token; a token carries a platform
role at most. What an authority permits is not said here but in `policy.py`.
"""

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from schemas.authority import widened
from services.chassis import clock
from services.chassis.identity import Principal
from services.registry.focal_points.models import FocalPoint
from services.registry.networks.models import NetworkContact
from services.registry.units.models import Unit


@dataclass(frozen=True, slots=True)
class UnitAuthority:
    """A unit that somebody is registrar of. Empty `countries` or `goals` mean all; goals are written `scheme:code`."""

    unit_id: str
    organization_id: str
    countries: frozenset[str] = frozenset()
    goals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Authority:
    """What the register knows of a person, today (lapsed and ended terms are not in it).

    `organizations` gives the functions by organization id; `lead` is already widened to focal_point and confirmer.
    `names` gives by organization id the name under which the person acts for it in public. `units` are those of the
    organizations that the person is a registrar of. `networks` are those whose contact it is.
    """

    person_id: str
    role: str | None = None
    organizations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    units: tuple[UnitAuthority, ...] = ()
    networks: frozenset[str] = frozenset()

    def has(self, function: str, organization_id: str | None) -> bool:
        """Whether the person has that function in that organization."""
        return organization_id is not None and function in self.organizations.get(organization_id, frozenset())

    def unit_ids(self) -> frozenset[str]:
        """The units that the person may act for as a registrar."""
        return frozenset(unit.unit_id for unit in self.units)


def authority_of(session: Session, principal: Principal | None) -> Authority | None:
    """What the person who calls is to the register, today; None for nobody.

    Designations bind before a request is served (`binding.bind`), so bound ones are all there is.
    """
    if principal is None:
        return None
    functions: dict[str, frozenset[str]] = defaultdict(frozenset)
    names: dict[str, str] = {}
    today = clock.today()
    for row in session.execute(_designations(), {"person_id": principal.person_id}):
        if (row.term_start or today) > today or (row.term_end or today) < today:
            continue
        functions[row.organization_id] |= widened(row.functions)
        if row.display_name:
            names[row.organization_id] = row.display_name
    registrar_of = [organization for organization, held in functions.items() if "registrar" in held]
    return Authority(
        person_id=principal.person_id,
        role=principal.role,
        organizations=dict(functions),
        names=names,
        units=_units_of(session, registrar_of),
        networks=_networks_of(session, principal.person_id),
    )


def within_term(today: date) -> ColumnElement[bool]:
    """The condition that a designation's term has begun and is not over; both of its ends belong to it."""
    return and_(
        or_(FocalPoint.term_start.is_(None), FocalPoint.term_start <= today),
        or_(FocalPoint.term_end.is_(None), FocalPoint.term_end >= today),
    )


@functools.cache
def _designations() -> Select[Any]:
    """What a person was designated for. Built once, of plain columns: every write of the registry begins with it."""
    points = cast(Table, FocalPoint.__table__).c
    columns = points.organization_id, points.functions, points.display_name, points.term_start, points.term_end
    mine = points.person_id == bindparam("person_id"), points.state == "bound"
    return select(*columns).where(*mine).order_by(points.id)


@functools.cache
def _networks() -> Select[Any]:
    """The networks that a person is the contact of; built once too."""
    contacts = cast(Table, NetworkContact.__table__).c
    return select(contacts.network_id).where(contacts.person_id == bindparam("person_id"), contacts.state == "bound")


def _units_of(session: Session, organization_ids: list[str]) -> tuple[UnitAuthority, ...]:
    if not organization_ids:
        return ()
    units = session.scalars(select(Unit).where(Unit.organization_id.in_(organization_ids)).order_by(Unit.id))
    return tuple(
        UnitAuthority(
            unit.id,
            unit.organization_id,
            frozenset(unit.content.get("countries", ())),
            frozenset(unit.content.get("goals", ())),
        )
        for unit in units
    )


def _networks_of(session: Session, person_id: str) -> frozenset[str]:
    return frozenset(session.execute(_networks(), {"person_id": person_id}).scalars())
