"""Reports and results: what they add, when they are late, and what becomes of a partnership that is silent for two years."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from services.chassis import clock
from services.registry.partnerships.reports import punctuality
from services.registry.partnerships.silence import months_before
from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import Document, Scene


def indicator(document: Document) -> str:
    """The id of the one indicator."""
    return str(document["deliverables"][0]["indicators"][0]["id"])


def test_results_are_added_and_corrected(scene: Scene) -> None:
    document = scene.listed(**scene.registrable())
    path = f"/partnerships/{document['id']}/results"
    value = {"indicator_id": indicator(document), "value": "12", "period": {"start": "2026-01", "end": "2026-03"}}
    women = value | {"value": 15, "base": "30", "disaggregation": [{"sex": "female", "value": "9"}]}
    first = ok(scene.lead.post(path, {"actuals": [value]}), 201)
    assert scene.records()[-1][0] == "report_submitted"
    again = ok(scene.lead.post(path, {"actuals": [women, value | {"period": {"start": "2026-04"}}]}), 201)
    one, two = again["deliverables"][0]["indicators"][0]["actuals"]
    assert one["id"] == first["deliverables"][0]["indicators"][0]["actuals"][0]["id"]
    assert (one["value"], one["base"], one["disaggregation"][0]["value"], two["value"]) == ("15", "30", "9", "12")
    assert ok(scene.world.get(path))["items"] == again["deliverables"]
    problem = refused(
        scene.lead.post(path, {"actuals": [value, value | {"indicator_id": str(uuid4())}]}), 422, "reference-unknown"
    )
    assert problem["errors"][0]["pointer"] == "/actuals/1/indicator_id"
    refused(scene.minister.post(path, {"actuals": [value]}), 403, "not-allowed")
    refused(scene.lead.post(path, {"actuals": []}), 422, "invalid")
    draft = scene.draft(**scene.registrable())
    sent = {"actuals": [value | {"indicator_id": indicator(draft)}]}
    refused(scene.lead.post(f"/partnerships/{draft['id']}/results", sent), 409, "wrong-standing")


def test_a_report_tells_what_was_done_and_comes_next(scene: Scene) -> None:
    today = clock.today().isoformat()
    document = scene.listed(
        **scene.registrable(reports=[{"period": {"start": "2025-01", "end": "2025-12"}, "due": "2025-12-31"}])
    )
    path = f"/partnerships/{document['id']}/reports"
    assert ok(scene.world.get(path))["items"][0]["overdue"] is True
    due = document["reports"][0]["id"]
    body = {
        "report_id": due,
        "narrative": {"en": "Twelve wells."},
        "next_plan": {"en": "Thirty more."},
        "explanation": {"en": "Floods."},
        "actuals": [{"indicator_id": indicator(document), "value": "12"}],
        "next_due": "2099-06",
    }
    after = ok(scene.lead.post(path, body), 201)
    assert after["reports"] == [
        document["reports"][0]
        | {
            "submitted": today,
            "narrative": body["narrative"],
            "next_plan": body["next_plan"],
            "explanation": body["explanation"],
        }
    ]
    assert after["deliverables"][0]["indicators"][0]["actuals"][0]["value"] == "12"
    shown = ok(scene.world.get(path))
    assert (shown["items"][0]["late"], shown["items"][0]["overdue"]) == (True, False)
    assert (shown["next_due"], shown["overdue"]) == ("2099-06", False)
    assert "late" not in str(after["reports"])
    more = ok(scene.lead.post(path, {"url": "https://example.org/r", "due": "2099", "submitted": "2026-01"}), 201)
    assert len(more["reports"]) == 2
    assert ok(scene.world.get(path))["items"][1]["late"] is False
    missed = ok(scene.lead.post(path, {"due": "2020", "explanation": {"en": "War."}}), 201)
    assert "submitted" not in missed["reports"][2]
    refused(scene.lead.post(path, body | {"report_id": str(uuid4())}), 422, "reference-unknown")
    refused(scene.lead.post(path, {"due": "2020"}), 422, "invalid")


@pytest.mark.parametrize(
    ("due", "submitted", "late", "overdue"),
    [
        ("2026-03-31", "2026-03-31", False, False),
        ("2026-03-31", "2026-04-01", True, False),
        ("2026-03", "2026-03-31", False, False),
        ("2026", "2026-12-31", False, False),
        ("2026-03", "2026", False, False),  # it may have been in time
        ("2026-05-22", None, None, False),
        ("2026-05-21", None, None, True),
        ("2026-05", None, None, False),
        ("2026-04", None, None, True),
        (None, None, None, False),
        (None, "2026-01", None, False),
    ],
)
def test_punctuality(due: str | None, submitted: str | None, late: bool | None, overdue: bool) -> None:
    report = {name: value for name, value in (("due", due), ("submitted", submitted)) if value}
    found = punctuality(report, date(2026, 5, 22))
    assert (found.get("late"), found["overdue"]) == (late, overdue)


def test_two_silent_years_make_a_partnership_dormant(scene: Scene) -> None:
    silent, heard, done = scene.listed(), scene.listed(), scene.listed()
    ok(scene.move(scene.lead, done, "completed"))
    reported = scene.reported()
    scene.world.travel(366)
    heard = ok(scene.answer(scene.minister, heard, "confirm"))
    scene.world.travel(360)
    scene.rerender()
    assert scene.read(silent)["phase"] == "active"
    scene.world.travel(10)
    scene.rerender()
    after = scene.read(silent)
    assert (after["phase"], after["version"]) == ("dormant", silent["version"] + 1)
    assert scene.read(reported)["phase"] == "dormant"
    assert scene.read(heard)["phase"] == "active"
    assert scene.read(done)["phase"] == "completed"
    assert ("phase_changed", silent["id"]) in [(kind, key) for kind, key, _ in scene.records()]
    [entry, *_] = ok(scene.world.get(f"/partnerships/{silent['id']}/history"))["items"]
    assert (entry["event"], entry["author"]) == ("phase_changed", "system:clock")
    assert scene.world.run_jobs() == 0
    awake = ok(scene.move(scene.lead, after, "active"))
    scene.rerender()
    assert scene.read(silent) == awake


def test_months_before_the_end_of_a_month() -> None:
    assert months_before(datetime(2026, 5, 22, 9, tzinfo=UTC), 24) == datetime(2024, 5, 22, 9, tzinfo=UTC)
    assert months_before(datetime(2026, 3, 31, tzinfo=UTC), 1) == datetime(2026, 2, 28, tzinfo=UTC)
    assert months_before(datetime(2024, 2, 29, tzinfo=UTC), 24) == datetime(2022, 2, 28, tzinfo=UTC)
    assert months_before(datetime(2026, 1, 15, tzinfo=UTC), 1) == datetime(2025, 12, 15, tzinfo=UTC)
