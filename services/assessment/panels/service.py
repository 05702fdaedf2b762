"""Gathers from the register what conflicts of interest depend on. The forum calls it with its members and its round."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.assessment.panels.conflicts import (
    Assessed,
    Exclusion,
    Kinship,
    Member,
    Surroundings,
    exclusions,
    organizations_in,
)
from services.assessment.panels.funding import FundingLink
from services.assessment.panels.models import Funding
from services.assessment.register.organizations import families, units

AT_ONCE = 500


def excluded(
    session: Session,
    members: Sequence[Member],
    partnership_id: str,
    document: Mapping[str, object],
    others: Mapping[str, Assessed],
    on: date,
    at_risk: frozenset[str] = frozenset(),
) -> list[Exclusion]:
    """Who of the members may not assess a partnership, and why. `others` are the round's other partnerships, by id."""
    named = organizations_in(document)
    known_units = units(session)
    asked = named | {each.organization_id for each in known_units.values()} | _of_members(members)
    for other in others.values():
        asked |= organizations_in(other.document) | _of_members(other.panel)
    known = families(session, asked)
    kinship = Kinship(known)
    partners = {kinship.survivor(each) for each in named}
    # A link may still name an organization that has merged into a partner.
    called = named | {each for each in known if kinship.survivor(each) in partners}
    around = Surroundings(known, known_units, funding_of(session, called), others, at_risk)
    return exclusions(members, partnership_id, document, around, on)


def _of_members(members: Iterable[Member]) -> set[str]:
    """The organizations that members belong to, act for or declared an interest in."""
    own = {organization_id for each in members for organization_id in each.organization_ids}
    return own | {one.organization_id for each in members for one in each.interests if one.organization_id}


def funding_of(session: Session, organization_ids: Collection[str]) -> list[FundingLink]:
    """The links in which one of these organizations gives or gets, in the order of records."""
    found: dict[tuple[str, str, str], FundingLink] = {}
    for some in _portions(sorted(organization_ids)):
        rows = session.scalars(select(Funding).where(or_(Funding.giver_id.in_(some), Funding.receiver_id.in_(some))))
        for row in rows:
            link = FundingLink(row.giver_id, row.receiver_id, row.source, row.until)
            found[row.partnership_id, row.giver_id, row.receiver_id] = link
    return [found[key] for key in sorted(found)]


def _portions(identifiers: Sequence[str]) -> Iterable[Sequence[str]]:
    return (identifiers[start : start + AT_ONCE] for start in range(0, len(identifiers), AT_ONCE))
