"""What nominations and contacts do when an organization is merged, and when a person is erased."""

from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.registry.incoming import ORGANIZATION_EVENTS, PERSON_EVENTS, erased_person, merge_of
from services.registry.networks import service


def follow_merge(session: Session, event: Event) -> None:
    """Be a nomination from the survivor."""
    merge = merge_of(session, event)
    if merge is not None:
        service.follow_merge(session, *merge)


def forget_person(session: Session, event: Event) -> None:
    """Take out the name and the id of somebody who was erased."""
    person_id = erased_person(event)
    if person_id is not None:
        service.erase_person(session, person_id)


HANDLERS = dict.fromkeys(ORGANIZATION_EVENTS, follow_merge) | dict.fromkeys(PERSON_EVENTS, forget_person)
