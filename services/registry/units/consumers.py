"""What units do when their organization is merged: they are its survivor's."""

from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.registry.incoming import ORGANIZATION_EVENTS, merge_of
from services.registry.units import service


def follow_merge(session: Session, event: Event) -> None:
    """Be a unit of the survivor."""
    merge = merge_of(session, event)
    if merge is not None:
        service.follow_merge(session, *merge)


HANDLERS = dict.fromkeys(ORGANIZATION_EVENTS, follow_merge)
