"""The moves of a record's standing and of a partnership's phase (record.md), and what each asks for.

Who may make a move in which standing is in `policy.TABLE`; here is what else must be true. The unit accepts, returns, suspends;
it never edits (Panel ¶74: "should not seek to own").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from schemas.partnership import PHASES
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError
from services.chassis.identity import Principal
from services.chassis.rows import check_version, locked
from services.registry import policy
from services.registry.authority import Authority, UnitAuthority
from services.registry.errors import AlreadyAppealed, NoAcceptingUnit, RegistrarIsAuthor, SamePhase, UnitUnknown
from services.registry.partnerships import (
    drafts,
    naming,
    placement,
    recording,
    references,
    rerendering,
    subjects,
    tiers,
)
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.projections import organization_ids
from services.registry.partnerships.recording import Change, author_for
from services.registry.partnerships.service import enter_proposals, tier_not_met


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: by whom, of which version, when. `reason` is public; `unit_id` is the unit that was named, if any."""

    actor: Authority
    to: str
    reason: Any
    unit_id: str | None
    moment: datetime

    @property
    def stated(self) -> dict[str, Any] | None:
        """The reason as the document shows it."""
        return {"reason": self.reason, "at": clock.timestamp(self.moment)} if self.reason else None


def move(
    database: Database, principal: Principal, partnership_id: str, command: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Make a move. `command`: a loaded `TransitionCommand`.

    Raises NotKnown, NotAllowed, RegistrarIsAuthor, WrongStanding, PreconditionFailed, TierNotMet, SamePhase, NoAcceptingUnit,
    UnitUnknown, AlreadyAppealed.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        request = Request(actor, command["to"], command.get("reason"), command.get("unit_id"), clock.now())
        subject = subjects.with_authors(subjects.subject_for(session, row, principal), row)
        subject = subjects.with_second_units(session, subject, row, request.moment) if row.unit_id else subject
        refuse_author(actor, row, subject.second_unit_ids, request.to)
        action = "change_phase" if request.to in PHASES else f"to_{request.to}"
        policy.decide(actor, f"partnership.{action}", subject)
        check_version(expected, row.version)
        return (
            _change_phase(session, row, request) if request.to in PHASES else MOVES[request.to](session, row, request)
        )


def refuse_author(actor: Authority, row: Partnership, second: frozenset[str], to: str) -> None:
    """Say it plainly to a registrar who wrote the record: another one must decide. Raises RegistrarIsAuthor."""
    of_unit = actor.unit_ids() & {row.unit_id, *second}
    if to in ("registered", "returned", "suspended") and of_unit and actor.person_id in row.authors:
        raise RegistrarIsAuthor("You wrote this record yourself; another registrar of the unit must decide.")


# By the partnership's focal points


def _list(session: Session, row: Partnership, request: Request) -> StoredDocument:
    """draft → listed: the record becomes public and gets its reference."""
    lacking = tiers.lacking_for_listed(row.content, row.lead_organization_id)
    if lacking:
        raise tier_not_met("listed", lacking)
    enter_proposals(session, row, request.actor)
    names = rerendering.brought_up_to_date(session, row)
    drafts.forget(session, row.id)
    row.reference = row.reference or references.allocate(session, request.moment.year)[0]
    return _moved(session, row, request, "listed", names=names)


def _submit(session: Session, row: Partnership, request: Request) -> StoredDocument:
    """listed or returned → submitted: needs only what listing asks. To another unit than those that returned it: an appeal."""
    lacking = tiers.lacking_for_listed(row.content, row.lead_organization_id)
    if lacking:
        raise tier_not_met("listed", lacking)
    unit_id = _unit_for(session, row, request)
    returned_by = row.returned_by or []
    if returned_by and unit_id not in returned_by:
        if row.appealed:
            raise AlreadyAppealed(
                "A return may be appealed once; submit to a unit that has returned the record.", returned_by=returned_by
            )
        row.appealed = True
    row.unit_id, row.submitted_at = unit_id, request.moment
    row.standing_reason = None
    return _moved(session, row, request, "submitted")


def _unit_for(session: Session, row: Partnership, request: Request) -> str:
    """The unit named; else, after a return, the same again; else the mandate's; else the one of the country and goal."""
    units = subjects.units(session)
    if request.unit_id is not None:
        if request.unit_id not in {unit.unit_id for unit in units}:
            errors = [FieldError("/unit_id", "no unit has this identifier")]
            raise UnitUnknown("Name a unit of the register.", errors=errors)
        return request.unit_id
    if row.standing == "returned" and row.unit_id is not None:
        return row.unit_id
    mandated = (row.content.get("mandate") or {}).get("unit_id")
    if mandated is not None:
        return str(mandated)
    ground = placement.ground_of(row.content)
    unit = placement.closest(units, ground)
    if unit is None:
        raise NoAcceptingUnit(
            "No unit answers for these countries and goals; name one with unit_id.",
            countries=sorted(ground.countries),
            goals=sorted(ground.goals),
        )
    return unit.unit_id


def _withdraw(session: Session, row: Partnership, request: Request) -> StoredDocument:
    """→ withdrawn: a tombstone with the reason remains."""
    row.standing_reason = request.stated
    return _moved(session, row, request, "withdrawn")


def _change_phase(session: Session, row: Partnership, request: Request) -> StoredDocument:
    if row.phase == request.to:
        raise SamePhase(f"The partnership is {row.phase} already.")
    row.phase = request.to
    row.phase_reason = request.stated
    if row.standing == "draft":
        return recording.keep_draft(session, row)
    author = author_for(request.actor, row.lead_organization_id)
    return recording.publish(session, row, Change("phase_changed", author, request.reason))


# By a registrar


def _register(session: Session, row: Partnership, request: Request) -> StoredDocument:
    """submitted → registered, where the tier is met; suspended → registered again."""
    unit = _acting_unit(row, request)
    if row.standing == "suspended":
        row.standing_reason = None
        return _moved(session, row, request, "reinstated", unit)
    names = naming.names_of(session, organization_ids(row.content) | {row.lead_organization_id})
    lacking = tiers.lacking_for_registered(row.content, row.lead_organization_id, names.organizations)
    if lacking:
        raise tier_not_met("registered", lacking)
    row.unit_id, row.standing_reason = unit.unit_id, None
    row.registered = {
        "unit_id": unit.unit_id,
        "organization_id": unit.organization_id,
        "date": request.moment.date().isoformat(),
    }
    return _moved(session, row, request, "registered", unit, names)


def _return(session: Session, row: Partnership, request: Request) -> StoredDocument:
    """submitted → returned, with public reasons; it may be appealed once to another unit."""
    unit = _acting_unit(row, request)
    row.unit_id = unit.unit_id
    row.returned_by = list(dict.fromkeys([*(row.returned_by or []), unit.unit_id]))
    row.standing_reason = {**(request.stated or {}), "unit_id": unit.unit_id}
    return _moved(session, row, request, "returned", unit)


def _suspend(session: Session, row: Partnership, request: Request) -> StoredDocument:
    """registered → suspended: a tombstone with the reason, until it is registered again."""
    unit = _acting_unit(row, request)
    row.standing_reason = {**(request.stated or {}), "unit_id": unit.unit_id}
    return _moved(session, row, request, "suspended", unit)


def _acting_unit(row: Partnership, request: Request) -> UnitAuthority:
    """The unit for which the registrar acts: the one that it lies with, else the second unit that takes it over."""
    units = request.actor.units
    ground = placement.ground_of(row.content)
    own = next((unit for unit in units if unit.unit_id == row.unit_id), None)
    return own or next(unit for unit in units if placement.shares(unit, ground))


def _moved(
    session: Session,
    row: Partnership,
    request: Request,
    event: str,
    unit: UnitAuthority | None = None,
    names: naming.Names | None = None,
) -> StoredDocument:
    """Store the move; a registrar signs for the unit's organization, everybody else for the lead."""
    row.standing = request.to
    author = author_for(request.actor, unit.organization_id if unit else row.lead_organization_id)
    if unit is None:
        row.authors = list(dict.fromkeys([*row.authors, request.actor.person_id]))
    return recording.publish(session, row, Change(event, author, request.reason, spoken=unit is None), names)


MOVES: dict[str, Callable[[Session, Partnership, Request], StoredDocument]] = {
    "listed": _list,
    "submitted": _submit,
    "registered": _register,
    "returned": _return,
    "suspended": _suspend,
    "withdrawn": _withdraw,
}
