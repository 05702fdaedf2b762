"""What organizations do when one is merged: those that belonged to it belong to its survivor."""

from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.registry.incoming import (
    AUTHORITY_EVENTS,
    ORGANIZATION_EVENTS,
    PERSON_EVENTS,
    erased_person,
    merge_of,
    represented,
)
from services.registry.organizations import service


def follow_merge(session: Session, event: Event) -> None:
    """Belong to the survivor."""
    merge = merge_of(session, event)
    if merge is not None:
        service.follow_merge(session, *merge)


def follow_focal_point(session: Session, event: Event) -> None:
    """Who speaks for an organization has changed: its document says so."""
    organization_id = represented(event)
    if organization_id is not None:
        service.follow_focal_points(session, organization_id)


def forget_person(session: Session, event: Event) -> None:
    """Forget who proposed an organization."""
    person_id = erased_person(event)
    if person_id is not None:
        service.forget_person(session, person_id)


HANDLERS = (
    dict.fromkeys(ORGANIZATION_EVENTS, follow_merge)
    | dict.fromkeys(AUTHORITY_EVENTS, follow_focal_point)
    | dict.fromkeys(PERSON_EVENTS, forget_person)
)
