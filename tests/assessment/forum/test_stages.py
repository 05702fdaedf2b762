"""How assessments move: by their deadlines, by the unit once nobody is waited for, by events; and what is said of it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.forum import course as table
from services.assessment.forum.assessments import moving
from services.chassis import clock
from tests.assessment.forum.conftest import JUDGED, LESSONS, REASON, Course, Forum
from tests.registry.conftest import ok, refused

WHY = "The record no longer says what the partnership does."


def stage(course: Course) -> str:
    return str(ok(course.forum.client.get(course.path))["stage"])


# The table


def test_every_stage_but_the_last_leads_somewhere() -> None:
    for each in table.COURSE:
        assert bool(each.unit) == (each.name not in table.OVER)
        assert (each.until is None) == (each.then is None)
        assert each.then is None or table.is_past(each.then, each.name)
        assert each.name in table.OVER or "abandoned" in each.unit


def test_deadlines_lead_by_themselves_to_the_unit() -> None:
    at, seen = "questions", []
    while following := table.STAGES[at].then:
        seen.append(at := following)
    assert seen == ["reviewing", "deliberating", "replying", "unit_review"]


@given(st.dates(), st.integers(1, 365))
def test_a_day_counts_to_its_end(day: object, days: int) -> None:
    ends = table.ends(str(day)) if str(day) != "9999-12-31" else datetime.max.replace(tzinfo=UTC)
    assert ends.tzinfo is UTC
    entered = datetime(2027, 1, 1, tzinfo=UTC)
    calendar = {"questions_until": "2027-03-10", "reply_days": days}
    assert table.deadline("questions", calendar, entered) == datetime(2027, 3, 11, tzinfo=UTC)
    assert (table.deadline("replying", calendar, entered) or entered).toordinal() == entered.toordinal() + days


# By deadline


def test_deadlines_move_stages_and_survive_a_restart(either_forum: Forum) -> None:
    forum = either_forum
    forum.pool()
    course = Course(forum).asking()
    assert forum.tick() == 0
    forum.travel(11)
    forum.start()
    assert forum.tick() == 1
    assert stage(course) == "reviewing"
    for member in course.panel:
        course.submit(member)
    forum.travel(20)
    forum.start()
    assert forum.tick() == 1
    assert stage(course) == "deliberating"
    course.approved()
    forum.travel(15)
    assert stage(course) == "replying"  # whoever looks finds it where its calendar says, before the clock has turned
    assert forum.tick() == 0
    forum.travel(31)
    forum.tick()
    public = ok(forum.client.get(course.path))
    assert public["stage"] == "unit_review"
    assert [step["moved_by"] for step in public["stages"][3:]] == ["deadline"] * 4
    forum.travel(400)
    forum.tick()
    assert stage(course) == "unit_review"


def test_a_late_clock_moves_through_all_that_is_due(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    forum.travel(50)
    forum.tick()
    assert stage(course) == "replying"
    assert ok(course.focal_point.get(course.path))["lessons"][0]["flags"] == ["not_judged"]


# By the unit


def test_a_stage_is_closed_early_once_nobody_is_waited_for(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).selected()
    assert ok(forum.client.get(course.path))["stage"] == "composing"
    to = f"{course.path}/transitions"
    refused(forum.officer.post(to, {"to": "questions"}), 409, "panel-missing")
    course.panel = [
        forum.members[each["member_id"]] for each in ok(forum.officer.post(f"{course.path}/panel"), 201)["members"]
    ]
    course.move("questions")
    asked = ok(course.panel[0].post(f"{course.path}/questions", {"text": "Who chose the villages?"}), 201)
    assert refused(forum.officer.post(to, {"to": "reviewing"}), 409, "still-waiting")["count"] == 1
    body = {"text": "Their councils did.", "panel_only": True}
    ok(course.focal_point.post(f"{course.path}/questions/{asked['id']}/answer", body))
    course.move("reviewing")
    for member in course.panel[1:]:
        course.submit(member)
    assert refused(forum.officer.post(to, {"to": "deliberating"}), 409, "still-waiting")["waiting_for"] == "reviews"
    course.submit(course.panel[0])
    course.move("deliberating")
    refused(forum.officer.post(to, {"to": "replying"}), 409, "still-waiting")
    course.approved()
    ok(course.panel[3].put(f"{course.path}/rationale", {"mandate": {"en": "Changed."}}))
    assert refused(forum.officer.post(to, {"to": "replying"}), 409, "still-waiting")["count"] == 12
    for member in course.panel:
        ok(member.post(f"{course.path}/deliberation/done"))
    course.move("replying")
    refused(forum.officer.post(to, {"to": "unit_review"}), 409, "still-waiting")


def test_the_course_has_no_other_steps(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    to = f"{course.path}/transitions"
    for other in ("published", "deliberating", "composing", "requested", "questions"):
        refused(forum.officer.post(to, {"to": other, "reason": WHY}), 409, "not-a-step")
    refused(forum.officer.post(to, {"to": "nowhere"}), 422, "invalid")
    for who in (course.focal_point, course.panel[0], forum.stranger):
        refused(who.post(to, {"to": "reviewing"}), 403, "not-allowed")


def test_refusing_and_abandoning_owe_a_public_reason(forum: Forum) -> None:
    course = Course(forum)
    to = f"{course.path}/transitions"
    refused(forum.officer.post(to, {"to": "abandoned"}), 422, "reason-owed")
    refused(forum.officer.post(to, {"to": "abandoned", "reason": "No."}), 422, "reason-owed")
    course.move("abandoned", WHY)
    public = ok(forum.client.get(course.path))
    assert (public["stage"], public["stages"][-1]["reason"]) == ("abandoned", WHY)
    refused(forum.officer.post(to, {"to": "composing"}), 409, "stage-passed")


def test_the_unit_sends_back_and_cannot_publish_before_its_review(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).unit_review()
    to = f"{course.path}/transitions"
    problem = refused(forum.officer.post(to, {"to": "published"}), 409, "unit-review-incomplete")
    assert {"/checklist/conflicts", "/costs", "/impact", "/risk_tier"} <= {
        each["pointer"] for each in problem["errors"]
    }
    refused(forum.officer.post(to, {"to": "deliberating"}), 422, "reason-owed")
    course.move("deliberating", WHY)
    assert forum.events()[-1][0] == "sent_back"
    refused(forum.officer.post(to, {"to": "replying"}), 409, "still-waiting")
    for member in course.panel:
        ok(member.post(f"{course.path}/deliberation/done"))
    course.move("replying")
    course.move("unit_review")  # the reply is there already
    course.checked().move("published")


def test_a_profile_that_says_something_else_is_replied_to_again(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).unit_review().checked()
    course.move("deliberating", WHY)
    for member in course.panel:
        ok(member.put(f"{course.path}/reviews/mine", course.review(4)))
        ok(member.post(f"{course.path}/reviews/mine/submission"))
    for member in course.panel:
        ok(member.post(f"{course.path}/deliberation/done"))
    course.move("replying")
    to = f"{course.path}/transitions"
    assert refused(forum.officer.post(to, {"to": "unit_review"}), 409, "still-waiting")["waiting_for"] == "reply"
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you twice."}}), 201)
    course.move("unit_review")
    refused(forum.officer.post(to, {"to": "published"}), 409, "unit-review-incomplete")
    course.checked().move("published")
    made = ok(forum.client.get(f"/evaluations/{ok(forum.client.get(course.path))['evaluation_id']}"))
    assert made["reply"] == {"en": "Thank you twice."}


def test_a_judged_lesson_without_a_rationale_is_not_published(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating()
    ok(course.panel[0].put(f"{course.path}/rationale", {lesson: {"en": REASON} for lesson in LESSONS[1:]}))
    for member in course.panel:
        ok(member.post(f"{course.path}/deliberation/done"))
    course.move("replying")
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you."}}), 201)
    course.move("unit_review")
    course.checked()
    problem = refused(forum.officer.post(f"{course.path}/transitions", {"to": "published"}), 409, "rationale-missing")
    assert problem["lessons"] == LESSONS[:1]


def test_without_a_quorum_nothing_is_published(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    course.reviewing()
    for member in course.panel[:5]:
        course.submit(member)
    forum.travel(31)
    forum.tick()
    forum.travel(15)
    forum.tick()
    forum.travel(31)
    forum.tick()
    course.checked()
    answer = forum.officer.post(f"{course.path}/transitions", {"to": "published"})
    assert answer.status_code == 409
    assert stage(course) == "unit_review"


# By events


def test_a_withdrawn_partnership_is_abandoned_with_its_reason(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating()
    reason = {"reason": {"en": "We part."}, "at": "2027-01-01T00:00:00Z"}
    withdrawn = {"standing": "withdrawn", "standing_reason": reason}
    forum.partnership(course.lead, course.partnership_id, "withdrawn", **withdrawn)
    public = ok(forum.client.get(course.path))
    assert (public["stage"], public["stages"][-1]["moved_by"]) == ("abandoned", "event")
    assert public["stages"][-1]["reason"].endswith("We part.")
    said = len(forum.events())
    forum.versions[course.partnership_id] -= 1
    forum.partnership(course.lead, course.partnership_id, "withdrawn", **withdrawn)  # once more: nothing changes
    forum.versions[course.partnership_id] -= 2
    forum.partnership(course.lead, course.partnership_id)  # late
    assert len(forum.events()) == said
    assert stage(course) == "abandoned"
    problem = refused(course.panel[0].get(f"{course.path}/reviews"), 409, "stage-passed")
    assert problem["detail"] == "The assessment was abandoned."
    refused(forum.officer.get(f"{course.path}/reviews"), 403, "not-on-panel")
    assert ok(course.panel[0].get(f"{course.path}/reviews/mine"))["state"] == "submitted"
    forum.travel(400)
    assert forum.tick() == 1  # its round closes, in which nothing else can be asked for any more
    assert forum.tick() == 0
    assert ok(forum.client.get(f"/rounds/{course.round['id']}"))["state"] == "closed"
    assert stage(course) == "abandoned"


def test_a_round_whose_assessments_ended_early_closes_with_its_questions(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    asked = f"{course.path}/questions"
    question = ok(course.panel[0].post(asked, {"text": REASON, "pseudonymous": True}), 201)["id"]
    ok(course.focal_point.post(f"{asked}/{question}/answer", {"text": {"en": "In confidence."}, "panel_only": True}))
    course.move("abandoned", WHY)
    path = f"/rounds/{course.round['id']}"
    assert forum.tick() == 0
    assert ok(forum.client.get(path))["state"] == "open", "somebody may still ask for another"
    forum.travel(11)
    assert forum.tick() == 1
    closed = ok(forum.client.get(path))
    assert hashlib.sha256(closed["seed"].encode()).hexdigest() == closed["seed_hash"]
    assert "In confidence." not in str(ok(course.focal_point.get(asked))), "the document room is empty"


def test_a_suspended_record_holds_the_course_before_the_profile_is_shown(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating().approved()
    forum.partnership(course.lead, course.partnership_id, "suspended", standing="suspended", partners=[])
    refused(forum.officer.post(f"{course.path}/transitions", {"to": "replying"}), 409, "not-assessable")
    forum.travel(60)
    assert forum.tick() == 0
    assert stage(course) == "deliberating"
    forum.partnership(course.lead, course.partnership_id, "reinstated")
    assert forum.tick() == 1
    assert stage(course) == "replying"
    assert len(ok(course.focal_point.get(course.path))["lessons"]) == 8


def test_no_panel_is_composed_while_nobody_sees_the_partners(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).selected()
    forum.partnership(course.lead, course.partnership_id, "suspended", standing="suspended", partners=[])
    refused(forum.officer.post(f"{course.path}/panel"), 409, "not-assessable")


def test_whoever_replaces_a_member_while_the_record_is_suspended_is_no_partner(forum: Forum) -> None:
    forum.pool(each=3)
    course = Course(forum).asking()
    leaves = next(each for each in course.panel if each.chamber == "affected_groups")
    partner = forum.nominated("women", "affected_groups", organization_id=course.lead)
    forum.partnership(course.lead, course.partnership_id, "suspended", standing="suspended", partners=[])
    ok(forum.officer.delete(f"{course.path}/panel/{leaves.member_id}", {"reason": REASON}))
    seated = ok(forum.officer.get(f"{course.path}/panel"))["members"]
    assert partner.member_id not in {each["member_id"] for each in seated}


def test_the_record_is_frozen_when_the_questions_begin(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    forum.partnership(course.lead, course.partnership_id, "revised", summary={"en": "Second"})
    course.asking()
    forum.partnership(course.lead, course.partnership_id, "revised", summary={"en": "Third"})
    assert ok(forum.client.get(course.path))["judged_version"] == 2
    assert ok(forum.client.get(f"{course.path}/record"))["summary"] == {"en": "Second"}


def partner(id: str, name: str, **more: Any) -> dict[str, Any]:
    """A confirmed partner as the public reads it."""
    organization = {"id": str(uuid4()), "name": {"en": name}, "constituency": "women"}
    confirmation = {"state": "confirmed", "at": "2025-01-10T08:00:00Z"}
    return {"id": id, "organization": organization, "roles": ["knowledge"], "confirmation": confirmation} | more


def test_whoever_was_taken_out_of_a_record_is_not_in_the_frozen_one(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    kept, hidden, declined = str(uuid4()), str(uuid4()), str(uuid4())
    speaks = {"organization_id": course.lead, "display_name": "Sok Dara"}
    before = [
        partner(kept, "Water Institute"),
        partner(hidden, "Women of the Delta"),
        partner(declined, "Fishers' Union"),
    ]
    stated = {"summary": {"en": "With Women of the Delta, and with Fishers' Union."}, "focal_points": [speaks]}
    forum.partnership(course.lead, course.partnership_id, "revised", partners=before, **stated)
    course.asking()
    frozen = ok(forum.client.get(f"{course.path}/record"))
    assert "Women of the Delta" in str(frozen)

    unnamed = {name: value for name, value in before[1].items() if name != "organization"}
    unnamed |= {"unnamed": {"constituency": "women"}, "confirmation": {"state": "unnamed"}}
    after = {"partners": [before[0], unnamed], "summary": {"en": "Another."}, "focal_points": []}
    forum.partnership(course.lead, course.partnership_id, "redacted", **after)
    shown = ok(forum.client.get(f"{course.path}/record"))
    assert "Women of the Delta" not in str(shown)
    assert before[1]["organization"]["id"] not in str(shown)
    assert before[2]["organization"]["id"] not in str(shown)
    assert "Sok Dara" not in str(shown), "who does not speak for it any more is not named"
    assert shown["version"] == frozen["version"]
    assert shown["summary"] == {"en": "With […], and with Fishers' Union."}, (
        "who declined is no partner, and not at risk"
    )
    assert shown["partners"][0] == before[0]
    assert [each["unnamed"] for each in shown["partners"][1:]] == [{"constituency": "women"}] * 2
    assert ok(forum.client.get(f"{course.path}/evidence"))["partnership"]["version"] == frozen["version"]

    forum.partnership(course.lead, course.partnership_id, "suspended", standing="suspended")
    refused(forum.client.get(f"{course.path}/record"), 404, "record-not-known")


def test_a_name_taken_out_of_the_title_is_in_no_later_evaluation(forum: Forum) -> None:
    forum.pool()
    named = {"title": {"en": "Water with Women of the Delta"}}
    course = Course(forum)
    forum.partnership(course.lead, course.partnership_id, "revised", **named)
    course.unit_review().checked()
    title = {"en": "Water with […]"}
    forum.partnership(course.lead, course.partnership_id, "redacted", title=title)
    assert ok(forum.client.get(f"{course.path}/evidence"))["partnership"]["title"] == title
    course.move("published")
    made = ok(forum.client.get(f"/evaluations/{ok(forum.client.get(course.path))['evaluation_id']}"))
    assert made["partnership"]["title"] == title
    assert b"Women of the Delta" not in forum.outbox_bytes().rpartition(orjson.dumps(title))[2]
    forum.partnership(course.lead, course.partnership_id, "suspended", standing="suspended")
    refused(forum.client.get(f"{course.path}/evidence"), 404, "record-not-known")


def test_another_title_is_rendered_and_is_no_step(forum: Forum) -> None:
    course = Course(forum)
    before = ok(forum.client.get(course.path))
    forum.partnership(course.lead, course.partnership_id, "revised", title={"en": "Safer water"})
    after = ok(forum.client.get(course.path))
    assert after["partnership"]["title"] == {"en": "Safer water"}
    assert (after["version"], after["revision"]) == (before["version"], before["revision"] + 1)
    assert forum.events()[-1][0] == "rerendered"


# What is said


def test_every_step_is_an_event_and_none_says_more_than_stages_and_dates(forum: Forum) -> None:
    forum.pool()
    course = Course(forum, forum.round()).deliberating(levels={"public": 0}).approved()
    ok(
        course.panel[0].post(f"{course.path}/discussion", {"indicator": JUDGED[0], "text": "I differ, and say why."}),
        201,
    )
    for member in course.panel:
        ok(member.post(f"{course.path}/deliberation/done"))
    course.move("replying")
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you."}}), 201)
    course.move("unit_review")
    course.checked().move("published")
    assert [what for what, _ in forum.events()] == [
        "requested", "selected", "composed", "questions_opened", "reviewing_opened", "deliberating_opened",
        "replying_opened", "replied", "unit_review_opened", "published",
    ]  # fmt: skip
    said = forum.outbox_bytes()
    pseudonyms = [ok(each.get(course.path))["me"]["pseudonym"] for each in course.panel]
    for secret in (REASON, "I differ", *pseudonyms, *forum.members, *(each.id for each in course.panel)):
        if secret == REASON:  # the rationale of this test repeats it
            continue
        assert secret.encode() not in said, secret
    for _, document in forum.events():
        assert "scores" not in orjson.dumps(document).decode()


def test_the_seed_is_committed_to_and_revealed(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    opened = course.round
    assert "seed" not in opened
    course.unit_review()
    assert "seed" not in ok(forum.client.get(f"/rounds/{opened['id']}"))
    course.checked().move("published")
    closed = ok(forum.client.get(f"/rounds/{opened['id']}"))
    assert closed["state"] == "closed"
    assert hashlib.sha256(closed["seed"].encode()).hexdigest() == opened["seed_hash"]
    asked = {"partnership_id": forum.partnership(course.lead), "ground": "request"}
    refused(course.focal_point.post(f"/rounds/{opened['id']}/requests", asked), 409, "round-closed")


def test_the_calendar_leaves_time_for_questions(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).composed()
    forum.travel(12)
    refused(forum.officer.post(f"{course.path}/transitions", {"to": "questions"}), 409, "deadline-passed")


def test_a_deadline_is_what_it_says(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    deadline = datetime.fromisoformat(ok(forum.client.get(course.path))["deadline"])
    seconds = (deadline - clock.now()).total_seconds()
    forum.travel((seconds - 60) / 86400)
    assert stage(course) == "questions"
    forum.travel(2 / 24 / 60)
    assert stage(course) == "reviewing"


@pytest.mark.parametrize("path", ["", "/record", "/evidence", "/questions"])
def test_what_is_not_there_is_not_known(forum: Forum, path: str) -> None:
    refused(forum.client.get(f"/assessments/0193a000-0000-7000-8000-00000000a001{path}"), 404, "not-known")


def test_assessments_of_a_partnership_are_listed(forum: Forum) -> None:
    first, second = Course(forum), Course(forum)
    found = ok(forum.client.get(f"/assessments?partnership={first.partnership_id}&stage=requested"))
    assert ([each["id"] for each in found["items"]], found["total"]) == ([first.id], 1)
    page = ok(forum.client.get("/assessments?limit=1"))
    assert [each["id"] for each in page["items"]] == [second.id]
    assert [each["id"] for each in ok(forum.client.get(f"/assessments?cursor={page['next']}"))["items"]] == [first.id]


def test_one_assessment_that_cannot_move_holds_up_no_other(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    forum.pool()
    stuck, other = Course(forum).asking(), Course(forum).asking()
    forum.travel(11)
    entered = moving.enter

    def enter(session: Any, row: Any, *more: Any) -> None:
        if row.id == stuck.id:
            raise ValueError("cannot be worked out")
        entered(session, row, *more)

    with monkeypatch.context() as broken:
        broken.setattr(moving, "enter", enter)
        assert forum.tick() == 1
    assert stage(other) == "reviewing"
    assert forum.tick() == 1
    assert stage(stuck) == "reviewing"
