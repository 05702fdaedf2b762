"""The partner pulse: six short questions to every confirmed partner, answered in confidence; and what is shown of the answers.

An answer is a command only: no document and no event says who gave which. The assessment owns pulses.
"""

from __future__ import annotations

from schemas import fields as f
from schemas.assessment import Prose
from schemas.documents import Contract, Figures

QUESTIONS = (
    "could_influence", "know_who_decides", "others_delivered", "money_in_time", "free_to_disagree", "would_join_again",
)  # fmt: skip
ANSWERS = ("yes", "partly", "no", "cannot_say")
STATES = ("open", "closed")
LONGEST_COMMENT = 2_000


class PulseCommand(Contract):
    """Ask the confirmed partners of a partnership."""

    partnership_id = f.Identifier(required=True)
    closes_on = f.FullDate("The last day for answers; in 30 days where it is left out.")


class PulseAnswers(Contract):
    """An answer to each of the six questions."""

    could_influence = f.Choice(ANSWERS, required=True)
    know_who_decides = f.Choice(ANSWERS, required=True)
    others_delivered = f.Choice(ANSWERS, required=True)
    money_in_time = f.Choice(ANSWERS, required=True)
    free_to_disagree = f.Choice(ANSWERS, required=True)
    would_join_again = f.Choice(ANSWERS, required=True)


class PulseAnswerCommand(Contract):
    """A partner's answers. They are kept without the partner; that it has answered is kept apart."""

    organization_id = f.Identifier("For which partner, where somebody speaks for more than one.")
    answers = f.Object(PulseAnswers, required=True)
    comment = Prose("Seen by panels of this partnership alone, without a name.", limit=LONGEST_COMMENT)


class QuestionDistribution(Figures):
    """How often each answer was given to a question."""

    question = f.Choice(QUESTIONS, required=True)
    yes = f.Count(required=True)
    partly = f.Count(required=True)
    no = f.Count(required=True)
    cannot_say = f.Count(required=True)


class PulseDocument(Figures):
    """A pulse, as everybody sees it: never by partner, and no figure under five answers.

    Figures change with every fifth answer, so that no difference between two of them tells of less than five.
    """

    id = f.Identifier(required=True)
    partnership_id = f.Identifier(required=True)
    rubric_version = f.Line(limit=f.SHORT, required=True)
    state = f.Choice(STATES, required=True)
    opened_at = f.Timestamp(required=True)
    closes_on = f.FullDate(required=True)
    answers = f.Count("How many answers the distributions hold; null under five.")
    distributions = f.Items(QuestionDistribution, "Null under five answers.")


class PulsePage(Contract):
    items = f.Items(PulseDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class PulseComment(Contract):
    """What a partner added, without a name or a day."""

    text = Prose(required=True)


class PulseComments(Contract):
    items = f.Items(PulseComment, required=True)
