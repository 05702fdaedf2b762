"""Who may do what in the assessment: one table of action × stage → functions, and the functions that read it.

Nothing else in the assessment grants anything. Who somebody is to an assessment is found out by the aggregate that is asked
(`forum.standing`); a rule that is not about who somebody is (a deadline, a quorum) is in the service that knows it.
"""

from __future__ import annotations

from services.chassis.policy import Row, Table

# What somebody can be. The order is the order of the documentation.
FUNCTIONS: dict[str, str] = {
    "anyone": "everybody, signed in or not",
    "person": "anybody signed in",
    "member": "whom a constituency network nominated as a member of the forum",
    "panel": "a member who sits on the panel of the assessment",
    "focal_point": "a focal point (or lead) of the organization that leads the partnership",
    "petitioner": "a focal point (or lead) of one of the organizations that petition",
    "partner": "a focal point, confirmer or lead of a confirmed partner of the partnership",
    "partner_focal_point": "a focal point or lead of a confirmed partner of the partnership",
    "addressee": "a focal point (or lead) of the organization that a recommendation is addressed to",
    "pdu_officer": "platform role: officer of the Partnership Development Unit",
}

COURSE = "requested composing questions reviewing deliberating replying unit_review published abandoned"
"""The stages of an assessment; what has none is always `current`."""

TABLE = Table(
    # action                          stages                                   functions
    Row("rubric.read", "current", "anyone"),
    Row("evidence.read", "current", "anyone"),
    Row("evidence.compute", "current", "anyone"),
    # evaluations
    Row("evaluation.read", "current", "anyone"),
    Row("evaluation.correct", "current", "pdu_officer"),
    Row("recommendation.respond", "current", "addressee"),
    Row("complaint.make", "current", "anyone"),
    Row("complaint.read", "current", "pdu_officer"),
    Row("complaint.settle", "current", "pdu_officer"),
    # what partners say
    Row("pulse.open", "current", "pdu_officer"),
    Row("pulse.read", "current", "anyone"),
    Row("pulse.answer", "current", "partner"),
    Row("self_check.read", "current", "partner_focal_point"),
    Row("self_check.write", "current", "partner_focal_point"),
    # lessons learned
    Row("learning.read", "current", "anyone"),
    # rounds
    Row("round.read", "current", "anyone"),
    Row("round.open", "current", "pdu_officer"),
    Row("round.draw", "current", "pdu_officer"),
    Row("round.select", "current", "pdu_officer"),
    Row("round.request", "current", "focal_point"),
    Row("round.petition", "current", "petitioner"),
    # members
    Row("member.read", "current", "member"),
    Row("member.change", "current", "member"),
    Row("member.declare", "current", "member"),
    Row("member.calibrate", "current", "member"),
    Row("member.assignments", "current", "member"),
    # assessments
    Row("assessment.read", COURSE, "anyone"),
    Row("assessment.compose", "composing", "pdu_officer"),
    Row("assessment.read_panel", COURSE, "pdu_officer"),
    Row("assessment.leave", "composing questions reviewing deliberating replying unit_review", "panel pdu_officer"),
    Row("assessment.ask", "questions", "panel"),
    Row("assessment.answer", "questions", "focal_point"),
    Row("assessment.read_questions", COURSE, "anyone"),
    Row("assessment.read_document_room", COURSE, "panel focal_point"),
    Row("assessment.read_own_review", "reviewing deliberating replying unit_review published abandoned", "panel"),
    Row("assessment.write_review", "reviewing deliberating replying", "panel"),
    Row("assessment.read_reviews", "reviewing deliberating replying unit_review", "panel"),
    Row("assessment.discuss", "deliberating replying", "panel"),
    Row("assessment.read_pulse_comments", "questions reviewing deliberating replying unit_review", "panel"),
    Row("assessment.read_discussion", "deliberating replying unit_review", "panel"),
    Row("assessment.write_rationale", "deliberating replying", "panel"),
    Row("assessment.recommend", "deliberating replying", "panel"),
    Row("assessment.approve", "deliberating replying", "panel"),
    Row("assessment.read_findings", "deliberating", "panel"),
    Row("assessment.read_findings", "replying unit_review published", "panel focal_point pdu_officer"),
    Row("assessment.reply", "replying", "focal_point"),
    Row("assessment.extend", "replying", "focal_point pdu_officer"),
    Row("assessment.reconsider", "replying", "focal_point"),
    Row("assessment.review_unit", "unit_review", "pdu_officer"),
    Row("assessment.read_unit_review", COURSE, "pdu_officer"),
    Row("assessment.move", "requested composing questions reviewing deliberating replying unit_review", "pdu_officer"),
)


allowed = TABLE.allows


def stages_of(functions: frozenset[str], action: str) -> tuple[str, ...]:
    """The stages in which one of the functions may do the action, in their order."""
    possible = TABLE.standings_of(functions, action)
    return tuple(stage for stage in (*COURSE.split(), "current") if stage in possible)
