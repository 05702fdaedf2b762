"""Every place where somebody says that an organization is a partner, from every source, confirmed or not (record.md, claims).

Reads the rows of partners of public records; a draft has none. Answering a claim is the partnerships' business
(`partners/{partner_id}/confirmation`): the view adds where.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from schemas import documents
from schemas.organization import OrganizationClaim
from services.chassis.database import Database
from services.chassis.identity import Principal
from services.chassis.rows import Page, page_of
from services.registry import policy
from services.registry.authority import authority_of
from services.registry.organizations.models import Organization
from services.registry.organizations.service import known, subject_of
from services.registry.partnerships.models import Partnership, PartnershipPartner
from services.registry.policy import Subject

# A suspended or withdrawn record is a tombstone that says nothing of its partners any more.
SPEAKING = ("listed", "submitted", "returned", "registered", "reported")

# What may still be done about a claim, by the state that it is in. To deny is to decline the entry.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "claimed": ("confirm", "correct", "deny"),
    "answered": ("confirm", "correct", "deny"),
    "confirmed": ("correct", "deny"),
    "corrected": ("confirm", "correct", "deny"),
    "declined": ("confirm", "correct"),
    "unnamed": ("confirm", "correct", "deny"),
}


def page(
    database: Database,
    principal: Principal | None,
    organization_id: str,
    states: Sequence[str],
    after: Sequence[str] | None,
    limit: int,
) -> Page:
    """The claims on the organization, the oldest record first; of a merged one those on its survivor. Raises NotKnown.

    Entries that it has declined, or in which it is not named, are shown to its own focal points and confirmers alone.
    """
    with database.reading() as session:
        row = known(session, organization_id)
        actor = authority_of(session, principal)
        policy.decide(actor, "organization.claims", subject_of(row))
        survivor = row.merged_into or row.id
        hidden = policy.may(
            actor,
            "organization.hidden_claims",
            Subject(standing=row.standing, partner_organization_ids=frozenset({survivor})),
        )
        conditions = _conditions(session, survivor, states, hidden=hidden)
        total = session.scalar(select(func.count()).select_from(PartnershipPartner).join(*_RECORD).where(*conditions))
        rows = _claims(session, conditions, after, limit + 1)
    return page_of([(_claim(each), [each.partnership_id, each.partner_id]) for each in rows], limit, total)


_RECORD = (Partnership, Partnership.id == PartnershipPartner.partnership_id)


def _conditions(
    session: Session, organization_id: str, states: Sequence[str], *, hidden: bool
) -> list[ColumnElement[bool]]:
    # Records follow a merge a moment later; until then they name the merged one.
    merged = select(Organization.id).where(Organization.merged_into == organization_id)
    conditions: list[ColumnElement[bool]] = [
        or_(PartnershipPartner.organization_id == organization_id, PartnershipPartner.organization_id.in_(merged)),
        Partnership.standing.in_(SPEAKING),
    ]
    if not hidden:
        conditions.append(PartnershipPartner.shown.is_(True))
    if states:
        conditions.append(PartnershipPartner.state.in_(states))
    return conditions


def _claims(
    session: Session, conditions: list[ColumnElement[bool]], after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    statement = (
        select(
            PartnershipPartner.partnership_id,
            PartnershipPartner.partner_id,
            PartnershipPartner.roles,
            PartnershipPartner.state,
            Partnership.reference,
            Partnership.kind,
            Partnership.standing,
            Partnership.phase,
            Partnership.source_system,
            Partnership.content,
        )
        .join(*_RECORD)
        .where(*conditions)
    )
    place = (PartnershipPartner.partnership_id, PartnershipPartner.partner_id)
    if after is not None:
        statement = statement.where(tuple_(*place) > tuple_(*after))
    return session.execute(statement.order_by(*place).limit(limit)).all()


def _claim(row: Any) -> dict[str, Any]:
    entry: Mapping[str, Any] = next(
        (each for each in row.content.get("partners", ()) if each.get("id") == row.partner_id), {}
    )
    claim = {
        "partnership_id": row.partnership_id,
        "partner_id": row.partner_id,
        "reference": row.reference,
        "title": row.content.get("title"),
        "kind": row.kind,
        "standing": row.standing,
        "phase": row.phase,
        "source": row.source_system,
        "roles": row.roles,
        "state": row.state,
        "at": entry.get("confirmation", {}).get("at"),
        "actions": list(ACTIONS.get(row.state, ())),
    }
    return documents.ordered(OrganizationClaim, claim)
