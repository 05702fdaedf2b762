"""The partner pulse over HTTP: who may ask and answer, what is shown, and what cannot be found out."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import text

from schemas.pulse import QUESTIONS
from schemas.rubric import rubric
from services.assessment.pulses.service import comments_of, pulse_of
from tests.assessment.forum.conftest import Course, Forum, Person
from tests.assessment.pulses.conftest import Partnership
from tests.registry.conftest import ok, refused


def opened(partnership: Partnership, **more: Any) -> str:
    body = {"partnership_id": partnership.id} | more
    return f"/pulses/{ok(partnership.forum.officer.post('/pulses', body), 201)['id']}"


def answers(word: str = "yes", **more: str) -> dict[str, Any]:
    return {"answers": dict.fromkeys(QUESTIONS, word) | more}


def answer(who: Person, path: str, word: str = "yes", **more: Any) -> dict[str, Any]:
    return ok(who.post(f"{path}/answers", answers(word) | more), 201)


def test_the_questions_are_those_of_the_rubric() -> None:
    assert tuple(rubric("1").pulse.questions) == QUESTIONS


def test_the_unit_asks_and_everybody_reads(partnership: Partnership) -> None:
    forum = partnership.forum
    refused(forum.client.post("/pulses", json={"partnership_id": partnership.id}), 401, "unauthenticated")
    refused(partnership.leader.post("/pulses", {"partnership_id": partnership.id}), 403, "not-allowed")
    unknown = "0190a0a0-0000-7000-8000-000000000000"
    refused(forum.officer.post("/pulses", {"partnership_id": unknown}), 404, "record-not-known")
    late = {"partnership_id": partnership.id, "closes_on": forum.day(-1)}
    refused(forum.officer.post("/pulses", late), 422, "invalid")
    path = opened(partnership)
    refused(forum.officer.post("/pulses", {"partnership_id": partnership.id}), 409, "pulse-running")
    found = ok(forum.client.get(path))
    assert (found["state"], found["answers"], found["distributions"]) == ("open", None, None)
    listed = ok(forum.client.get(f"/pulses?partnership={partnership.id}"))
    assert (listed["items"], listed["total"]) == ([found], 1)
    assert ok(forum.client.get(f"/pulses?partnership={unknown}"))["items"] == []
    forum.travel(40)
    assert ok(forum.client.get(path))["state"] == "closed"
    again = opened(partnership)
    first = ok(forum.client.get("/pulses?limit=1"))
    assert first["items"][0]["id"] in again
    assert ok(forum.client.get(f"/pulses?limit=1&cursor={first['next']}"))["items"][0]["id"] in path


def test_who_answers(partnership: Partnership) -> None:
    forum, path = partnership.forum, opened(partnership)
    refused(forum.client.post(f"{path}/answers", json=answers()), 401, "unauthenticated")
    refused(forum.stranger.post(f"{path}/answers", answers()), 403, "not-allowed")
    refused(forum.officer.post(f"{path}/answers", answers()), 403, "not-allowed")
    refused(partnership.leader.post(f"{path}/answers", answers()), 403, "lead-not-asked")
    claimed = partnership.speaker(partnership.claimed)
    refused(claimed.post(f"{path}/answers", answers()), 403, "not-allowed")
    registrar = partnership.speaker(partnership.partners[0], "registrar")
    refused(registrar.post(f"{path}/answers", answers()), 403, "not-allowed")
    answer(partnership.speaker(partnership.partners[0], "focal_point"), path)
    refused(partnership.people[0].post(f"{path}/answers", answers("no")), 409, "already-answered")
    elsewhere = answers() | {"organization_id": partnership.partners[2]}
    refused(partnership.people[1].post(f"{path}/answers", elsewhere), 422, "invalid")
    refused(partnership.people[1].post(f"{path}/answers", answers("perhaps")), 422, "invalid")
    refused(partnership.people[1].post(f"{path}/answers", {"answers": {"would_join_again": "yes"}}), 422, "invalid")
    forum.travel(31)
    refused(partnership.people[1].post(f"{path}/answers", answers()), 409, "deadline-passed")
    refused(forum.officer.post("/pulses/0190a0a0-0000-7000-8000-000000000000/answers", answers()), 404, "not-known")


def test_distributions_change_with_every_fifth_answer(partnership: Partnership) -> None:
    path, forum = opened(partnership), partnership.forum
    seen = []
    for place, who in enumerate(partnership.people):
        answer(who, path, "yes" if place < 3 else "no")
        seen.append(ok(forum.client.get(path))["answers"])
        with forum.database.reading() as session:
            counted = pulse_of(session, partnership.id)
            assert (counted is not None) is (place >= 4)
    assert seen == [None] * 4 + [5] * 5 + [10] * 2
    found = ok(forum.client.get(path))["distributions"]
    assert [each["question"] for each in found] == list(QUESTIONS)
    assert found[0] == {"question": QUESTIONS[0], "yes": 3, "partly": 0, "no": 7, "cannot_say": 0}
    # The answer and its tag tell no more than what is shown.
    tag = forum.client.get(path).headers["ETag"]
    assert tag == '"3.3"'


def test_the_indicator_counts_what_is_shown(partnership: Partnership) -> None:
    forum, path = partnership.forum, opened(partnership)
    for who in partnership.people[:5]:
        answer(who, path)

    def indicator() -> Any:
        lessons = ok(forum.client.get(f"/partnerships/{partnership.id}/evidence?lang=en"))["lessons"]
        every = (each for lesson in lessons for each in lesson["indicators"])
        return next(each for each in every if each["code"] == "partners_say_they_decide")

    assert indicator()["level"] == 4
    before = indicator()
    answer(partnership.people[5], path, "no")
    assert indicator() == before


def test_what_is_kept_joins_nobody_to_an_answer(partnership: Partnership) -> None:
    forum, path = partnership.forum, opened(partnership)
    for place, who in enumerate(partnership.people[:6]):
        answer(who, path, "yes", comment=f"Comment number {place}.")
    with forum.database.reading() as session:
        assert sorted(comments_of(session, partnership.id)) == [f"Comment number {place}." for place in range(5)]
        kept = {
            table: [tuple(map(str, row)) for row in session.execute(text(f"SELECT * FROM {table}"))]
            for table in ("pulse", "pulse_answered", "pulse_comment", "outbox", "idempotency")
        }
    assert [len(row) for row in kept["pulse_answered"]] == [2] * 6
    said = orjson.dumps({name: rows for name, rows in kept.items() if name != "idempotency"}).decode()
    for who in partnership.people:
        assert who.id not in said
    for organization in partnership.partners:
        assert organization not in said
    fingerprints = orjson.dumps(kept["idempotency"]).decode()
    assert all(who.id not in fingerprints for who in partnership.people)
    assert "Comment" not in orjson.dumps(kept["outbox"]).decode()


def test_somebody_who_speaks_for_two_says_for_which(forum: Forum) -> None:
    partnership = Partnership(forum, 2)
    path = opened(partnership)
    who = partnership.people[0]
    forum.authority(
        kind="designation", person_id=who.id, organization_id=partnership.partners[1], functions=["focal_point"]
    )
    problem = refused(who.post(f"{path}/answers", answers()), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/organization_id"
    for organization in partnership.partners:
        answer(who, path, organization_id=organization)
    refused(partnership.people[1].post(f"{path}/answers", answers()), 409, "already-answered")


def test_comments_are_read_by_the_panel_alone(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    partnership = Partnership(forum, 6, lead=course.lead, key=course.partnership_id)
    course.asking()
    path = opened(partnership)
    for who in partnership.people[:4]:
        answer(who, path, comment="The minutes came late.")
    comments = f"{course.path}/pulse-comments"
    assert ok(course.panel[0].get(comments))["items"] == []
    answer(partnership.people[4], path, comment="We were heard.")
    said = [each["text"] for each in ok(course.panel[0].get(comments))["items"]]
    assert sorted(said) == ["The minutes came late."] * 4 + ["We were heard."]
    for who in (forum.officer, course.focal_point, forum.stranger):
        refused(who.get(comments), 403, "not-on-panel")
    refused(forum.client.get(comments), 401, "unauthenticated")


def test_of_a_pulse_that_is_over_the_panel_reads_every_comment(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    partnership = Partnership(forum, 3, lead=course.lead, key=course.partnership_id)
    course.asking()
    path = opened(partnership, closes_on=forum.day(3))
    answer(partnership.people[0], path, comment="We are threatened when we disagree.")
    comments = f"{course.path}/pulse-comments"
    forum.travel(3)
    assert ok(course.panel[0].get(comments))["items"] == []
    forum.travel(1)
    assert [each["text"] for each in ok(course.panel[0].get(comments))["items"]] == [
        "We are threatened when we disagree."
    ]
    assert ok(forum.client.get(path))["distributions"] is None, "too few answered"
