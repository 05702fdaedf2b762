"""What the aggregates of the forum share: rows by their key, and who somebody is outside any one assessment."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy.orm import Session

from services.assessment import policy
from services.assessment.errors import NotAMember
from services.assessment.register.authority import Authority, Nomination, authority_of
from services.chassis.errors import NotAllowed, NotKnown, Unauthenticated
from services.chassis.identity import Principal

Row = TypeVar("Row")
Json = dict[str, Any]


def known(session: Session, model: type[Row], key: str) -> Row:
    """The row with that primary key. Raises NotKnown."""
    row = session.get(model, key)
    if row is None:
        raise NotKnown("Nothing is known under this identifier.")
    return row


def functions_of(authority: Authority | None) -> frozenset[str]:
    """What somebody is outside any one assessment, in the words of `policy.FUNCTIONS`."""
    if authority is None:
        return frozenset({"anyone"})
    found = {"anyone", "person"}
    if authority.memberships:
        found.add("member")
    if authority.role == "pdu_officer":
        found.add(authority.role)
    return frozenset(found)


def decide(authority: Authority | None, action: str, *more: str) -> None:
    """Return when somebody may do an action that has no stage; `more` are functions found out by the caller.

    Raises Unauthenticated, NotAMember, NotAllowed.
    """
    if policy.allowed(functions_of(authority) | set(more), action):
        return
    if authority is None:
        raise Unauthenticated("Sign in to do this.")
    if policy.allowed(frozenset({"member"}), action):
        raise NotAMember("A constituency network has to nominate you as a member of the forum first.")
    raise NotAllowed(f"This needs another function than yours ({action}).")


def acting(session: Session, principal: Principal | None, action: str, *more: str) -> Authority | None:
    """Who calls, if the action is allowed. Raises what `decide` raises."""
    authority = authority_of(session, principal)
    decide(authority, action, *more)
    return authority


def membership(session: Session, principal: Principal, action: str) -> Nomination:
    """The caller as a member: the oldest nomination. Raises NotAMember."""
    authority = authority_of(session, principal)
    decide(authority, action)
    if authority is None or not authority.memberships:
        raise NotAMember("A constituency network has to nominate you as a member of the forum first.")
    return authority.memberships[0]
