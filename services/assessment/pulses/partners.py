"""The confirmed partners of a partnership, and for which of them somebody speaks. Pulses and self-checks ask.

Read from the public record as it now is, and from what the register says of who acts for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from services.assessment import policy
from services.assessment.evidence import service as evidence
from services.assessment.evidence.record import Record
from services.assessment.register.authority import Authority, authority_of
from services.chassis import clock
from services.chassis.errors import NotAllowed, Unauthenticated
from services.chassis.identity import Principal


@dataclass(frozen=True, slots=True)
class Partners:
    """Organizations by id: those that lead, and those whose part is confirmed (leads among them)."""

    leading: frozenset[str]
    confirmed: frozenset[str]


def partners_of(session: Session, partnership_id: str) -> Partners:
    """The partners of a public record, today. Raises RecordNotKnown."""
    stored = evidence.document_of(session, partnership_id)
    record = Record(orjson.loads(stored.body), clock.today())
    leading = frozenset(each.organization_id for each in record.partners if each.leads and each.organization_id)
    return Partners(leading, record.confirmed_organizations)


def acting(session: Session, principal: Principal | None, action: str, partners: Partners) -> Authority:
    """Who calls, if the policy allows somebody who is this to the partners to do it. Raises Unauthenticated, NotAllowed."""
    authority = authority_of(session, principal)
    if authority is None:
        raise Unauthenticated("Sign in to do this.")
    functions = {"anyone", "person"} | ({authority.role} if authority.role else set())
    if speaks_for(authority, partners.confirmed, "focal_point"):
        functions.add("partner_focal_point")
    if speaks_for(authority, partners.confirmed, "focal_point", "confirmer"):
        functions.add("partner")
    if not policy.allowed(frozenset(functions), action):
        raise NotAllowed(f"This needs another function than yours ({action}).")
    return authority


def speaks_for(authority: Authority, organizations: frozenset[str], *functions: str) -> frozenset[str]:
    """Those of the organizations in which somebody has one of the functions."""
    return frozenset(each for each in organizations if any(authority.has(function, each) for function in functions))
