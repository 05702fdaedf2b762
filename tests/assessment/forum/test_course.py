"""The whole course over HTTP, on either database."""

from __future__ import annotations

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
