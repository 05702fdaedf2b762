"""The files of the demo world by themselves: they validate, they are invented, and their dates move with the day."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from schemas import documents
from schemas.partnership import PartnershipInput
from services import demo
from services.demo import days, world_files

ROOT = Path(demo.__file__).parent / "world"
FILES = [*sorted(ROOT.rglob("*.json")), world_files.IATI]
SOME_ID = "00000000-0000-7000-8000-000000000000"
TODAY = days.Days(date(2026, 3, 1))


@pytest.mark.parametrize("record", world_files.records(), ids=lambda each: each.key)
def test_every_record_is_valid_whatever_was_known_of_it(record: world_files.Record) -> None:
    for day in (0, -30, -200, -1200):
        known = days.known_by(record.content, day)
        for deliverable in known.get("deliverables", []):
            deliverable.pop("parent_id", None)
        documents.load(PartnershipInput, days.resolved(known, TODAY, lambda _: SOME_ID))


@pytest.mark.parametrize("file", FILES, ids=lambda each: each.name)
def test_addresses_and_links_can_belong_to_nobody(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    addresses = re.findall(r"[\w.+-]+@([\w.-]+)", text)
    links = [host for host in re.findall(r"https?://([\w.-]+)", text) if host != "www.opengis.net"]
    domains = [name for each in re.findall(r'"domains": \[([^]]*)\]', text) for name in re.findall(r'"([^"]+)"', each)]
    assert all(each.endswith((".example", ".test")) for each in [*addresses, *links, *domains])


def test_names_that_files_use_are_there() -> None:
    organizations, units = world_files.organizations(), world_files.units()
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert set(re.findall(r'"org:([\w-]+)"', text)) <= organizations.keys(), file.name
        assert set(re.findall(r'"unit:([\w-]+)"', text)) <= units.keys(), file.name
    for person in world_files.people():
        assert person.organization is None or person.organization in organizations


def test_dates_count_from_the_day() -> None:
    said = {"due": "day:-1", "start": "month:-31", "year": "year:-400", "note": "a year:-400 in words", "org": "org:x"}
    assert days.resolved(said, TODAY, lambda name: name.upper()) == {
        "due": "2026-02-28",
        "start": "2026-01",
        "year": 2025,
        "note": "a year:-400 in words",
        "org": "ORG:X",
    }
    assert TODAY.word('from "day:0" on') == 'from "2026-03-01" on'
    assert TODAY.moment(-1, 90).isoformat() == "2026-02-28T08:30:00+00:00"


def test_what_came_later_was_not_known() -> None:
    record = {
        "end": "day:90",
        "decisions": [{"date": "day:-50", "title": "old"}, {"date": "day:-5", "title": "new"}],
        "funding": {"as_of": "day:-5", "local_percent": "10"},
        "dates": [{"type": "planned_end", "date": "day:90"}, {"type": "actual_start", "date": "day:-9"}],
        "deliverables": [
            {
                "due": "day:90",
                "indicators": [
                    {
                        "targets": [{"value": "9", "due": "day:90"}],
                        "actuals": [{"period": {"end": "day:-5"}, "value": "3"}],
                    }
                ],
            }
        ],
    }
    assert days.known_by(record, -20) == {
        "end": "day:90",
        "decisions": [{"date": "day:-50", "title": "old"}],
        "dates": [{"type": "planned_end", "date": "day:90"}],
        "deliverables": [{"due": "day:90", "indicators": [{"targets": [{"value": "9", "due": "day:90"}]}]}],
    }
    assert days.known_by(record, 0) == record
    assert days.known_by({"processes": [], "partners": [{"joined": "day:-5"}]}, -20) == {"processes": []}
