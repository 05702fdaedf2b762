"""Partners of a record: added, changed and left by the lead; confirming, correcting, declining or unnamed by themselves.

What the lead says of a partner is `claimed` until that partner has answered (record.md, confirmation by partners). Answers that
come through a mailed link are in `invitations`, which uses `answer_entry` of this module.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from schemas import documents, partial_dates
from schemas.documents import StoredDocument
from schemas.partnership import PartnerCommand
from schemas.partnership_parts import Partner
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown, ServiceError
from services.chassis.identity import Principal
from services.chassis.rows import check_version, locked
from services.registry import policy
from services.registry.authority import Authority
from services.registry.errors import LeadStays, NothingToVouchFor, PartnersOwnWords
from services.registry.partnerships import naming, recording, redaction, service, subjects, views
from services.registry.partnerships.content import (
    Entry,
    covers,
    declined_entry,
    entry_of,
    give_ids,
    has_left_for_good,
    has_spoken,
    ids_in,
    left_on,
    match,
    organization_of,
    partners_of,
    state_of,
    together_with,
    with_entry,
    without_ids,
)
from services.registry.partnerships.editing import refuse_ahead
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.recording import Author, Change, author_for
from services.registry.partnerships.tiers import constituency_of
from services.registry.writing import merged

ANSWERED = ("roles", "contributions", "effort")
STATES = {"confirm": "confirmed", "correct": "corrected", "decline": "declined", "unnamed": "unnamed"}


@dataclass(frozen=True, slots=True)
class Added:
    """A record with a partner in it: the document, the partner's id, and whether it is new."""

    document: StoredDocument
    partner_id: str
    new: bool


# By the lead


def add(
    database: Database, principal: Principal, partnership_id: str, command: Mapping[str, Any], expected: int | None
) -> Added:
    """Add a partner; one that names an organization already there is that entry. Raises what `service.edit` raises."""
    with database.transaction() as session:
        row, actor = service.editable(session, principal, partnership_id, expected)
        document = views.current_document(session, row)
        here = document.get("partners") or []
        gone = {entry["id"] for entry in partners_of(row.content) if has_left_for_good(entry)}
        known = match(command, [entry for entry in here if entry["id"] not in gone])
        partners = _with(here, {**command, "id": known["id"]}) if known else [*here, dict(command)]
        before = {entry["id"] for entry in partners_of(row.content)}
        with _pointing_into(here.index(known) if known else len(here)):
            stored = service.apply(session, row, actor, {**document, "partners": partners})
        fresh = [entry["id"] for entry in partners_of(row.content) if entry["id"] not in before]
        return Added(stored, fresh[0] if fresh else str((known or command)["id"]), bool(fresh))


def replace(
    database: Database,
    principal: Principal,
    partnership_id: str,
    partner_id: str,
    command: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """Put another entry in the place of a partner's. Raises NotKnown and what `service.edit` raises."""
    if command.get("id", partner_id) != partner_id:
        raise Invalid("The id is that of the address.", errors=[FieldError("/id", "is another partner's")])
    with database.transaction() as session:
        row, actor = service.editable(session, principal, partnership_id, expected)
        return _replaced(session, row, actor, {**command, "id": partner_id})


def patch(
    database: Database,
    principal: Principal,
    partnership_id: str,
    partner_id: str,
    changes: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """Change some members of a partner's entry by a JSON merge patch. Raises NotKnown and what `service.edit` raises."""
    with database.transaction() as session:
        row, actor = service.editable(session, principal, partnership_id, expected)
        shown = _shown(views.current_document(session, row), partner_id)
        command = service.checked(PartnerCommand, merged(shown, changes))
        if command.get("id") != partner_id:
            raise Invalid("The id stays.", errors=[FieldError("/id", "cannot be changed")])
        return _replaced(session, row, actor, command)


def _replaced(session: Session, row: Partnership, actor: Authority, entry: Entry) -> StoredDocument:
    document = views.current_document(session, row)
    _shown(document, entry["id"])
    place = [each["id"] for each in document["partners"]].index(entry["id"])
    with _pointing_into(place):
        return service.apply(session, row, actor, {**document, "partners": _with(document["partners"], entry)})


@contextmanager
def _pointing_into(place: int) -> Iterator[None]:
    """Make what is refused of the entry at that place point into the entry, which is the body that was sent."""
    at = f"/partners/{place}"
    try:
        yield
    except ServiceError as refused:
        refused.errors = tuple(
            FieldError(each.pointer.removeprefix(at), each.detail) if f"{each.pointer}/".startswith(f"{at}/") else each
            for each in refused.errors
        )
        raise


def _with(partners: list[Entry], entry: Entry) -> list[Entry]:
    return [entry if each["id"] == entry["id"] else each for each in partners]


def _shown(document: Mapping[str, Any], partner_id: str) -> Entry:
    for entry in document.get("partners") or []:
        if entry["id"] == partner_id:
            return dict(entry)
    raise NotKnown("There is no such partner in this record.")


def shown(database: Database, principal: Principal | None, partnership_id: str, partner_id: str) -> StoredDocument:
    """One entry, as the public sees it, with the version of the record. Raises NotKnown."""
    with database.reading() as session:
        row = views.readable(session, principal, partnership_id)
        entry = _shown(views.current_document(session, row), partner_id)
        return StoredDocument(partner_id, row.version, row.revision, documents.render(Partner, entry))


def listed(database: Database, principal: Principal | None, partnership_id: str) -> list[Entry]:
    """The entries, as the public sees them. Raises NotKnown."""
    with database.reading() as session:
        row = views.readable(session, principal, partnership_id)
        entries: list[Entry] = views.current_document(session, row).get("partners") or []
        return entries


def leave(
    database: Database,
    principal: Principal,
    partnership_id: str,
    partner_id: str,
    command: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """A partner leaves, or the lead says so: the entry stays, with the date. From a draft the entry goes.

    `command`: a loaded `LeaveCommand`. Raises NotKnown, NotAllowed, WrongStanding, LeadStays, PartnersOwnWords, Invalid,
    PreconditionFailed.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        subject = subjects.subject_for(session, row, principal)
        entry = entry_of(row.content, partner_id)
        action = "partnership.edit" if row.standing == "draft" else "partnership.leave"
        policy.decide(actor, action, subjects.with_partner(subject, entry) if entry else subject)
        if entry is None or state_of(entry) == "declined":
            raise NotKnown("There is no such partner in this record.")
        check_version(expected, row.version)
        lead_stays(row, entry, "The lead cannot leave its record; withdraw it, or say that the partnership ended.")
        if row.standing == "draft":
            partners = [each for each in partners_of(row.content) if each["id"] != partner_id]
            row.content = {**row.content, "partners": partners}
            return recording.keep_draft(session, row)
        row.content = with_entry(row.content, _gone(actor, row, entry, command.get("left")))
        author = author_for(actor, _speaks_for(actor, row, entry))
        return recording.publish(session, row, Change("revised", author, command.get("reason")))


def _gone(actor: Authority, row: Partnership, entry: Entry, day: str | None) -> Entry:
    """The entry with the day on which its partner left. Raises PartnersOwnWords, Invalid.

    The lead does not rewrite what the partner has said: neither when it left, nor that it was one on the day when it answered
    (who left years ago would have no conflict of interest any more).
    """
    today = clock.today().isoformat()
    left = day or today
    refuse_ahead(left, today, "/left")
    if "joined" in entry and partial_dates.surely_after(entry["joined"], left):
        raise Invalid("A partner leaves after it joined.", errors=[FieldError("/left", "is before joined")])
    if not actor.has("focal_point", row.lead_organization_id):
        return {**left_on(entry, left), "left_itself": True}
    if "left_itself" in entry and left != entry["left"]:
        errors = [FieldError("/left", "is the partner's own")]
        raise PartnersOwnWords("The partner has said itself when it left.", errors=errors)
    since = entry["confirmation"]["at"][:10]
    if has_spoken(entry) and partial_dates.surely_after(since, left):
        detail = f"is before {since}, when the partner's answer stood"
        raise PartnersOwnWords("Only the partner can say that it left before.", errors=[FieldError("/left", detail)])
    return left_on(entry, left)


def _speaks_for(actor: Authority, row: Partnership, entry: Entry) -> str | None:
    """The organization in whose name somebody acts on an entry; for an unnamed partner, none is said."""
    if actor.has("focal_point", row.lead_organization_id):
        return row.lead_organization_id
    return organization_of(entry) if state_of(entry) != "unnamed" else None


# By the partner


def answer(
    database: Database,
    principal: Principal,
    partnership_id: str,
    partner_id: str,
    command: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """A focal point or confirmer of the partner says what is right. `command`: a loaded `ConfirmationCommand`.

    Raises NotKnown, NotAllowed, WrongStanding, PreconditionFailed, LeadStays, Invalid.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        subject = subjects.subject_for(session, row, principal)
        entry = entry_of(row.content, partner_id)
        if entry is not None:
            subject = subjects.with_partner(subject, entry)
        if entry is None or (state_of(entry) == "declined" and not policy.may(actor, "partnership.answer", subject)):
            policy.decide(actor, "partnership.read", subject)
            raise NotKnown("There is no such partner in this record.")
        policy.decide(actor, "partnership.answer", subject)
        check_version(expected, row.version)
        author = author_for(actor, organization_of(entry))
        return answer_entry(session, row, entry, command, author, verified=True)


def answer_entry(
    session: Session, row: Partnership, entry: Entry, command: Mapping[str, Any], author: Author, *, verified: bool
) -> StoredDocument:
    """Store a partner's answer. `verified`: whether it is known to come from that organization; else it is `answered`.

    One that says nothing new makes no version.

    Declining and asking not to be named are believed from anybody who was reached, for they only take a name away; but nobody
    who is not verified comes here where the partner has answered for itself (`invitations`).
    """
    decision = command["decision"]
    if decision in ("decline", "unnamed"):
        lead_stays(row, entry, "The lead is part of its record; withdraw the record instead.")
    silent = Author(person_id=author.person_id)
    if decision == "decline":
        entries = [declined_entry(each, clock.timestamp()) for each in together_with(row.content, entry)]
        changed = [redaction.take_out_declined(session, row, each) for each in entries]
        if not any(changed):
            return recording.current(session, row)
        return recording.publish(session, row, Change("confirmed", silent))
    if decision == "unnamed":
        return redaction.take_out(session, row, entry, silent)
    naming.refuse_hidden({name: command[name] for name in ANSWERED if name in command}, row.content)
    answered = answered_entry(entry, command, clock.timestamp(), verified=verified)
    if answered == entry:
        return recording.current(session, row)
    row.content = with_entry(row.content, answered)
    return recording.publish(session, row, Change("confirmed", author))


def lead_stays(row: Partnership, entry: Entry, detail: str) -> None:
    """Raise LeadStays for the entry of the lead; of an imported record, which nobody leads yet, it is an entry like others."""
    if organization_of(entry) == row.lead_organization_id and row.standing != "reported":
        raise LeadStays(detail)


def answered_entry(entry: Entry, command: Mapping[str, Any], now: str, *, verified: bool) -> Entry:
    """The entry after a confirmation or correction: with other words than the lead's it is corrected. Raises Invalid."""
    said = {name: command[name] for name in ANSWERED if name in command}
    result = {**entry, **{name: value for name, value in said.items() if _differs(value, entry.get(name))}}
    if "contributions" in result:
        part = {"contributions": [dict(each) for each in result["contributions"]]}
        give_ids(part, ids_in(entry, Partner), Partner)
        result.update(part)
    same = without_ids({name: result.get(name) for name in ANSWERED}) == without_ids(
        {name: entry.get(name) for name in ANSWERED}
    )
    state = "confirmed" if command["decision"] == "confirm" and same else "corrected"
    if command["decision"] == "confirm" and same and state_of(entry) == "corrected":
        state = "corrected"  # its own words, confirmed once more, stay its own
    confirmation = {"state": state if verified else "answered", "at": now, "covers": covers(result)}
    before = entry["confirmation"]
    if all(confirmation[name] == before.get(name) for name in ("state", "covers")):
        confirmation["at"] = before["at"]  # when the state began
    if "comment" in command:
        confirmation["comment"] = command["comment"]
    return {**result, "confirmation": confirmation}


def _differs(value: Any, before: Any) -> bool:
    return bool(without_ids(value) != without_ids(before))


# Vouching


def vouch(
    database: Database, principal: Principal, partnership_id: str, partner_id: str, expected: int | None
) -> StoredDocument:
    """A registrar, or the contact of a network of the partner's constituency, vouches for an unverified answer.

    Raises NotKnown, NotAllowed, NothingToVouchFor, PreconditionFailed.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        entry = entry_of(row.content, partner_id)
        if entry is None or state_of(entry) == "declined":
            policy.decide(actor, "partnership.read", subjects.subject_for(session, row, principal))
            raise NotKnown("There is no such partner in this record.")
        organizations = naming.names_of(session, {organization_of(entry) or ""} - {""}).organizations
        subject = subjects.with_network(session, subjects.subject_of(row), actor, constituency_of(entry, organizations))
        subjects.refuse_own_lead(actor, row, "Somebody outside the lead must vouch for its partners.")
        policy.decide(actor, "partnership.vouch", subject)
        check_version(expected, row.version)
        if state_of(entry) != "answered":
            raise NothingToVouchFor(f"The entry is {state_of(entry)}; only an unverified answer can be vouched for.")
        confirmation = {**entry["confirmation"], "state": "confirmed", "at": clock.timestamp(), "covers": covers(entry)}
        row.content = with_entry(row.content, {**entry, "confirmation": confirmation})
        voucher = next((unit.organization_id for unit in actor.units), None)
        return recording.publish(session, row, Change("confirmed", author_for(actor, voucher), spoken=False))
