"""What can be read of designations: lists, who has none (coverage, Proposal 7), and one's own authority.

Reading only; `service.py` writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, not_, select, tuple_
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.identity import Principal
from services.chassis.rows import Page, page_of
from services.registry.authority import Authority, authority_of, within_term
from services.registry.focal_points.models import FocalPoint
from services.registry.focal_points.service import RUNNING
from services.registry.networks.models import Nomination
from services.registry.organizations.models import Organization
from services.registry.organizations.service import survivors


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list asks for; several values of one field mean or. Without `states`: those that run."""

    organization_ids: Sequence[str] = ()
    functions: Sequence[str] = ()
    languages: Sequence[str] = ()
    countries: Sequence[str] = ()
    states: Sequence[str] = RUNNING


def page(database: Database, wanted: Filter, after: str | None, limit: int) -> Page:
    """The public documents of designations, the oldest first."""
    conditions: list[ColumnElement[bool]] = [FocalPoint.state.in_(wanted.states or RUNNING)]
    for column, values in (
        (FocalPoint.functions, wanted.functions),
        (FocalPoint.languages, wanted.languages),
        (FocalPoint.countries, wanted.countries),
    ):
        if values:
            conditions.append(_holds_one(column, values))
    with database.reading() as session:
        if wanted.organization_ids:
            # Those of a merged organization follow it to its survivor a little later: asked for under either.
            ids = {*wanted.organization_ids, *survivors(session, wanted.organization_ids).values()}
            conditions.append(FocalPoint.organization_id.in_(ids))
        statement = select(FocalPoint.id, FocalPoint.document).where(*conditions)
        if after is not None:
            statement = statement.where(FocalPoint.id > after)
        total = session.scalar(select(func.count()).select_from(FocalPoint).where(*conditions))
        rows = session.execute(statement.order_by(FocalPoint.id).limit(limit + 1)).all()
    return page_of([(row.document, [row.id]) for row in rows], limit, total)


def _holds_one(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """Whether the JSON list in the column holds one of these codes (which have no quotes in them)."""
    found: ColumnElement[bool] = cast(column, Text).contains(f'"{values[0]}"', autoescape=True)
    for value in values[1:]:
        found = found | cast(column, Text).contains(f'"{value}"', autoescape=True)
    return found


def coverage(
    database: Database,
    constituencies: Sequence[str],
    countries: Sequence[str],
    after: Sequence[str] | None,
    limit: int,
) -> tuple[Page, int]:
    """The accepted organizations for which no focal point or lead is designated today, by name; and how many have one.

    Somebody who is designated and has not yet called counts: the body has named its focal point.
    """
    bodies: list[ColumnElement[bool]] = [Organization.standing == "accepted"]
    if constituencies:
        bodies.append(Organization.constituency.in_(constituencies))
    if countries:
        bodies.append(Organization.country.in_(countries))
    speaking = exists().where(
        FocalPoint.organization_id == Organization.id,
        FocalPoint.speaks,
        FocalPoint.state.in_(RUNNING),
        within_term(clock.today()),
    )
    uncovered = and_(*bodies, not_(speaking))
    statement = select(Organization).where(uncovered)
    if after is not None:
        statement = statement.where(tuple_(Organization.sort_name, Organization.id) > tuple_(*after))
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(Organization).where(uncovered)) or 0
        covered = session.scalar(select(func.count()).select_from(Organization).where(*bodies, speaking)) or 0
        rows = session.scalars(statement.order_by(Organization.sort_name, Organization.id).limit(limit + 1)).all()
        latest = _latest_designations(session, [row.id for row in rows])
    items = [(_uncovered(row, latest.get(row.id)), [row.sort_name, row.id]) for row in rows]
    return page_of(items, limit, total), covered


def _latest_designations(session: Session, organization_ids: Sequence[str]) -> dict[str, FocalPoint]:
    rows = session.scalars(
        select(FocalPoint)
        .where(FocalPoint.organization_id.in_(organization_ids), FocalPoint.speaks)
        .order_by(FocalPoint.updated_at, FocalPoint.id)
    )
    return {row.organization_id: row for row in rows}


def _uncovered(row: Organization, latest: FocalPoint | None) -> dict[str, Any]:
    item: dict[str, Any] = {"organization_id": row.id, "name": row.content["name"], "constituency": row.constituency}
    if row.country:
        item["country"] = row.country
    item["state"] = "never" if latest is None else latest.state if latest.state in ("lapsed", "ended") else "unbound"
    if latest is not None and latest.term_end is not None and item["state"] != "unbound":
        # A term may have ended before its first day came.
        item["since"] = str(min(latest.term_end, clock.today()))
    return item


def own(database: Database, principal: Principal) -> dict[str, Any]:
    """What the register knows of the person who calls (`schemas.focal_point.OwnAuthority`)."""
    with database.reading() as session:
        authority = authority_of(session, principal)
        assert authority is not None
        designations = session.scalars(
            select(FocalPoint.document).where(FocalPoint.person_id == principal.person_id).order_by(FocalPoint.id)
        ).all()
        nominations = session.scalars(
            select(Nomination)
            .where(Nomination.person_id == principal.person_id, Nomination.state == "bound")
            .order_by(Nomination.id)
        ).all()
    answer = _authority(authority)
    answer["nominations"] = [
        {"id": each.id, "network_id": each.network_id, "roles": each.roles} for each in nominations
    ]
    answer["focal_points"] = [orjson.loads(body) for body in designations]
    return answer


def _authority(authority: Authority) -> dict[str, Any]:
    found: dict[str, Any] = {"person_id": authority.person_id}
    if authority.role:
        found["role"] = authority.role
    found["organizations"] = [
        {"organization_id": organization, "functions": sorted(functions)}
        for organization, functions in sorted(authority.organizations.items())
    ]
    found["units"] = [
        {
            "unit_id": unit.unit_id,
            "organization_id": unit.organization_id,
            "countries": sorted(unit.countries),
            "goals": sorted(unit.goals),
        }
        for unit in authority.units
    ]
    found["networks"] = [{"network_id": network} for network in sorted(authority.networks)]
    return found
