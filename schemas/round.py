"""A round of assessments: its rules, its calendar, and the seed that the system draws and keeps until the evaluations are out.

The assessment owns it. Whoever wants to check a panel or a draw finds here what was promised when the round was opened, and the
seed that keeps the promise once every assessment of the round is over.
"""

from __future__ import annotations

from marshmallow import fields as base

from schemas import fields as f
from schemas.documents import Contract

LEAST_SEATS, MOST_SEATS, USUAL_SEATS = 6, 16, 12
LEAST_PER_CHAMBER, LEAST_CHAMBERS = 2, 3
USUAL_REPLY_DAYS = 30
ROUND_STATES = ("open", "closed")
GROUNDS = ("request", "petition", "draw", "due")
"""Why an assessment is made: the last is that the partnership was assessed before, and is due to be assessed again."""
HEXADECIMAL = 64


def _until(says: str, *, required: bool = True) -> base.Field[object]:
    return f.Either([f.FullDate(), f.Timestamp()], says, required=required, example="2027-03-10")


class PanelRules(Contract):
    """How panels of the round are made up."""

    size = f.Count("Members; 12 where it is not said.", least=LEAST_SEATS, most=MOST_SEATS)
    per_chamber = f.Count("Members of each chamber that sits, at least.", least=LEAST_PER_CHAMBER, most=MOST_SEATS)


class RoundCalendar(Contract):
    """Until when each stage is open. A day counts to its end (UTC)."""

    questions_until = _until("The last day of the questions.")
    reviewing_until = _until("The last day of the reviews.")
    deliberating_until = _until("The last day of the deliberation.")
    reply_days = f.Count("Days that the partnership has to reply; 30 where it is not said.", least=1, most=365)


class RoundDraw(Contract):
    """A draw: anybody can repeat it with the seed."""

    drawn_at = f.Timestamp(required=True)
    candidates = f.Count("Records that could be drawn.", required=True)
    candidates_digest = f.Line("SHA-256 of their ids in order, as canonical JSON.", limit=HEXADECIMAL, required=True)
    partnership_ids = f.Items(f.Identifier(), "Those drawn.", required=True)


class RoundDocument(Contract):
    """A round."""

    id = f.Identifier(required=True, read_only=True)
    version = f.Count("Counts changes.", least=1, required=True, read_only=True)
    revision = f.Count("Counts renderings.", least=1, required=True, read_only=True)
    state = f.Choice(ROUND_STATES, "Closed once every assessment of the round is over.", required=True, read_only=True)
    title = f.LanguageMap(limit=f.LINE, one_line=True, required=True)
    criteria = f.LanguageMap("By what the unit takes up requests.", limit=5_000)
    rubric_version = f.Line("The newest that is frozen where it is not said.", limit=f.SHORT, required=True)
    panel = f.Object(PanelRules, required=True)
    calibration = f.Flag("Whether members work through the anchor cases before their first review.", required=True)
    calendar = f.Object(RoundCalendar, required=True)
    seed_hash = f.Line(
        "SHA-256 of the seed that the system drew when it opened the round.",
        limit=HEXADECIMAL,
        required=True,
        read_only=True,
    )
    pool_digest = f.Line(
        "SHA-256 of the pool of members as it was then.", limit=HEXADECIMAL, required=True, read_only=True
    )
    pool_size = f.Count("Members of the pool then.", required=True, read_only=True)
    draws = f.Items(RoundDraw, read_only=True)
    seed = f.Line("The seed, once every assessment of the round is over.", limit=HEXADECIMAL, read_only=True)
    created_at = f.Timestamp(required=True, read_only=True)
    updated_at = f.Timestamp(required=True, read_only=True)


class RoundCommand(Contract):
    """Open a round."""

    title = f.LanguageMap(limit=f.LINE, one_line=True, required=True)
    criteria = f.LanguageMap("By what the unit takes up requests.", limit=5_000)
    rubric_version = f.Line("The newest that is frozen where it is left out.", limit=f.SHORT)
    panel = f.Object(PanelRules)
    calibration = f.Flag("Anchor cases before the first review; true where it is left out.")
    calendar = f.Object(RoundCalendar, required=True)


class RoundPage(Contract):
    items = f.Items(RoundDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class RequestCommand(Contract):
    """Ask that a partnership be assessed: as the partnership itself, or as organizations that petition."""

    partnership_id = f.Identifier(required=True)
    ground = f.Choice(("request", "petition"), required=True)
    organization_ids = f.Items(f.Identifier(), "Of a petition: who petitions.", most=100, unique=True)


class DrawCommand(Contract):
    """Draw partnerships at random."""

    count = f.Count("How many.", least=1, most=1_000, required=True)


class SelectionCommand(Contract):
    """Take up assessments that were asked for or drawn."""

    partnership_ids = f.Items(f.Identifier(), required=True, least=1, most=200, unique=True)
