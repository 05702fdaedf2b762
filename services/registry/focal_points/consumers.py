"""What designations do when their organization is merged, and when a person is erased."""

from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.registry.addresses import service as addresses
from services.registry.focal_points import service
from services.registry.incoming import ORGANIZATION_EVENTS, PERSON_EVENTS, erased_person, merge_of


def follow_merge(session: Session, event: Event) -> None:
    """Be a designation for the survivor."""
    merge = merge_of(session, event)
    if merge is not None:
        service.follow_merge(session, *merge)


def forget_person(session: Session, event: Event) -> None:
    """Take out the name, the id and every address of somebody who was erased."""
    person_id = erased_person(event)
    if person_id is not None:
        service.erase_person(session, person_id)
        addresses.forget_person(session, person_id)


HANDLERS = dict.fromkeys(ORGANIZATION_EVENTS, follow_merge) | dict.fromkeys(PERSON_EVENTS, forget_person)
