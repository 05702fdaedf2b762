"""Use cases of designations: designate, hand over, end; what binds, lapses, is erased or follows a merged organization.

Addresses are kept by `addresses.service`; who somebody is, is answered by `authority.authority_of`. Lists, coverage and
"my authority" are in `reading.py`, because they write nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, NotAllowed, NotKnown
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import check_version, locked
from services.registry import policy
from services.registry.addresses import service as addresses
from services.registry.authority import authority_of
from services.registry.errors import AlreadyDesignated, TermInvalid
from services.registry.focal_points import projections
from services.registry.focal_points.models import FocalPoint
from services.registry.organizations.service import usable
from services.registry.policy import Subject
from services.registry.units.models import Unit

EVENT = "org.convene.registry.authority.{}.v1"
SUBJECT = "focal_point"
RUNNING = ("designated", "bound")
SPEAKING = frozenset({"lead", "focal_point"})
LAPSED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Designation:
    """Who is designated for what; days are whole, both ends of the term belong to it."""

    organization_id: str
    email: str
    display_name: str
    functions: Sequence[str]
    term_start: date
    term_end: date | None
    languages: Sequence[str]
    countries: Sequence[str]
    predecessor_id: str | None = None

    def check(self, today: date) -> None:
        """Raise TermInvalid for a term that ends before it begins, or is over."""
        if self.term_end is not None and self.term_end < max(self.term_start, today):
            detail = "is before the term starts" if self.term_end < self.term_start else "is over"
            raise TermInvalid("The term is not possible.", errors=[FieldError("/term_end", detail)])


def designate(database: Database, address_key: bytes, principal: Principal, data: Mapping[str, Any]) -> StoredDocument:
    """Designate somebody by address. Raises NotAllowed, OrganizationUnknown, AlreadyDesignated, TermInvalid, Invalid."""
    designation = Designation(
        organization_id=data["organization_id"],
        email=data["email"],
        display_name=data["display_name"],
        functions=data["functions"],
        term_start=_day(data.get("term_start")) or clock.today(),
        term_end=_day(data.get("term_end")),
        languages=data.get("languages", []),
        countries=data.get("countries", []),
    )
    with database.transaction() as session:
        subject = Subject(organization_ids=frozenset({designation.organization_id}))
        policy.decide(authority_of(session, principal), "focal_point.designate", subject)
        usable(session, designation.organization_id, "/organization_id")
        return projections.stored(_grant(session, address_key, designation, principal.person_id))


def hand_over(
    database: Database,
    address_key: bytes,
    principal: Principal,
    focal_point_id: str,
    data: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """Give a designation to a successor; returns the successor's. Functions, languages and countries stay where not given.

    The predecessor ends the day before the new term starts: at once, where it starts today or earlier. Who may designate may
    change what is handed over; a holder passes on what it has. Raises NotKnown, NotAllowed, WrongStanding, TermInvalid.
    """
    with database.transaction() as session:
        row = locked(session, FocalPoint, focal_point_id)
        actor, subject = authority_of(session, principal), subject_of(row)
        policy.decide(actor, "focal_point.handover", subject)
        check_version(expected, row.version)
        usable(session, row.organization_id, "")
        successor = _successor(row, data)
        designates = Subject(organization_ids=subject.organization_ids)
        if not policy.may(actor, "focal_point.designate", designates):
            _refuse_more_than_held(session, row, successor)
        _step_back(session, row, successor.term_start)
        return projections.stored(_grant(session, address_key, successor, principal.person_id))


def end(
    database: Database, principal: Principal, focal_point_id: str, data: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """End a designation: at once, or on a later day that is given. The reason stays private.

    What ends at once gives no authority any more on its last day. Raises NotKnown, NotAllowed, WrongStanding, TermInvalid.
    """
    with database.transaction() as session:
        row = locked(session, FocalPoint, focal_point_id)
        policy.decide(authority_of(session, principal), "focal_point.end", subject_of(row))
        check_version(expected, row.version)
        given, today = _day(data.get("term_end")), clock.today()
        row.term_end = max(today, row.term_start or today) if given is None else _shortened(row, given, today)
        row.end_reason = data.get("reason")
        if given is not None and given > today:
            _edited(session, row, "changed")
        else:
            _over(session, row, "ended")
        return projections.stored(row)


def read(database: Database, focal_point_id: str) -> StoredDocument:
    """The public document. Raises NotKnown."""
    with database.reading() as session:
        return projections.stored(known(session, focal_point_id))


def known(session: Session, focal_point_id: str) -> FocalPoint:
    """The designation's row. Raises NotKnown."""
    row = session.get(FocalPoint, focal_point_id)
    if row is None:
        raise NotKnown("There is no designation with this identifier.")
    return row


def subject_of(row: FocalPoint) -> Subject:
    """What the policy needs to know of a designation. Its term is over with its last day, not when the clock comes by."""
    over = row.state in RUNNING and row.term_end is not None and row.term_end < clock.today()
    return Subject(
        standing="lapsed" if over else row.state,
        organization_ids=frozenset({row.organization_id}),
        holder_ids=frozenset({row.person_id}) if row.person_id else frozenset(),
    )


# What happens without anybody asking


def bind(session: Session, focal_point_id: str, person_id: str) -> None:
    """The person who verified the address has called: the designation is that person's from now on."""
    row = locked(session, FocalPoint, focal_point_id)
    if row.person_id is not None:
        return
    addresses.bound(session, row.id, person_id)
    row.person_id = person_id
    if row.state == "designated":
        row.state = "bound"
    _edited(session, row, "bound")


def lapse_due(session: Session, now: datetime) -> int:
    """End the designations whose term is over, each once: lapsed, or handed over where a successor waits. For the clock."""
    due = session.scalars(
        select(FocalPoint)
        .where(FocalPoint.state.in_(RUNNING), FocalPoint.term_end < now.date())
        .order_by(FocalPoint.term_end, FocalPoint.id)
        .limit(LAPSED_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in due:
        succeeded = session.scalar(select(exists().where(FocalPoint.predecessor_id == row.id)))
        if succeeded:
            _over(session, row, "handed_over")
        else:
            row.state = "lapsed"
            _edited(session, row, "lapsed")
    return len(due)


def erase_person(session: Session, person_id: str) -> None:
    """A person was erased: no name, no address and no id of it remains; what it was designated for has ended."""
    rows = session.scalars(
        select(FocalPoint).where(FocalPoint.person_id == person_id).order_by(FocalPoint.id).with_for_update()
    ).all()
    for row in rows:
        was_over = row.state == "ended"
        row.display_name, row.person_id, row.end_reason = None, None, None
        if was_over:
            _rendered(session, row, "changed")
        else:
            _over(session, row, "ended")
    for row in session.scalars(select(FocalPoint).where(FocalPoint.designated_by == person_id)):
        row.designated_by = None


def follow_merge(session: Session, merged_id: str, survivor_id: str) -> int:
    """Designations of a merged organization are its survivor's; returns how many. Doing it again changes nothing."""
    rows = session.scalars(
        select(FocalPoint).where(FocalPoint.organization_id == merged_id).order_by(FocalPoint.id).with_for_update()
    ).all()
    for row in rows:
        row.organization_id = survivor_id
        _edited(session, row, "changed")
    return len(rows)


def rerender_registrars(session: Session, organization_id: str) -> None:
    """The units of an organization have changed: what other services learn of its registrars names them."""
    rows = session.scalars(
        select(FocalPoint)
        .where(FocalPoint.organization_id == organization_id, FocalPoint.state.in_(RUNNING))
        .order_by(FocalPoint.id)
        .with_for_update()
    ).all()
    for row in rows:
        if "registrar" in row.functions:
            _rendered(session, row, "changed")


def rerender(session: Session, row: FocalPoint) -> None:
    """Render the same version again (the contract grew)."""
    _rendered(session, row, "changed")


# Inside


def _grant(session: Session, address_key: bytes, wanted: Designation, by: str) -> FocalPoint:
    wanted.check(clock.today())
    address_hash = addresses.hash_of(address_key, wanted.email)
    _refuse_double(session, wanted, address_hash)
    now = clock.now()
    row = FocalPoint(
        id=uuid7(),
        organization_id=wanted.organization_id,
        display_name=wanted.display_name,
        functions=list(wanted.functions),
        speaks=bool(SPEAKING & set(wanted.functions)),
        term_start=wanted.term_start,
        term_end=wanted.term_end,
        languages=list(wanted.languages),
        countries=list(wanted.countries),
        state="designated",
        person_id=None,
        predecessor_id=wanted.predecessor_id,
        end_reason=None,
        designated_by=by,
        version=0,
        revision=0,
        document=b"",
        authority_document=b"",
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    addresses.keep(session, SUBJECT, row.id, wanted.email, address_hash, now)
    session.flush()
    _edited(session, row, "granted")
    return row


def _refuse_double(session: Session, wanted: Designation, address_hash: str) -> None:
    """The same address may be designated again for other functions, but not for what it already has."""
    ids = addresses.subjects_of(session, SUBJECT, address_hash)
    rows = session.scalars(
        select(FocalPoint).where(
            FocalPoint.id.in_(ids),
            FocalPoint.organization_id == wanted.organization_id,
            FocalPoint.state.in_(RUNNING),
        )
    )
    for row in rows:
        overlaps = row.term_end is None or row.term_end >= wanted.term_start
        if overlaps and set(wanted.functions) <= set(row.functions):
            raise AlreadyDesignated(
                "This address is designated for these functions already; hand over or end that designation.",
                designation=row.id,
            )


def _successor(row: FocalPoint, data: Mapping[str, Any]) -> Designation:
    """What a handover asks for. A term that is over before the new one starts says nothing about the end of that one."""
    start = _day(data.get("term_start")) or clock.today()
    end = _day(data.get("term_end"))
    if "term_end" not in data and row.term_end is not None and row.term_end >= start:
        end = row.term_end
    return Designation(
        organization_id=row.organization_id,
        email=data["email"],
        display_name=data["display_name"],
        functions=data.get("functions", row.functions),
        term_start=start,
        term_end=end,
        languages=data.get("languages", row.languages),
        countries=data.get("countries", row.countries),
        predecessor_id=row.id,
    )


def _refuse_more_than_held(session: Session, row: FocalPoint, wanted: Designation) -> None:
    """Handing over is not designating: what is held goes to one successor, for no other functions and no longer a term."""
    beyond = [each for each in wanted.functions if each not in row.functions]
    if beyond:
        errors = [FieldError("/functions", f"you are not designated for {', '.join(beyond)}")]
        raise NotAllowed("You can hand over only what this designation is for.", errors=errors)
    # An ended one counts: it may have handed over in its turn.
    successor = session.scalars(select(FocalPoint.id).where(FocalPoint.predecessor_id == row.id).limit(1)).first()
    if successor is not None:
        raise NotAllowed(
            "You have handed this over; a lead or an administrator can change who follows.", successor=successor
        )
    errors = _beyond_term(row, wanted)
    if errors:
        raise TermInvalid("You can hand over only what is left of your term.", errors=errors)


def _beyond_term(row: FocalPoint, wanted: Designation) -> list[FieldError]:
    """Where the successor's term leaves the predecessor's; both ends belong to it."""
    if row.term_start is not None and wanted.term_start < row.term_start:
        return [FieldError("/term_start", f"your own term starts on {row.term_start}")]
    if row.term_end is None:
        return []
    if wanted.term_start > row.term_end:
        return [FieldError("/term_start", f"your own term ends on {row.term_end}")]
    if wanted.term_end is None or wanted.term_end > row.term_end:
        return [FieldError("/term_end", f"your own term ends on {row.term_end}")]
    return []


def _shortened(row: FocalPoint, last: date, today: date) -> date:
    """The last day that is given, which lies in what is left of the term: who wants a longer one designates again."""
    detail = None
    if last < today:
        detail = "is over"
    elif row.term_start is not None and last < row.term_start:
        detail = "is before the term starts"
    elif row.term_end is not None and last > row.term_end:
        detail = f"the term ends on {row.term_end} already"
    if detail is not None:
        raise TermInvalid(
            "A term ends on one of the days that are left of it.", errors=[FieldError("/term_end", detail)]
        )
    return last


def _step_back(session: Session, row: FocalPoint, start: date) -> None:
    """The predecessor's side of a handover. Its last day is its first at the earliest: a term has at least one day."""
    first = row.term_start or date.min
    last = max(start - timedelta(days=1), first)
    row.term_end = last if row.term_end is None else min(row.term_end, last)
    if max(clock.today(), first) < start and row.state in RUNNING:
        _edited(session, row, "changed")
    else:
        _over(session, row, "handed_over")


def _over(session: Session, row: FocalPoint, happened: str) -> None:
    """The designation is over: its address is kept no longer than it is needed."""
    row.state = "ended"
    addresses.forget(session, row.id)
    _edited(session, row, happened)


def _edited(session: Session, row: FocalPoint, happened: str) -> None:
    row.version += 1
    row.updated_at = clock.now()
    _rendered(session, row, happened)


def _rendered(session: Session, row: FocalPoint, happened: str) -> None:
    """Both documents again, and the event of the internal one."""
    row.revision += 1
    session.flush()
    row.document = projections.document(row)
    row.authority_document = projections.authority_document(
        row, addresses.unbound_hash(session, row.id), _units_of(session, row)
    )
    session.flush()
    outbox.announce(session, EVENT.format(happened), row, row.authority_document)


def _units_of(session: Session, row: FocalPoint) -> list[str]:
    if "registrar" not in row.functions:
        return []
    return list(session.scalars(select(Unit.id).where(Unit.organization_id == row.organization_id).order_by(Unit.id)))


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
