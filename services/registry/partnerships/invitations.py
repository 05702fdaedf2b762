"""Mailed links by which somebody of a partner answers without an account.

The link's token is derived from the invitation's id under the installation's key, so that only its hash is kept and whoever mails
it later can make it again. Reading a link changes nothing; only sending the form acts (record.md).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.identity import addresses as normal_form
from services.chassis.rows import locked
from services.registry import policy
from services.registry.addresses.service import hash_of
from services.registry.errors import InvitationOver, LeadStays, PartnersOwnWords, WrongStanding
from services.registry.organizations.models import Organization
from services.registry.partnerships import subjects, views
from services.registry.partnerships.content import CONFIRMED, Entry, entry_of, organization_of, state_of
from services.registry.partnerships.models import Invitation, Partnership
from services.registry.partnerships.partners import answer_entry
from services.registry.partnerships.projections import TOMBSTONES
from services.registry.partnerships.recording import Author

VALID_FOR = timedelta(days=60)
"""Silence after 60 days is shown as silence (record.md); the link is over then."""
FORGOTTEN_AT_ONCE = 500
OWN_ANSWERS = CONFIRMED | {"unnamed"}
"""What the partner itself has said (or a registrar for its safety); the lead chooses to whom links go, and may choose itself."""


def token_of(key: bytes, invitation_id: str) -> str:
    """The secret part of an invitation's link."""
    digest = hmac.new(key, f"invitation:{invitation_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def invite(
    database: Database,
    address_key: bytes,
    principal: Principal,
    partnership_id: str,
    partner_id: str,
    command: Mapping[str, Any],
) -> dict[str, Any]:
    """Queue a link for somebody of a partner; the same address again, while it is open, is the same invitation.

    `command`: a loaded `InvitationCommand`. Raises NotKnown, NotAllowed, WrongStanding, LeadStays, Invalid.
    """
    address_hash = hash_of(address_key, command["email"])
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        policy.decide(actor, "partnership.invite_partner", subjects.subject_for(session, row, principal))
        entry = entry_of(row.content, partner_id)
        if entry is None or state_of(entry) == "declined":
            raise NotKnown("There is no such partner in this record.")
        if organization_of(entry) == row.lead_organization_id:
            raise LeadStays("The lead has spoken already; invite another partner.")
        moment = clock.now()
        open_one = session.scalars(
            select(Invitation).where(
                Invitation.partnership_id == row.id,
                Invitation.partner_id == partner_id,
                Invitation.address_hash == address_hash,
                Invitation.answered_at.is_(None),
                Invitation.expires_at > moment,
            )
        ).first()
        return _sent(open_one or _queue(session, address_key, row, partner_id, command, principal))


def _queue(
    session: Session,
    key: bytes,
    row: Partnership,
    partner_id: str,
    command: Mapping[str, Any],
    principal: Principal,
) -> Invitation:
    invitation_id, moment = uuid7(), clock.now()
    invitation = Invitation(
        id=invitation_id,
        partnership_id=row.id,
        partner_id=partner_id,
        email=normal_form.normalise(command["email"]),
        address_hash=hash_of(key, command["email"]),
        token_hash=_hash(token_of(key, invitation_id)),
        language=command.get("language"),
        invited_by_person=principal.person_id,
        created_at=moment,
        expires_at=moment + VALID_FOR,
    )
    session.add(invitation)
    session.flush()
    return invitation


def _sent(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "partner_id": invitation.partner_id,
        "sent_at": clock.timestamp(invitation.sent_at) if invitation.sent_at else None,
        "expires_at": clock.timestamp(invitation.expires_at),
    }


def shown(database: Database, token: str) -> dict[str, Any]:
    """What a link would confirm (`schemas.partnership_answers.InvitationShown`). Raises what `answer` raises."""
    with database.reading() as session:
        invitation, row, _ = _open(session, token)
        document = views.current_document(session, row)
        partner = next(each for each in document["partners"] if each["id"] == invitation.partner_id)
        found = {
            "partnership_id": row.id,
            "reference": row.reference,
            "title": document["title"],
            "summary": document.get("summary"),
            "partner": partner,
            "verified": _verified(session, row, invitation),
            "expires_at": clock.timestamp(invitation.expires_at),
        }
        return {name: value for name, value in found.items() if value is not None}


def answer(database: Database, token: str, command: Mapping[str, Any]) -> StoredDocument:
    """Act on a link: `answered`, or confirmed where the address is on a domain verified for the organization.

    `command`: a loaded `ConfirmationCommand`. Raises NotKnown, InvitationOver, WrongStanding, PartnersOwnWords.
    """
    with database.transaction() as session:
        invitation, row, entry = _open(session, token, lock=True)
        verified = _verified(session, row, invitation)
        author = Author(organization_id=organization_of(entry) if verified else None)
        invitation.answered_at, invitation.email = clock.now(), None
        return answer_entry(session, row, entry, command, author, verified=verified)


def _open(session: Session, token: str, *, lock: bool = False) -> tuple[Invitation, Partnership, Entry]:
    """The invitation of a link that still holds, with its record and entry."""
    invitation = session.scalars(select(Invitation).where(Invitation.token_hash == _hash(token))).first()
    if invitation is None:
        raise NotKnown("This link is not one of ours.")
    row = (
        locked(session, Partnership, invitation.partnership_id)
        if lock
        else session.get(Partnership, invitation.partnership_id)
    )
    if lock:
        session.refresh(invitation)
    entry = entry_of(row.content, invitation.partner_id) if row is not None else None
    over = invitation.answered_at is not None or invitation.expires_at <= clock.now()
    if row is None or entry is None or state_of(entry) == "declined" or over:
        raise InvitationOver("The link has been used, or its time is over; ask for another one.")
    if row.standing in TOMBSTONES:
        raise WrongStanding(f"The record is {row.standing}.", standing=row.standing)
    if state_of(entry) in OWN_ANSWERS and not _verified(session, row, invitation):
        raise PartnersOwnWords("This partner has answered for itself; it can change that when it signs in.")
    return invitation, row, entry


def _verified(session: Session, row: Partnership, invitation: Invitation) -> bool:
    """Whether the address is on a domain verified for the partner's organization."""
    entry = entry_of(row.content, invitation.partner_id)
    organization_id = organization_of(entry) if entry else None
    organization = session.get(Organization, organization_id) if organization_id else None
    if organization is None or organization.standing != "accepted" or invitation.email is None:
        return False
    domain = invitation.email.rpartition("@")[2]
    return any(domain == each.lower() for each in organization.content.get("domains") or [])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def forget_expired(session: Session, moment: datetime) -> int:
    """A job of the clock: forget the addresses of invitations whose time is over; returns how many."""
    due = session.scalars(
        select(Invitation.id)
        .where(Invitation.expires_at <= moment, Invitation.email.is_not(None))
        .limit(FORGOTTEN_AT_ONCE)
    ).all()
    session.execute(update(Invitation).where(Invitation.id.in_(due)).values(email=None))
    return len(due)
