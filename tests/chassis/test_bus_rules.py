"""The rules that keep events honest (docs/architecture.md), each shown on both machineries."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select

from schemas.envelope import Event
from services.chassis.eventbus import dead_letters, inbox, outbox
from services.chassis.eventbus.ports import BusUnavailable, Record
from services.chassis.eventbus.relay import Relay
from services.chassis.eventbus.runner import Runner
from services.chassis.tables import outbox as outbox_table
from tests.chassis.conftest import TOPIC, World, applied, apply


def key() -> str:
    return uuid.uuid4().hex


def test_rule_1_intent_is_written_with_the_work_or_not_at_all(world: World) -> None:
    one = key()
    with pytest.raises(RuntimeError), world.database.transaction() as session:
        session.execute(applied.insert().values(key=one, version=1, times=1))
        outbox.add(
            session, type="org.convene.registry.partnership.revised.v1", key=one, version=1, revision=1, data=b"{}"
        )
        raise RuntimeError
    assert world.relay() == 0
    assert one not in world.applied()


def test_rule_2_the_relay_takes_what_commits_late(world: World) -> None:
    """A row with a lower id that becomes visible after a higher one was published is not stepped over."""
    one, two = key(), key()
    world.write(one, 1)
    world.write(two, 1)
    with (
        world.database.transaction() as session
    ):  # the lower id becomes visible only after the higher one was published
        lowest = session.scalars(select(func.min(outbox_table.c.id))).one()
        row = dict(session.execute(select(outbox_table).where(outbox_table.c.id == lowest)).mappings().one())
        session.execute(delete(outbox_table).where(outbox_table.c.id == lowest))
    assert world.relay() == 1
    with world.database.transaction() as session:
        session.execute(outbox_table.insert().values(**row))
    assert world.relay() == 1


def test_rule_2_marks_follow_the_acknowledgement(world: World) -> None:
    """What the bus did not acknowledge stays, and goes out later."""
    world.write(key(), 1)

    class Refusing:
        def publish(self, _records: Sequence[Record]) -> None:
            raise BusUnavailable("no")

        def close(self) -> None: ...

    with pytest.raises(BusUnavailable):
        Relay(world.database, world.bus).step(Refusing())
    assert world.relay() == 1


def test_rule_2_one_relay_at_a_time(world: World) -> None:
    from services.chassis.locks import Locked

    with Relay(world.database, world.bus)._lock(), pytest.raises(Locked), Relay(world.database, world.bus)._lock():
        pass
    with Relay(world.database, world.bus)._lock():  # and free again afterwards
        pass


def test_rule_3_a_new_consumer_is_built_from_the_topic_alone(world: World) -> None:
    one, two = key(), key()
    for version in (1, 2, 3):
        world.write(one, version)
    world.write(two, 1)
    world.relay()
    world.consume()
    assert world.applied()[one][0] == 3
    with world.database.transaction() as session:
        session.execute(delete(applied))
        inbox.forget(session, world.consumer)
    runner = Runner(world.database, world.bus, world.subscription())
    world.bus.rewind_consumer(world.consumer, runner.topics)
    world.consume()
    found = world.applied()
    assert (found[one][0], found[two][0]) == (3, 1)


def test_rule_3_a_tombstone_is_remembered(world: World) -> None:
    """After a tombstone, an older version that comes late does not bring the aggregate back."""
    one = key()
    world.write(one, 2, data=None)
    world.relay()
    world.consume()
    assert world.applied()[one] == (2, 1)
    world.write(one, 1)
    world.relay()
    world.consume()
    assert world.applied()[one] == (2, 1)
    with world.database.reading() as session:
        assert inbox.held(session, world.consumer, TOPIC, [one]) == {one: (2, 2)}


def test_rule_4_twice_and_late_change_nothing(world: World) -> None:
    one = key()
    for version in (1, 3, 2, 3, 1):
        world.write(one, version)
    world.relay()
    world.consume()
    version, times = world.applied()[one]
    assert version == 3
    assert times <= 2
    world.bus.rewind_consumer(world.consumer, Runner(world.database, world.bus, world.subscription()).topics)
    world.consume()
    assert world.applied()[one] == (version, times)


def test_rule_4_a_new_revision_of_the_same_version_counts(world: World) -> None:
    one = key()
    world.write(one, 1, revision=1)
    world.write(one, 1, revision=2)
    world.relay()
    world.consume()
    assert world.applied()[one] == (1, 2)


def test_rule_4_work_and_mark_are_one_transaction(world: World) -> None:
    one = key()
    world.write(one, 1)
    world.relay()
    tries: list[str] = []

    def fails_once(session: object, event: Event) -> None:
        apply(session, event)  # type: ignore[arg-type]
        tries.extend([one] if event.subject == one else [])
        if event.subject == one and tries == [one]:
            raise RuntimeError("killed in the middle")

    world.consume(world.subscription(fails_once), until=lambda: one in world.applied())
    assert tries.count(one) >= 2
    assert world.applied()[one] == (1, 1)


def test_rule_5_after_commit_comes_again_when_the_position_was_not_kept(world: World) -> None:
    """A kill between the commit and the index write heals: the events come again and reach `after_commit`, applied or not."""
    one = key()
    world.write(one, 1)
    world.relay()
    seen: list[str] = []

    def index(events: Sequence[Event]) -> None:
        seen.extend(event.subject for event in events if event.subject == one)
        if len(seen) == 1:
            raise RuntimeError("the engine is not there")

    world.consume(world.subscription(after=index), until=lambda: len(seen) >= 2)
    assert world.applied()[one] == (1, 1)


def test_rule_6_poison_is_listed_explained_and_replayed(world: World) -> None:
    good, bad, later = key(), key(), key()
    world.write(good, 1)
    world.write(bad, 1, data=b'{"poison": true}')
    world.write(later, 1)
    world.relay()
    world.consume()
    assert {good, later} <= set(world.applied())
    assert bad not in world.applied()
    (letter,) = [
        each for each in dead_letters.waiting(world.bus) if each.consumer == world.consumer and each.key == bad
    ]
    assert "poison" in letter.reason

    def cured(session: object, event: Event) -> None:
        row = Event(
            **{
                name: getattr(event, name)
                for name in ("id", "type", "source", "subject", "time", "version", "revision", "traceparent")
            },
            data=b"{}",
        )
        apply(session, row)  # type: ignore[arg-type]

    assert dead_letters.replay(world.bus, [letter]) == 1
    world.consume(world.subscription(cured), until=lambda: bad in world.applied())
    assert [each for each in dead_letters.waiting(world.bus) if each.id == letter.id] == []


def test_rule_6_a_letter_that_fails_again_stays_with_its_count(world: World) -> None:
    bad = key()
    world.write(bad, 1, data=b'{"poison": true}')
    world.relay()
    world.consume()

    def mine() -> list[dead_letters.Letter]:
        return [each for each in dead_letters.waiting(world.bus) if each.key == bad and each.consumer == world.consumer]

    (letter,) = mine()
    dead_letters.replay(world.bus, [letter])
    world.consume(until=lambda: [each.attempts for each in mine()] == [2])
    assert [each.id for each in mine()] == [letter.id]


def test_rule_6_what_is_no_event_is_poison_too(world: World) -> None:
    one = key()
    publisher = world.bus.publisher()
    publisher.publish([Record(TOPIC, one, b"not an event", ())])
    publisher.close()
    world.consume()
    assert [
        each.key for each in dead_letters.waiting(world.bus) if each.consumer == world.consumer and each.key == one
    ] == [one]


def test_rule_6_if_the_letter_cannot_be_written_nothing_advances(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, after = key(), key()
    world.write(bad, 1, data=b'{"poison": true}')
    world.write(after, 1)
    world.relay()
    tries: list[int] = []
    bury = dead_letters.bury

    def refuses(*arguments: object) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise BusUnavailable("the broker is away")
        bury(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(dead_letters, "bury", refuses)
    world.consume(until=lambda: len(tries) >= 1)
    lag = world.bus.lag(world.consumer, [TOPIC])[TOPIC]
    assert lag > 0
    world.consume(until=lambda: after in world.applied() and len(tries) >= 3)


def test_an_unreachable_engine_stops_the_consumer_and_not_the_writes(world: World) -> None:
    one, two = key(), key()
    away = [True]

    def index(events: Sequence[Event]) -> None:
        if away[0] and one in {event.subject for event in events}:
            raise ConnectionError("no engine")

    world.write(one, 1)
    world.relay()
    runner = world.consume(world.subscription(after=index), until=lambda: one in world.applied())
    assert runner.problem is not None
    world.write(two, 1)  # writing goes on
    assert world.relay() == 1
    away[0] = False
    world.consume(world.subscription(after=index))
    assert two in world.applied()


def test_a_relay_that_cannot_publish_says_so_until_it_can(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    relay, stopped, said = Relay(world.database, world.bus), threading.Event(), []
    publisher = world.bus.publisher()

    class Away:
        def publish(self, records: Sequence[Record]) -> None:
            said.append(relay.problem)
            if len(said) < 4:
                raise BusUnavailable("the broker is away")
            publisher.publish(records)

        def close(self) -> None: ...

    world.write(key(), 1)
    monkeypatch.setattr(world.bus, "publisher", Away)
    thread = threading.Thread(target=relay.run, args=(stopped,))
    thread.start()
    try:
        world.wait(lambda: relay.problem is None)
    finally:
        stopped.set()
        thread.join(60)
    assert said == ["not started", *["the broker is away"] * 3]
    publisher.close()


def test_a_consumer_leaves_whole_though_its_end_fails(world: World) -> None:
    """The name is free again: nothing that fails on the way out keeps it."""
    one, ends = key(), []

    def end() -> None:
        ends.append(1)
        if len(ends) == 1:
            raise RuntimeError("the index would not close")

    def fails_once(session: object, event: Event) -> None:
        if not ends:
            raise RuntimeError("no")
        apply(session, event)  # type: ignore[arg-type]

    world.write(one, 1)
    world.relay()
    world.consume(replace(world.subscription(fails_once), stopped=end), until=lambda: one in world.applied())
    assert world.applied()[one] == (1, 1)


def test_rule_9_a_misconfigured_bus_refuses_to_start() -> None:
    from services.chassis.settings import Settings, SettingsError

    for url in ("kafak://x:1", "kafka://", "http://x", "local", "kafka://host:notaport"):
        with pytest.raises(SettingsError, match="CONVENE_BUS_URL"):
            Settings.from_env({"CONVENE_BUS_URL": url})
