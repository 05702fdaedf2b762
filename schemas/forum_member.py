"""Members of the forum as they see themselves: what they declare, how they were calibrated, what they have to do.

Private to each member (and, as far as the course says so, to the unit); in no event. The assessment owns them.
"""

from __future__ import annotations

from marshmallow import ValidationError, validates_schema

from schemas import fields as f
from schemas.assessment import STAGES, AssessedPartnership, Level, Prose
from schemas.documents import Contract


class MemberDocument(Contract):
    """The reader as a member: eligible from the nomination on."""

    id = f.Identifier(required=True)
    network_id = f.Identifier(required=True)
    constituency = f.Code("constituency", required=True)
    chamber = f.Code("chamber")
    organization_id = f.Identifier()
    languages = f.Items(f.Language(), required=True)
    countries = f.Items(f.Country(), required=True)
    named = f.Flag("Whether evaluations may name the member, as one of the panel.", required=True)
    display_name = f.Line("Under which name.", limit=200)
    calibrated = f.Flag("Whether the anchor cases are worked through.", required=True)


class MemberCommand(Contract):
    """May I be named, and how?"""

    named = f.Flag("Whether evaluations may name me, as one of the panel.", required=True)
    display_name = f.Line("Under which name; where it is left out, as one whom the network nominated.", limit=200)


class InterestDocument(Contract):
    """An interest that a member declared: who has one is not on a panel that it touches."""

    id = f.Identifier(required=True)
    organization_id = f.Identifier()
    partnership_id = f.Identifier()
    nature = Prose(required=True)
    declared_at = f.Timestamp(required=True)


class InterestCommand(Contract):
    """Declare an interest: in an organization, or in a partnership."""

    organization_id = f.Identifier()
    partnership_id = f.Identifier()
    nature = Prose("What it is: paid consultancy, rivalry, family, anything else.", required=True)

    @validates_schema
    def of_one_thing(self, data: dict[str, object], **_: object) -> None:
        """An interest is in one organization or in one partnership."""
        if ("organization_id" in data) == ("partnership_id" in data):
            raise ValidationError("name an organization or a partnership", "organization_id")


class InterestPage(Contract):
    items = f.Items(InterestDocument, required=True)


class CalibrationCase(Contract):
    """An anchor case: an invented partnership, and one judged indicator."""

    code = f.Line(limit=f.SHORT, required=True)
    indicator = f.Line(limit=f.SHORT, required=True)
    case = f.LanguageMap("What is known of it.", required=True)
    question = f.LanguageMap(required=True)
    level = f.Count("What the member answered.", most=4)
    anchor = f.Count("The level that the rubric's authors give; shown after the answer.", most=4)
    why = f.LanguageMap("Why; shown after the answer.")


class CalibrationDocument(Contract):
    """Three anchor cases, and what became of them."""

    rubric_version = f.Line(limit=f.SHORT, required=True)
    done = f.Flag("Whether all of them are answered.", required=True)
    cases = f.Items(CalibrationCase, required=True)


class CalibrationAnswer(Contract):
    case = f.Line("The code of the case.", limit=f.SHORT, required=True)
    level = Level("0 to 4.", required=True)


class CalibrationCommand(Contract):
    """Answer anchor cases, one or all."""

    answers = f.Items(CalibrationAnswer, required=True, least=1, most=20)


class AssignmentDocument(Contract):
    """A panel on which the reader sits."""

    assessment_id = f.Identifier(required=True)
    round_id = f.Identifier(required=True)
    partnership = f.Object(AssessedPartnership, required=True)
    stage = f.Choice(STAGES, required=True)
    deadline = f.Timestamp()
    pseudonym = f.Line(limit=f.SHORT, required=True)
    submitted = f.Flag(required=True)
    approved = f.Flag(required=True)


class AssignmentPage(Contract):
    items = f.Items(AssignmentDocument, required=True)


class OwnExclusion(Contract):
    """A panel on which the reader may not sit: by which rule, and the record that it stands on."""

    assessment_id = f.Identifier(required=True)
    rule = f.Line(limit=f.SHORT, required=True)
    source = f.Line(required=True)


class OwnExclusionPage(Contract):
    items = f.Items(OwnExclusion, required=True)
