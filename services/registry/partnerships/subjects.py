"""What the policy needs to know of a record: whose it is, who its partners are, with which unit it lies, who wrote it.

The functions that build a `Subject` for each kind of action; `policy.decide` does the rest.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.chassis.errors import NotAllowed
from services.chassis.identity import Principal
from services.registry.authority import Authority, UnitAuthority, authority_of
from services.registry.networks.models import Network
from services.registry.partnerships import placement
from services.registry.partnerships.content import Entry, organization_of
from services.registry.partnerships.models import DraftAuthor, Partnership
from services.registry.policy import Subject
from services.registry.units.models import Unit


def subject_of(row: Partnership) -> Subject:
    """A public record: its lead's focal points, the unit it lies with."""
    return Subject(
        standing=row.standing,
        organization_ids=frozenset({row.lead_organization_id}),
        unit_id=row.unit_id,
    )


def with_authors(subject: Subject, row: Partnership) -> Subject:
    """The record as registrars find it: those who wrote it are none (record.md)."""
    return subject if row.standing == "draft" else replace(subject, author_ids=frozenset(row.authors))


def subject_for(session: Session, row: Partnership, principal: Principal | None) -> Subject:
    """The record as this person finds it: of a draft, the author and the invited co-authors are its authors."""
    subject = subject_of(row)
    if row.standing != "draft":
        return subject
    authors = frozenset({row.author_person} if row.author_person else ())
    if principal is not None and principal.person_id not in authors and is_co_author(session, row.id, principal):
        authors |= {principal.person_id}
    return replace(subject, author_ids=authors)


def is_co_author(session: Session, partnership_id: str, principal: Principal) -> bool:
    """Whether the person was invited to write the draft."""
    statement = select(DraftAuthor.id).where(
        DraftAuthor.partnership_id == partnership_id, DraftAuthor.person_id == principal.person_id
    )
    return session.scalars(statement.limit(1)).first() is not None


def with_partner(subject: Subject, entry: Entry) -> Subject:
    """The record as the partner of one entry finds it."""
    return replace(subject, partner_organization_ids=frozenset({organization_of(entry) or ""} - {""}))


def with_partners(subject: Subject, organization_ids: Collection[str]) -> Subject:
    """The record as any of these partners finds it."""
    return replace(subject, partner_organization_ids=frozenset(organization_ids))


def with_second_units(session: Session, subject: Subject, row: Partnership, moment: datetime) -> Subject:
    """The record with the units that may take over its submission by now."""
    ground = placement.ground_of(row.content)
    second = placement.second_units(units(session), ground, row.unit_id, row.submitted_at, moment)
    return replace(subject, second_unit_ids=second)


def with_units_of_country(session: Session, subject: Subject, row: Partnership) -> Subject:
    """The record with the units that decide on claims of it."""
    deciding = placement.of_country(units(session), placement.ground_of(row.content))
    return replace(subject, second_unit_ids=frozenset(unit.unit_id for unit in deciding))


def units(session: Session) -> list[UnitAuthority]:
    """All accepting units with what they answer for, the oldest first."""
    return [
        UnitAuthority(
            row.id,
            row.organization_id,
            frozenset(row.content.get("countries") or ()),
            frozenset(row.content.get("goals") or ()),
        )
        for row in session.execute(select(Unit.id, Unit.organization_id, Unit.content).order_by(Unit.id))
    ]


def drafts_of(principal: Principal, actor: Authority) -> ColumnElement[bool]:
    """The condition of the drafts that somebody may read."""
    organizations = [each for each, functions in actor.organizations.items() if "focal_point" in functions]
    invited = select(DraftAuthor.partnership_id).where(DraftAuthor.person_id == principal.person_id)
    return or_(
        Partnership.lead_organization_id.in_(organizations),
        Partnership.author_person == principal.person_id,
        Partnership.id.in_(invited),
    )


def somebody(session: Session, principal: Principal) -> Authority:
    """What a person who is signed in is to the register."""
    actor = authority_of(session, principal)
    assert actor is not None
    return actor


def with_network(session: Session, subject: Subject, actor: Authority, constituency: str | None) -> Subject:
    """The record as the contact of a network of that constituency finds it."""
    statement = select(Network.id).where(Network.id.in_(actor.networks), Network.constituency == constituency)
    return replace(subject, network_id=session.scalars(statement.limit(1)).first())


def refuse_own_lead(actor: Authority, row: Partnership, detail: str) -> None:
    """Nobody bears out what its own organization says in a record that it leads. Raises NotAllowed."""
    if actor.has("focal_point", row.lead_organization_id):
        raise NotAllowed(detail)


def with_holder(subject: Subject, person_id: str) -> Subject:
    """The record as the person finds it whom something about it names."""
    return replace(subject, holder_ids=frozenset({person_id}))
