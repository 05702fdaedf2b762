"""The self-check: the rubric as a private worksheet that the partners of a partnership fill in together. Nobody else sees it.

It is in no event, no evaluation and no figure; the assessment owns it.
"""

from __future__ import annotations

from schemas import fields as f
from schemas.assessment import Level, Prose
from schemas.documents import Contract, Figures

LONGEST_NOTE = 5_000
MOST_ENTRIES = 200


class SelfCheckEntry(Contract):
    """What the partners think of an indicator, and why; either may be left out."""

    indicator = f.Line("The code of an indicator, computed or judged.", limit=f.SHORT, required=True)
    level = Level("0 to 4, or cannot_judge.")
    note = Prose(limit=LONGEST_NOTE)


class SelfCheckInput(Contract):
    """The whole worksheet: it takes the place of what was there."""

    rubric_version = f.Line("The newest where it is left out.", limit=f.SHORT)
    entries = f.Items(SelfCheckEntry, required=True, most=MOST_ENTRIES)


class SelfCheckDocument(Figures):
    """The worksheet as it was last filled in; version 0 is an empty one."""

    partnership_id = f.Identifier(required=True)
    version = f.Count(required=True)
    rubric_version = f.Line(limit=f.SHORT, required=True)
    updated_at = f.Timestamp()
    entries = f.Items(SelfCheckEntry, required=True)
