"""What is particular to the log on one machine: locks and compaction."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.ports import Record, TopicSpec
from services.chassis.locks import Locked


def test_only_one_reader_of_a_name(tmp_path: Path) -> None:
    bus = LocalBus(tmp_path)
    first = bus.subscriber("search", ["t"])
    with pytest.raises(Locked):
        bus.subscriber("search", ["t"])
    with pytest.raises(Locked):
        bus.rewind_consumer("search", ["t"])
    first.close()
    bus.subscriber("search", ["t"]).close()


def test_compaction_keeps_the_last_of_each_key_and_the_order(tmp_path: Path) -> None:
    bus = LocalBus(tmp_path)
    bus.ensure([TopicSpec("state"), TopicSpec("log", compacted=False)])
    publisher = bus.publisher()
    for number in range(10):
        publisher.publish([Record("state", f"k{number % 3}", str(number).encode(), ()), Record("log", "k", b"x", ())])
    assert bus.compact() == 7
    assert bus.compact() == 0
    left = [(each.key, each.value) for each in bus.read(["state"], from_beginning=True, follow=False) if each]
    assert left == [("k1", b"7"), ("k2", b"8"), ("k0", b"9")]
    assert len([each for each in bus.read(["log"], from_beginning=True, follow=False) if each]) == 10


def test_a_consumer_of_a_compacted_topic_still_gets_every_key(tmp_path: Path) -> None:
    bus = LocalBus(tmp_path)
    bus.ensure([TopicSpec("state")])
    bus.publisher().publish([Record("state", str(number % 50), b"x", ()) for number in range(200)])
    bus.compact()
    subscriber = bus.subscriber("late", ["state"])
    assert {each.key for each in subscriber.poll(500, 0)} == {str(number) for number in range(50)}


def test_expired_records_go(tmp_path: Path) -> None:
    bus = LocalBus(tmp_path)
    bus.ensure([TopicSpec("letters", compacted=True, retention_days=0)])
    bus.publisher().publish([Record("letters", "a", b"x", ())])
    assert bus.compact() == 1
