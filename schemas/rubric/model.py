"""A rubric as values: eight lessons, each with indicators that are computed or judged, each of those with five described levels.

It knows what a rubric says and how a figure becomes a level; it reads no file (`schemas.rubric.reading`) and computes no indicator
from a record (the assessment does). Everything that shows, stores or checks an assessment asks these values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, cast

from schemas.vocabulary import LANGUAGES

Kind = Literal["computed", "judged"]
Measure = Literal["share", "points", "days", "count", "practice", "steps"]
LanguageMap = Mapping[str, str]

LEVELS = ("0", "1", "2", "3", "4")
KINDS: Mapping[Kind, int] = {"computed": 4, "judged": 2}
"""How many indicators of each kind every lesson has."""


class UnknownIndicator(KeyError):
    """The rubric has no such indicator or lesson."""

    def __str__(self) -> str:
        """A sentence, where KeyError would show the bare key."""
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Anchors:
    """How a computed indicator is graded.

    `share` (percent), `points` (percentage points), `days` and `count` have three `values`: those of the levels 0, 2 and 4, falling
    where less is better. `practice` is graded by what proves it (words, a statement, a proof, its use), `steps` as the levels are
    written; they have no values.
    """

    measure: Measure
    values: tuple[Fraction, ...]

    @property
    def thresholds(self) -> tuple[Fraction, ...]:
        """The values at which the levels 1, 2, 3 and 4 begin; empty where there are no anchors."""
        if not self.values:
            return ()
        zero, two, four = self.values
        return ((zero + two) / 2, two, (two + four) / 2, four)

    def level(self, value: Fraction | int | float) -> int:
        """The level of a figure in the unit of `measure`: linear between the anchors, rounded down to a whole level.

        A value at a threshold has that threshold's level, on either side of a rising or falling scale; give a `Fraction`
        where that must be exact. Conditions that a level adds in words ("from two constituencies") are the caller's. Raises
        ValueError where there are no anchors.
        """
        if not self.values:
            raise ValueError(f"a {self.measure} is not graded by a figure")
        rising = self.values[0] < self.values[-1]
        figure = Fraction(value)
        return sum(figure >= least if rising else figure <= least for least in self.thresholds)

    def as_document(self) -> dict[str, Any]:
        return {"measure": self.measure, "values": [str(value) for value in self.values]}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question with five levels. The language maps have all seven languages.

    `computed_from`: JSON Pointers into the partnership's document, in which `*` stands for every item of a list, or `pulse:` and a
    question of the partner pulse; empty for judged ones. `sources`: paragraphs of the Panel's report. `applicability`: the code of
    a note that says when it does not apply, or to whom it applies instead.
    """

    code: str
    lesson: str
    kind: Kind
    question: LanguageMap
    levels: tuple[LanguageMap, ...]
    computed_from: tuple[str, ...]
    anchors: Anchors | None
    sources: tuple[str, ...]
    applicability: str | None

    def as_document(self) -> dict[str, Any]:
        document: dict[str, Any] = {"code": self.code, "kind": self.kind, "question": dict(self.question)}
        document["levels"] = {level: dict(text) for level, text in zip(LEVELS, self.levels, strict=True)}
        if self.anchors:
            document |= {"computed_from": list(self.computed_from), "anchors": self.anchors.as_document()}
        document["sources"] = list(self.sources)
        if self.applicability:
            document["applicability"] = self.applicability
        return document


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson of the Panel (¶75): its code in the vocabulary, a title, one sentence, and its indicators in order."""

    code: str
    title: LanguageMap
    text: LanguageMap
    indicators: tuple[Indicator, ...]

    def as_document(self) -> dict[str, Any]:
        indicators = [indicator.as_document() for indicator in self.indicators]
        return {"lesson": self.code, "title": dict(self.title), "text": dict(self.text), "indicators": indicators}


@dataclass(frozen=True, slots=True)
class Pulse:
    """The partner pulse: its questions and the answers that all of them have, by code."""

    title: LanguageMap
    text: LanguageMap
    questions: Mapping[str, LanguageMap]
    answers: Mapping[str, LanguageMap]

    def as_document(self) -> dict[str, Any]:
        return {
            "title": dict(self.title),
            "text": dict(self.text),
            "questions": [{"code": code, "text": dict(text)} for code, text in self.questions.items()],
            "answers": [{"code": code, "text": dict(text)} for code, text in self.answers.items()],
        }


@dataclass(frozen=True)
class Rubric:
    """A version of the rubric. `chambers`: the constituencies by chamber. `notes`, `applicability`: texts by code."""

    version: str
    chambers: Mapping[str, tuple[str, ...]]
    lessons: tuple[Lesson, ...]
    pulse: Pulse
    applicability: Mapping[str, LanguageMap]
    notes: Mapping[str, LanguageMap]

    @property
    def indicators(self) -> Iterator[Indicator]:
        """All of them, lesson by lesson."""
        return (indicator for lesson in self.lessons for indicator in lesson.indicators)

    def indicator(self, code: str) -> Indicator:
        """The indicator of that code. Raises UnknownIndicator."""
        try:
            return self._by_code[code]
        except KeyError:
            raise UnknownIndicator(f"rubric {self.version} has no indicator {code[:80]!r}") from None

    def lesson(self, code: str) -> Lesson:
        """The lesson of that code. Raises UnknownIndicator."""
        for lesson in self.lessons:
            if lesson.code == code:
                return lesson
        raise UnknownIndicator(f"rubric {self.version} has no lesson {code[:80]!r}")

    def judged(self, lesson: str) -> tuple[Indicator, ...]:
        """The indicators of a lesson that members judge. Raises UnknownIndicator."""
        return tuple(indicator for indicator in self.lesson(lesson).indicators if indicator.kind == "judged")

    def computed(self, lesson: str) -> tuple[Indicator, ...]:
        """The indicators of a lesson that are computed from the record. Raises UnknownIndicator."""
        return tuple(indicator for indicator in self.lesson(lesson).indicators if indicator.kind == "computed")

    def as_document(self, language: str | None = None) -> dict[str, Any]:
        """What the API answers (`schemas.rubric.contract`); a new dict at each call.

        With `language`, one of the seven, the language maps hold that language alone: the same shape, a seventh of the size.
        Raises ValueError for another language.
        """
        document = {
            "version": self.version,
            "chambers": {chamber: list(constituencies) for chamber, constituencies in self.chambers.items()},
            "lessons": [lesson.as_document() for lesson in self.lessons],
            "pulse": self.pulse.as_document(),
            "applicability": [{"code": code, "text": dict(text)} for code, text in self.applicability.items()],
            "notes": [{"code": code, "text": dict(text)} for code, text in self.notes.items()],
        }
        if language is None:
            return document
        if language not in LANGUAGES:
            raise ValueError(f"the rubric is not written in {language!r}, but in {', '.join(LANGUAGES)}")
        return cast("dict[str, Any]", _in_one(language, document))

    @cached_property
    def _by_code(self) -> Mapping[str, Indicator]:
        return {indicator.code: indicator for indicator in self.indicators}


def _in_one(language: str, node: object) -> object:
    """A part of a document with its language maps cut down to one language."""
    if isinstance(node, dict):
        if node.keys() == set(LANGUAGES):
            return {language: node[language]}
        return {name: _in_one(language, value) for name, value in node.items()}
    if isinstance(node, list):
        return [_in_one(language, value) for value in node]
    return node
