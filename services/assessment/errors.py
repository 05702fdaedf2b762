"""What the assessment refuses, and the rule that each refusal names, in one table for its clients."""

from __future__ import annotations

from services.chassis.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, NotKnown, ServiceError, TooMany


class RecordNotKnown(NotFound):
    """The assessment knows no public record of this id. A record that was just listed is known within a moment."""

    slug, title = "record-not-known", "There is no such public record"


# The forum: rounds, members, the course of an assessment


class NotAMember(Forbidden):
    """No constituency network has nominated the caller for the forum."""

    slug, title = "not-a-member", "You are not nominated as a member of the forum"


class NotOnPanel(Forbidden):
    """The caller does not sit on the panel of this assessment, or does not any more."""

    slug, title = "not-on-panel", "You are not on the panel of this assessment"


class OwnReviewFirst(Forbidden):
    """Nobody sees another's review before submitting the own."""

    slug, title = "own-review-first", "Submit your own review before you see those of others"


class StagePassed(Conflict):
    """The unit moved the assessment on; what belongs to an earlier stage is over."""

    slug, title = "stage-passed", "This stage is over"


class DeadlinePassed(Conflict):
    """The deadline moved the assessment on."""

    slug, title = "deadline-passed", "The deadline has passed"


class StageNotReached(Conflict):
    """This belongs to a stage that is still to come."""

    slug, title = "stage-not-reached", "It is too early for this"


class NotAStep(Conflict):
    """The course does not lead from the stage it is in to the one that is asked for."""

    slug, title = "not-a-step", "The course has no such step"


class StillWaiting(Conflict):
    """A stage is closed early only when everyone that it waits for is done; `waiting_for` counts them."""

    slug, title = "still-waiting", "Somebody is still waited for"


class ReasonOwed(Invalid):
    """A reason is owed here."""

    slug, title = "reason-owed", "Give a reason"


class RubricNotFrozen(Conflict):
    """A round is opened only with a version of the rubric that can no longer change."""

    slug, title = "rubric-not-frozen", "This version of the rubric can still change"


class CalendarOutOfOrder(Invalid):
    """The days of a calendar lie ahead and follow one another."""

    slug, title = "calendar-out-of-order", "The calendar's days must lie ahead and follow one another"


class PanelRulesImpossible(Invalid):
    """A panel has 6 to 16 members, of 3 chambers at least and 2 of each."""

    slug, title = "panel-rules-impossible", "No panel may be like this"


class RoundClosed(Conflict):
    """The seed of the round is known by now, so nothing may be drawn by it any more."""

    slug, title = "round-closed", "The round is over"


class AlreadyInRound(Conflict):
    """The partnership is assessed in this round already."""

    slug, title = "already-in-round", "This partnership is in the round already"


class NotAssessable(Conflict):
    """A record that nobody of the partnership stands behind, or that is withdrawn or suspended, is not assessed."""

    slug, title = "not-assessable", "This record cannot be assessed as it stands"


class GroundMissing(Conflict):
    """Selection is not the unit's whim: by request, by petition, or by the draw."""

    slug, title = "ground-missing", "Nobody asked for this assessment, it was not drawn, and it is not due"


class PetitionTooSmall(Invalid):
    """A petition has three organizations at least, of two constituencies at least."""

    slug, title = "petition-too-small", "A petition takes three organizations from two constituencies"


class PanelMissing(Conflict):
    """The panel has not been composed."""

    slug, title = "panel-missing", "There is no panel yet"


class PanelImpossible(Conflict):
    """No panel fulfils every rule; `rule` says which fails and `mends` what would help."""

    slug, title = "panel-impossible", "No panel can be composed by these rules"


class PanelComposed(Conflict):
    """A panel is composed once; then members are replaced one by one, with a reason."""

    slug, title = "panel-composed", "The panel is composed already"


class CalibrationFirst(Conflict):
    """Members work through the anchor cases before their first review, unless the round says otherwise."""

    slug, title = "calibration-first", "Work through the anchor cases first"


class AlreadyAnswered(Conflict):
    """What was answered stays answered."""

    slug, title = "already-answered", "This was answered already"


class LevelOutOfRange(Invalid):
    """A level is 0, 1, 2, 3 or 4, or `cannot_judge`."""

    slug, title = "level-out-of-range", "A level lies between 0 and 4, or is cannot_judge"


class IndicatorNotJudged(Invalid):
    """Only the judged indicators of the round's rubric are judged."""

    slug, title = "indicator-not-judged", "This indicator is not judged"


class LessonNotKnown(Invalid):
    """The rubric has no such lesson."""

    slug, title = "lesson-not-known", "The rubric has no such lesson"


class ReviewMissing(Conflict):
    """There is no draft to submit, or no review to revise."""

    slug, title = "review-missing", "There is no review of yours"


class ReviewIncomplete(Invalid):
    """A review says something of every judged indicator that applies: a level, or `cannot_judge`."""

    slug, title = "review-incomplete", "The review does not cover every judged indicator"


class ReviewReasonsMissing(Invalid):
    """One substantial reason per lesson, and one for every 0, every 4 and every departure of 2 from the computed level."""

    slug, title = "review-reasons-missing", "The review owes reasons"


class AlreadySubmitted(Conflict):
    """A review is submitted once; it is revised in the deliberation."""

    slug, title = "already-submitted", "This review was submitted already"


class AlreadyReconsidered(Conflict):
    """Reconsideration is asked for once."""

    slug, title = "already-reconsidered", "Reconsideration was asked for already"


class OnlyReconsidered(Conflict):
    """While an indicator is reconsidered, every other level stays as it was."""

    slug, title = "only-reconsidered", "Only the reconsidered indicator is judged again"


class AlreadyExtended(Conflict):
    """The time to reply is extended once."""

    slug, title = "already-extended", "The time was extended already"


class RationaleMissing(Conflict):
    """The panel owes a rationale for every lesson that it judged."""

    slug, title = "rationale-missing", "A lesson that was judged has no rationale"


class UnitReviewIncomplete(Conflict):
    """The unit publishes after its checklist, with costs and impact put together."""

    slug, title = "unit-review-incomplete", "The unit's review is not complete"


FORUM_PROBLEMS: tuple[type[ServiceError], ...] = (
    NotKnown,
    NotAllowed,
    NotAMember,
    NotOnPanel,
    OwnReviewFirst,
    StagePassed,
    DeadlinePassed,
    StageNotReached,
    NotAStep,
    StillWaiting,
    ReasonOwed,
    RubricNotFrozen,
    CalendarOutOfOrder,
    PanelRulesImpossible,
    RoundClosed,
    AlreadyInRound,
    NotAssessable,
    GroundMissing,
    PetitionTooSmall,
    PanelMissing,
    PanelImpossible,
    PanelComposed,
    CalibrationFirst,
    AlreadyAnswered,
    LevelOutOfRange,
    IndicatorNotJudged,
    LessonNotKnown,
    ReviewMissing,
    ReviewIncomplete,
    ReviewReasonsMissing,
    AlreadySubmitted,
    AlreadyReconsidered,
    OnlyReconsidered,
    AlreadyExtended,
    RationaleMissing,
    UnitReviewIncomplete,
)


# Evaluations


class TooFewLessons(Conflict):
    """Nothing is published with fewer than five judged lessons; the panel can still judge more, or the assessment is abandoned."""

    slug, title = "too-few-lessons", "Fewer than five lessons were judged"


class EvaluationCorrected(Conflict):
    """Another evaluation corrects this one (`corrected_by`): answer there."""

    slug, title = "evaluation-corrected", "Another evaluation has taken the place of this one"


class TooManyComplaints(TooMany):
    """So many complaints about one evaluation wait for the unit that no more are taken until it has answered some."""

    slug, title = "too-many-complaints", "Too many complaints wait to be answered"


EVALUATION_PROBLEMS: tuple[type[ServiceError], ...] = (TooFewLessons, EvaluationCorrected, TooManyComplaints)


# The partner pulse


class PulseRunning(Conflict):
    """A partnership has one open pulse at a time; `pulse_id` is its."""

    slug, title = "pulse-running", "A pulse of this partnership is open already"


class LeadNotAsked(Forbidden):
    """The pulse asks the partners without the organization that leads them."""

    slug, title = "lead-not-asked", "The pulse is run without the lead"


PULSE_PROBLEMS: tuple[type[ServiceError], ...] = (PulseRunning, LeadNotAsked)


PROBLEMS: tuple[type[ServiceError], ...] = (RecordNotKnown, *FORUM_PROBLEMS, *EVALUATION_PROBLEMS, *PULSE_PROBLEMS)
