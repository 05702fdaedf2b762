"""AsyncAPI 3.0 of everything on the bus, made from `schemas.topics`, the contracts and the examples.

`schemas.publishing` writes it; nothing in it is written down a second time.
"""

from __future__ import annotations

from typing import Any

from schemas import topics
from schemas.envelope import CONTENT_TYPE, SPEC_VERSION, Event
from schemas.examples import example
from schemas.json_schema import components
from schemas.topics import EVENT_TYPES, TOPICS, EventType, Topic

BINDING = "0.5.0"
EXAMPLE_MOMENT = "2026-03-02T09:30:00Z"
EXAMPLE_EVENT = "019505a0-0000-7000-8000-000000000001"


def document() -> dict[str, Any]:
    """The AsyncAPI document."""
    contracts = list(dict.fromkeys(event_type.contract() for event_type in EVENT_TYPES))
    schemas = components(contracts, "#/components/schemas/")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Convene",
            "version": "1.0.0",
            "description": (
                "Every aggregate has one state topic. A record's value is the whole document as it now is, its key the "
                "aggregate's id; a record without a value says that the aggregate is gone. Of two records with the same key, "
                "the one with the higher version and revision holds: compare these, and never count on having seen every step."
            ),
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {channel_id(topic): _channel(topic) for topic in TOPICS},
        "operations": {name: operation for topic in TOPICS for name, operation in _operations(topic).items()},
        "components": {
            "messages": {event_type.name: _message(event_type) for event_type in EVENT_TYPES},
            "messageTraits": {"cloudEvent": _trait()},
            "schemas": {**dict(sorted(schemas.items())), "CloudEventHeaders": _headers()},
        },
    }


def channel_id(topic: Topic) -> str:
    """The topic's name as an id in AsyncAPI."""
    return topic.name.removeprefix("convene.").replace(".", "-")


def _types_in(topic: Topic) -> list[EventType]:
    return [event_type for event_type in EVENT_TYPES if event_type.topic == topic.name]


def _channel(topic: Topic) -> dict[str, Any]:
    cleanup = {"cleanup.policy": ["compact"]} if topic.compacted else {"cleanup.policy": ["delete"]}
    if topic.retention_days is not None:
        cleanup["retention.ms"] = topic.retention_days * 24 * 60 * 60 * 1000  # type: ignore[assignment]
    return {
        "address": topic.name,
        "description": f"{topic.description} The key is {topic.key}.",
        "messages": {
            event_type.name: {"$ref": f"#/components/messages/{event_type.name}"} for event_type in _types_in(topic)
        },
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": cleanup, "bindingVersion": BINDING}},
        "x-audience": topic.audience,
        "x-key": topic.key,
        "x-owner": topic.owner,
        "x-consumers": list(topic.consumers),
    }


def _operations(topic: Topic) -> dict[str, dict[str, Any]]:
    """Its owner sends, each consumer receives."""
    channel = {"$ref": f"#/channels/{channel_id(topic)}"}
    operations = {f"{topic.owner}-sends-{channel_id(topic)}": {"action": "send", "channel": channel}}
    for consumer in topic.consumers:
        operations[f"{consumer}-receives-{channel_id(topic)}"] = {"action": "receive", "channel": channel}
    return operations


def _message(event_type: EventType) -> dict[str, Any]:
    payload = example(event_type)
    return {
        "name": event_type.name,
        "title": event_type.schema.partition(":")[2],
        "summary": event_type.description,
        "contentType": CONTENT_TYPE,
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"#/components/schemas/{event_type.schema.partition(':')[2]}"},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": BINDING}},
        "examples": [{"name": "example", "headers": _example_headers(event_type, payload), "payload": payload}],
    }


def _example_headers(event_type: EventType, payload: dict[str, Any]) -> dict[str, str]:
    event = Event(
        id=EXAMPLE_EVENT,
        type=event_type.name,
        source=f"/{topics.topic(event_type.topic).owner}",
        subject=payload["id"],
        time=EXAMPLE_MOMENT,
        version=payload["version"],
        revision=payload["revision"],
        data=b"",
    )
    return {name: value.decode() for name, value in event.headers()}


def _trait() -> dict[str, Any]:
    return {
        "description": "CloudEvents 1.0 in the binary mode of the Kafka binding.",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
    }


def _headers() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    number = {"type": "string", "pattern": "^[0-9]+$"}
    return {
        "type": "object",
        "description": "The attributes of the event. All values are UTF-8 text.",
        "properties": {
            "ce_specversion": {"type": "string", "const": SPEC_VERSION},
            "ce_id": text | {"description": "The event's id; the same event may come twice."},
            "ce_type": text | {"description": "What happened."},
            "ce_source": text | {"description": "The service that owns the aggregate."},
            "ce_subject": text | {"description": "The aggregate's id; the key of the record."},
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_dataschema": text | {"description": "The schema of the value; none without a value."},
            "ce_aggregateversion": number | {"description": "Counts the edits of the aggregate."},
            "ce_aggregaterevision": number | {"description": "Counts the renderings of the aggregate."},
            "ce_traceparent": text | {"description": "W3C trace context of the request behind the event."},
            "content-type": {"type": "string", "const": CONTENT_TYPE},
        },
        "required": [
            "ce_specversion",
            "ce_id",
            "ce_type",
            "ce_source",
            "ce_subject",
            "ce_time",
            "ce_aggregateversion",
            "ce_aggregaterevision",
        ],
    }
