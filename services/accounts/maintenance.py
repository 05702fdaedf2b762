"""Work on all people at once, for operators: their events written again for a bus that has lost them.

Called by the command line (`convene events republish`).
"""

from __future__ import annotations

from sqlalchemy import select

from services.accounts.people import service
from services.accounts.people.models import Person
from services.chassis.database import Database

BATCH = 500


def republish(database: Database) -> int:
    """Write the present event of every person into the outbox, in batches; returns how many. Consumers skip what they have."""
    count, after = 0, ""
    while True:
        with database.transaction() as session:
            found = select(Person).where(Person.id > after).order_by(Person.id).limit(BATCH)
            people = session.scalars(found.with_for_update()).all()
            for person in people:
                service.republish(session, person)
        if not people:
            return count
        count, after = count + len(people), people[-1].id
