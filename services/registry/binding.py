"""Binds what waits for a person: designations, nominations and network contacts that name an address it has verified.

`app.py` calls `bind` before every request of somebody signed in; the usual answer, that nothing waits, costs one indexed
select. `addresses.consumers` binds when the accounts tell of a verified address. Nothing else ties a person to an address.
"""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.identity import Principal
from services.registry.addresses import service as addresses
from services.registry.focal_points import service as focal_points
from services.registry.networks import service as networks
from services.registry.partnerships import drafts

Bind = Callable[[Session, str, str], None]

SUBJECTS: Mapping[str, Bind] = {
    "focal_point": focal_points.bind,
    "network_contact": networks.bind_contact,
    "nomination": networks.bind_nomination,
    "draft_author": drafts.bind,
}


def bind(database: Database, principal: Principal) -> int:
    """Bind everything that waits for the person's verified addresses; returns how many. Safe to call at the same time twice."""
    if not principal.address_hashes:
        return 0
    with database.connection() as connection:
        if not addresses.waiting(connection, principal.address_hashes):
            return 0
    with database.transaction() as session:
        return bind_waiting(session, principal.address_hashes, principal.person_id)


def bind_waiting(session: Session, hashes: Collection[str], person_id: str) -> int:
    """Bind what waits for these addresses to the person; returns how many."""
    found = addresses.waiting(session, hashes)
    for subject, subject_id in found:
        SUBJECTS[subject](session, subject_id, person_id)
        addresses.bound(session, subject_id, person_id)
    return len(found)
