"""Every function × action × stage of the assessment's policy, against an expectation written from the other side.

The table goes from actions to functions; here it is said function by function what somebody may do, as the method describes the
course. Whoever changes the one has to say it here again.
"""

from __future__ import annotations

import itertools

import pytest

from services.assessment import policy
from services.assessment.forum import course

RUNNING = "requested composing questions reviewing deliberating replying unit_review"
ALL = policy.COURSE

MAY = {
    "anyone": f"""
        rubric.read: current
        evidence.read: current
        evidence.compute: current
        evaluation.read: current
        complaint.make: current
        pulse.read: current
        learning.read: current
        round.read: current
        assessment.read: {ALL}
        assessment.read_questions: {ALL}
    """,
    "person": "",
    "member": """
        member.read: current
        member.change: current
        member.declare: current
        member.calibrate: current
        member.assignments: current
    """,
    "panel": f"""
        assessment.leave: composing questions reviewing deliberating replying unit_review
        assessment.ask: questions
        assessment.read_document_room: {ALL}
        assessment.read_own_review: reviewing deliberating replying unit_review published abandoned
        assessment.write_review: reviewing deliberating replying
        assessment.read_reviews: reviewing deliberating replying unit_review
        assessment.read_pulse_comments: questions reviewing deliberating replying unit_review
        assessment.discuss: deliberating replying
        assessment.read_discussion: deliberating replying unit_review
        assessment.write_rationale: deliberating replying
        assessment.recommend: deliberating replying
        assessment.approve: deliberating replying
        assessment.read_findings: deliberating replying unit_review published
    """,
    "focal_point": f"""
        round.request: current
        assessment.answer: questions
        assessment.read_document_room: {ALL}
        assessment.read_findings: replying unit_review published
        assessment.reply: replying
        assessment.extend: replying
        assessment.reconsider: replying
    """,
    "partner": """
        pulse.answer: current
    """,
    "partner_focal_point": """
        self_check.read: current
        self_check.write: current
    """,
    "petitioner": """
        round.petition: current
    """,
    "addressee": """
        recommendation.respond: current
    """,
    "pdu_officer": f"""
        evaluation.correct: current
        complaint.read: current
        complaint.settle: current
        pulse.open: current
        round.open: current
        round.draw: current
        round.select: current
        assessment.compose: composing
        assessment.read_panel: {ALL}
        assessment.leave: composing questions reviewing deliberating replying unit_review
        assessment.read_findings: replying unit_review published
        assessment.extend: replying
        assessment.review_unit: unit_review
        assessment.read_unit_review: {ALL}
        assessment.move: {RUNNING}
    """,
}
FORUM = ("round", "member", "assessment", "pulse", "self_check")


def _expected() -> set[tuple[str, str, str]]:
    found = set()
    for function, lines in MAY.items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            action, _, stages = line.partition(": ")
            found |= {(function, action, stage) for stage in stages.split()}
    return found


EXPECTED = _expected()
ACTIONS = sorted({row.action for row in policy.TABLE if row.action.partition(".")[0] in FORUM})
STAGES = (*policy.COURSE.split(), "current")


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_do_what_in_which_stage(action: str) -> None:
    for function, stage in itertools.product(policy.FUNCTIONS, STAGES):
        may = policy.allowed(frozenset({function}), action, stage)
        assert may == ((function, action, stage) in EXPECTED), (function, action, stage)


def test_every_function_is_known_and_every_stage_is_one_of_the_course() -> None:
    assert policy.COURSE.split() == [stage.name for stage in course.COURSE]
    for row in policy.TABLE:
        assert set(row.functions.split()) <= set(policy.FUNCTIONS), row
        assert set(row.standings.split()) <= set(STAGES), row


def test_the_unit_never_sees_or_touches_a_review() -> None:
    for action in ("read_own_review", "read_reviews", "write_review", "read_discussion", "write_rationale"):
        assert not policy.stages_of(frozenset({"pdu_officer", "focal_point", "person"}), f"assessment.{action}")
