"""The course of an assessment, as one table: its stages, whom each waits for, when it ends by itself, and where it may lead.

Pure: it knows no database and no HTTP. Stages move by deadline or by the unit, never otherwise; `assessments.moving` does what
the table says, and the clock asks it what is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

RECONSIDERATION_DAYS = 5
SENT_BACK_DAYS = 10
"""What the panel has when the unit sends an assessment back; the round's calendar is over by then."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the course.

    `waits_for`: who must be done before the unit may close it early (None: nobody). `until`: the day of the round's calendar on
    which it ends by itself, or `reply_days`. `then`: where the deadline leads. `unit`: where the unit may lead. `opened`: the
    event that says it was entered.
    """

    name: str
    waits_for: str | None
    until: str | None
    then: str | None
    unit: tuple[str, ...]
    opened: str


COURSE: tuple[Stage, ...] = (
    # name          waits for                until                 then            the unit may lead to            event
    Stage("requested", None, None, None, ("composing", "abandoned"), "requested"),
    Stage("composing", "panel", None, None, ("questions", "abandoned"), "selected"),
    Stage("questions", "answers", "questions_until", "reviewing", ("reviewing", "abandoned"), "questions_opened"),
    Stage("reviewing", "reviews", "reviewing_until", "deliberating", ("deliberating", "abandoned"), "reviewing_opened"),
    Stage(
        "deliberating", "approvals", "deliberating_until", "replying", ("replying", "abandoned"), "deliberating_opened"
    ),
    Stage("replying", "reply", "reply_days", "unit_review", ("unit_review", "abandoned"), "replying_opened"),
    Stage("unit_review", "unit", None, None, ("published", "deliberating", "abandoned"), "unit_review_opened"),
    Stage("published", None, None, None, (), "published"),
    Stage("abandoned", None, None, None, (), "abandoned"),
)

STAGES: Mapping[str, Stage] = {stage.name: stage for stage in COURSE}
ORDER: Mapping[str, int] = {stage.name: place for place, stage in enumerate(COURSE)}
OVER = ("published", "abandoned")
ON_PANEL = ("composing", "questions", "reviewing", "deliberating", "replying", "unit_review")
"""The stages in which a member can leave the panel."""
REPLACEABLE = ("composing", "questions", "reviewing")
"""The stages in which a member who leaves is replaced; later the quorum is counted again."""
SHOWING = ("replying", "unit_review")
"""The stages that begin with the profile being worked out and shown."""
REASON_OWED = (("requested", "abandoned"), ("unit_review", "deliberating"))
"""Beside every step to `abandoned`: steps that owe a reason."""


def owes_reason(stage: str, to: str) -> bool:
    """Whether the unit must say why it takes this step."""
    return to == "abandoned" or (stage, to) in REASON_OWED


def may_move(stage: str, to: str) -> bool:
    """Whether the unit may lead from one stage to the other."""
    return to in STAGES[stage].unit


def is_past(stage: str, other: str) -> bool:
    """Whether `stage` comes after `other` in the course."""
    return ORDER[stage] > ORDER[other]


def ends(day: str) -> datetime:
    """The instant at which something open until `day` ends: a day counts to its end (UTC), an instant is itself."""
    if len(day) == len("2027-03-10"):
        return datetime.combine(date.fromisoformat(day), time(), UTC) + timedelta(days=1)
    return datetime.fromisoformat(day).astimezone(UTC)


def deadline(stage: str, calendar: Mapping[str, Any], entered: datetime, *, sent_back: bool = False) -> datetime | None:
    """When a stage that was entered then ends by itself; None: it waits for the unit."""
    until = STAGES[stage].until
    if until is None:
        return None
    if until == "reply_days":
        return entered + timedelta(days=calendar["reply_days"])
    if sent_back:
        return entered + timedelta(days=SENT_BACK_DAYS)
    return ends(calendar[until])
