"""What learning tells of assessments that went the whole course over HTTP: agreement from first submissions, and costs."""

from __future__ import annotations

import pytest

from services.chassis import clock
from tests.assessment.forum.conftest import Course, Forum, forum
from tests.registry.conftest import ok

__all__ = ["forum"]

LEVELS = {"public": 3, "civil_society": 2, "affected_groups": 1}


@pytest.mark.timeout(180)
def test_agreement_is_about_first_submissions_of_what_is_published(forum: Forum) -> None:
    forum.pool()
    round_ = forum.round()
    courses = [Course(forum, round_) for _ in range(4)]
    year = clock.today().year
    for course in courses[:3]:
        course.deliberating(levels=LEVELS)
        # A revision in the deliberation changes no first submission.
        ok(course.panel[0].put(f"{course.path}/reviews/mine", course.review(0)))
        ok(course.panel[0].post(f"{course.path}/reviews/mine/submission"))
        course.approved().move("replying")
        ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you."}}), 201)
        course.move("unit_review")
        course.checked().move("published")
    courses[3].deliberating(levels=LEVELS)  # still runs: nothing is told of it
    (section,) = ok(forum.client.get(f"/reports/{year}"))["sections"]
    assert {(each["units"], each["assessments"]) for each in section["agreement"]} == {(6, 3)}
    # Every unit has the same twelve levels: members differ within units as much as over all 72. By hand, 1 - (12/11) / (72/71).
    assert {each["alpha"] for each in section["agreement"]} == {-0.076}
    assert section["together"]["costs"]["money"] == [{"currency": "USD", "counted": 3, "total": "3600"}]
