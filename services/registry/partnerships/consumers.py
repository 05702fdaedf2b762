"""What the records do when others change: organizations renamed or merged, focal points that come and go, people erased.

The handlers only note which records must be rendered again; `rerendering.render_due` does it in batches.
"""

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
from services.registry.partnerships import redaction, rerendering
from services.registry.partnerships.models import Partnership


def follow_organization(session: Session, event: Event) -> None:
    """An organization has another name, or became part of another: the records that name it say so."""
    merged = merge_of(session, event) is not None
    naming = rerendering.naming_merged if merged else rerendering.naming_organization
    rerendering.due(session, "names", naming(event.subject))


def follow_focal_point(session: Session, event: Event) -> None:
    """Who speaks for an organization has changed: the records that it leads say so."""
    organization_id = represented(event)
    if organization_id is not None:
        rerendering.due(session, "names", Partnership.lead_organization_id == organization_id)


def forget_person(session: Session, event: Event) -> None:
    """A person was erased: the name leaves all versions of all records, and the records as they are."""
    person_id = erased_person(event)
    if person_id is None:
        return
    redaction.forget_person(session, person_id)
    rerendering.due(session, "erasure", Partnership.id.in_(redaction.forget_names(session)))


HANDLERS = (
    dict.fromkeys(ORGANIZATION_EVENTS, follow_organization)
    | dict.fromkeys(AUTHORITY_EVENTS, follow_focal_point)
    | dict.fromkeys(PERSON_EVENTS, forget_person)
)
