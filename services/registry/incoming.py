"""What the consumers of the registry's aggregates read out of an event: a merge to follow, a person to forget.

Each aggregate's `consumers.py` has its own table of handlers; `app.py` joins the tables in order.
"""

from collections.abc import Iterable, Mapping

import orjson
from sqlalchemy.orm import Session

from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.chassis.eventbus.runner import Handler, Poison
from services.registry.organizations.service import survivors

# No consumer may count on having seen each step: a merge is read off any event of a merged organization.
ORGANIZATION_EVENTS = tuple(each.name for each in EVENT_TYPES if each.topic == "convene.registry.organization")
AUTHORITY_EVENTS = tuple(each.name for each in EVENT_TYPES if each.topic == "convene.registry.authority")
PERSON_EVENTS = tuple(each.name for each in EVENT_TYPES if each.topic == "convene.accounts.person")


def merge_of(session: Session, event: Event) -> tuple[str, str] | None:
    """The ids of a merged organization and of the one that stands for it now; None for every other organization."""
    document = _document(event)
    if document.get("standing") != "merged":
        return None
    # The event may be older than a merge of the survivor: what counts is who stands for both now.
    survivor = survivors(session, [event.subject]).get(event.subject)
    return None if survivor is None or survivor == event.subject else (event.subject, survivor)


def represented(event: Event) -> str | None:
    """The id of the organization for which others may speak from now on; None where nobody who speaks in public changed."""
    document = _document(event)
    organization_id, functions = document.get("organization_id"), document.get("functions")
    if document.get("kind") != "designation" or not isinstance(organization_id, str) or not isinstance(functions, list):
        return None
    return organization_id if {"lead", "focal_point"} & set(functions) else None


def erased_person(event: Event) -> str | None:
    """The id of a person who was erased; None for everybody else."""
    erased = event.data is None or _document(event).get("state") == "erased"
    return event.subject if erased else None


def verified_hashes(event: Event) -> list[str]:
    """The keyed hashes of a person's verified addresses."""
    hashes = _document(event).get("address_hashes")
    if not isinstance(hashes, list) or not all(isinstance(each, str) for each in hashes):
        raise Poison("address_hashes is not a list of texts")
    return hashes


def joined(tables: Iterable[Mapping[str, Handler]]) -> dict[str, Handler]:
    """One table out of several: an event goes to every handler that names its type, in the order of the tables."""
    every: dict[str, list[Handler]] = {}
    for table in tables:
        for name, handler in table.items():
            every.setdefault(name, []).append(handler)
    return {name: _in_turn(handlers) for name, handlers in every.items()}


def _in_turn(handlers: list[Handler]) -> Handler:
    if len(handlers) == 1:
        return handlers[0]

    def handle(session: Session, event: Event) -> None:
        for handler in handlers:
            handler(session, event)

    return handle


def _document(event: Event) -> Mapping[str, object]:
    try:
        document = orjson.loads(event.data or b"{}")
    except orjson.JSONDecodeError as error:
        raise Poison(f"the data are not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Poison("the data are not a document")
    return document
