"""Evidence over HTTP: a record's profile follows it through the bus; a document that is sent in gets one and is not kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import func, select

from schemas.documents import load
from schemas.evidence import EvidenceProfile
from services.assessment.evidence.models import Evidence
from services.chassis import clock
from tests.assessment.evidence.conftest import World
from tests.assessment.evidence.documents import group, lead, record

Lake = Callable[[], dict[str, Any]]
UNKNOWN_ID = "0195ffff-0000-7000-8000-000000000000"


def levels(profile: dict[str, Any]) -> dict[str, int | None]:
    return {each["code"]: each["level"] for lesson in profile["lessons"] for each in lesson["indicators"]}


def test_a_record_has_a_profile_as_soon_as_it_has_arrived(world: World, lake: Lake) -> None:
    record_ = lake()
    path = f"/partnerships/{record_['id']}/evidence"
    assert world.get(path, 404)["type"].endswith("/problems/record-not-known")
    world.publish(record_, "listed")
    world.deliver()
    profile = world.get(f"{path}?on=2026-06-15")
    load(EvidenceProfile, profile)
    assert profile["partnership"]["reference"] == record_["reference"]
    assert profile["partnership"]["version"] == record_["version"]
    assert profile["as_of"] == "2026-06-15"
    assert [lesson["lesson"] for lesson in profile["lessons"]][:2] == ["inclusive", "clear_purpose_and_roles"]
    assert levels(profile)["partners_confirmed"] == 3


def test_it_follows_the_record_and_not_what_comes_late(world: World, lake: Lake) -> None:
    record_ = lake()
    path = f"/partnerships/{record_['id']}/evidence?on=2026-06-15"
    newer = {**record_, "version": record_["version"] + 1, "complaints": False}
    world.publish(newer)
    world.deliver()
    assert levels(world.get(path))["can_complain"] == 0
    world.publish(record_)  # the version before, late
    world.publish(newer)  # and the same once more
    world.deliver()
    assert levels(world.get(path))["can_complain"] == 0
    world.publish({**record_, "version": record_["version"] + 2})
    world.deliver()
    assert levels(world.get(path))["can_complain"] == 4


def test_a_record_that_is_gone_has_none(world: World, lake: Lake) -> None:
    record_ = lake()
    world.publish(record_)
    world.publish(None, key=record_["id"], version=record_["version"] + 1)
    world.deliver()
    world.get(f"/partnerships/{record_['id']}/evidence", 404)


def test_what_is_no_document_is_a_dead_letter_and_holds_nothing_up(world: World, lake: Lake) -> None:
    record_ = lake()
    world.publish(None, key=UNKNOWN_ID, data=b"[1]")
    world.publish(None, key=UNKNOWN_ID, data=b"{", version=2)
    world.publish(record_)
    world.deliver()
    world.get(f"/partnerships/{UNKNOWN_ID}/evidence", 404)
    world.get(f"/partnerships/{record_['id']}/evidence")


def test_a_document_is_profiled_and_not_kept(world: World, lake: Lake) -> None:
    profile = world.post(lake(), query="?on=2026-06-15")
    load(EvidenceProfile, profile)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == 0


def test_what_is_posted_and_what_is_kept_have_the_same_profile(world: World, lake: Lake) -> None:
    world.publish(lake())
    world.deliver()
    kept = world.get(f"/partnerships/{lake()['id']}/evidence?on=2026-06-15")
    assert world.post(lake(), query="?on=2026-06-15") == kept


def test_a_part_of_a_document_is_enough(world: World) -> None:
    profile = world.post(record(lead(), stakeholders=[group(places=["Here"])]))
    assert levels(profile)["affected_named"] == 2
    assert profile["as_of"] == clock.today().isoformat()
    empty = world.post({})
    assert set(levels(empty).values()) == {None}
    assert all(lesson["range"] == [0, 4] and lesson["level"] is None for lesson in empty["lessons"])


def test_unknown_is_said_as_null(world: World) -> None:
    body = world.client.post("/evidence?lang=en", json={}).get_data()
    assert b'"level":null' in body
    assert orjson.loads(body)["spread"]["value"] is None


def test_one_language_alone(world: World) -> None:
    profile = world.post({}, query="?lang=km")
    assert {tuple(each["explanation"]) for lesson in profile["lessons"] for each in lesson["indicators"]} == {("km",)}
    assert list(profile["notice"]) == ["km"]


def test_what_is_wrong_is_pointed_at(world: World) -> None:
    problem = world.post({"partners": [{"confirmation": {"state": "perhaps"}}], "stakeholders": 3}, 422)
    pointers = {each["pointer"] for each in problem["errors"]}
    assert {"/partners/0/confirmation/state", "/stakeholders"} <= pointers
    world.post([], 422)
    assert world.post({}, 422, "?on=tomorrow")["errors"][0]["pointer"] == "/query/on"
    assert world.post({}, 422, "?lang=de")["errors"][0]["pointer"] == "/query/lang"


def test_the_api_describes_itself(world: World) -> None:
    described = world.get("/openapi.json")
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) >= {"/evidence", "/partnerships/{partnership_id}/evidence"}
    assert world.get("/health/ready")["status"] == "ready"
