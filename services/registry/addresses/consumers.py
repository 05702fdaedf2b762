"""What the registry learns of people's addresses: keyed hashes, so that what waits for somebody is bound, and can be erased.

Runs before the handlers of designations and nominations: these erase by the person's id, which is bound here.
"""

from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.registry.addresses import service
from services.registry.binding import bind_waiting
from services.registry.incoming import PERSON_EVENTS, erased_person, verified_hashes


def follow_person(session: Session, event: Event) -> None:
    """Know a person's verified addresses; of somebody who was erased, find what still waits, then know nothing more."""
    erased = erased_person(event) is not None
    hashes = service.known_hashes(session, event.subject) if erased else verified_hashes(event)
    service.know(session, event.subject, [] if erased else hashes)
    bind_waiting(session, hashes, event.subject)


HANDLERS = dict.fromkeys(PERSON_EVENTS, follow_person)
