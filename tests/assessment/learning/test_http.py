"""Aggregates, exports and the yearly report over HTTP, as evaluations are published and corrected, on either database."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import pytest

from schemas.documents import load
from schemas.learning import Aggregates, YearlyReport
from services.assessment.learning import api
from services.chassis import clock
from tests.assessment.evaluations.conftest import World, refused, world
from tests.assessment.evaluations.made import document, reviews

__all__ = ["world"]


@pytest.fixture
def learned(world: World) -> World:
    """Three partnerships of one goal, each published once; the third is in another country."""
    clock.use("2026-06-15T12:00:00Z")
    for number in (1, 2, 3):
        publish(world, number, "LAO" if number == 3 else "KHM")
    return world


def publish(world: World, number: int, country: str) -> dict[str, Any]:
    partnership = f"019505a0-0000-7000-8000-0000000001{number:02}"
    record = document(goals=[{"scheme": "sdg-target", "code": "6.1"}], geography={"countries": [country]})
    record |= {"id": partnership, "reference": f"CVN-2026-00000{number}"}
    world.put("partnership.revised", partnership, orjson.dumps(record), 3, 3)
    assessment = f"019505a0-0000-7000-8000-0000000002{number:02}"
    return world.publish(partnership_id=partnership, assessment_id=assessment, reviews=reviews(number))


def get(world: World, path: str) -> dict[str, Any]:
    answer = world.client.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_anybody_reads_aggregates(learned: World) -> None:
    found = get(learned, "/aggregates")
    load(Aggregates, found)
    assert found["assessments"] == 3
    assert found["rubric_version"] == "1"
    assert set(found["notice"]) >= {"en", "km"}
    assert len(found["items"][0]["lessons"]) == 8
    goals = get(learned, "/aggregates?by=goal&lesson=inclusive&lesson=mandate")
    assert [each["key"] for each in goals["items"]] == ["sdg:6"]
    assert [each["lesson"] for each in goals["items"][0]["lessons"]] == ["inclusive", "mandate"]
    countries = get(learned, "/aggregates?by=country&country=KH")
    assert (countries["items"], countries["withheld"], countries["assessments"]) == ([], 1, 2)
    assert get(learned, "/aggregates?year=2025")["assessments"] == 0


def test_exports_say_the_same(learned: World) -> None:
    answer = learned.client.get("/aggregates.json?by=year")
    assert answer.json == get(learned, "/aggregates?by=year")
    assert "attachment" in answer.headers["Content-Disposition"]
    answer = learned.client.get("/aggregates.csv?by=year")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["key"] for row in rows} == {"2026"}
    given = [row["value"] for row in rows if row["figure"] == "given"]
    assert given == ["3"]


def test_what_is_asked_wrongly_is_pointed_at(learned: World) -> None:
    for query in ("by=partnership", "rubric_version=99", "lesson=overall", "year=soon", "sort=level", "country=XX"):
        assert learned.client.get(f"/aggregates?{query}").status_code == 422, query


def test_a_correction_counts_once_and_in_the_year_of_what_it_corrects(learned: World) -> None:
    last = publish(learned, 4, "KHM")
    clock.use("2027-02-01T12:00:00Z")
    said = {"reason": {"en": "The impact was stated wrongly."}, "impact": {"en": "Nine wells."}}
    answer = learned.officer.call("POST", f"/evaluations/{last['id']}/corrections", said)
    assert answer.status_code == 201, answer.text
    assert get(learned, "/aggregates?by=year")["assessments"] == 4
    report = get(learned, "/reports/2026")
    assert (report["assessments"], report["corrections"]) == (4, 0)
    assert report["evaluations"][-1]["impact"] == {"en": "Nine wells."}
    after = get(learned, "/reports/2027")
    assert (after["assessments"], after["corrections"]) == (0, 1)


def test_the_report_of_a_year(learned: World) -> None:
    report = get(learned, "/reports/2026")
    load(YearlyReport, report)
    assert (report["assessments"], report["complete"]) == (3, False)
    assert [each["reference"] for each in report["evaluations"]] == sorted(
        each["reference"] for each in report["evaluations"]
    )
    assert {each["units"] for each in report["sections"][0]["agreement"]} == {0}  # published without a forum here
    learned.client.application.extensions[api.FIRSTS_OF] = lambda session, version, until: {
        str(number): reviews(number) for number in range(3)
    }
    assert get(learned, "/reports/2026")["sections"][0]["agreement"][0]["units"] == 6
    for year in (2027, 0, 1899, 10**9):
        refused(learned.client.get(f"/reports/{year}"), 404, "not-known")
    assert get(learned, "/reports/2025")["assessments"] == 0
    clock.use("2027-01-01T00:00:00Z")
    assert get(learned, "/reports/2026")["complete"] is True


def test_answers_follow_what_addressees_do(learned: World) -> None:
    assert get(learned, "/aggregates")["items"][0]["recommendations"]["overdue"] == 0
    clock.use("2026-09-02T00:00:00Z")
    assert get(learned, "/aggregates")["items"][0]["recommendations"] == {
        "given": 3,
        "answered": 0,
        "accepted": 0,
        "partly": 0,
        "declined": 0,
        "done": 0,
        "overdue": 3,
    }


def test_nothing_private_is_in_any_of_it(learned: World) -> None:
    for path in ("/aggregates", "/aggregates?by=chamber", "/reports/2026", "/aggregates.csv"):
        text = learned.client.get(path).text
        assert "affected_groups-1" not in text  # the name of a member within the assessment
        assert "Sok Dara" not in text
