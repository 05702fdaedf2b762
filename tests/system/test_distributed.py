"""Every process of `make distributed` on real servers of its own: real records in, found, changed, and rebuilt from the topics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from services.chassis.eventbus.build import build_bus
from services.chassis.settings import Settings
from services.search.indexing import TOPICS
from tests.system.load import Readers, answered, cast, every, record
from tests.system.running import Distributed, client, wait
from tests.system.stack import Stack

pytestmark = [
    pytest.mark.system,
    pytest.mark.real,
    pytest.mark.xdist_group("real-system"),
    pytest.mark.timeout(900),
]

FILE = "iati/iom-577-activities-2.03.xml"
COUNT = 577
IDENTIFIER = "XM-DAC-47066-CC.0001"
TITLE = "Malakal Protection of Civilian site reconfiguration"
NEW_TITLE = "Malakal Protection of Civilian site, a quokka sanctuary"
RARE = "quokka"
SEARCH = "/api/search/partnerships"


def test_the_way_of_577_real_records_through_every_process(
    real: tuple[Distributed, Stack], tmp_path: Path, shared_data: Path
) -> None:
    system, _ = real
    with client(system) as reader:
        front = reader.get("/")
        assert (front.status_code, front.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
        assert len(front.headers.get_list("Server")) == 1
        assert reader.get("/nowhere").status_code == 404
    _are_imported_once(system, shared_data / FILE)
    _changes_in_the_source_are_found(system, shared_data / FILE, tmp_path / "changed.xml")
    email, path = _changes_by_people_are_found(system)
    _index_is_rebuilt_from_the_topics_while_people_read(system)
    _search_comes_back_from_the_topics_alone(system)
    with client(system, system.token(email)) as person:
        _retitled(person, path, "Wells of the whole river")
    assert system.json("events", "dead-letters") == []


def _are_imported_once(system: Distributed, file: Path) -> None:
    report = system.json("import", "iati", str(file))
    assert _counts(report) == {"created": COUNT}
    with client(system) as reader:
        wait(lambda: _total(reader) == COUNT, 120, "577 searchable records")
        found = every(reader, SEARCH, standing="reported")
        assert len({each["id"] for each in found}) == COUNT
        assert {(each["standing"], each["kind"]) for each in found} == {("reported", "project")}
    assert _counts(system.json("import", "iati", str(file))) == {"unchanged": COUNT}


def _changes_in_the_source_are_found(system: Distributed, file: Path, changed: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(TITLE) == 1
    changed.write_text(text.replace(TITLE, NEW_TITLE), encoding="utf-8")
    assert _counts(system.json("import", "iati", str(changed))) == {"updated": 1, "unchanged": COUNT - 1}
    with client(system) as reader:
        (found,) = wait(lambda: answered(reader.get(SEARCH, params={"q": RARE}))["items"], 60, "the changed record")
        assert found["title"] == {"en": NEW_TITLE}
        document = answered(reader.get(f"/api/registry/partnerships/{found['id']}"))
        assert document["source"]["identifier"] == IDENTIFIER
        assert document["version"] == 2
        assert answered(reader.get(SEARCH, params={"q": f'"{TITLE}"'}))["total"] == 0
        assert _total(reader) == COUNT


def _changes_by_people_are_found(system: Distributed) -> tuple[str, str]:
    """Returns who wrote the record, and where it is."""
    people = cast(system)
    made = people.focal_point.post("/api/registry/partnerships", json=record(people, "Wells of the upper river"))
    path = f"/api/registry/partnerships/{answered(made)['id']}"
    listed = people.focal_point.post(
        f"{path}/transitions", json={"to": "listed"}, headers={"If-Match": made.headers["ETag"]}
    )
    _found_at(people.focal_point, answered(listed))
    _retitled(people.focal_point, path, "Wells of the lower river")
    return people.email, path


def _retitled(person: httpx.Client, path: str, title: str) -> None:
    """Change a record, and find it changed by waiting for that version."""
    etag = person.get(path).headers["ETag"]
    changed = answered(person.patch(path, json={"title": {"en": title}}, headers={"If-Match": etag}))
    item = _found_at(person, changed)
    assert item["title"] == {"en": title}


def _found_at(reader: httpx.Client, document: dict[str, Any]) -> dict[str, Any]:
    """The item of a record once search has this version of it; a wait is bounded, and may need to be repeated."""
    params = {"wait_for": f"{document['id']}@{document['version']}", "standing": "listed"}

    def found() -> Any:
        answer = answered(reader.get(SEARCH, params=params))
        return None if answer.get("stale") else answer

    answer = wait(found, 60, f"{params['wait_for']} being searchable")
    return next(each for each in answer["items"] if each["id"] == document["id"])


def _index_is_rebuilt_from_the_topics_while_people_read(system: Distributed) -> None:
    before, everything = system.status(), _everything(system)
    with Readers(system, _judge(everything), readers=1) as readers:
        readers.reach(2)
        outcome = system.command("search", "rebuild", "--from-topics").stdout
        readers.reach(4)
    assert f"{len(everything)} partnerships" in outcome
    after = system.status()
    assert after["generation"] != before["generation"]
    assert after["rebuild"]["from_topics"]
    assert after["rebuild"]["events_read"] > COUNT


def _search_comes_back_from_the_topics_alone(system: Distributed) -> None:
    """All that search itself has kept is lost, and so are its positions; its index still answers meanwhile."""
    everything = _everything(system)
    system.stop()
    settings = Settings.from_env(system.environ)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA search CASCADE")
    build_bus(settings).rewind_consumer("search", TOPICS)
    system.start()
    with Readers(system, _judge(everything), readers=1) as readers:
        wait(lambda: _settled(system, len(everything)), 120, "everything back in search's own table and index")
        readers.reach(4)


def _everything(system: Distributed) -> set[str]:
    """The ids of all that is found."""
    with client(system) as reader:
        return {each["id"] for each in every(reader, SEARCH)}


def _settled(system: Distributed, count: int) -> bool:
    """Nothing is behind, no rebuild goes on, and the table and the index in use hold all records."""
    found = system.status()
    counts = found["records"]["partnerships"]
    done = found["rebuild"] is not None and found["rebuild"]["ended_at"] is not None
    return done and found["behind"] == 0 and counts == {"register": count, "index": count}


def _judge(ids: set[str]) -> Callable[[httpx.Client], None]:
    """What every reader must see at any time: all records, and the one with the rare word."""

    def judge(reader: httpx.Client) -> None:
        assert {each["id"] for each in every(reader, SEARCH)} == ids
        answer = answered(reader.get(SEARCH, params={"q": RARE}))
        assert [each["title"] for each in answer["items"]] == [{"en": NEW_TITLE}]

    return judge


def _counts(report: dict[str, Any]) -> dict[str, int]:
    """What an import did, without the noughts."""
    assert report["read"] == COUNT
    names = ("created", "updated", "unchanged", "proposed", "rejected")
    return {name: report[name] for name in names if report[name]}


def _total(reader: httpx.Client) -> int:
    """How many reported records are found."""
    return int(answered(reader.get(SEARCH, params={"standing": "reported", "limit": 1}))["total"])
