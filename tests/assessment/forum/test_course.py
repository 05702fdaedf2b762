"""The whole course over HTTP, on either database."""

from __future__ import annotations

from services.assessment import maintenance
from tests.assessment.forum.conftest import Course, Forum
from tests.registry.conftest import ok


def test_from_the_request_to_the_evaluation(either_forum: Forum) -> None:
    forum = either_forum
    forum.pool()
    course = Course(forum).published()
    public = ok(forum.client.get(course.path))
    assert public["stage"] == "published"
    assert [step["stage"] for step in public["stages"]] == [
        "requested", "composing", "questions", "reviewing", "deliberating", "replying", "unit_review", "published",
    ]  # fmt: skip
    evaluation = ok(forum.client.get(f"/evaluations/{public['evaluation_id']}"))
    assert [each["judged"]["level"] for each in evaluation["lessons"]] == [2.0] * 8
    assert evaluation["panel"]["size"] == 12
    assert evaluation["reply"] == {"en": "Thank you."}


def test_members_are_named_who_agree_and_nowhere_else(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).unit_review().checked()
    first, second = course.panel[:2]
    ok(first.put("/members/me", {"named": True, "display_name": "Sok Dara"}))
    ok(second.put("/members/me", {"named": True}))
    course.move("published")
    public = ok(forum.client.get(course.path))
    members = ok(forum.client.get(f"/evaluations/{public['evaluation_id']}"))["panel"]["members"]
    names = [each["display_name"] for each in members]
    assert names[1:] == ["Sok Dara"]
    assert names[0].startswith("A member nominated by Network of ")
    assert "Sok Dara" not in str(public)
    assert all("Sok Dara" not in str(document) for _, document in forum.events())


def test_the_published_figures_come_out_again(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating(levels={"public": 1, "affected_groups": 4}).approved()
    course.move("replying")
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you."}}), 201)
    course.move("unit_review")
    course.checked().move("published")
    again = list(maintenance.recompute(forum.database))
    assert len(again) == 1
    assert not again[0].differences
