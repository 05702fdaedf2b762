"""Publishing an evaluation and what happens to it afterwards, over HTTP and through events, on either database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import select

from schemas import documents
from schemas.evaluation import EvaluationDocument
from services.assessment.errors import TooFewLessons
from services.assessment.evaluations import assembling, inputs, recording, scheduling, service
from services.assessment.evaluations.assembling import Recommended, RecordVersion
from services.assessment.evaluations.models import Evaluation, EvaluationVersion
from services.chassis import clock
from tests.assessment.evaluations.conftest import World, refused
from tests.assessment.evaluations.made import (
    CHAMBERS,
    LESSONS,
    ORGANIZATION,
    PARTNERSHIP,
    RECOMMENDATION,
    assessed,
    document,
    reviews,
)
from tests.assessment.forum.conftest import Course, Forum
from tests.registry.conftest import ok

REASON = "The costs were those of another partnership."


def response_path(evaluation: dict[str, Any]) -> str:
    return f"/evaluations/{evaluation['id']}/recommendations/{RECOMMENDATION}/response"


def due_in(days: int) -> list[Recommended]:
    day = (clock.today() + timedelta(days=days)).isoformat()
    return [Recommended(RECOMMENDATION, {"en": "Publish the minutes."}, ORGANIZATION, day)]


def business(number: int, **more: Any) -> dict[str, Any]:
    firm = {
        "id": f"019505a0-0000-7000-8000-0000000001{number:02}",
        "name": {"en": "Firm"},
        "constituency": "private_sector",
    }
    return {"id": f"019505a0-0000-7000-8000-0000000002{number:02}", "organization": firm} | more


def test_it_is_published_once_as_one_document(world: World) -> None:
    made = world.publish()
    answer = world.client.get(f"/evaluations/{made['id']}")
    assert answer.headers["ETag"] == '"1.1"'
    assert answer.json == made
    assert documents.load(EvaluationDocument, made) == made
    [(happened, said)] = world.events()
    assert (happened, said) == ("published", made)
    page = world.client.get(f"/evaluations?partnership={PARTNERSHIP}").json
    assert page == {"items": [made], "total": 1}
    assert world.client.get(f"/evaluations?partnership={uuid4()}").json == {"items": [], "total": 0}
    refused(world.client.get(f"/evaluations/{uuid4()}"), 404, "not-known")


def test_the_list_goes_on_where_it_stopped(world: World) -> None:
    made = [world.publish()["id"] for _ in range(3)]
    first = world.client.get("/evaluations?limit=2").json or {}
    second = world.client.get(f"/evaluations?limit=2&cursor={first['next']}").json or {}
    assert [each["id"] for each in first["items"] + second["items"]] == made[::-1]
    assert "next" not in second


def test_nothing_is_published_with_fewer_than_five_judged_lessons(world: World) -> None:
    unable = {
        lesson: [f"{chamber}-{number}" for chamber in CHAMBERS[:2] for number in (1, 2, 3)] for lesson in LESSONS[:4]
    }
    with pytest.raises(TooFewLessons):
        world.publish(reviews=reviews(unable=unable))
    assert world.events() == []
    del unable[LESSONS[0]]
    made = world.publish(reviews=reviews(unable=unable))
    without = [each for each in made["lessons"] if each["judged"]["level"] is None]
    assert [each["lesson"] for each in without] == list(LESSONS[1:4])
    for each in without:
        assert each["flags"] == ["not_judged"]
        assert each["judged"]["interval"] is None
        assert each["judged"]["why"] == ["chambers"]


def test_nothing_given_in_confidence_is_in_it(world: World) -> None:
    secret = "a-member-nobody-may-know"
    made = world.publish(reviews=[*reviews()[:-1], reviews()[-1].__class__(secret, "public", reviews()[-1].levels)])
    assert secret not in orjson.dumps([made, world.events()]).decode()


def test_the_addressee_answers(world: World) -> None:
    made = world.publish(recommendations=due_in(30))
    path = response_path(made)
    answer = {
        "response": "accepted",
        "action": {"en": "We publish them."},
        "due": (clock.today() + timedelta(40)).isoformat(),
    }
    assert world.client.put(path, json=answer).status_code == 401
    refused(world.stranger.call("PUT", path, answer), 403, "not-allowed")
    refused(world.officer.call("PUT", path, answer), 403, "not-allowed")
    refused(world.focal_point(str(uuid4())).call("PUT", path, answer), 403, "not-allowed")
    who = world.focal_point()
    refused(who.call("PUT", path.replace(RECOMMENDATION, str(uuid4())), answer), 404, "not-known")
    given = who.call("PUT", path, answer)
    assert given.status_code == 200, given.text
    assert given.headers["ETag"] == '"2.2"'
    [found] = (given.json or {})["recommendations"]
    assert found["response"] == "accepted"
    assert found["status"] == "under_way"
    assert found["due"] == answer["due"] != found["asked_due"]
    done = who.call("PUT", path, {"response": "accepted", "status": "done"}).json or {}
    assert done["recommendations"][0]["status"] == "done"
    assert [happened for happened, _ in world.events()] == ["published", "response_given", "response_given"]
    assert world.client.get(f"/evaluations/{made['id']}/versions/1").json == made


def test_the_survivor_answers_for_an_organization_that_was_merged(world: World) -> None:
    made, survivor = world.publish(recommendations=due_in(30)), str(uuid4())
    world.merged(ORGANIZATION, survivor)
    given = world.focal_point(survivor).call("PUT", response_path(made), {"response": "accepted"})
    assert given.status_code == 200, given.text


def test_a_refusal_owes_a_reason_and_a_promise_lies_ahead(world: World) -> None:
    path, who = response_path(world.publish()), world.focal_point()
    problem = refused(who.call("PUT", path, {"response": "declined"}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/reason"
    refused(who.call("PUT", path, {"response": "declined", "reason": "No."}), 422, "invalid")
    refused(who.call("PUT", path, {"response": "accepted", "due": "2020-01-01"}), 422, "invalid")
    refused(who.call("PUT", path, {"response": "perhaps"}), 422, "invalid")
    assert who.call("PUT", path, {"response": "accepted"}, **{"If-Match": '"9.9"'}).status_code == 412
    given = who.call("PUT", path, {"response": "declined", "reason": "The minutes name people at risk."})
    assert (given.json or {})["recommendations"][0]["status"] == "declined"


def test_what_is_overdue_is_said_once(world: World) -> None:
    made = world.publish(recommendations=due_in(10))
    world.travel(10)
    assert [happened for happened, _ in world.events()] == ["published"]
    world.travel(1)
    world.travel(1)
    assert [happened for happened, _ in world.events()] == ["published", "overdue"]
    found = world.read(made["id"])
    assert (found["version"], found["revision"]) == (1, 2)
    assert found["recommendations"][0]["overdue_since"] == found["recommendations"][0]["due"]
    who = world.focal_point()
    promised = (clock.today() + timedelta(days=5)).isoformat()
    given = who.call("PUT", response_path(made), {"response": "partly", "due": promised}).json or {}
    assert "overdue_since" not in given["recommendations"][0]
    world.travel(6)
    assert [happened for happened, _ in world.events()] == ["published", "overdue", "response_given", "overdue"]


@pytest.mark.parametrize(
    "answer", [{"response": "accepted", "status": "done"}, {"response": "declined", "reason": REASON}]
)
def test_what_is_settled_is_never_overdue(world: World, answer: dict[str, Any]) -> None:
    made = world.publish(recommendations=due_in(3))
    world.focal_point().call("PUT", response_path(made), answer)
    world.travel(10)
    assert "overdue" not in [happened for happened, _ in world.events()]


def test_anybody_complains_and_the_unit_alone_reads_it(world: World) -> None:
    made = world.publish()
    path = f"/evaluations/{made['id']}/complaints"
    text = "The panel never spoke to the people\nof the upper village."
    refused(world.client.post(path, json={"text": "Bad."}), 422, "invalid")
    answer = world.client.post(path, json={"text": text})
    assert answer.status_code == 201, answer.text
    assert "upper village" not in answer.text
    found = world.read(made["id"])
    assert found["complaints"] == {"received": 1, "upheld": 0, "open": 1}
    assert found["series"]["next_due"] == clock.today().isoformat()
    assert found["series"]["triggers"] == [{"kind": "complaint", "date": clock.today().isoformat()}]
    assert "upper village" not in orjson.dumps(world.events()).decode()
    refused(world.stranger.call("GET", path), 403, "not-allowed")
    assert world.client.get(path).status_code == 401
    [complaint] = (world.officer.call("GET", path).json or {})["items"]
    assert complaint["text"] == text
    outcome = f"{path}/{complaint['id']}/outcome"
    settled = world.officer.call("PUT", outcome, {"outcome": "not_upheld", "reason": REASON})
    assert (settled.json or {})["outcome"] == "not_upheld"
    refused(world.officer.call("PUT", outcome, {"outcome": "upheld", "reason": REASON}), 409, "already-answered")
    after = world.read(made["id"])
    assert after["series"] == made["series"]
    assert after["complaints"] == {"received": 1, "upheld": 0, "open": 0}
    assert [happened for happened, _ in world.events()] == ["published", "complaint_received", "complaint_answered"]


@pytest.mark.parametrize(
    ("happened", "more", "kind"),
    [
        ("suspended", {"standing": "suspended"}, "suspension"),
        ("withdrawn", {"standing": "withdrawn"}, "withdrawal"),
        ("revised", {"partners": [business(1), business(2)]}, "new_business_partner"),
    ],
)
def test_what_happens_to_the_record_makes_it_due(world: World, happened: str, more: dict[str, Any], kind: str) -> None:
    made = world.publish(evidence=assessed().evidence.__class__(3, document(partners=[business(1)])))
    world.record(3, partners=[business(1)])
    world.record(
        4, partners=[business(1), business(3, confirmation={"state": "declined"}), business(4, left="2026-01-01")]
    )
    assert [each for each, _ in world.events()] == ["published"]
    world.merged(business(1)["organization"]["id"], business(5)["organization"]["id"])
    world.record(5, partners=[business(5)])
    assert [each for each, _ in world.events()] == ["published"]
    world.record(6, happened, **more)
    world.record(7, happened, **more)
    found = world.read(made["id"])
    assert [each["kind"] for each in found["series"]["triggers"]] == [kind]
    assert found["series"]["next_due"] == clock.today().isoformat()
    assert [each for each, _ in world.events()] == ["published", "rescheduled"]


def test_the_next_one_names_the_one_before(world: World) -> None:
    first, second = world.publish(), world.publish()
    assert first["series"]["previous"] is None
    assert second["series"]["previous"] == first["id"]


@pytest.mark.parametrize(("tier", "months"), [("high", 12), ("medium", 24), ("low", 48)])
def test_it_is_due_again_by_risk(tier: str, months: int) -> None:
    assert scheduling.next_due("2024-02-29", tier, ()) == f"{2024 + months // 12}-02-{'29' if months == 48 else '28'}"
    assert scheduling.next_due("2024-01-31", tier, [{"date": "2024-05-01"}]) == "2024-05-01"


def test_a_correction_is_another_evaluation_and_both_say_so(world: World) -> None:
    made = world.publish(recommendations=due_in(5))
    who = world.focal_point()
    who.call("PUT", response_path(made), {"response": "accepted"})
    world.record(4)
    path = f"/evaluations/{made['id']}/corrections"
    command = {"reason": REASON, "impact": {"en": "Nine wells."}, "evidence": True, "unnamed": ["Ana Díaz"]}
    refused(world.stranger.call("POST", path, command), 403, "not-allowed")
    refused(world.officer.call("POST", path, {"reason": "Wrong."}), 422, "invalid")
    answer = world.officer.call("POST", path, command)
    assert answer.status_code == 201, answer.text
    after = answer.json or {}
    assert after["corrects"]["evaluation_id"] == made["id"]
    assert after["impact"] == {"en": "Nine wells."}
    assert (after["judged_version"], after["evidence_version"]) == (3, 4)
    assert after["panel"]["members"] == [{"display_name": "Sok Dara"}]
    assert [each["judged"] for each in after["lessons"]] == [each["judged"] for each in made["lessons"]]
    assert after["recommendations"][0]["response"] == "accepted"
    before = world.read(made["id"])
    assert before["corrected_by"]["evaluation_id"] == after["id"]
    assert before["corrected_by"]["reason"] == REASON
    refused(who.call("PUT", response_path(made), {"response": "partly"}), 409, "evaluation-corrected")
    refused(world.officer.call("POST", path, command), 409, "evaluation-corrected")
    assert who.call("PUT", response_path(after), {"response": "partly"}).status_code == 200
    third = world.publish(recommendations=())
    assert third["series"]["previous"] == after["id"]
    world.travel(10)
    overdue = [said["id"] for happened, said in world.events() if happened == "overdue"]
    assert overdue == [after["id"]]


def test_a_correction_takes_the_place_of_what_it_corrects(world: World) -> None:
    first = world.publish()
    world.travel(30)
    second = world.publish()
    assert second["series"]["previous"] == first["id"]
    command = {"reason": REASON, "impact": {"en": "Nine wells."}}
    after = world.officer.call("POST", f"/evaluations/{first['id']}/corrections", command).json or {}
    assert after["published_at"] == first["published_at"] < after["corrects"]["at"]
    assert after["series"] == first["series"]
    with world.database.reading() as session:
        newest = service.newest_of(session, first["partnership"]["id"])
    assert newest is not None
    assert newest.id == second["id"], "the newer judgement stays the newest"


def test_complaints_are_of_all_that_was_said_of_one_assessment(world: World) -> None:
    first = world.publish()
    text = {"text": "The panel never spoke to the people of the upper village."}
    world.client.post(f"/evaluations/{first['id']}/complaints", json=text)
    command = {"reason": REASON, "impact": {"en": "Nine wells."}}
    second = world.officer.call("POST", f"/evaluations/{first['id']}/corrections", command).json or {}
    assert second["complaints"] == {"received": 1, "upheld": 0, "open": 1}
    old, new = (f"/evaluations/{each['id']}/complaints" for each in (first, second))
    assert world.client.post(new, json=text).status_code == 201
    assert world.client.post(old, json=text).status_code == 201
    found = world.read(second["id"])
    assert found["complaints"] == {"received": 3, "upheld": 0, "open": 3}
    items = (world.officer.call("GET", new).json or {})["items"]
    assert [each["evaluation_id"] for each in items] == [first["id"], second["id"], first["id"]]
    for each in items[1:]:
        answered = {"outcome": "not_upheld", "reason": REASON}
        assert world.officer.call("PUT", f"{new}/{each['id']}/outcome", answered).status_code == 200
    found = world.read(second["id"])
    assert found["complaints"] == {"received": 3, "upheld": 0, "open": 1}
    assert [each["kind"] for each in found["series"]["triggers"]] == ["complaint"], "the first one stands"


def test_a_business_that_is_named_no_more_is_no_new_one(world: World) -> None:
    made = world.publish(evidence=assessed().evidence.__class__(3, document(partners=[business(1)])))
    unnamed = {name: value for name, value in business(1).items() if name != "organization"}
    world.record(4, "redacted", partners=[unnamed | {"unnamed": {"constituency": "private_sector"}}])
    assert world.read(made["id"])["series"]["triggers"] == []


def test_a_name_is_taken_out_of_every_version_and_the_figures_stay(world: World) -> None:
    made = world.publish(named=["Ana Díaz", "Sok Dara", "Sok Dara"])
    world.client.post(f"/evaluations/{made['id']}/complaints", json={"text": "Nobody spoke to the upper village."})
    with world.database.transaction() as session:
        recording.unname(session, [made["assessment_id"]], "Sok Dara")
        recording.unname(session, [made["assessment_id"]], "Nobody")
    after = world.read(made["id"])
    assert after["panel"]["members"] == [{"display_name": "Ana Díaz"}, {"display_name": "Sok Dara"}]
    assert after["lessons"] == made["lessons"]
    assert (after["version"], after["revision"]) == (2, 3)
    with world.database.transaction() as session:
        recording.unname(session, [made["assessment_id"]], "Sok Dara")
    assert world.events()[-1][0] == "redacted"
    with world.database.reading() as session:
        kept = [*session.scalars(select(EvaluationVersion.document)), *session.scalars(select(Evaluation.inputs))]
    assert b"Sok Dara" not in b"".join(kept)
    assert "Ana" in orjson.loads(kept[0])["panel"]["members"][0]["display_name"]


def test_no_figure_depends_on_the_names_that_are_not_kept(lake: Callable[[], dict[str, Any]]) -> None:
    record = RecordVersion(3, lake())
    one = assessed(judged=record, evidence=record)
    body = inputs.written(one)
    assert b"Sok Chanthy" not in body
    assert assembling.lessons(inputs.read(body)) == assembling.lessons(one)
    assert any(each["evidence"]["level"] is not None for each in assembling.lessons(one))


def test_inputs_are_read_as_they_were_written() -> None:
    one = assessed(not_applicable=frozenset({"whose_agenda"}), earlier=[[{"lesson": "inclusive"}]])
    body = inputs.written(one)
    assert inputs.written(inputs.read(body)) == body
    assert inputs.written(assessed(reviews=reviews()[::-1])) == inputs.written(assessed())


def test_a_name_taken_out_of_the_title_is_in_no_version_of_an_evaluation(world: World) -> None:
    world.record(1)
    made = world.publish()
    path = f"/evaluations/{made['id']}"
    title = {language: f"{text} with […]" for language, text in made["partnership"]["title"].items()}
    world.record(90, title={"en": "Another title altogether"})
    assert ok(world.stranger.call("GET", path))["partnership"]["title"] == made["partnership"]["title"], (
        "no name was taken out"
    )
    world.record(91, "revised", title=title)  # the state that took it out was overtaken before it came
    world.record(91, "redacted", title=title)  # twice changes nothing
    after = ok(world.stranger.call("GET", path))
    assert after["partnership"]["title"] == title
    assert (after["version"], after["revision"]) == (made["version"], made["revision"] + 1)
    assert after["lessons"] == made["lessons"]
    with world.database.reading() as session:
        kept = [orjson.loads(each.document) for each in session.scalars(select(EvaluationVersion))]
        assert [each["partnership"]["title"] for each in kept] == [title] * 2
        made_from = inputs.read(session.get_one(Evaluation, made["id"]).inputs)
    assert made_from.judged.document["title"] == title, "nor in one that corrects it"


@pytest.mark.parametrize("erased", [True, False])
def test_a_member_who_is_erased_is_named_nowhere(forum: Forum, erased: bool) -> None:
    forum.pool()
    for each in forum.members.values():
        ok(each.put("/members/me", {"named": True, "display_name": f"Member {each.member_id}"}))
    course = Course(forum).published()
    member = course.panel[0]
    ok(member.put("/members/me", {"named": False, "display_name": "Somebody Else"}))  # was named before
    path = f"/evaluations/{ok(forum.client.get(course.path))['evaluation_id']}"
    before = ok(forum.client.get(path))["panel"]["members"]
    assert len(before) == 12
    said = {"id": member.member_id, "kind": "nomination", "state": "withdrawn"}
    for version, who in ((2, {"person_id": member.id}), (3, {})):
        if who or erased:
            body = orjson.dumps(said | {"version": version, "revision": version} | who)
            forum.put("authority.ended", member.member_id, body, version)
    gone = {"display_name": f"Member {member.member_id}"}
    after = ok(forum.client.get(path))["panel"]
    assert after["members"] == ([each for each in before if each != gone] if erased else before)
    assert after["size"] == 12
