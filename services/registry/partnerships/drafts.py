"""Co-authors of a draft: people whom its focal points invite by address, until the record is listed.

Who they are is private; nothing of it is in a document or an event. An invited address binds like a designation
(`registry.binding`) when the person who has verified it first calls.
"""

import functools
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import locked
from services.registry import policy
from services.registry.addresses import service as addresses
from services.registry.partnerships import subjects
from services.registry.partnerships.models import DraftAuthor, Partnership

SUBJECT = "draft_author"


def invite(
    database: Database, address_key: bytes, principal: Principal, partnership_id: str, email: str
) -> dict[str, Any]:
    """Invite a co-author; the same address again is the same invitation. Raises NotKnown, NotAllowed, WrongStanding, Invalid."""
    address_hash = addresses.hash_of(address_key, email)
    with database.transaction() as session:
        _inviting(session, principal, partnership_id)
        invited = set(addresses.subjects_of(session, SUBJECT, address_hash))
        known = next((each for each in _authors(session, partnership_id) if each.id in invited), None)
        if known is not None:
            return _shown(session, known)
        author = DraftAuthor(id=uuid7(), partnership_id=partnership_id, created_at=clock.now())
        session.add(author)
        addresses.keep(session, SUBJECT, author.id, email, address_hash, author.created_at)
        session.flush()
        return _shown(session, author)


def listed(database: Database, principal: Principal, partnership_id: str) -> list[dict[str, Any]]:
    """The co-authors, for those who may invite them."""
    with database.transaction() as session:
        _inviting(session, principal, partnership_id)
        return [_shown(session, each) for each in _authors(session, partnership_id)]


def uninvite(database: Database, principal: Principal, partnership_id: str, author_id: str) -> None:
    """Take an invitation back. Raises NotKnown, NotAllowed, WrongStanding."""
    with database.transaction() as session:
        _inviting(session, principal, partnership_id)
        author = session.get(DraftAuthor, author_id)
        if author is None or author.partnership_id != partnership_id:
            raise NotKnown("There is no such co-author.")
        addresses.forget(session, author.id)
        session.delete(author)


def _inviting(session: Session, principal: Principal, partnership_id: str) -> None:
    row = locked(session, Partnership, partnership_id)
    actor = subjects.somebody(session, principal)
    policy.decide(actor, "partnership.invite_author", subjects.subject_for(session, row, principal))


def bind(session: Session, author_id: str, person_id: str) -> None:
    """The person who has the address has called."""
    author = session.get(DraftAuthor, author_id)
    if author is not None:
        author.person_id = person_id


def forget(session: Session, partnership_id: str) -> None:
    """The draft is listed or deleted: nobody is its co-author any more."""
    for author_id in session.execute(_forgetting(), {"of": partnership_id}).scalars().all():
        addresses.forget(session, author_id)


@functools.cache
def _forgetting() -> Any:
    table = cast(Table, DraftAuthor.__table__)
    return delete(table).where(table.c.partnership_id == bindparam("of")).returning(table.c.id)


def _authors(session: Session, partnership_id: str) -> list[DraftAuthor]:
    statement = select(DraftAuthor).where(DraftAuthor.partnership_id == partnership_id).order_by(DraftAuthor.id)
    return list(session.scalars(statement))


def _shown(session: Session, author: DraftAuthor) -> dict[str, Any]:
    """A co-author as those see it who invited it: the address that they gave."""
    return {
        "id": author.id,
        "email": addresses.email_of(session, author.id),
        "joined": author.person_id is not None,
        "invited_at": clock.timestamp(author.created_at),
    }
