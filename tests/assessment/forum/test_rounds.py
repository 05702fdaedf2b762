"""Rounds: what may be opened, who may ask, that selection is not the unit's whim, and that anybody can repeat a draw."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest

from services.assessment.panels import seeds
from tests.assessment.forum.conftest import Course, Forum
from tests.registry.conftest import ok, refused


def opened(forum: Forum, **more: Any) -> Any:
    calendar = {"questions_until": forum.day(10), "reviewing_until": forum.day(20), "deliberating_until": forum.day(30)}
    return forum.officer.post("/rounds", {"title": {"en": "Round"}, "calendar": calendar} | more)


def test_a_round_is_opened_with_what_is_usual(forum: Forum) -> None:
    forum.pool(2)
    made = ok(opened(forum), 201)
    assert (made["rubric_version"], made["calibration"], made["panel"]) == ("1", True, {"size": 12})
    assert made["calendar"]["reply_days"] == 30
    assert (made["pool_size"], len(made["seed_hash"]), made["state"]) == (8, 64, "open")
    assert ok(forum.client.get("/rounds"))["items"] == [made]
    assert [what for what, _ in forum.events("assessment.round")] == ["opened"]


def test_a_round_keeps_the_rules(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(opened(forum, panel={"size": 6, "per_chamber": 3}), 422, "panel-rules-impossible")
    monkeypatch.setattr("schemas.rubric.versions", lambda: ("1", "2"))
    monkeypatch.setattr("schemas.rubric.is_frozen", lambda version: version == "1")
    refused(opened(forum, rubric_version="2"), 409, "rubric-not-frozen")


@pytest.mark.parametrize(
    "more",
    [
        {"rubric_version": "9"},
        {"panel": {"size": 5}},
        {"panel": {"size": 17}},
        {"panel": {"per_chamber": 1}},
        {"title": {}},
        {"seed": "1"},
    ],
)
def test_a_round_has_bounds(forum: Forum, more: dict[str, Any]) -> None:
    refused(opened(forum, **more), 422, "invalid")


def test_the_days_of_a_calendar_lie_ahead_and_in_order(forum: Forum) -> None:
    wrong = {"questions_until": forum.day(-2), "reviewing_until": forum.day(20), "deliberating_until": forum.day(20)}
    problem = refused(opened(forum, calendar=wrong), 422, "calendar-out-of-order")
    assert [each["pointer"] for each in problem["errors"]] == [
        "/calendar/questions_until",
        "/calendar/deliberating_until",
    ]


def test_the_unit_alone_opens_rounds_and_selects(forum: Forum) -> None:
    course = Course(forum)
    body = {"title": {"en": "Round"}, "calendar": course.round["calendar"]}
    path = f"/rounds/{course.round['id']}"
    for who in (forum.stranger, course.focal_point):
        refused(who.post("/rounds", body), 403, "not-allowed")
        refused(who.post(f"{path}/assessments", {"partnership_ids": [course.partnership_id]}), 403, "not-allowed")
        refused(who.post(f"{path}/draw", {"count": 1}), 403, "not-allowed")
    refused(forum.client.post("/rounds", json=body), 401, "unauthenticated")


def test_a_partnership_asks_for_itself(forum: Forum) -> None:
    course = Course(forum)
    path = f"/rounds/{course.round['id']}/requests"
    other = forum.partnership(forum.organization())
    refused(course.focal_point.post(path, {"partnership_id": other, "ground": "request"}), 403, "not-allowed")
    again = {"partnership_id": course.partnership_id, "ground": "request"}
    assert refused(course.focal_point.post(path, again), 409, "already-in-round")["assessment_id"] == course.id
    gone = forum.partnership(course.lead, standing="suspended")
    refused(course.focal_point.post(path, {"partnership_id": gone, "ground": "request"}), 409, "not-assessable")
    unknown = {"partnership_id": course.id, "ground": "request"}
    refused(course.focal_point.post(path, unknown), 404, "record-not-known")


def test_a_petition_takes_three_organizations_of_two_constituencies(forum: Forum) -> None:
    of = forum.round()
    path = f"/rounds/{of['id']}/requests"
    target = forum.partnership(forum.organization())
    first, second = forum.organization("women"), forum.organization("women")
    third, fourth = forum.organization("women"), forum.organization("academia")
    who, other = forum.designated(first), forum.designated(fourth)

    def petition(*organizations: str) -> dict[str, Any]:
        return {"partnership_id": target, "ground": "petition", "organization_ids": list(organizations)}

    refused(who.post(path, petition(first, fourth)), 422, "petition-too-small")
    refused(who.post(path, petition(first, second, third)), 422, "petition-too-small")
    refused(who.post(path, petition(second, third, fourth)), 403, "not-allowed")
    refused(who.post(path, petition(first, second, of["id"])), 422, "invalid")
    made = ok(who.post(path, petition(first, second, fourth)), 201)
    assert (made["ground"], made["petitioners"]) == ("petition", [first])
    refused(who.post(path, petition(first, second, fourth)), 409, "already-in-round")
    signed = ok(other.post(path, petition(fourth)))  # the others are named already
    assert signed["petitioners"] == [first, fourth]
    ok(forum.officer.post(f"/rounds/{of['id']}/assessments", {"partnership_ids": [target]}), 201)


def test_the_unit_takes_up_only_what_was_asked_for_or_drawn(forum: Forum) -> None:
    course = Course(forum)
    other = forum.partnership(forum.organization())
    path = f"/rounds/{course.round['id']}/assessments"
    problem = refused(
        forum.officer.post(path, {"partnership_ids": [course.partnership_id, other]}), 409, "ground-missing"
    )
    assert [each["pointer"] for each in problem["errors"]] == ["/partnership_ids/1"]
    made = ok(forum.officer.post(path, {"partnership_ids": [course.partnership_id]}), 201)["items"]
    assert [each["stage"] for each in made] == ["composing"]
    refused(forum.officer.post(path, {"partnership_ids": [course.partnership_id]}), 409, "already-in-round")
    assert ok(forum.client.get(path))["items"] == made


def test_anybody_can_repeat_a_draw_once_the_seed_is_known(forum: Forum) -> None:
    lead = forum.organization()
    candidates = sorted(forum.partnership(lead) for _ in range(9))
    forum.partnership(lead, standing="reported")
    of = forum.round()
    path = f"/rounds/{of['id']}"
    drawn = ok(forum.officer.post(f"{path}/draw", {"count": 2}), 201)["items"]
    assert {(each["ground"], each["stage"]) for each in drawn} == {("draw", "requested")}
    for each in drawn:
        body = {"to": "abandoned", "reason": "The round is too full for another."}
        ok(forum.officer.post(f"/assessments/{each['id']}/transitions", body))
    asked = forum.partnership(lead)
    forum.travel(30)
    made = ok(forum.designated(lead).post(f"{path}/requests", {"partnership_id": asked, "ground": "request"}), 201)
    late = {"to": "abandoned", "reason": "It came after the last day of the questions."}
    ok(forum.officer.post(f"/assessments/{made['id']}/transitions", late))
    closed = ok(forum.client.get(path))
    draw = closed["draws"][0]
    assert draw["candidates"] == 9
    assert hashlib.sha256(orjson.dumps(candidates)).hexdigest() == draw["candidates_digest"]
    assert seeds.drawn(closed["seed"], "draw:0", candidates, 2) == draw["partnership_ids"]


def test_a_key_makes_a_round_once(forum: Forum) -> None:
    body = {"title": {"en": "Round"}, "calendar": forum.round()["calendar"]}
    first = forum.officer.post("/rounds", body, **{"Idempotency-Key": "one"})
    second = forum.officer.post("/rounds", body, **{"Idempotency-Key": "one"})
    assert (first.status_code, first.json) == (201, second.json)


def test_what_is_due_again_needs_nobody_who_asks(forum: Forum) -> None:
    forum.pool()
    first = Course(forum).published()
    for days, status in ((700, 409), (40, 201)):  # of a medium risk: two years
        forum.travel(days)
        of = forum.round()
        path, body = f"/rounds/{of['id']}/assessments", {"partnership_ids": [first.partnership_id]}
        answer = forum.officer.post(path, body)
        assert answer.status_code == status, answer.text
    (again,) = answer.get_json()["items"]
    assert (again["ground"], again["stage"]) == ("due", "composing")
    assert [step["stage"] for step in again["stages"]] == ["requested", "composing"]
