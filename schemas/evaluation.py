"""The evaluation: what a panel of the Partnership Assessment Forum published about a partnership, lesson by lesson (Panel ¶75).

The assessment owns it; its event carries it, and search keeps the newest of every partnership. Evidence and judgement stand side by
side, never merged; there is no figure over lessons, and it is not an endorsement. `null` is meant wherever a figure is withheld or
there is none.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas import fields as f
from schemas.documents import Contract, Figures
from schemas.evidence import LessonEvidence
from schemas.partnership_parts import Amount
from schemas.round import GROUNDS

TOP = 4
FLAGS = ("tentative", "disagreement", "one_chamber_decides", "departs_from_evidence", "not_judged", "not_applicable")
WHY = ("chambers", "able", "does_not_apply")
"""Fewer than three chambers could judge; less than half of the panel could; no judged indicator applies."""
RESPONSES = ("accepted", "partly", "declined")
STATUSES = ("open", "under_way", "done", "declined")
RISK_TIERS = ("low", "medium", "high")
TRIGGERS = ("complaint", "new_business_partner", "withdrawal", "suspension")
OUTCOMES = ("upheld", "not_upheld")
OWED = 20
"""Characters that a reason has at least where one is owed."""


class PerChamber(f.Value):
    """`{chamber: value}`; the chambers are those of the rubric version."""

    def __init__(self, inner: f.Value, says: str = "", **options: Any) -> None:
        self.inner = inner
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, dict) or not all(isinstance(code, str) for code in value):
            raise f.refuse("must be an object of chambers")
        return {code: self.inner.deserialize(one) for code, one in value.items()}

    def json_schema(self) -> f.JsonSchema:
        return {"type": "object", "additionalProperties": self.inner.json_schema()}


def owed(data: dict[str, Any], name: str) -> None:
    """Raise `ValidationError` unless the text `name` is there and has twenty characters at least, in one language."""
    text = data.get(name) or ""
    if len(max(text.values(), key=len) if isinstance(text, dict) else text) < OWED:
        raise ValidationError(f"a reason of {OWED} characters at least is owed", name)


# What was assessed, and by whom


class EvaluatedPartnership(Contract):
    """The partnership, as the record called it when the evaluation was published."""

    id = f.Identifier(required=True)
    reference = f.Line(limit=40)
    title = f.LanguageMap(limit=f.LINE, required=True)


class EvaluationRound(Contract):
    id = f.Identifier(required=True)
    title = f.LanguageMap(limit=f.LINE, required=True)


class NamedMember(Contract):
    """A member who agreed to be named, as one of the panel and never beside a score."""

    display_name = f.Line(limit=200, required=True)


class EvaluationPanel(Contract):
    """Who judged: how many, of which chambers."""

    size = f.Count(required=True)
    chambers = PerChamber(f.Count(), "Members of each chamber.", required=True)
    members = f.Items(NamedMember, "Those who agreed to be named, by name.", required=True)


class Selection(Contract):
    """Why this partnership: it asked, three organizations petitioned, it was drawn at random, or it was due again."""

    ground = f.Choice(GROUNDS, required=True)


# The lessons


class IndicatorBand(Contract):
    """A judged indicator: the band of half a level that the mean of the chambers' means lies in."""

    code = f.Line(limit=f.SHORT, required=True)
    band = f.Items(f.Quantity(most=TOP), "From and to.", required=True, least=2, most=2)


class JudgedLesson(Figures):
    """What the panel judged. Chambers count the same, whatever their number of members; they are fixed, not sampled."""

    level = f.Quantity("The mean of the chambers' means, to one decimal; null where it was not judged.", most=TOP)
    interval = f.Items(
        f.Quantity(most=TOP),
        "95 % for other members of the same chambers; null where there is none, or where it would give a score away.",
        least=2,
        most=2,
    )
    chambers = PerChamber(
        f.Quantity(most=TOP), "The mean of each chamber to one decimal; null where that would give a score away."
    )
    indicators = f.Items(IndicatorBand, "From five members of three chambers on; null where there are fewer.")
    rationale = f.LanguageMap("Why, in the panel's words.")
    why = f.Items(f.Choice(WHY), "Why it was not judged, or does not apply.", required=True)


class EvaluatedLesson(Contract):
    """A lesson: judgement and evidence, side by side."""

    lesson = f.Code("lesson", required=True, example="inclusive")
    judged = f.Object(JudgedLesson, required=True)
    evidence = f.Object(LessonEvidence, required=True)
    flags = f.Items(f.Choice(FLAGS), required=True, unique=True)


# What follows from it


class Recommendation(Contract):
    """What the panel recommends, to whom; what that organization answers, and how far it is."""

    id = f.Identifier(required=True)
    text = f.LanguageMap(required=True)
    addressee = f.Identifier("The organization that it is addressed to.", required=True)
    due = f.FullDate("By when: as the addressee promised, else as the panel asked.")
    asked_due = f.FullDate("By when the panel asked for it.")
    response = f.Choice(RESPONSES)
    reason = f.Text("Why it was declined.")
    action = f.Text("What the addressee does about it.")
    answered_at = f.Timestamp()
    status = f.Choice(STATUSES, required=True)
    overdue_since = f.FullDate(
        "The day that was passed without it being done; said by an event, gone once it is answered."
    )


class Costs(Contract):
    """What the partnership cost: money, what was given in kind, days as partners stated them, coordination."""

    money = f.Items(Amount)
    days = f.Quantity("Days of work, as the partners stated them when confirming.")
    in_kind = f.Text()
    coordination = f.Either([f.Quantity(), f.Text()], "What working together cost: in days, or in words.")


class Trigger(Contract):
    """Something that made the next assessment due earlier."""

    kind = f.Choice(TRIGGERS, required=True)
    date = f.FullDate(required=True)


class Series(Figures):
    """The evaluations of one partnership, one after another."""

    previous = f.Identifier("The evaluation before this one.")
    next_due = f.FullDate("When it is to be assessed again: by its risk, or because of something that happened.")
    triggers = f.Items(Trigger)


class Correction(Contract):
    """Which evaluation this one corrects, or is corrected by; and why."""

    evaluation_id = f.Identifier(required=True)
    reason = f.Text(required=True)
    at = f.Timestamp(required=True)


class ComplaintsReceived(Contract):
    """How many complaints there were about it. What they say is read by the unit alone."""

    received = f.Count(required=True)
    upheld = f.Count(required=True)
    open = f.Count(required=True)


class EvaluationDocument(Contract):
    """A published evaluation. `version` counts answers, complaints and corrections; the figures never change."""

    id = f.Identifier(required=True)
    version = f.Count(least=1, required=True)
    revision = f.Count(least=1, required=True)
    assessment_id = f.Identifier(required=True)
    partnership = f.Object(EvaluatedPartnership, required=True)
    judged_version = f.Count("The version of the record that the panel judged.", required=True)
    evidence_version = f.Count(
        "The version that the evidence was computed from; a later one is later evidence.", required=True
    )
    round = f.Object(EvaluationRound, required=True)
    rubric_version = f.Line(limit=f.SHORT, required=True)
    published_at = f.Timestamp(required=True)
    panel = f.Object(EvaluationPanel, required=True)
    lessons = f.Items(EvaluatedLesson, required=True)
    recommendations = f.Items(Recommendation, required=True)
    reply = f.LanguageMap("What the partnership answers.")
    costs = f.Object(Costs)
    impact = f.LanguageMap("What came of it, with evidence.")
    selection = f.Object(Selection, required=True)
    series = f.Object(Series, required=True)
    complaints = f.Object(ComplaintsReceived)
    corrects = f.Object(Correction)
    corrected_by = f.Object(Correction)


class EvaluationPage(Contract):
    items = f.Items(EvaluationDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


# Commands


class ResponseCommand(Contract):
    """What the addressee of a recommendation answers. `status` says later how far it is."""

    response = f.Choice(RESPONSES, required=True)
    reason = f.Text("Owed where it is declined.")
    action = f.Text()
    due = f.FullDate()
    status = f.Choice(("under_way", "done"), "Under way where it is not said.")

    @validates_schema
    def a_refusal_has_a_reason(self, data: dict[str, Any], **_: object) -> None:
        if data.get("response") == "declined":
            owed(data, "reason")


class ComplaintCommand(Contract):
    """A complaint about an evaluation. Anybody may; what it says is read by the unit alone."""

    text = f.Text(required=True)

    @validates_schema
    def it_says_what_is_wrong(self, data: dict[str, Any], **_: object) -> None:
        owed(data, "text")


class ComplaintOutcome(Contract):
    """What the unit finds."""

    outcome = f.Choice(OUTCOMES, required=True)
    reason = f.Text(required=True)

    @validates_schema
    def it_says_why(self, data: dict[str, Any], **_: object) -> None:
        owed(data, "reason")


class ComplaintDocument(Contract):
    """A complaint, as the unit reads it."""

    id = f.Identifier(required=True)
    evaluation_id = f.Identifier(required=True)
    text = f.Text(required=True)
    received_at = f.Timestamp(required=True)
    outcome = f.Choice(OUTCOMES)
    reason = f.Text()
    answered_at = f.Timestamp()


class ComplaintReceipt(Contract):
    """What who complained gets to know."""

    id = f.Identifier(required=True)
    evaluation_id = f.Identifier(required=True)
    received_at = f.Timestamp(required=True)


class ComplaintPage(Contract):
    items = f.Items(ComplaintDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class CorrectionCommand(Contract):
    """A published evaluation is corrected by a new one that says so. Levels are the panel's: no command changes one.

    `evidence`: the evidence is computed again, from the record as it now is. `costs`, `impact` take the place of what was stated.
    `unnamed`: members who no longer want to be named.
    """

    reason = f.Text(required=True)
    evidence = f.Flag()
    costs = f.Object(Costs).for_input()
    impact = f.LanguageMap()
    unnamed = f.Items(f.Line(limit=200), most=100)

    @validates_schema
    def it_says_why(self, data: dict[str, Any], **_: object) -> None:
        owed(data, "reason")
