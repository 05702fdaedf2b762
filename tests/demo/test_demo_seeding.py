"""Seeding: once, quickly the second time, whole or not at all, and nothing private among what is public."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import MetaData, select, text

from schemas import documents, topics
from schemas.partnership import PartnershipInput
from services import demo
from services.accounts.tokens import service as tokens
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.tables import outbox
from services.demo import days, stories, world_files
from services.registry.focal_points.models import FocalPoint
from services.registry.partnerships.models import Partnership
from tests.demo.conftest import World, fresh

pytestmark = pytest.mark.xdist_group("demo")  # one world for all of them

PUBLIC = {each.name for each in topics.TOPICS if each.audience == "public"}


def contents(database: Database) -> dict[str, str]:
    """Every table of a database, as a hash of its rows."""
    metadata = MetaData()
    with database.connection() as connection:
        metadata.reflect(connection)
        return {
            table.name: hashlib.sha256(
                repr(sorted(map(repr, connection.execute(text(f'SELECT * FROM "{table.name}"'))))).encode()
            ).hexdigest()
            for table in metadata.sorted_tables
        }


def test_a_second_time_changes_nothing(world: World) -> None:
    before = contents(world.accounts), contents(world.registry), world.marker.read_text()
    demo.seed(world.services, world.settings, world.marker)
    assert (contents(world.accounts), contents(world.registry), world.marker.read_text()) == before


def test_the_marker_names_every_public_record(world: World) -> None:
    assert set(world.marker.read_text().split()) == {f"{each['id']}@{each['version']}" for each in world.documents()}


def test_what_broke_off_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = fresh(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(stories, "happenings", lambda _register: [stories.Happening(0, lambda: 1 / 0)])
        with pytest.raises(ZeroDivisionError):
            demo.seed(half.services, half.settings, half.marker)
    assert half.documents() == []
    assert clock.today() == datetime.now(UTC).date()
    people = contents(half.accounts)["person"]
    demo.seed(half.services, half.settings, half.marker)
    assert len(half.documents()) > 38
    assert contents(half.accounts)["person"] == people


def test_the_accounts_of_the_table_can_sign_in(world: World) -> None:
    table = demo.accounts_table()
    with_password = [each for each in world_files.people() if each.password]
    assert len(with_password) >= 8
    for person in with_password:
        assert person.email in table
        assert person.password is not None
        assert person.password in table
        tokens.sign_in(world.accounts, world.settings, person.email, person.password, None)
    assert all(len(line) <= 120 for line in table.splitlines())


def test_no_address_and_no_draft_in_what_is_public(world: World) -> None:
    with world.registry.reading() as session:
        events = session.execute(select(outbox.c.topic, outbox.c.value, outbox.c.headers)).all()
        drafts = session.scalars(select(Partnership).where(Partnership.standing == "draft")).all()
    secret = [each.id for each in drafts] + [title for each in drafts for title in each.content["title"].values()]
    assert len(secret) == 5
    for event in events:
        body = (event.value or b"").decode() + str(event.headers)
        assert not any(each in body for each in secret)
        if event.topic in PUBLIC:
            assert "@" not in body
            assert not re.search(r"person_id|email", body)


def test_the_records_say_all_that_the_files_say(world: World) -> None:
    today = days.Days(clock.today())
    ids = _ids(world)
    listed = {orjson.dumps(each["title"], option=orjson.OPT_SORT_KEYS): each for each in world.documents()}
    for record in world_files.records():
        title = orjson.dumps(record.content["title"], option=orjson.OPT_SORT_KEYS)
        document = listed.get(title)
        if document is None or document["standing"] in ("suspended", "withdrawn"):
            continue
        said = days.resolved(days.known_by(record.content, 0), today, lambda name: ids.get(name, name))
        for deliverable in said.get("deliverables", []):
            deliverable.pop("parent_id", None)
        for process in said.get("processes", []):
            process.pop("relation", None)  # an authority may have confirmed it
        _leave_out_who_declined(said, {ids[f"org:{step['decline']}"] for step in record.story if "decline" in step})
        loaded = documents.load(PartnershipInput, {**said, "partners": []})
        missing = [
            name
            for name, value in loaded.items()
            if name not in ("partners", "phase") and not _holds(document[name], value)
        ]
        assert missing == [], record.key


def _leave_out_who_declined(said: dict[str, Any], declined: set[str]) -> None:
    """Whoever declined is named nowhere in the record."""
    for each in said.get("deliverables", []):
        if declined & set(each.get("responsible", ())):
            staying = [one for one in each.pop("responsible") if one not in declined]
            each |= {"responsible": staying} if staying else {}


def _ids(world: World) -> dict[str, str]:
    """The ids behind `org:…` and `unit:…`, by the names that the register holds."""
    with world.registry.connection() as connection:
        organizations = connection.execute(text("SELECT id, document FROM organization")).all()
        units = connection.execute(text("SELECT id, document FROM unit")).all()
    found = {}
    for prefix, files, rows in (
        ("org", world_files.organizations(), organizations),
        ("unit", world_files.units(), units),
    ):
        named = {orjson.dumps(orjson.loads(row.document)["name"], option=orjson.OPT_SORT_KEYS): row.id for row in rows}
        for key, value in files.items():
            found[f"{prefix}:{key}"] = named[orjson.dumps(value["name"], option=orjson.OPT_SORT_KEYS)]
    return found


def _holds(document: Any, said: Any) -> bool:
    """Whether the document says what the file says; it may say more (ids, derived goals), and list reports in another order."""
    if isinstance(said, dict):
        return isinstance(document, dict) and all(
            name in document and _holds(document[name], value) for name, value in said.items()
        )
    if isinstance(said, list):
        return isinstance(document, list) and all(any(_holds(here, value) for here in document) for value in said)
    return bool(document == said)


def test_designations_bound_lapsed_handed_over_and_waiting(world: World) -> None:
    with world.registry.reading() as session:
        states = {each.state for each in session.scalars(select(FocalPoint))}
    assert states == {"bound", "lapsed", "ended", "designated"}
