"""The envelope of every event: CloudEvents 1.0 in the Kafka binary mode, attributes in headers, the document's bytes as value.

The outbox builds an `Event`, the runner reads one back from a record; what happens to it in between is the bus's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas import topics

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"


class MalformedEvent(ValueError):
    """A record that is not one of our events, and never will be; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an aggregate, with the whole document as it now is.

    `subject` is the aggregate's id and the record's key; `data` is `None` when the aggregate is gone (a tombstone). `version`
    counts edits, `revision` renderings; `(version, revision)` orders the events of one aggregate.
    """

    id: str
    type: str
    source: str
    subject: str
    time: str
    version: int
    revision: int
    data: bytes | None = None
    traceparent: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        """What decides which of two events of one aggregate is the later."""
        return self.version, self.revision

    def headers(self) -> list[tuple[str, bytes]]:
        """The headers of the record (CloudEvents Kafka Protocol Binding 1.0.2, 3.2.3), UTF-8."""
        attributes = {
            "ce_specversion": SPEC_VERSION,
            "ce_id": self.id,
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.subject,
            "ce_time": self.time,
            "ce_aggregateversion": str(self.version),
            "ce_aggregaterevision": str(self.revision),
        }
        if self.traceparent:
            attributes["ce_traceparent"] = self.traceparent
        if self.data is not None:
            attributes["ce_dataschema"] = topics.event_type(self.type).dataschema
            attributes["content-type"] = CONTENT_TYPE
        return [(name, value.encode()) for name, value in attributes.items()]

    @classmethod
    def from_record(cls, key: str | bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Event:
        """The event that a record carries. Raises `MalformedEvent`; an unknown `type` is no reason to (newer ones may come)."""
        attributes = _decoded(headers)
        if attributes.get("ce_specversion") != SPEC_VERSION:
            raise MalformedEvent("not a CloudEvent of version 1.0: header ce_specversion")
        event = cls(
            id=_required(attributes, "ce_id"),
            type=_required(attributes, "ce_type"),
            source=_required(attributes, "ce_source"),
            subject=_required(attributes, "ce_subject"),
            time=_required(attributes, "ce_time"),
            version=_count(attributes, "ce_aggregateversion"),
            revision=_count(attributes, "ce_aggregaterevision"),
            data=value,
            traceparent=attributes.get("ce_traceparent"),
        )
        if event.subject != (key.decode("utf-8", "replace") if isinstance(key, bytes) else key):
            raise MalformedEvent("the record's key is not the event's subject")
        return event


def _decoded(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    try:
        return {name.lower(): value.decode() for name, value in headers}
    except (UnicodeDecodeError, AttributeError) as error:
        raise MalformedEvent("a header is not UTF-8 text") from error


def _required(attributes: Mapping[str, str], name: str) -> str:
    value = attributes.get(name)
    if not value:
        raise MalformedEvent(f"header {name} is missing")
    return value


def _count(attributes: Mapping[str, str], name: str) -> int:
    value = _required(attributes, name)
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise MalformedEvent(f"header {name} is not a whole number")
    return int(value)
