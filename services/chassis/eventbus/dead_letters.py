"""Dead letters: events that a consumer can never apply, kept with the reason, listed and replayed from the command line.

A letter lies on a compacted internal topic under an id of its own; a replay sends the original to that consumer's retry topic
(never back to the state topic, where an old version would become the last one); once applied, a tombstone settles the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.chassis import clock
from services.chassis.eventbus.ports import Bus, Headers, Publisher, Received, Record
from services.chassis.identifiers import uuid7

TOPIC = "convene.dead-letters"
RETENTION_DAYS = 30
_OURS = ("letter", "consumer", "topic", "key", "reason", "at", "attempts")


def retry_topic(consumer: str) -> str:
    """The topic on which replayed letters come back to `consumer`."""
    return f"convene.retry.{consumer}"


@dataclass(frozen=True)
class Letter:
    """A dead letter: which consumer could not apply which record, why, when and how often."""

    id: str
    consumer: str
    topic: str
    key: str
    type: str
    reason: str
    at: str
    attempts: int
    record: Received


def bury(publisher: Publisher, consumer: str, record: Received, reason: str) -> None:
    """Write the letter; raises `BusUnavailable`, and then the caller must not move on."""
    original, letter = unwrap(record)
    attempts = int(_header(record.headers, "x_attempts") or 0) + 1
    letter = letter or uuid7()
    values = (letter, consumer, original.topic, original.key, reason[:2000], clock.timestamp(), str(attempts))
    headers = (*original.headers, *((f"x_{name}", value.encode()) for name, value in zip(_OURS, values, strict=True)))
    publisher.publish([Record(TOPIC, letter, original.value if original.value is not None else b"", headers)])


def unwrap(record: Received) -> tuple[Received, str | None]:
    """The original record, and the letter's id when this is a replayed letter."""
    letter = _header(record.headers, "x_letter")
    if letter is None:
        return record, None
    headers = tuple((name, value) for name, value in record.headers if not name.startswith("x_"))
    value = record.value or None  # an empty value stands for a tombstone: a letter's own tombstone settles it
    return Received(
        _header(record.headers, "x_topic") or record.topic,
        _header(record.headers, "x_key") or record.key,
        value,
        headers,
        record.partition,
        record.offset,
        record.at,
    ), letter


def settle(publisher: Publisher, letters: Sequence[str]) -> None:
    """The letters are dead no longer."""
    publisher.publish([Record(TOPIC, letter, None, ()) for letter in letters])


def waiting(bus: Bus) -> list[Letter]:
    """The letters that have not been settled, oldest first."""
    found: dict[str, Letter] = {}
    for record in bus.read([TOPIC], from_beginning=True, follow=False):
        if record is None:
            continue
        if record.value is None:
            found.pop(record.key, None)
        else:
            found[record.key] = _letter(record)
    return list(found.values())


def replay(bus: Bus, letters: Iterable[Letter]) -> int:
    """Send the letters to their consumers once more; returns how many were sent."""
    publisher = bus.publisher()
    try:
        records = [
            Record(retry_topic(letter.consumer), letter.key, letter.record.value, letter.record.headers)
            for letter in letters
        ]
        publisher.publish(records)
    finally:
        publisher.close()
    return len(records)


def _letter(record: Received) -> Letter:
    def ours(name: str) -> str:
        return _header(record.headers, f"x_{name}") or ""

    return Letter(
        record.key,
        ours("consumer"),
        ours("topic"),
        ours("key"),
        _header(record.headers, "ce_type") or "unknown",
        ours("reason"),
        ours("at"),
        int(ours("attempts") or 1),
        record,
    )


def _header(headers: Headers, name: str) -> str | None:
    for known, value in headers:
        if known == name:
            return value.decode("utf-8", "replace")
    return None
