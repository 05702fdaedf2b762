"""Conflicts as they follow the register through the bus, on either database."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
from sqlalchemy import func, select

from services.assessment.evidence.service import document_of
from services.assessment.panels.conflicts import Member
from services.assessment.panels.models import Funding
from services.assessment.panels.service import excluded, funding_of
from services.assessment.register.authority import affiliations, pool
from tests.assessment.register.conftest import World, example, world

__all__ = ["world"]

DAY = date(2026, 6, 15)


def rules(world: World, members: list[Member], document: dict[str, Any]) -> set[tuple[str, str]]:
    with world.database.reading() as session:
        stored = orjson.loads(document_of(session, document["id"]).body)
        return {(each.member_id, each.rule) for each in excluded(session, members, document["id"], stored, {}, DAY)}


def test_a_member_is_excluded_by_what_any_record_says(world: World) -> None:
    record = example("partnership.registered")
    world.tell("partnership.registered", record)
    giver = next(each for each in record["partners"] if "funder" in each.get("roles", ()))["organization"]["id"]
    lead = record["partners"][0]["organization"]["id"]
    with world.database.reading() as session:
        sources = {each.source for each in funding_of(session, {giver}) if each.receiver_id == lead}
    assert sources == {f"{record['id']}#/partners/1/contributions/0"}
    assessed = example("partnership.reported") | {
        "id": "0195ffff-0000-7000-8000-000000000001",
        "partners": [record["partners"][0]],
        "transactions": [],
    }
    world.tell("partnership.reported", assessed)
    member, stranger = Member("donor", frozenset({giver})), Member("stranger")
    assert rules(world, [member, stranger], assessed) == {("donor", "funds-a-partner")}
    # The record that said so is edited: nobody funds the lead any more.
    later = {**record, "version": record["version"] + 1, "partners": [record["partners"][0]], "transactions": []}
    later["funding"] = {**record["funding"], "payments": []}
    world.tell("partnership.revised", later)
    assert rules(world, [member, stranger], assessed) == set()


def test_late_and_repeated_versions_and_tombstones_leave_nothing_wrong(world: World) -> None:
    record = example("partnership.registered")
    world.tell("partnership.registered", record)
    with world.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Funding))
        assert before
    world.tell("partnership.registered", record)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Funding)) == before
    world.put("partnership.withdrawn", record["id"], None, record["version"] + 1)
    world.tell("partnership.registered", record)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Funding)) == 0


def test_somebody_belongs_to_the_organization_nominated_from_and_to_those_acted_for(world: World) -> None:
    designated = example("authority.bound")
    nominated = {key: value for key, value in example("authority.nominated").items() if key != "address_hash"}
    nominated |= {"state": "bound", "person_id": designated["person_id"]}
    world.tell("authority.bound", designated)
    world.tell("authority.nominated", nominated)
    with world.database.reading() as session:
        assert affiliations(session, pool(session)) == {
            nominated["id"]: {nominated["organization_id"], designated["organization_id"]}
        }
