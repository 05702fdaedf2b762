"""The contracts of the rubric: the file that gives a version its structure, and the document that the API answers.

Which lessons, levels and languages must be there is checked where the files are read (`schemas.rubric.reading`), because a hole
must be named exactly. The assessment's API describes itself with `RubricDocument`.
"""

from __future__ import annotations

from typing import Any

from schemas import fields as f
from schemas.documents import Contract
from schemas.rubric.model import LEVELS

MEASURES = ("share", "points", "days", "count", "practice", "steps")
KINDS = ("computed", "judged")
_TEXT = 400


class AnchorsPart(Contract):
    """How a computed indicator is graded."""

    measure = f.Choice(MEASURES, "practice and steps are graded by the words of the levels.", required=True)
    values = f.Items(
        f.Line(limit=f.SHORT),
        "The values of the levels 0, 2 and 4 (numbers or fractions); linear between them, rounded down.",
        required=True,
        most=3,
    )


class IndicatorEntry(Contract):
    """An indicator in the file of the structure: everything but its words."""

    code = f.Line(limit=f.SHORT, required=True, example="affected_named")
    kind = f.Choice(KINDS, required=True)
    computed_from = f.Items(
        f.Line(limit=200), "Pointers into the record (`*` is every item), or `pulse:` and a question.", unique=True
    )
    anchors = f.Object(AnchorsPart)
    sources = f.Items(f.Line(limit=f.SHORT), "Paragraphs of the Panel's report.", required=True, least=1)
    applicability = f.Line("The note that says when it does not apply.", limit=f.SHORT)


class LessonEntry(Contract):
    lesson = f.Line(limit=f.SHORT, required=True)
    indicators = f.Items(IndicatorEntry, required=True)


class PulseEntry(Contract):
    questions = f.Items(f.Line(limit=f.SHORT), required=True, least=1)
    answers = f.Items(f.Line(limit=f.SHORT), required=True, least=2)


class Structure(Contract):
    """`lessons.json` of a version."""

    version = f.Line(limit=f.SHORT, required=True)
    chambers = f.Items(f.Line(limit=f.SHORT), required=True, least=1)
    lessons = f.Items(LessonEntry, required=True)
    pulse = f.Object(PulseEntry, required=True)
    applicability = f.Items(f.Line(limit=f.SHORT), required=True)
    notes = f.Items(f.Line(limit=f.SHORT), required=True)


class NotedText(Contract):
    """A text with the code by which other parts name it."""

    code = f.Line(limit=f.SHORT, required=True)
    text = f.LanguageMap(limit=_TEXT, required=True)


class PulsePart(Contract):
    """The partner pulse: six questions that all have the same answers."""

    title = f.LanguageMap(limit=_TEXT, required=True)
    text = f.LanguageMap(limit=_TEXT, required=True)
    questions = f.Items(NotedText, required=True)
    answers = f.Items(NotedText, required=True)


LevelsPart = Contract.from_dict(
    {level: f.LanguageMap(f"What level {level} means.", limit=_TEXT, required=True) for level in LEVELS},
    name="LevelsPart",
)


class IndicatorPart(IndicatorEntry):
    """An indicator: a question with five described levels."""

    question = f.LanguageMap(limit=_TEXT, required=True)
    levels = f.Object(LevelsPart, required=True)


class LessonPart(Contract):
    """A lesson of the Panel (¶75) with its indicators."""

    lesson = f.Code("lesson", required=True, example="inclusive")
    title = f.LanguageMap(limit=_TEXT, required=True)
    text = f.LanguageMap(limit=_TEXT, required=True)
    indicators = f.Items(IndicatorPart, required=True)


class Chambers(f.Value):
    """`{chamber: [constituency]}`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, dict) or not all(isinstance(codes, list) for codes in value.values()):
            raise f.refuse("must be an object of chambers and their constituencies")
        return value

    def json_schema(self) -> f.JsonSchema:
        return {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}


class RubricDocument(Contract):
    """A version of the rubric, as the API answers it. Frozen once an assessment has used it."""

    version = f.Line(limit=f.SHORT, required=True, example="1")
    frozen = f.Flag("Whether an assessment may use it; from then on it does not change.")
    chambers = Chambers("The constituencies of each chamber.", required=True)
    lessons = f.Items(LessonPart, required=True)
    pulse = f.Object(PulsePart, required=True)
    applicability = f.Items(NotedText, "When indicators do not apply, or to whom they apply instead.", required=True)
    notes = f.Items(NotedText, "How levels come about, and what they are not.", required=True)
