"""The contract of the log, held by both of its adapters."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.chassis.eventbus.ports import Bus, Received, Record, Subscriber, TopicSpec
from services.chassis.settings import Settings


@pytest.fixture(params=["local", pytest.param("kafka", marks=pytest.mark.real)])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Bus:
    if request.param == "local":
        from services.chassis.eventbus.local import LocalBus

        return LocalBus(tmp_path)
    from services.chassis.eventbus.kafka import KafkaBus

    return KafkaBus(
        Settings.from_env({"CONVENE_BUS_URL": request.getfixturevalue("kafka_url"), "CONVENE_BUS_PARTITIONS": "2"})
    )


@pytest.fixture
def topic(bus: Bus) -> str:
    name = f"convene.test-{uuid.uuid4().hex[:12]}"
    bus.ensure([TopicSpec(name)])
    return name


@pytest.fixture
def consumer() -> str:
    return f"consumer-{uuid.uuid4().hex[:12]}"


def record(topic: str, key: str, value: bytes | None) -> Record:
    return Record(topic, key, value, (("ce_id", key.encode()), ("ce_text", "ሰላም".encode())))


def publish(bus: Bus, *records: Record) -> None:
    publisher = bus.publisher()
    publisher.publish(records)
    publisher.close()


def take(subscriber: Subscriber, count: int, seconds: float = 120) -> list[Received]:
    found: list[Received] = []
    until = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < until:
        found += subscriber.poll(100, 0.2)
    return found


@pytest.fixture
def subscribe(bus: Bus) -> Iterator[Callable[[str, str], Subscriber]]:
    opened: list[Subscriber] = []

    def open_one(consumer: str, topic: str) -> Subscriber:
        opened.append(bus.subscriber(consumer, [topic]))
        return opened[-1]

    yield open_one
    for subscriber in opened:
        subscriber.close()


def test_what_was_published_is_read_as_it_was(
    bus: Bus, topic: str, consumer: str, subscribe: Callable[[str, str], Subscriber]
) -> None:
    publish(bus, record(topic, "a", b"\x00\xff bytes"), record(topic, "b", None))
    found = {each.key: each for each in take(subscribe(consumer, topic), 2)}
    assert found["a"].value == b"\x00\xff bytes"
    assert found["b"].value is None
    assert dict(found["a"].headers) == {"ce_id": b"a", "ce_text": "ሰላም".encode()}
    assert abs(found["a"].at - time.time()) < 60


def test_records_of_a_key_keep_their_order(
    bus: Bus, topic: str, consumer: str, subscribe: Callable[[str, str], Subscriber]
) -> None:
    publisher = bus.publisher()
    for start in range(0, 300, 50):
        publisher.publish(
            [record(topic, f"k{number % 7}", str(number).encode()) for number in range(start, start + 50)]
        )
    publisher.close()
    found = take(subscribe(consumer, topic), 300)
    assert len(found) == 300
    for key in {each.key for each in found}:
        numbers = [int(each.value or b"") for each in found if each.key == key]
        assert numbers == sorted(numbers)


def test_what_was_not_committed_comes_again_and_what_was_does_not(
    bus: Bus, topic: str, consumer: str, subscribe: Callable[[str, str], Subscriber]
) -> None:
    publish(bus, *[record(topic, "k", str(number).encode()) for number in range(4)])
    first = bus.subscriber(consumer, [topic])
    assert len(take(first, 4)) == 4
    first.commit()
    publish(bus, record(topic, "k", b"4"), record(topic, "k", b"5"))
    assert [each.value for each in take(first, 2)] == [b"4", b"5"]
    first.close()  # without a commit, as when it is killed
    assert [each.value for each in take(subscribe(consumer, topic), 2)] == [b"4", b"5"]


def test_rewind_goes_back_to_the_kept_position(
    bus: Bus, topic: str, consumer: str, subscribe: Callable[[str, str], Subscriber]
) -> None:
    publish(bus, record(topic, "k", b"0"), record(topic, "k", b"1"))
    subscriber = subscribe(consumer, topic)
    assert len(take(subscriber, 2)) == 2
    subscriber.rewind()
    assert [each.value for each in take(subscriber, 2)] == [b"0", b"1"]


def test_consumers_of_different_names_each_read_all(
    bus: Bus, topic: str, subscribe: Callable[[str, str], Subscriber]
) -> None:
    publish(bus, *[record(topic, str(number), b"x") for number in range(10)])
    for name in (f"one-{topic}", f"two-{topic}"):
        assert len(take(subscribe(name, topic), 10)) == 10


def test_a_rewound_consumer_begins_with_the_oldest(
    bus: Bus, topic: str, consumer: str, subscribe: Callable[[str, str], Subscriber]
) -> None:
    publish(bus, *[record(topic, str(number), b"x") for number in range(5)])
    first = bus.subscriber(consumer, [topic])
    assert len(take(first, 5)) == 5
    first.commit()
    first.close()
    assert bus.lag(consumer, [topic]) == {topic: 0}
    bus.rewind_consumer(consumer, [topic])
    assert bus.lag(consumer, [topic]) == {topic: 5}
    assert len(take(subscribe(consumer, topic), 5)) == 5


def test_lag_counts_what_is_behind(bus: Bus, topic: str, consumer: str) -> None:
    assert bus.lag(consumer, [topic]) == {topic: 0}
    publish(bus, *[record(topic, str(number), b"x") for number in range(3)])
    assert bus.lag(consumer, [topic]) == {topic: 3}


def test_topics_are_listed_with_what_they_hold(bus: Bus, topic: str) -> None:
    publish(bus, record(topic, "a", b"x"), record(topic, "b", b"x"))
    found = {status.name: status for status in bus.topics()}
    assert found[topic].records == 2


def test_reading_without_a_name_sees_all_and_ends(bus: Bus, topic: str) -> None:
    publish(bus, *[record(topic, str(number), str(number).encode()) for number in range(5)])
    found = [each for each in bus.read([topic], from_beginning=True, follow=False) if each]
    assert sorted(each.key for each in found) == ["0", "1", "2", "3", "4"]


def test_following_sees_what_comes(bus: Bus, topic: str) -> None:
    publish(bus, record(topic, "old", b"x"))
    following = bus.read([topic], from_beginning=False, follow=True)
    assert next(following) is None  # nothing new yet; it is at the end now
    threading.Timer(0.2, lambda: publish(bus, record(topic, "new", b"y"))).start()
    until = time.monotonic() + 120
    found = next(each for each in following if each or time.monotonic() > until)
    assert found is not None
    assert found.key == "new"
    following.close()  # type: ignore[attr-defined]


def test_ensure_is_repeatable(bus: Bus, topic: str) -> None:
    bus.ensure([TopicSpec(topic)])
    bus.check()
