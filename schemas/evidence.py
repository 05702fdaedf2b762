"""The evidence profile: what a partnership's public record says about the eight lessons (Panel ¶75), and what is asked for one.

The assessment works it out when it is read, because it depends on the day; it is in no event. An evaluation repeats its lessons as
they stood. `null` is meant here: a level that is `null` is unknown, or does not apply, and never 0.
"""

from __future__ import annotations

from typing import Any

from schemas import documents
from schemas import fields as f
from schemas import partnership_parts as parts
from schemas.documents import Contract, Figures
from schemas.partnership import PartnershipDocument

UNITS = ("share", "points", "days", "count")
_ALL = 1_000


class EvidenceFigure(Figures):
    """A figure that the explanation names: a number, or the code of a constituency."""

    code = f.Line(limit=f.SHORT, required=True)
    value = f.Either([f.Quantity(least=-_ALL), f.Line(limit=f.SHORT)], required=True)


class IndicatorEvidence(Figures):
    """What one computed indicator finds."""

    code = f.Line(limit=f.SHORT, required=True, example="partners_confirmed")
    applicable = f.Flag("False where the rubric says that it does not apply here.", required=True)
    level = f.Count("0 to 4; null where it is unknown or does not apply.", most=4)
    value = f.Quantity("The figure that was graded.", least=-_ALL)
    unit = f.Choice(UNITS, "Of the value: a share from 0 to 1, percentage points, days, or a count.")
    reason = f.Line("The code of the explanation.", limit=f.SHORT, required=True, example="partners_confirmed")
    figures = f.Items(EvidenceFigure, "The figures of the explanation.", required=True)
    found = f.Items(f.Line(limit=f.SHORT), "Codes of what is there.", required=True)
    missing = f.Items(f.Line(limit=f.SHORT), "Codes of what a higher level asks for and is not there.", required=True)
    evidence = f.Items(f.Pointer(), "Where in the record it stands, at most fifty places.", required=True)
    silence = f.Code("silence", "Why the record says nothing here, where it gives a reason.", closed=True)
    explanation = f.LanguageMap("A sentence.", required=True)


class LessonEvidence(Figures):
    """A lesson by its four computed indicators.

    With A of them applicable and u unknown: `range` is [sum of the known / A, (that sum + 4u) / A], `coverage` is (A - u) / A, and
    `level` the mean of the known where half of them are known; null where none applies.
    """

    lesson = f.Code("lesson", required=True, example="inclusive")
    as_of = f.FullDate("The day from which days and months were counted.", required=True)
    range = f.Items(
        f.Quantity(most=4), "The lowest and the highest level that what is unknown leaves possible.", most=2
    )
    level = f.Quantity("The mean of the known levels, where half of them are known.", most=4)
    coverage = f.Quantity("The share of the applicable indicators that are known.", most=1)
    indicators = f.Items(IndicatorEvidence, required=True)


class EvidenceGap(Figures):
    """A gap that a focal point can fill: an indicator that is unknown, or below the top for want of a statement."""

    lesson = f.Code("lesson", required=True)
    indicator = f.Line(limit=f.SHORT, required=True)
    level = f.Count("The level as it is.", most=4)
    pointers = f.Items(f.Pointer(), "Where more could be stated.", required=True)
    missing = f.Items(f.Line(limit=f.SHORT), "Codes of what is asked for.", required=True)
    asks = f.LanguageMap("The rubric's words for the next level; where nothing is known, its question.", required=True)


class ConstituencyCount(Figures):
    constituency = f.Code("constituency", required=True)
    partners = f.Count(required=True)


class Spread(Figures):
    """How evenly the partners are spread over constituencies: shown beside the profile and graded nowhere, for variety is not
    relevance. Blau's index over its maximum for so many partners in so many kinds; null under two partners."""

    value = f.Quantity("0: all of one kind; 1: as even as can be.", most=1)
    partners = f.Count("Partners whose constituency is stated.", required=True)
    kinds = f.Count("Kinds of constituency that there are.", required=True)
    constituencies = f.Items(ConstituencyCount, required=True)


class ProfiledPartnership(Figures):
    """The record that was read, in the version in which it was read."""

    id = f.Identifier()
    reference = f.Line(limit=40)
    title = f.LanguageMap(limit=f.LINE)
    standing = f.Code("standing", closed=True)
    version = f.Count()
    revision = f.Count()


class EvidenceProfile(Figures):
    """A profile, never a league table: there is no overall score, and it is not an endorsement."""

    partnership = f.Object(ProfiledPartnership, required=True)
    rubric_version = f.Line(limit=f.SHORT, required=True)
    as_of = f.FullDate("The day from which days and months were counted.", required=True)
    notice = f.LanguageMap("What a profile is not.", required=True)
    lessons = f.Items(LessonEvidence, required=True)
    gaps = f.Items(EvidenceGap, "What is unknown first.", required=True)
    spread = f.Object(Spread, required=True)


def render(profile: dict[str, Any]) -> bytes:
    """The bytes of a profile; raises `UnknownMember` for what the contract does not know."""
    return documents.render(EvidenceProfile, profile)


# What is asked


PartnerInQuestion: type[Contract] = f.input_of(  # type: ignore[assignment]
    parts.Partner, "PartnerInQuestion", confirmation=f.Object(parts.Confirmation)
)

EvidenceQuestion: type[Contract] = f.input_of(  # type: ignore[assignment]
    PartnershipDocument,
    "EvidenceQuestion",
    kind=f.Code("kind", "What it is.", closed=True),
    title=f.LanguageMap(limit=f.LINE, one_line=True),
    partners=f.Items(PartnerInQuestion, most=2_000),
)
"""A document to be profiled: in the shape of a record, whole or in part. Nothing of it is kept."""
