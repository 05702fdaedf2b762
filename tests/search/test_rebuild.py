"""Rebuilding the index beside the living one: nobody reads anything wrong, whatever is killed when."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from services.chassis.tables import inbox
from services.search import rebuild
from services.search.index.build import build_index
from services.search.index.ports import Change, IndexUnavailable
from services.search.models import Rebuild, Record
from services.search.rebuild import Rebuilder
from tests.search.conftest import LISTED, World, organization, partnership

REVISED = "org.convene.registry.partnership.revised.v1"


def fill(world: World, count: int) -> list[dict[str, Any]]:
    records = [partnership(title={"en": f"Water {number}"}) for number in range(count)]
    world.add(*records, organization("Council"))
    return records


def last(world: World) -> Rebuild:
    with world.database.reading() as session:
        row = session.scalars(select(Rebuild).order_by(Rebuild.number.desc())).first()
    assert row is not None
    return row


def test_a_rebuild_ends_in_a_new_generation_with_the_same_answers(either_world: World) -> None:
    world = either_world
    records = fill(world, 30)
    before, old = world.ids(), world.index.current()
    rebuild.request(world.database, "a test")
    world.rebuild_to_the_end()
    assert last(world).state == "done"
    assert "30 partnerships" in (last(world).outcome or "")
    assert world.index.current() != old
    assert world.ids() == before == sorted(record["id"] for record in records)
    assert world.get("/status")["rebuild"]["state"] == "done"


def test_reads_and_writes_go_on_meanwhile(either_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PAGE", 7)
    world = either_world
    records = fill(world, 40)
    wrong: list[Any] = []
    done = threading.Event()

    def read() -> None:
        client = world.client
        while not done.is_set():
            response = client.get("/partnerships?q=water&facet=kind&limit=1")
            if response.status_code != 200 or response.json["total"] != 40:
                wrong.append((response.status_code, response.get_data(as_text=True)[:200]))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for round_number in range(2):
            rebuild.request(world.database, "a test")
            changed = 0
            while world.rebuilder.step():
                record = records[changed % 40]
                record.update(
                    version=record["version"] + 1,
                    revision=record["revision"] + 1,
                    title={"en": f"Water changed{round_number}"},
                )
                world.publish(REVISED, record)
                world.deliver()
                changed += 1
            assert last(world).state == "done", last(world).outcome
            assert world.find(q=f"changed{round_number}")["total"] == min(changed, 40)
    finally:
        done.set()
        reader.join()
    assert wrong == []


def test_a_killed_rebuild_goes_on_where_it_was(either_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PAGE", 5)
    world = either_world
    fill(world, 23)
    rebuild.request(world.database, "a test")
    for _ in range(4):
        world.rebuilder.step()
    assert last(world).copied == 15
    successor = Rebuilder(world.database, world.index, lambda: world.bus)
    assert successor.step() is False  # the first one may still live
    with world.database.transaction() as session:
        session.execute(update(Rebuild).values(owned_until=rebuild._wall()))
    copied = []
    while successor.step():
        copied.append(last(world).copied)
    assert copied[0] == 20
    assert last(world).state == "done"
    assert world.find(q="water")["total"] == 23


def test_from_the_topics_alone(either_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PAGE", 4)
    world = either_world
    records = fill(world, 12)
    late = {**records[0], "version": 2, "revision": 2, "title": {"en": "Water revised"}}
    world.publish(REVISED, late)
    world.publish("org.convene.registry.partnership.redacted.v1", None, key=records[1]["id"], order=(2, 2))
    world.deliver()
    with world.database.transaction() as session:  # a table that has lost, kept and invented things
        session.execute(delete(Record).where(Record.id == records[2]["id"]))
        session.execute(
            update(Record).where(Record.id == records[3]["id"]).values(document=b'{"broken":1}', version=99)
        )
        row = session.scalars(select(Record).where(Record.id == records[4]["id"])).one()
        ghost = {
            column: getattr(row, column)
            for column in ("collection", "version", "revision", "generation", "document", "time", "sweep")
        }
        session.add(Record(id="ghost", **ghost))
    rebuild.request(world.database, "a test", from_topics=True)
    world.rebuild_to_the_end()
    assert last(world).state == "done", last(world).outcome
    expected = sorted(record["id"] for record in records if record is not records[1])
    assert world.ids() == expected
    assert world.ids(q="revised") == [records[0]["id"]]
    assert world.get("/organizations")["total"] == 1
    newer = {**records[3], "version": 2, "revision": 2, "title": {"en": "Water again"}}
    world.publish(REVISED, newer)
    world.deliver()
    assert world.ids(q="again") == [records[3]["id"]]


def test_a_lost_table_is_read_anew(world: World) -> None:
    fill(world, 6)
    with world.database.transaction() as session:
        session.execute(delete(Record))
    rebuild.request(world.database, "a test", from_topics=True)
    world.rebuild_to_the_end()
    assert world.find()["total"] == 6


def test_a_lost_index_is_built_anew_and_is_not_answered_from_meanwhile(world: World) -> None:
    fill(world, 6)
    world.subscription.stopped()  # type: ignore[misc]
    world.index.close()
    shutil.rmtree(Path(world.settings.search_url.removeprefix("local:")))
    world.subscription.started()  # type: ignore[misc]
    assert world.get("/partnerships", status=503)
    world.publish(LISTED, partnership(title={"en": "Water meanwhile"}))
    world.rebuilder.step()
    world.deliver()
    assert world.get("/partnerships", status=503)
    world.rebuild_to_the_end()
    assert world.find(q="water")["total"] == 7


def test_an_index_of_another_version_is_built_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world, 3)
    old = world.index.current()
    monkeypatch.setattr(rebuild, "fingerprint", lambda: "0123456789ab")
    world.subscription.stopped()  # type: ignore[misc]
    world.subscription.started()  # type: ignore[misc]
    world.rebuild_to_the_end()
    assert (world.index.current() or "").endswith("0123456789ab")
    assert world.index.current() != old
    assert world.find()["total"] == 3


def test_tables_that_were_lost_come_back_from_the_topics(either_world: World) -> None:
    """The index still holds generations of the lost tables: it would refuse those of the new ones as outdated."""
    world = either_world
    records = fill(world, 5)
    for round_number in range(2, 5):
        world.publish(
            REVISED, {**records[0], "version": round_number, "revision": round_number, "title": {"en": "Water last"}}
        )
        world.deliver()
    with world.database.transaction() as session:
        for table in (Record, Rebuild):
            session.execute(delete(table))
        session.execute(delete(inbox))
    world.subscription.stopped()  # type: ignore[misc]
    world.subscription.started()  # type: ignore[misc]
    world.rebuild_to_the_end()
    assert world.find(q="water")["total"] == 5
    world.publish(REVISED, {**records[0], "version": 5, "revision": 5, "title": {"en": "Fire"}})
    world.deliver()
    assert world.ids(q="fire") == [records[0]["id"]]


class Forgetful:
    """An index that loses some of what is written to a new edition."""

    def __init__(self, index: Any, loses: Callable[[Change], bool]) -> None:
        self._index = index
        self._loses = loses

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def write(self, collection: Any, changes: Sequence[Change], edition: str | None = None) -> None:
        self._index.write(collection, [change for change in changes if not self._loses(change)], edition)


def test_a_new_index_that_lacks_something_is_never_switched_to(world: World) -> None:
    records = fill(world, 8)
    old = world.index.current()
    rebuild.request(world.database, "a test")
    worker = Rebuilder(
        world.database, Forgetful(world.index, lambda change: change.id == records[3]["id"]), lambda: world.bus
    )  # type: ignore[arg-type]
    while worker.step():
        pass
    assert last(world).state == "failed"
    assert "differs" in (last(world).outcome or "")
    assert world.index.current() == old
    assert world.find()["total"] == 8


def test_what_was_lost_on_the_way_is_written_again_before_the_switch(world: World) -> None:
    records = fill(world, 8)
    lost: list[str] = []

    def lose_once(change: Change) -> bool:
        if change.id == records[3]["id"] and not lost:
            lost.append(change.id)
            return True
        return False

    rebuild.request(world.database, "a test")
    worker = Rebuilder(world.database, Forgetful(world.index, lose_once), lambda: world.bus)  # type: ignore[arg-type]
    while worker.step():
        pass
    assert lost
    assert last(world).state == "done"
    assert world.find()["total"] == 8


def test_an_unreachable_engine_ends_no_rebuild(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world, 3)
    rebuild.request(world.database, "a test")
    world.rebuilder.step()

    def unreachable(*_: Any) -> None:
        raise IndexUnavailable("gone for now")

    with monkeypatch.context() as patched:
        patched.setattr(world.index, "write", unreachable)
        with pytest.raises(IndexUnavailable):
            world.rebuilder.step()
    world.rebuild_to_the_end()
    assert last(world).state == "done"


def test_counts_that_differ_are_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "QUIET_SECONDS", 0.0)
    records = fill(world, 5)
    world.index.write("partnerships", [Change(records[0]["id"], 99, None)])
    while "the same number" not in last(world).reason:
        world.rebuilder.idle()
    world.rebuild_to_the_end()
    assert world.find()["total"] == 5


def test_the_generation_before_goes_after_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world, 2)
    rebuild.request(world.database, "a test")
    world.rebuild_to_the_end()
    world.rebuilder.idle()
    assert len(world.index.editions()) == 2
    monkeypatch.setattr(rebuild, "KEPT_SECONDS", 0.0)
    world.rebuilder.idle()
    assert world.index.editions() == (world.index.current(),)
    assert world.find()["total"] == 2


def test_the_command_does_it_itself_where_nothing_runs(world: World) -> None:
    fill(world, 5)
    world.subscription.stopped()  # type: ignore[misc]
    seen: list[int] = []
    outcome = rebuild.rebuild(world.database, world.settings, world.bus, progress=seen.append)
    assert outcome.startswith("rebuilt: 5 partnerships, 1 organizations")
    assert seen[-1] == 6
    world.subscription.started()  # type: ignore[misc]
    assert world.find()["total"] == 5


def test_the_command_leaves_it_to_the_running_consumer(world: World) -> None:
    fill(world, 5)
    thread, outcomes = world.in_background(
        lambda: rebuild.rebuild(world.database, world.settings, world.bus, from_topics=True)
    )
    while thread.is_alive():
        world.rebuilder.idle()
    assert outcomes[0].startswith("rebuilt: 5 partnerships")
    assert rebuild.rebuild(world.database, world.settings, world.bus, wait=False).startswith("rebuild 3 is asked for")
    found = rebuild.status(world.database, world.settings)
    assert found["rebuild"]["state"] == "requested"
    assert found["records"]["partnerships"] == {"register": 5, "index": 5}


def test_another_process_reads_what_this_one_writes(world: World) -> None:
    fill(world, 4)
    other = build_index(world.settings)
    assert other.count("partnerships") == 4
    world.add(partnership())
    assert other.count("partnerships") == 5
    rebuild.request(world.database, "a test")
    world.rebuild_to_the_end()
    assert other.count("partnerships") == 5
    assert other.current() == world.index.current()
    other.close()
