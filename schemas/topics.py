"""The one table of what is on the bus: the topics, and the types of events in them.

AsyncAPI, the outbox, the runner and the command line read it; nothing about a topic is written anywhere else.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from schemas.documents import Contract

Audience = Literal["public", "internal"]
DEAD_LETTERS = "convene.dead-letters"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: what its keys are, who alone writes it, who may read it, which of our services do.

    A compacted topic holds the last document of every key for ever; one that is not lets records go after `retention_days`.
    """

    name: str
    key: str
    owner: str
    audience: Audience
    description: str
    compacted: bool = True
    retention_days: int | None = None
    consumers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: the topic it is in, and the contract of its data as `module:Class` (loaded when asked for)."""

    name: str
    topic: str
    schema: str
    description: str

    @property
    def dataschema(self) -> str:
        """The URI of the data's schema, as the envelope names it and the published JSON Schema calls itself."""
        return f"urn:convene:schema:{self.schema.partition(':')[2]}"

    def contract(self) -> type[Contract]:
        """The contract of the data."""
        module, _, name = self.schema.partition(":")
        return cast("type[Contract]", getattr(importlib.import_module(module), name))


TOPICS: tuple[Topic, ...] = (
    Topic(
        "convene.registry.partnership",
        "the partnership's id",
        "registry",
        "public",
        "Every partnership that is public, as its whole record.",
        consumers=("search", "assessment"),
    ),
    Topic(
        "convene.registry.organization",
        "the organization's id",
        "registry",
        "public",
        "Every organization, proposed and merged ones too.",
        consumers=("registry", "search", "assessment"),
    ),
    Topic(
        "convene.registry.unit",
        "the unit's id",
        "registry",
        "public",
        "The units that accept records.",
        consumers=("assessment",),
    ),
    Topic(
        "convene.registry.network",
        "the network's id",
        "registry",
        "public",
        "The constituency networks.",
        consumers=("assessment",),
    ),
    Topic(
        "convene.registry.authority",
        "the designation's or nomination's id",
        "registry",
        "internal",
        "Who may act for whom: ids, functions and terms, never a name or an address.",
        consumers=("registry", "assessment"),
    ),
    Topic(
        "convene.accounts.person",
        "the person's id",
        "accounts",
        "internal",
        "People, as an id and keyed hashes of their verified addresses.",
        consumers=("registry",),
    ),
    Topic(
        "convene.assessment.round",
        "the round's id",
        "assessment",
        "public",
        "The rounds of the forum: rules, calendar, the seed as a hash and later as it is.",
    ),
    Topic(
        "convene.assessment.assessment",
        "the assessment's id",
        "assessment",
        "public",
        "Assessments in their course: stages and dates, never a name, a review, a score or a discussion.",
    ),
    Topic(
        "convene.assessment.evaluation",
        "the evaluation's id",
        "assessment",
        "public",
        "What panels of the Partnership Assessment Forum published: figures, recommendations and their answers, never a review.",
        consumers=("search",),
    ),
    Topic(
        DEAD_LETTERS,
        "the key of the record that could not be applied",
        "chassis",
        "internal",
        "Records that can never be applied, with the reason in their headers.",
        compacted=False,
        retention_days=30,
    ),
)


def _types(topic: str, schema: str, happened: dict[str, str]) -> tuple[EventType, ...]:
    """The event types of one topic: `org.{topic}.{what happened}.v1`."""
    return tuple(EventType(f"org.{topic}.{name}.v1", topic, schema, says) for name, says in happened.items())


EVENT_TYPES: tuple[EventType, ...] = (
    *_types(
        "convene.registry.partnership",
        "schemas.partnership:PartnershipDocument",
        {
            "listed": "A draft was listed: from now on the record is public.",
            "reported": "A record was imported; nobody of the partnership has spoken yet.",
            "revised": "The record was edited.",
            "confirmed": "A partner answered what is said of it: it confirmed, corrected, declined or asked not to be named.",
            "submitted": "The record was submitted to a unit.",
            "returned": "The unit returned the record, with public reasons.",
            "registered": "The unit registered the record.",
            "suspended": "The unit suspended the registration, with the reason.",
            "reinstated": "The suspension ended.",
            "withdrawn": "The partnership withdrew the record; a page with the reason remains.",
            "phase_changed": "The partnership entered another phase.",
            "report_submitted": "A progress report or results were added.",
            "claimed": "A partner claimed an imported record, and it was decided.",
            "rerendered": "The same version was rendered again: a name in it changed, or the contract grew.",
            "redacted": "A name was taken out of the record and of all its versions.",
        },
    ),
    *_types(
        "convene.registry.organization",
        "schemas.organization:OrganizationDocument",
        {
            "proposed": "An organization was proposed.",
            "accepted": "A proposal was accepted, or an organization was entered by who may accept it.",
            "refused": "A proposal was refused, with the reason.",
            "revised": "The organization was edited.",
            "merged": "The organization became part of another, or took another in; both identifiers live on.",
            "rerendered": "The same version was rendered again.",
        },
    ),
    *_types(
        "convene.registry.unit",
        "schemas.unit:UnitDocument",
        {"accepted": "A unit that accepts records was set up.", "revised": "The unit was edited."},
    ),
    *_types(
        "convene.registry.network",
        "schemas.network:NetworkDocument",
        {"created": "A constituency network was set up.", "revised": "The network was edited."},
    ),
    *_types(
        "convene.registry.authority",
        "schemas.authority:AuthorityDocument",
        {
            "granted": "Somebody was designated; the person is not known yet.",
            "bound": "The person who has verified the designated address was bound to it.",
            "changed": "Functions, term, languages or countries changed.",
            "handed_over": "Another designation took this one's place.",
            "lapsed": "The term ended without a successor.",
            "ended": "The designation or nomination was ended.",
            "nominated": "A constituency network nominated somebody.",
        },
    ),
    *_types(
        "convene.assessment.round",
        "schemas.round:RoundDocument",
        {
            "opened": "A round was opened, its seed drawn and committed to.",
            "drawn": "Partnerships were drawn.",
            "closed": "Every assessment of the round is over; the seed is revealed.",
            "rerendered": "The same version was rendered again.",
        },
    ),
    *_types(
        "convene.assessment.assessment",
        "schemas.assessment:AssessmentDocument",
        {
            "requested": "An assessment was asked for, or the partnership was drawn.",
            "petition_signed": "Another organization signed the petition.",
            "selected": "The unit took it up; its panel can be composed.",
            "composed": "The panel was composed.",
            "panel_changed": "A member left the panel, and was replaced where the stage allows it.",
            "questions_opened": "The panel asks; the version of the record is frozen.",
            "question_answered": "The partnership answered a question.",
            "reviewing_opened": "The members review, each alone.",
            "deliberating_opened": "The panel deliberates, under pseudonyms.",
            "replying_opened": "The partnership sees the profile and replies.",
            "extended": "The time to reply was extended.",
            "replied": "The partnership replied.",
            "reconsideration_asked": "The partnership asked that an indicator be judged again.",
            "unit_review_opened": "The unit reviews the course, without changing a level.",
            "sent_back": "The unit sent it back to the panel, with its reasons.",
            "published": "The evaluation is published.",
            "abandoned": "It was refused or abandoned, with the reason.",
            "rerendered": "The same version was rendered again: the record has another title.",
        },
    ),
    *_types(
        "convene.assessment.evaluation",
        "schemas.evaluation:EvaluationDocument",
        {
            "published": "An evaluation was published.",
            "corrected": "Another evaluation takes the place of this one, and says why.",
            "response_given": "The addressee of a recommendation answered, or said how far it is.",
            "overdue": "A recommendation's day has passed without it being done.",
            "complaint_received": "Somebody complained; what was said is not in it.",
            "complaint_answered": "The unit answered a complaint.",
            "rescheduled": "Something happened that makes the next assessment due earlier.",
            "rerendered": "The same version was rendered again.",
            "redacted": "A name was taken out of the evaluation and of all its versions.",
        },
    ),
    *_types(
        "convene.accounts.person",
        "schemas.person:PersonDocument",
        {
            "verified": "A person verified an address, or gave one up.",
            "erased": "A person was erased; only the id remains, so that others can erase too.",
        },
    ),
)


@functools.cache
def _by_name() -> dict[str, EventType]:
    return {event_type.name: event_type for event_type in EVENT_TYPES}


@functools.cache
def _topics() -> dict[str, Topic]:
    return {topic.name: topic for topic in TOPICS}


def event_type(name: str) -> EventType:
    """The event type of that name; raises `KeyError`."""
    return _by_name()[name]


def topic(name: str) -> Topic:
    """The topic of that name, retry topics included; raises `KeyError`."""
    if name.startswith(RETRY_PREFIX):
        return retry_topic(name.removeprefix(RETRY_PREFIX))
    return _topics()[name]


def topic_of(event: str) -> Topic:
    """The topic that events of that type are in; raises `KeyError`."""
    return topic(event_type(event).topic)


RETRY_PREFIX = "convene.retry."


def retry_topic(consumer: str) -> Topic:
    """The topic from which one consumer gets replayed dead letters; made when the first is replayed."""
    return Topic(
        f"{RETRY_PREFIX}{consumer}",
        "the key of the record that is tried again",
        "chassis",
        "internal",
        f"Dead letters to be tried again by {consumer}.",
        compacted=False,
        retention_days=30,
        consumers=(consumer,),
    )
