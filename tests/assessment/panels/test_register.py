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
from services.assessment.register.organizations import families
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


def organization(world: World, identifier: str, **said: Any) -> None:
    world.tell("organization.accepted", example("organization.accepted") | {"id": identifier} | said)


def test_families_are_found_above_below_and_by_merged_names(world: World) -> None:
    names = {name: f"0195ffff-0000-7000-8000-0000000001{number:02}" for number, name in enumerate(
        ("top", "middle", "leaf", "aunt", "holding", "gone", "gone-below", "stranger")
    )}  # fmt: skip
    organization(world, names["top"])
    organization(world, names["middle"], parent_id=names["top"], controlled_by=names["holding"])
    organization(world, names["leaf"], parent_id=names["middle"])
    organization(world, names["aunt"], parent_id=names["top"])
    organization(world, names["holding"])
    organization(world, names["gone"], standing="merged", merged_into=names["middle"])
    organization(world, names["gone-below"], controlled_by=names["gone"])
    organization(world, names["stranger"])

    def family(*start: str) -> set[str]:
        with world.database.reading() as session:
            found = families(session, {names[each] for each in start})
        return {name for name, identifier in names.items() if identifier in found}

    below = {"leaf", "gone", "gone-below"}
    assert family("middle") == {"middle", "top", "holding"} | below
    assert family("gone") >= family("middle")
    assert family("leaf") >= {"leaf", "middle", "top", "holding"}
    assert "aunt" not in family("leaf")
    assert family("top") == {"top", "middle", "aunt"} | below
    assert family("stranger") == {"stranger"}
    assert family() == set()


def test_a_conflict_through_the_family_and_a_merged_name(world: World) -> None:
    parent, branch, gone = (f"0195ffff-0000-7000-8000-0000000002{number:02}" for number in range(3))
    organization(world, parent)
    organization(world, branch, parent_id=parent)
    organization(world, gone, standing="merged", merged_into=branch)
    record = example("partnership.registered")
    record["partners"] = [
        {**record["partners"][0], "organization": record["partners"][0]["organization"] | {"id": gone}}
    ]
    world.tell("partnership.registered", record)
    assert rules(world, [Member("of the parent", frozenset({parent}))], record) == {
        ("of the parent", "subsidiary-is-partner")
    }
