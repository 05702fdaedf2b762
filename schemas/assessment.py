"""An assessment in its course: what everybody may know of it, what its readers see beyond that, and the commands that move it.

`AssessmentDocument` is public and travels in events: stages and dates, never a name, a review, a score or a discussion. The other
contracts here are answers to those whom the course gives more, and commands. The assessment owns all of them.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from schemas import fields as f
from schemas.documents import Contract
from schemas.evaluation import Costs
from schemas.fields import JsonSchema, Value, checked_text, refuse
from schemas.round import GROUNDS

STAGES = (
    "requested", "composing", "questions", "reviewing", "deliberating", "replying", "unit_review", "published", "abandoned",
)  # fmt: skip
MOVERS = ("deadline", "unit", "person", "event")
CONFIDENCE = ("low", "medium", "high")
RISK_TIERS = ("low", "medium", "high")
CANNOT_JUDGE = "cannot_judge"
LEAST_REASON = 20
LONGEST_TEXT = 10_000
INDICATORS = 16


class Prose(f.Line):
    """Plain text of one line or several, in any language."""

    def __init__(self, says: str = "", *, limit: int = LONGEST_TEXT, **options: Any) -> None:
        super().__init__(says, limit=limit, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        return checked_text(value, self.limit, one_line=False)


class EvidenceAt(Value):
    """A place of evidence: a JSON Pointer into the record, or an address on the web."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if isinstance(value, str) and value.startswith("/"):
            f.check_pointer(value)
            return value
        try:
            return str(f.Link().deserialize(value))
        except ValidationError:
            raise refuse("must be a JSON Pointer into the record, like /deliverables/0, or an address") from None

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": "^(/|[hH][tT][tT][pP][sS]?://)", "maxLength": 2_000}


class Level(f.Anything):
    """0 to 4, or `cannot_judge`. What is no level is refused by the rule's own name, so it is taken as it is here."""

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 4}, {"const": CANNOT_JUDGE}]}


class Texts(Value):
    """Texts by lesson: plain ones, or language maps."""

    def __init__(self, says: str = "", *, maps: bool = False, **options: Any) -> None:
        self.one = f.LanguageMap(limit=LONGEST_TEXT, required=True) if maps else Prose(required=True)
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > f.SHORT:
            raise refuse("must be an object of lessons and texts")
        found: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for lesson, text in value.items():
            try:
                found[lesson] = self.one.deserialize(text)
            except ValidationError as error:
                errors[lesson] = error.messages
        if errors:
            raise ValidationError(errors)
        return found

    def json_schema(self) -> JsonSchema:
        return {"type": "object", "additionalProperties": self.one.json_schema(), "maxProperties": f.SHORT}


# What everybody may know


class AssessedPartnership(Contract):
    """The record that is assessed."""

    id = f.Identifier(required=True)
    reference = f.Line(limit=40)
    title = f.LanguageMap(limit=f.LINE)


class StageEntered(Contract):
    """A step of the course."""

    stage = f.Choice(STAGES, required=True)
    entered_at = f.Timestamp(required=True)
    moved_by = f.Choice(MOVERS, "What moved it there.", required=True)
    reason = Prose("Where one is owed: why it was refused, sent back or abandoned.")


class AssessmentDocument(Contract):
    """An assessment, as everybody may see it."""

    id = f.Identifier(required=True)
    version = f.Count("Counts steps.", least=1, required=True)
    revision = f.Count("Counts renderings.", least=1, required=True)
    round_id = f.Identifier(required=True)
    partnership = f.Object(AssessedPartnership, required=True)
    ground = f.Choice(GROUNDS, "Why it was selected.", required=True)
    petitioners = f.Items(f.Identifier(), "Of a petition: the organizations whose focal points signed it.")
    stage = f.Choice(STAGES, required=True)
    deadline = f.Timestamp("When this stage ends by itself.")
    stages = f.Items(StageEntered, "The course so far.", required=True)
    judged_version = f.Count("The version of the record that is judged: frozen when the questions begin.")
    pool_digest = f.Line("SHA-256 of the pool out of which the panel was composed.", limit=64)
    replied_at = f.Timestamp("When the partnership replied.")
    extended = f.Flag("Whether the time to reply was extended.")
    evaluation_id = f.Identifier("Once it is published.")
    created_at = f.Timestamp(required=True)
    updated_at = f.Timestamp(required=True)


class AssessmentPage(Contract):
    items = f.Items(AssessmentDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


# What its readers see


class OwnSeat(Contract):
    """The reader's own place on the panel."""

    member_id = f.Identifier(required=True)
    pseudonym = f.Line(limit=f.SHORT, required=True)
    chamber = f.Code("chamber", required=True)
    submitted = f.Flag("Whether the own review is submitted.", required=True)
    approved = f.Flag("Whether rationale and recommendations are approved as they stand.", required=True)


class Waiting(Contract):
    """Whom the stage waits for."""

    who = f.Line(limit=f.SHORT, required=True)
    count = f.Count("How many; 0: nobody.", required=True)


class PanelMember(Contract):
    """Somebody on the panel."""

    member_id = f.Identifier(required=True)
    chamber = f.Code("chamber", required=True)
    constituency = f.Code("constituency", required=True)
    pseudonym = f.Line(limit=f.SHORT, required=True)
    joined_at = f.Timestamp()


class FormerMember(PanelMember):
    """Somebody who was on the panel."""

    left_at = f.Timestamp(required=True)
    reason = Prose("Why the member left.")


class PanelExclusion(Contract):
    """Who may not sit on this panel: by which rule, and the record that it stands on."""

    member_id = f.Identifier(required=True)
    rule = f.Line(limit=f.SHORT, required=True)
    source = f.Line(required=True)


class PanelDocument(Contract):
    """The panel as the unit sees it."""

    members = f.Items(PanelMember, required=True)
    left = f.Items(FormerMember, "Who left, and was replaced where the stage allowed it.")
    excluded = f.Items(PanelExclusion, required=True)
    balance = f.Anything("How the soft rules came out.", required=True)


class RecommendationDocument(Contract):
    """What the panel recommends to an organization."""

    id = f.Identifier(required=True)
    text = f.LanguageMap(limit=LONGEST_TEXT, required=True)
    addressee = f.Identifier("An organization.", required=True)
    due = f.FullDate()


class ReplyDocument(Contract):
    """What the partnership replies."""

    text = f.LanguageMap(required=True)
    replied_at = f.Timestamp(required=True)


class ReconsiderationDocument(Contract):
    """An indicator whose facts were wrong, as the partnership says."""

    indicator = f.Line(limit=f.SHORT, required=True)
    fact = f.Text(required=True)
    source = f.Text(required=True)
    asked_at = f.Timestamp(required=True)
    until = f.Timestamp("Until when the panel may revise its levels for it.", required=True)


class UnitChecklist(Contract):
    """What the unit has made sure of."""

    conflicts = f.Flag("No member had a conflict of interest.")
    quorum = f.Flag("Enough members of enough chambers could judge.")
    rationale = f.Flag("Every lesson that was judged has its rationale.")
    reply = f.Flag("The partnership could reply, and the reply is there or was waited for.")


class CostAmount(Contract):
    amount = f.Decimal(required=True).for_input()
    currency = f.Currency(required=True)


class UnitReviewDocument(Contract):
    """The unit's review: it cannot change a level."""

    checklist = f.Object(UnitChecklist)
    costs = f.Object(Costs).for_input()
    impact = f.LanguageMap("Impact, with its evidence.")
    risk_tier = f.Choice(
        RISK_TIERS, "When it is assessed again: after 12 months where it is high, 24, 48 where it is low."
    )


class StatedCosts(Contract):
    """What taking part costs the partners, as they stated it in the record: added up, for the unit to begin with."""

    partners = f.Count("Partners that stated anything.", required=True)
    days_per_month = f.Quantity(required=True)
    coordination = f.Items(CostAmount, "By currency.", required=True)


class AssessmentView(AssessmentDocument):
    """An assessment, with what its course gives the reader: a member of the panel, the partnership's focal point, the unit."""

    as_seen_by = f.Items(f.Line(limit=f.SHORT), "What the reader is to this assessment.")
    me = f.Object(OwnSeat)
    waiting_for = f.Object(Waiting)
    panel = f.Object(PanelDocument)
    to_discuss = f.Items(f.Line(limit=f.SHORT), "Indicators whose levels spread by 2 or more.")
    lessons = f.Items(f.Anything(), "The profile under the rules of disclosure, as it would be published now.")
    rationale = Texts("By lesson.", maps=True)
    recommendations = f.Items(RecommendationDocument)
    reply = f.Object(ReplyDocument)
    reconsideration = f.Object(ReconsiderationDocument)
    unit_review = f.Object(UnitReviewDocument)
    stated_costs = f.Object(StatedCosts)


class QuestionDocument(Contract):
    """A question of the panel, without a name, and its answer."""

    id = f.Identifier(required=True)
    text = Prose(required=True)
    asked_by = f.Line("A pseudonym, where the member asks under it; for the panel alone.", limit=f.SHORT)
    asked_at = f.Timestamp(required=True)
    answer = f.Text()
    panel_only = f.Flag("Whether the answer is for the panel alone.")
    answered_at = f.Timestamp()


class QuestionPage(Contract):
    items = f.Items(QuestionDocument, required=True)


class ReviewScore(Contract):
    """What a member says of one judged indicator."""

    indicator = f.Line(limit=f.SHORT, required=True, example="who_is_missing")
    level = Level("0 to 4, or cannot_judge.", required=True)
    reason = Prose("Owed for every 0, every 4 and every departure of 2 from the computed level beside it.")
    evidence = f.Either(
        [EvidenceAt(), f.Items(EvidenceAt(), most=50)], "A JSON Pointer into the record, or a URL; or a list of them."
    )
    confidence = f.Choice(CONFIDENCE)


class ReviewCommand(Contract):
    """The own review: a draft until it is submitted."""

    scores = f.Items(ReviewScore, required=True, most=100)
    reasons = Texts("One substantial reason per lesson.")


class ReviewDocument(Contract):
    """A review as the panel sees it."""

    pseudonym = f.Line(limit=f.SHORT)
    state = f.Choice(("draft", "submitted"), required=True)
    number = f.Count("Which version it is: 1 is the first submission, which is kept for ever.")
    submitted_at = f.Timestamp()
    scores = f.Items(ReviewScore, required=True)
    reasons = Texts(required=True)
    first = f.Object(ReviewCommand, "The first submission, where a later one revised it.")


class ReviewPage(Contract):
    items = f.Items(ReviewDocument, required=True)


class DiscussionDocument(Contract):
    """A word in the deliberation."""

    id = f.Identifier(required=True)
    indicator = f.Line(limit=f.SHORT, required=True)
    pseudonym = f.Line(limit=f.SHORT, required=True)
    text = Prose(required=True)
    language = f.Language()
    translation_of = f.Identifier("The word that this translates; the original is kept.")
    machine = f.Flag("Whether a machine translated it.")
    said_at = f.Timestamp(required=True)


class DiscussionPage(Contract):
    items = f.Items(DiscussionDocument, required=True)


class ApprovalDocument(Contract):
    """That a member approves rationale and recommendations as they stand."""

    approved_at = f.Timestamp(required=True)


# Commands


class LeaveCommand(Contract):
    """Why a member leaves the panel."""

    reason = Prose(required=True)


class QuestionCommand(Contract):
    """Ask the partnership, without a name."""

    text = Prose(required=True)
    pseudonymous = f.Flag(
        "Whether it is asked under the pseudonym, so that questions of one member can be told together."
    )


class AnswerCommand(Contract):
    """Answer a question, publicly or for the panel alone."""

    text = f.Text(limit=LONGEST_TEXT, required=True)
    panel_only = f.Flag("Kept in the document room, which leaves with the round.")


class DiscussionCommand(Contract):
    """Say something on an indicator."""

    indicator = f.Line(limit=f.SHORT, required=True)
    text = Prose(required=True)
    language = f.Language()
    translation_of = f.Identifier("The word that this translates.")
    machine = f.Flag("Whether a machine translated it.")


class RationaleCommand(Contract):
    """The rationale per lesson; lessons left out stay as they are."""

    inclusive = f.LanguageMap(limit=LONGEST_TEXT)
    clear_purpose_and_roles = f.LanguageMap(limit=LONGEST_TEXT)
    participatory = f.LanguageMap(limit=LONGEST_TEXT)
    flexible_funding = f.LanguageMap(limit=LONGEST_TEXT)
    good_governance = f.LanguageMap(limit=LONGEST_TEXT)
    private_sector_balance = f.LanguageMap(limit=LONGEST_TEXT)
    mandate = f.LanguageMap(limit=LONGEST_TEXT)
    strategic_influence = f.LanguageMap(limit=LONGEST_TEXT)


class RecommendationCommand(Contract):
    """Recommend something to an organization."""

    text = f.LanguageMap(limit=LONGEST_TEXT, required=True)
    addressee = f.Identifier("An organization.", required=True)
    due = f.FullDate()


class ReplyCommand(Contract):
    """Reply, as the partnership."""

    text = f.LanguageMap(required=True)


class ReconsiderationCommand(Contract):
    """Ask, once, that an indicator be judged again because its facts were wrong."""

    indicator = f.Line(limit=f.SHORT, required=True)
    fact = f.Text(limit=LONGEST_TEXT, required=True)
    source = f.Text(
        "Where it stands: a JSON Pointer into the record, an address, or words.", limit=2_000, required=True
    )


class TransitionCommand(Contract):
    """Move the assessment."""

    to = f.Choice(STAGES, required=True)
    reason = Prose("Owed where it is refused, abandoned or sent back.")
