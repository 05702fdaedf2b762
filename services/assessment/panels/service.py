"""Gathers from the register what conflicts of interest depend on. The forum calls it with its members and its round."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.assessment.evidence import reading as r
from services.assessment.panels.conflicts import Assessed, Exclusion, Member, Surroundings, exclusions
from services.assessment.panels.funding import FundingLink
from services.assessment.panels.models import Funding
from services.assessment.register.organizations import organizations, units

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
    known = organizations(session)
    named = {
        organization_id
        for _, entry in r.items(document.get("partners"))
        if (organization_id := r.text(r.part(entry.get("organization")).get("id")))
    }
    # A link may still name an organization that has merged into a partner.
    named |= {each.id for each in known.values() if each.merged_into in named}
    around = Surroundings(known, units(session), funding_of(session, named), others, at_risk)
    return exclusions(members, partnership_id, document, around, on)


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
