"""Use cases of units: set up, replace, list, and the queue of what waits for one (at most 15 working days, Panel ¶74)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from schemas.unit import UnitDocument, UnitInput
from services.chassis import clock
from services.chassis.database import Database, Timestamp
from services.chassis.errors import NotKnown
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import Page, check_version, locked, page_of
from services.registry import policy
from services.registry.authority import UnitAuthority, authority_of
from services.registry.focal_points import service as focal_points
from services.registry.organizations.service import survivors, usable
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.placement import ground_of, second_units
from services.registry.policy import Subject
from services.registry.units import projections
from services.registry.units.models import Unit
from services.registry.writing import check_read_only, patched

EVENT = "org.convene.registry.unit.{}.v1"
READ_AT_ONCE = 200


def create(database: Database, principal: Principal, data: Mapping[str, Any]) -> StoredDocument:
    """Set up a unit. Raises NotAllowed, OrganizationUnknown."""
    with database.transaction() as session:
        policy.decide(authority_of(session, principal), "unit.create", Subject())
        usable(session, data["organization_id"], "/organization_id")
        now = clock.now()
        row = Unit(
            id=uuid7(),
            organization_id=data["organization_id"],
            content=_written(data),
            version=1,
            revision=1,
            document=b"",
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        _announce(session, row, "accepted")
        focal_points.rerender_registrars(session, row.organization_id)
        return projections.stored(row)


def replace(
    database: Database, principal: Principal, unit_id: str, data: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Replace the writable part. Raises NotKnown, NotAllowed, PreconditionFailed, OrganizationUnknown."""
    return _rewrite(database, principal, unit_id, data, expected, lambda _: data)


def change(
    database: Database, principal: Principal, unit_id: str, patch: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Change the writable part by a JSON merge patch (RFC 7396). Raises Invalid and what `replace` raises."""
    return _rewrite(database, principal, unit_id, patch, expected, lambda row: patched(UnitInput, row.content, patch))


def _rewrite(
    database: Database,
    principal: Principal,
    unit_id: str,
    sent: Mapping[str, Any],
    expected: int | None,
    make: Callable[[Unit], Mapping[str, Any]],
) -> StoredDocument:
    with database.transaction() as session:
        row = locked(session, Unit, unit_id)
        policy.decide(authority_of(session, principal), "unit.replace", Subject(unit_id=row.id))
        check_version(expected, row.version)
        check_read_only(UnitDocument, row.document, sent)
        content = _written(make(row))
        if content == row.content:
            return projections.stored(row)
        before = row.organization_id
        if content["organization_id"] != before:
            usable(session, content["organization_id"], "/organization_id")
        _edited(session, row, content)
        if row.organization_id != before:
            focal_points.rerender_registrars(session, before)
            focal_points.rerender_registrars(session, row.organization_id)
        return projections.stored(row)


def page(
    database: Database, organization_ids: Sequence[str], countries: Sequence[str], after: str | None, limit: int
) -> Page:
    """The units, the oldest first; with `countries` those that answer for one of them. There are hundreds at most."""
    statement = select(Unit).order_by(Unit.id)
    with database.reading() as session:
        if organization_ids:
            # Those of a merged organization follow it to its survivor a little later: asked for under either.
            ids = {*organization_ids, *survivors(session, organization_ids).values()}
            statement = statement.where(Unit.organization_id.in_(ids))
        rows = [row for row in session.scalars(statement) if _answers_for(row, countries)]
    shown = [row for row in rows if after is None or row.id > after]
    return page_of([(row.document, [row.id]) for row in shown[: limit + 1]], limit, len(rows))


def _answers_for(row: Unit, countries: Sequence[str]) -> bool:
    own = row.content.get("countries")
    return not countries or not own or bool(set(own) & set(countries))


def read(database: Database, unit_id: str) -> StoredDocument:
    """The document. Raises NotKnown."""
    with database.reading() as session:
        return projections.stored(known(session, unit_id))


def known(session: Session, unit_id: str) -> Unit:
    """The unit's row. Raises NotKnown."""
    row = session.get(Unit, unit_id)
    if row is None:
        raise NotKnown("There is no unit with this identifier.")
    return row


def authority_of_unit(row: Unit) -> UnitAuthority:
    """What the unit answers for, as `placement` compares it."""
    return UnitAuthority(
        row.id,
        row.organization_id,
        frozenset(row.content.get("countries", ())),
        frozenset(row.content.get("goals", ())),
    )


def queue(
    database: Database, principal: Principal, unit_id: str, after: tuple[datetime, str] | None, limit: int
) -> Page:
    """What waits for the unit, the longest waiting (thus the overdue) first, and the overdue of others that it may take.

    Raises NotKnown, NotAllowed. What depends on the day is worked out now, not kept.
    """
    now = clock.now()
    found: list[tuple[dict[str, Any], Sequence[Any]]] = []
    with database.reading() as session:
        row = known(session, unit_id)
        policy.decide(authority_of(session, principal), "unit.queue", Subject(unit_id=row.id))
        unit = authority_of_unit(row)
        while len(found) <= limit:
            submissions = _submissions(session, after)
            found += [entry for each in submissions if (entry := _entry(unit, each, now)) is not None]
            if len(submissions) < READ_AT_ONCE:
                break
            after = (submissions[-1].submitted_at, submissions[-1].id)
    return page_of(found, limit)


def _submissions(session: Session, after: tuple[datetime, str] | None) -> Sequence[Any]:
    """Submissions of all units in the order of waiting; few wait at a time, so each queue picks its own among them."""
    statement = select(
        Partnership.id,
        Partnership.version,
        Partnership.reference,
        Partnership.kind,
        Partnership.content,
        Partnership.unit_id,
        Partnership.submitted_at,
        Partnership.appealed,
    ).where(Partnership.standing == "submitted", Partnership.submitted_at.is_not(None))
    if after is not None:
        moment, record_id = after
        place = tuple_(literal(moment, Timestamp), literal(record_id))
        statement = statement.where(tuple_(Partnership.submitted_at, Partnership.id) > place)
    return session.execute(statement.order_by(Partnership.submitted_at, Partnership.id).limit(READ_AT_ONCE)).all()


def _entry(unit: UnitAuthority, each: Any, now: datetime) -> tuple[dict[str, Any], Sequence[Any]] | None:
    """The entry of a submission in the unit's queue; None where it is not for this unit."""
    own = each.unit_id == unit.unit_id
    if not own and not second_units([unit], ground_of(each.content), each.unit_id, each.submitted_at, now):
        return None
    submission = {
        "id": each.id,
        "version": each.version,
        "reference": each.reference,
        "kind": each.kind,
        "content": each.content,
    }
    entry = projections.queue_entry(submission, each.submitted_at, now, own=own, appeal=bool(each.appealed))
    return entry, [clock.timestamp(each.submitted_at), each.id]


def follow_merge(session: Session, merged_id: str, survivor_id: str) -> int:
    """Units of a merged organization are its survivor's; returns how many. Doing it again changes nothing."""
    rows = session.scalars(
        select(Unit).where(Unit.organization_id == merged_id).order_by(Unit.id).with_for_update()
    ).all()
    for row in rows:
        _edited(session, row, {**row.content, "organization_id": survivor_id})
    if rows:
        focal_points.rerender_registrars(session, survivor_id)
    return len(rows)


def rerender(session: Session, row: Unit) -> None:
    """Render the same version again (the contract grew)."""
    row.revision += 1
    _announce(session, row, "revised")


def _written(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in projections.WRITABLE if data.get(name) is not None}


def _edited(session: Session, row: Unit, content: dict[str, Any]) -> None:
    row.content, row.organization_id = content, content["organization_id"]
    row.version += 1
    row.revision += 1
    row.updated_at = clock.now()
    _announce(session, row, "revised")


def _announce(session: Session, row: Unit, happened: str) -> None:
    row.document = projections.document(row)
    session.flush()
    outbox.announce(session, EVENT.format(happened), row, row.document)
