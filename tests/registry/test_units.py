"""Units over HTTP, and their queues: fifteen working days, the overdue first, then open to a second unit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import clock
from services.registry.partnerships.placement import waits_until
from services.registry.units.projections import queue_entry, working_days_between
from tests.registry.conftest import World, ok, refused
from tests.registry.records import submitted

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_only_administrators_set_up_units(registry: World) -> None:
    organization = registry.organization()
    body = {"organization_id": organization["id"], "name": {"en": "Cambodia"}, "countries": ["KH"], "goals": ["sdg:6"]}
    refused(registry.client.post("/units", json=body), 401, "unauthenticated")
    refused(registry.officer.post("/units", body), 403, "not-allowed")
    answer = registry.admin.post("/units", body)
    unit = ok(answer, 201)
    assert (unit["countries"], unit["goals"]) == (["KHM"], ["sdg:6"])
    assert registry.get(f"/units/{unit['id']}").data == answer.data
    assert registry.events("registry.unit") == [("registry.unit.accepted", unit["id"], unit)]
    refused(registry.officer.put(f"/units/{unit['id']}", body), 403, "not-allowed")
    refused(registry.admin.put(f"/units/{unit['id']}", body, version=None), 428, "version-required")
    refused(registry.admin.put(f"/units/{unit['id']}", body, version='"3.3"'), 412, "stale-version")
    changed = ok(registry.admin.put(f"/units/{unit['id']}", body | {"goals": []}, version='"1.1"'))
    assert (changed["goals"], changed["version"]) == ([], 2)
    assert ok(registry.admin.patch(f"/units/{unit['id']}", {"countries": ["VN"]}))["countries"] == ["VNM"]
    refused(registry.admin.put(f"/units/{unit['id']}", unit), 422, "read-only-field")
    refused(registry.admin.post("/units", body | {"goals": ["sdg:99"]}), 422, "invalid")
    unknown = "0190a0a0-0000-7000-8000-000000000000"
    refused(registry.admin.post("/units", body | {"organization_id": unknown}), 422, "organization-unknown")
    refused(registry.get(f"/units/{unknown}"), 404, "not-known")
    ok(registry.admin.post("/units", body | {"countries": ["FR"]}), 201)
    assert ok(registry.get("/units?country=VN"))["total"] == 1
    first = registry.get("/units?limit=1")
    assert ok(registry.get(f"/units?limit=1&cursor={ok(first)['next']}"))["items"][0]["id"] != unit["id"]


def test_the_units_of_a_merged_organization_are_found_under_both_identifiers(registry: World) -> None:
    old, new = registry.organization("Old"), registry.organization("New")
    unit = registry.unit(old["id"])
    ok(registry.admin.post(f"/organizations/{old['id']}/merge", {"into": new["id"]}))
    assert ok(registry.get(f"/units?organization_id={old['id']}"))["total"] == 1
    registry.settle()
    for organization in (old, new):
        found = ok(registry.get(f"/units?organization_id={organization['id']}"))
        assert [(each["id"], each["organization_id"]) for each in found["items"]] == [(unit["id"], new["id"])]


def test_a_registrar_acts_for_all_units_of_its_organization(registry: World) -> None:
    registrar, first = registry.registrar()
    second = registry.unit(first["organization_id"], countries=["KHM"])
    mine = ok(registrar.get("/focal-points/me"))
    assert [each["unit_id"] for each in mine["units"]] == [first["id"], second["id"]]
    _, _, told = registry.events("registry.authority")[-1]
    assert told["unit_ids"] == [first["id"], second["id"]]
    for unit in (first, second):
        ok(registrar.get(f"/units/{unit['id']}/queue"))
    other, elsewhere = registry.registrar("elsewhere")
    refused(other.get(f"/units/{first['id']}/queue"), 403, "not-allowed")
    refused(registry.admin.get(f"/units/{first['id']}/queue"), 403, "not-allowed")
    refused(registry.get(f"/units/{first['id']}/queue"), 401, "unauthenticated")
    refused(registrar.get(f"/units/{elsewhere['id']}/queue"), 403, "not-allowed")


def test_a_queue_shows_the_days_left_and_the_overdue_first(registry: World) -> None:
    clock.use(MONDAY.isoformat())
    registrar, unit = registry.registrar()
    lead = registry.organization()["id"]
    late = submitted(registry, lead, unit["id"], MONDAY - timedelta(days=21, hours=1))
    fresh = submitted(registry, lead, unit["id"], MONDAY, geography={"countries": ["KHM"]})
    older = submitted(registry, lead, unit["id"], MONDAY - timedelta(days=7))
    items = ok(registrar.get(f"/units/{unit['id']}/queue"))["items"]
    assert [each["partnership_id"] for each in items] == [late, older, fresh]
    assert [each["days_left"] for each in items] == [0, 10, 15]
    assert [each["overdue"] for each in items] == [False, False, False]  # the due day counts to its end
    assert items[2]["due"] == "2026-03-23"
    assert items[2]["countries"] == ["KHM"]
    assert all(each["own"] for each in items)
    clock.use((MONDAY + timedelta(days=3)).isoformat())
    items = ok(registrar.get(f"/units/{unit['id']}/queue"))["items"]
    assert [(each["days_left"], each["overdue"]) for each in items] == [(-3, True), (7, False), (12, False)]
    first = ok(registrar.get(f"/units/{unit['id']}/queue?limit=2"))
    rest = ok(registrar.get(f"/units/{unit['id']}/queue?limit=2&cursor={first['next']}"))
    assert [each["partnership_id"] for each in rest["items"]] == [fresh]
    assert "next" not in rest
    refused(registrar.get(f"/units/{unit['id']}/queue?cursor=WyJhIiwiYiJd"), 422, "invalid")


def test_what_has_waited_too_long_is_open_to_a_second_unit_of_the_country_or_goal(registry: World) -> None:
    clock.use(MONDAY.isoformat())
    _, unit = registry.registrar("first", countries=["KHM"])
    near, near_unit = registry.registrar("near", countries=["VNM"], goals=["sdg:6"])
    far, far_unit = registry.registrar("far", countries=["FRA"])
    lead = registry.organization()["id"]
    ground = {"geography": {"countries": ["KHM"]}, "goals": [{"scheme": "sdg", "code": "6"}]}
    record = submitted(registry, lead, unit["id"], MONDAY - timedelta(days=14), **ground)
    assert ok(near.get(f"/units/{near_unit['id']}/queue"))["items"] == []
    clock.use((MONDAY + timedelta(days=7, hours=14, minutes=59)).isoformat())
    assert ok(near.get(f"/units/{near_unit['id']}/queue"))["items"] == []
    clock.use((MONDAY + timedelta(days=7, hours=15)).isoformat())
    items = ok(near.get(f"/units/{near_unit['id']}/queue"))["items"]
    assert [(each["partnership_id"], each["own"], each["overdue"]) for each in items] == [(record, False, True)]
    assert ok(far.get(f"/units/{far_unit['id']}/queue"))["items"] == []


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - so hypothesis asks


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_submission_is_overdue_after_its_due_day_with_days_left_below_zero(at: datetime, waited: timedelta) -> None:
    submission = {"id": "1", "version": 1, "reference": "r", "kind": "partnership", "content": {}}
    entry = queue_entry(submission, at, at + waited, own=True, appeal=False)
    assert entry["overdue"] is (str((at + waited).date()) > entry["due"])
    assert (entry["days_left"] < 0) is entry["overdue"]


DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(DAYS, DAYS)
def test_working_days_add_up(one: date, other: date) -> None:
    assert working_days_between(one, other) == -working_days_between(other, one)
    counted = sum((min(one, other) + timedelta(each)).weekday() < 5 for each in range(1, abs((other - one).days) + 1))
    assert abs(working_days_between(one, other)) == counted


@given(DAYS)
def test_fifteen_working_days_are_left_on_the_day_of_submission(day: date) -> None:
    submission = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert working_days_between(day, waits_until(submission).date()) == 15


@pytest.mark.parametrize(("day", "due"), [(2, 23), (6, 27), (7, 27), (8, 27)])
def test_days_of_a_weekend_do_not_count(day: int, due: int) -> None:
    assert waits_until(datetime(2026, 3, day, 9, tzinfo=UTC)).date() == date(2026, 3, due)
