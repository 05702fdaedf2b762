"""Reviews: what is refused and by which rule, who sees whose, and that the first submission stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.assessment.forum.assessments.models import Submission
from services.assessment.forum.assessments.publishing import reviews_of
from tests.assessment.forum.conftest import JUDGED, LESSONS, REASON, Course, Forum
from tests.registry.conftest import ok, refused


@pytest.fixture
def course(forum: Forum) -> Course:
    forum.pool()
    return Course(forum).reviewing()


def mine(course: Course) -> str:
    return f"{course.path}/reviews/mine"


def test_a_review_owes_a_reason_for_every_lesson(course: Course) -> None:
    member, review = course.panel[0], course.review()
    review["reasons"].pop("mandate")
    review["reasons"]["inclusive"] = "Too short."
    ok(member.put(mine(course), review))
    problem = refused(member.post(f"{mine(course)}/submission"), 422, "review-reasons-missing")
    assert {each["pointer"] for each in problem["errors"]} == {"/reasons/mandate", "/reasons/inclusive"}


@pytest.mark.parametrize("level", [0, 4])
def test_every_0_and_every_4_owes_a_reason(course: Course, level: int) -> None:
    member, review = course.panel[0], course.review(2, who_is_missing=level)
    review["scores"][0].pop("reason")
    ok(member.put(mine(course), review))
    problem = refused(member.post(f"{mine(course)}/submission"), 422, "review-reasons-missing")
    assert [each["pointer"] for each in problem["errors"]] == ["/scores/0/reason"]


def test_a_departure_of_2_from_the_computed_level_owes_a_reason(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    none = dict.fromkeys(("complaints", "mutual_review", "independent_evaluation", "safeguarding"), False)
    forum.partnership(course.lead, course.partnership_id, "revised", **none)
    course.reviewing()
    lessons = ok(forum.client.get(f"{course.path}/evidence"))["lessons"]
    beside = {each["lesson"]: each["level"] for each in lessons}
    assert beside["good_governance"] is not None
    member, review = course.panel[0], course.review(3)
    for score in review["scores"]:
        score.pop("reason")
    ok(member.put(mine(course), review))
    far = {lesson for lesson, level in beside.items() if level is not None and 3 - level >= 2}
    assert "good_governance" in far
    problem = refused(member.post(f"{mine(course)}/submission"), 422, "review-reasons-missing")
    assert len(problem["errors"]) == 2 * len(far)
    for score in review["scores"]:
        score["level"] = 1
    course.submit(member, review)


@pytest.mark.parametrize("level", [5, -1, 2.5, "3", True, None, "unknown"])
def test_a_level_lies_between_0_and_4(course: Course, level: object) -> None:
    review = course.review()
    review["scores"][3]["level"] = level
    answer = course.panel[0].put(mine(course), review)
    if level is None:
        refused(answer, 422, "invalid")
        return
    assert refused(answer, 422, "level-out-of-range")["errors"][0]["pointer"] == "/scores/3/level"


@pytest.mark.parametrize("code", ["affected_named", "no_such_indicator", JUDGED[1]])
def test_only_judged_indicators_are_judged_each_once(course: Course, code: str) -> None:
    review = course.review()
    review["scores"][0]["indicator"] = code
    problem = refused(course.panel[0].put(mine(course), review), 422, "indicator-not-judged")
    assert problem["errors"][0]["pointer"].startswith("/scores/")


def test_a_review_covers_every_judged_indicator(course: Course) -> None:
    review = course.review()
    review["scores"].pop()
    ok(course.panel[0].put(mine(course), review))
    problem = refused(course.panel[0].post(f"{mine(course)}/submission"), 422, "review-incomplete")
    assert problem["indicators"] == [JUDGED[-1]]


def test_who_cannot_judge_says_so_without_a_reason(course: Course) -> None:
    review = {"scores": [{"indicator": code, "level": "cannot_judge"} for code in JUDGED]}
    course.submit(course.panel[0], review)


def test_nobody_reviews_who_is_not_on_the_panel(course: Course, forum: Forum) -> None:
    outside = next(each for each in forum.members.values() if each not in course.panel)
    for who in (outside, forum.stranger, course.focal_point, forum.officer):
        refused(who.put(mine(course), course.review()), 403, "not-on-panel")
        refused(who.post(f"{mine(course)}/submission"), 403, "not-on-panel")
    refused(forum.client.put(mine(course), json=course.review()), 401, "unauthenticated")


def test_a_review_is_submitted_once(course: Course) -> None:
    member = course.panel[0]
    refused(member.post(f"{mine(course)}/submission"), 409, "review-missing")
    course.submit(member)
    refused(member.post(f"{mine(course)}/submission"), 409, "already-submitted")
    refused(member.put(mine(course), course.review(1)), 409, "already-submitted")


def test_after_the_deadline_it_is_too_late(course: Course, forum: Forum) -> None:
    forum.travel(31)
    member = course.panel[0]
    refused(member.put(mine(course), course.review()), 409, "deadline-passed")
    forum.tick()
    refused(member.put(mine(course), course.review()), 409, "deadline-passed")
    refused(member.post(f"{mine(course)}/submission"), 409, "deadline-passed")


def test_a_stage_that_was_closed_early_is_passed(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating().approved()
    course.move("replying")
    refused(course.panel[0].put(mine(course), course.review()), 409, "stage-passed")


def test_before_its_stage_it_is_too_early(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    refused(course.panel[0].put(mine(course), course.review()), 409, "stage-not-reached")


def test_nobody_sees_anothers_review_before_submitting(course: Course) -> None:
    first, second = course.panel[:2]
    course.submit(first, course.review(3))
    refused(second.get(f"{course.path}/reviews"), 403, "own-review-first")
    course.submit(second)
    found = ok(second.get(f"{course.path}/reviews"))["items"]
    names = {ok(each.get(course.path))["me"]["pseudonym"] for each in (first, second)}
    assert {each["pseudonym"] for each in found} == names
    text = second.get(f"{course.path}/reviews").text
    for member in course.panel:
        assert member.id not in text
        assert member.member_id not in text


def test_drafts_are_private_and_the_unit_sees_no_review(course: Course, forum: Forum) -> None:
    first, second = course.panel[:2]
    ok(first.put(mine(course), course.review(3)))
    course.submit(second)
    assert len(ok(second.get(f"{course.path}/reviews"))["items"]) == 1
    assert ok(first.get(mine(course)))["state"] == "draft"
    for who in (forum.officer, course.focal_point, forum.stranger):
        refused(who.get(f"{course.path}/reviews"), 403, "not-on-panel")
        refused(who.get(mine(course)), 403, "not-on-panel")


def test_both_versions_are_kept_and_the_first_for_ever(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating(levels={"public": 0, "civil_society": 4})
    member = next(each for each in course.panel if each.chamber == "public")
    assert ok(member.get(course.path))["to_discuss"] == JUDGED
    refused(member.post(f"{mine(course)}/submission"), 409, "already-submitted")
    course.submit(member, course.review(1))
    review = ok(member.get(mine(course)))
    assert (review["number"], review["scores"][0]["level"], review["first"]["scores"][0]["level"]) == (2, 1, 0)
    with forum.database.reading() as session:
        kept = session.scalars(select(Submission).where(Submission.number == 1)).all()
        levels = [each.levels for each in reviews_of(session, course.id, first=True) if each.chamber == "public"]
    assert len(kept) == 12
    assert [each[JUDGED[0]] for each in levels] == [0, 0, 0]


def test_who_did_not_review_in_time_does_not_join_later(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    course.reviewing()
    late, *others = course.panel
    for member in others:
        course.submit(member)
    forum.travel(31)
    forum.tick()
    refused(late.put(mine(course), course.review()), 409, "deadline-passed")
    refused(late.get(f"{course.path}/reviews"), 403, "own-review-first")
    body = {"indicator": JUDGED[0], "text": REASON}
    refused(late.post(f"{course.path}/discussion", body), 403, "own-review-first")


def test_anchor_cases_come_first_unless_the_round_says_otherwise(forum: Forum) -> None:
    forum.pool()
    course = Course(forum, forum.round(calibration=True)).reviewing()
    member = course.panel[0]
    refused(member.put(mine(course), course.review()), 409, "calibration-first")
    cases = ok(member.get("/members/me/calibration"))
    assert len(cases["cases"]) == 3
    assert not cases["done"]
    assert all("anchor" not in each for each in cases["cases"])
    answers = {"answers": [{"case": each["code"], "level": 1} for each in cases["cases"]]}
    done = ok(member.post("/members/me/calibration", answers))
    assert done["done"]
    assert all(each["why"]["en"] for each in done["cases"])
    ok(member.put(mine(course), course.review()))


def test_reasons_are_of_lessons(course: Course) -> None:
    review = course.review()
    review["reasons"]["overall"] = REASON
    refused(course.panel[0].put(mine(course), review), 422, "lesson-not-known")
    assert len(LESSONS) == 8
