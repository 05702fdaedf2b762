"""Records are found by what panels judged, on either engine, whatever order their evaluations come in."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from schemas import examples, topics
from schemas.envelope import Event
from services.chassis.database import Database
from services.chassis.eventbus.dead_letters import TOPIC as DEAD_LETTERS
from services.chassis.settings import Settings
from services.search import evaluations, rebuild
from services.search.models import Evaluation, Record
from tests.databases import with_tables
from tests.search.conftest import LISTED, World, identifier, partnership

PUBLISHED = "org.convene.assessment.evaluation.published.v1"
ANSWERED = "org.convene.assessment.evaluation.response_given.v1"
EXAMPLE = orjson.dumps(examples.example(topics.event_type(PUBLISHED)))


def evaluation(record: dict[str, Any], levels: dict[str, float | None], **stated: Any) -> dict[str, Any]:
    """An evaluation of a record, with these levels; every other lesson was not judged."""
    made: dict[str, Any] = orjson.loads(EXAMPLE)
    made |= {"id": identifier(), "version": 1, "revision": 1, "judged_version": record["version"]}
    made["partnership"] = {"id": record["id"], "title": record["title"]}
    for lesson in made["lessons"]:
        lesson["judged"] |= {"level": levels.get(lesson["lesson"]), "interval": None, "chambers": None}
    return made | stated


def test_lessons_are_filtered_by_and_counted(either_world: World) -> None:
    world = either_world
    high, low, none = (partnership(title={"en": name}) for name in ("High", "Low", "None"))
    world.add(high, low, none)
    world.publish(PUBLISHED, evaluation(high, {"inclusive": 3.0, "mandate": 0.4}))
    world.publish(PUBLISHED, evaluation(low, {"inclusive": 2.9}))
    world.deliver()
    assert world.ids(lesson="inclusive:3") == [high["id"]]
    assert world.ids(lesson="inclusive:2") == sorted([high["id"], low["id"]])
    assert world.ids(lesson="inclusive:4") == world.ids(lesson="participatory") == []
    assert world.ids(lesson=["inclusive:3", "mandate"], has="evaluation") == [high["id"]]
    assert world.ids(has="evaluation") == sorted([high["id"], low["id"]])
    answer = world.find()
    counts = {each["value"]: each["count"] for each in answer["facets"]["lesson"]}
    assert (counts["inclusive:2"], counts["inclusive:3"], counts["mandate:0"]) == (2, 1, 1)
    assert "mandate:1" not in counts
    assert answer["missing"]["lesson"] == 1


def test_the_item_has_the_profile_and_says_when_the_record_is_newer(either_world: World) -> None:
    world = either_world
    record = partnership(title={"en": "Water"})
    world.add(record)
    made = evaluation(record, {"inclusive": 3.4})
    world.publish(PUBLISHED, made)
    world.deliver()
    [item] = world.find()["items"]
    shown = item["evaluation"]
    assert shown["id"] == made["id"]
    assert (shown["version"], shown["judged_version"], shown["current"]) == (1, 1, True)
    levels = {each["lesson"]: each["level"] for each in shown["lessons"]}
    assert len(levels) == 8
    assert (levels["inclusive"], levels["mandate"]) == (3.4, None)
    assert not [name for name in shown if name in ("score", "level", "overall")]
    world.add(record | {"version": 2, "revision": 2})
    [item] = world.find()["items"]
    assert (item["evaluation"]["current"], item["evaluation"]["judged_version"]) == (False, 1)


def test_the_newest_counts_whatever_comes_when(world: World) -> None:
    record = partnership(title={"en": "Water"})
    old = evaluation(record, {"inclusive": 1.0}, published_at="2025-01-01T00:00:00Z")
    new = evaluation(record, {"inclusive": 4.0}, published_at="2026-01-01T00:00:00.000001Z")
    world.publish(PUBLISHED, new)
    world.deliver()
    assert world.ids() == []
    world.publish(PUBLISHED, old)
    world.publish(LISTED, record)
    world.publish(ANSWERED, old | {"version": 2, "revision": 2})
    world.deliver()
    [item] = world.find()["items"]
    assert item["evaluation"]["id"] == new["id"]
    world.publish(ANSWERED, new | {"version": 3, "revision": 3})
    world.publish(ANSWERED, new | {"version": 2, "revision": 2})
    world.deliver()
    [item] = world.find()["items"]
    assert item["evaluation"]["version"] == 3


def test_an_evaluation_can_be_waited_for(world: World) -> None:
    record = partnership(title={"en": "Water"})
    made = evaluation(record, {"inclusive": 1.0})
    world.publish(PUBLISHED, made)
    world.deliver()
    assert world.find(wait_for=f"{made['id']}@1")["stale"] is True
    world.add(record)
    assert "stale" not in world.find(wait_for=f"{made['id']}@1")


def test_what_is_no_evaluation_is_a_dead_letter(world: World) -> None:
    record = partnership(title={"en": "Water"})
    made = evaluation(record, {"inclusive": 1.0})
    world.publish(PUBLISHED, {name: value for name, value in made.items() if name != "lessons"})
    world.publish(PUBLISHED, None, key=made["id"], order=(9, 9))
    world.add(record)
    letters = [received for received in world.bus.read([DEAD_LETTERS], from_beginning=True, follow=False) if received]
    assert len(letters) == 2
    assert world.ids(has="evaluation") == []
    assert world.ids() == [record["id"]]


def test_a_rebuild_from_the_topics_brings_evaluations_back(either_world: World) -> None:
    world = either_world
    record, other = partnership(title={"en": "Water"}), partnership(title={"en": "Wind"})
    world.add(record, other)
    made = evaluation(record, {"inclusive": 3.0})
    world.publish(PUBLISHED, made)
    world.deliver()
    with world.database.transaction() as session:
        # What the topics know nothing of, and what the table has lost.
        session.add(
            Evaluation(
                id=identifier(),
                partnership_id=other["id"],
                version=1,
                revision=1,
                published_at="2026",
                profile=b"{}",
                sweep=0,
            )
        )
        session.delete(session.get_one(Evaluation, made["id"]))
        for row in session.scalars(select(Record)):
            row.evaluation = None if row.id == record["id"] else session.scalars(select(Evaluation.profile)).first()
    rebuild.request(world.database, "a test", from_topics=True)
    world.rebuild_to_the_end()
    assert world.ids(lesson="inclusive:3") == [record["id"]]
    assert world.ids(has="evaluation") == [record["id"]]


@pytest.mark.parametrize("times", [1, 3])
def test_the_table_keeps_the_newest_on_either_database(either_database: Settings, times: int) -> None:
    database = Database.open(either_database, "search")
    with_tables(database)
    record = partnership()

    def hold(version: int, published_at: str) -> None:
        made = evaluation(record, {}, version=version, published_at=published_at)
        for _ in range(times):
            event = Event(
                identifier(), PUBLISHED, "/a", made["id"], made["published_at"], version, 1, orjson.dumps(made)
            )
            with database.transaction() as session:
                evaluations.hold(session, event)

    hold(7, "2026-01-02T00:00:00Z")
    hold(8, "2026-01-01T00:00:00Z")
    with database.reading() as session:
        row = session.scalars(select(Record)).one()
    assert (row.version, row.revision, row.generation, row.document) == (0, 0, 2, None)
    assert orjson.loads(row.evaluation or b"")["version"] == 7
    database.close()
