"""Chooses the log that `CONVENE_BUS_URL` names. Composition roots call it; nothing else knows which log it is."""

from __future__ import annotations

from pathlib import Path

from schemas import topics
from services.chassis.eventbus import dead_letters
from services.chassis.eventbus.ports import Bus, TopicSpec
from services.chassis.settings import Settings


def build_bus(settings: Settings) -> Bus:
    """The log of these settings. The adapters are imported here so that one machine never loads kafka-python."""
    if settings.bus_url.startswith("local:"):
        from services.chassis.eventbus.local import LocalBus

        return LocalBus(Path(settings.bus_url.removeprefix("local:")))
    from services.chassis.eventbus.kafka import KafkaBus

    return KafkaBus(settings)


def topic_specs() -> list[TopicSpec]:
    """Every topic of the table, and how it is kept."""
    specs = [
        TopicSpec(topic.name, compacted=topic.compacted) for topic in topics.TOPICS if topic.name != dead_letters.TOPIC
    ]
    return [
        *specs,
        TopicSpec(dead_letters.TOPIC, compacted=True, retention_days=dead_letters.RETENTION_DAYS, partitions=1),
    ]
