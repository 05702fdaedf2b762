"""What differs between two versions of the rubric, and which published figures can therefore not be compared across them.

English is the text that decides: a change of another language alone is told, but breaks nothing. Reports over several versions and
whoever edits the rubric call it; it only tells, and recomputes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.rubric.model import LEVELS, Indicator, LanguageMap, Rubric

Aspect = Literal[
    "added", "removed", "moved", "kind", "question", "levels", "anchors", "computed_from", "applicability", "sources",
    "translations",
]  # fmt: skip
Figure = Literal[
    "level", "interval", "chamber_means", "tentative", "disagreement", "one_chamber_decides", "agreement", "indicator_band",
    "evidence_range", "evidence_level", "coverage", "indicator_level", "departs_from_evidence", "pulse_distribution",
]  # fmt: skip

FIGURES: Mapping[Figure, str] = {
    "level": "the lesson's level",
    "interval": "its interval",
    "chamber_means": "the chambers' means",
    "tentative": "the flag tentative",
    "disagreement": "the flag disagreement",
    "one_chamber_decides": "the flag one chamber decides",
    "agreement": "agreement (Krippendorff's alpha)",
    "indicator_band": "the indicator's band",
    "evidence_range": "the range of the evidence",
    "evidence_level": "the mean of the evidence",
    "coverage": "the coverage of the evidence",
    "indicator_level": "the indicator's computed level",
    "departs_from_evidence": "the flag departs from evidence",
    "pulse_distribution": "the distribution of the answers",
}
"""Each published figure in words."""

_SILENT: frozenset[Aspect] = frozenset(("sources", "translations"))
_OF_JUDGEMENT: tuple[Figure, ...] = (
    "level", "interval", "chamber_means", "tentative", "disagreement", "one_chamber_decides", "agreement",
    "departs_from_evidence",
)  # fmt: skip
_OF_EVIDENCE: tuple[Figure, ...] = ("evidence_range", "evidence_level", "coverage", "departs_from_evidence")
_OF_GRADING: tuple[Figure, ...] = ("evidence_range", "evidence_level", "departs_from_evidence")


@dataclass(frozen=True, slots=True)
class IndicatorChange:
    """An indicator that differs. `levels`: those reworded in English; `languages`: those whose text alone changed."""

    code: str
    lesson: str
    aspects: tuple[Aspect, ...]
    kinds: tuple[str, ...]
    levels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def breaks(self) -> bool:
        """Whether figures before and after it can no longer be compared."""
        return not _SILENT.issuperset(self.aspects)

    def __str__(self) -> str:
        words = {
            "levels": f"level{'s' if len(self.levels) > 1 else ''} {', '.join(self.levels)} reworded",
            "question": "question reworded",
            "kind": " instead of ".join(reversed(self.kinds)),
            "anchors": "other anchors",
            "computed_from": "computed from something else",
            "applicability": "applies otherwise",
            "sources": "other sources",
            "translations": f"translation changed ({', '.join(self.languages)})",
            "moved": "moved from another lesson",
        }
        return f"{self.lesson}/{self.code}: " + "; ".join(words.get(aspect, aspect) for aspect in self.aspects)


@dataclass(frozen=True, slots=True)
class NotComparable:
    """A published figure that does not mean the same in both versions. `indicator` or `question` is set where it is about one."""

    figure: Figure
    lesson: str | None
    indicator: str | None = None
    question: str | None = None

    def __str__(self) -> str:
        subject = "/".join(part for part in (self.lesson, self.indicator, self.question) if part)
        return f"{subject}: {FIGURES[self.figure]}"


@dataclass(frozen=True, slots=True)
class RubricDifference:
    """What differs from `old` to `new` (versions); the eight lessons themselves are the Panel's and do not change.

    `questions_changed`: of the partner pulse. `remarks`: what else changed in texts, in words.
    """

    old: str
    new: str
    indicators: tuple[IndicatorChange, ...]
    chambers_changed: bool
    questions_changed: tuple[str, ...]
    remarks: tuple[str, ...]
    not_comparable: tuple[NotComparable, ...]

    @property
    def comparable(self) -> bool:
        """Whether every published figure of one version may stand beside those of the other."""
        return not self.not_comparable

    @property
    def lessons(self) -> tuple[str, ...]:
        """The lessons with a figure that is no longer comparable."""
        return tuple(dict.fromkeys(figure.lesson for figure in self.not_comparable if figure.lesson))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The difference in words: what changed, then what cannot be compared, or that everything can."""
        return tuple(self._changes()) + tuple(self._consequences())

    def _changes(self) -> Iterator[str]:
        yield from map(str, self.indicators)
        if self.chambers_changed:
            yield "other chambers"
        yield from self.remarks

    def _consequences(self) -> Iterator[str]:
        if self.comparable:
            yield f"All published figures of rubric {self.old} and rubric {self.new} can be compared."
            return
        subjects: dict[str, list[str]] = {}
        for one in self.not_comparable:
            subject, figure = str(one).split(": ", 1)
            subjects.setdefault(subject, []).append(figure)
        yield from (f"Not comparable, {subject}: {', '.join(figures)}." for subject, figures in subjects.items())


def difference(old: Rubric, new: Rubric) -> RubricDifference:
    """How `new` differs from `old`, and which published figures of the two cannot be compared."""
    indicators = tuple(_changed_indicators(old, new))
    chambers_changed = old.chambers != new.chambers
    questions = tuple(_changed_questions(old, new))
    figures = [
        *(figure for change in indicators if change.breaks for figure in _broken_by(change)),
        *(_broken_by_chambers(new) if chambers_changed else ()),
        *(NotComparable("pulse_distribution", None, question=question) for question in questions),
        *_broken_by_pulse(new, questions),
    ]
    return RubricDifference(
        old=old.version,
        new=new.version,
        indicators=indicators,
        chambers_changed=chambers_changed,
        questions_changed=questions,
        remarks=tuple(_remarks(old, new)),
        not_comparable=tuple(dict.fromkeys(figures)),
    )


def _changed_indicators(old: Rubric, new: Rubric) -> Iterator[IndicatorChange]:
    before = {indicator.code: indicator for indicator in old.indicators}
    after = {indicator.code: indicator for indicator in new.indicators}
    for code, one in before.items():
        other = after.get(code)
        if other is None:
            yield IndicatorChange(code, one.lesson, ("removed",), (one.kind,))
        elif other.lesson != one.lesson:
            yield IndicatorChange(code, one.lesson, ("removed",), (one.kind,))
            yield _change(one, other, ("moved", *_aspects(one, other)))
        elif aspects := tuple(_aspects(one, other)):
            yield _change(one, other, aspects)
    for code, other in after.items():
        if code not in before:
            yield IndicatorChange(code, other.lesson, ("added",), (other.kind,))


def _change(one: Indicator, other: Indicator, aspects: tuple[Aspect, ...]) -> IndicatorChange:
    pairs = list(zip(LEVELS, one.levels, other.levels, strict=True))
    texts = [(one.question, other.question), *((old, new) for _, old, new in pairs)]
    return IndicatorChange(
        code=one.code,
        lesson=other.lesson,
        aspects=aspects,
        kinds=tuple(dict.fromkeys((one.kind, other.kind))),
        levels=tuple(level for level, old, new in pairs if old["en"] != new["en"]),
        languages=tuple(dict.fromkeys(language for old, new in texts for language in _translated(old, new))),
    )


def _aspects(one: Indicator, other: Indicator) -> Iterator[Aspect]:
    if one.kind != other.kind:
        yield "kind"
    if one.question["en"] != other.question["en"]:
        yield "question"
    if any(old["en"] != new["en"] for old, new in zip(one.levels, other.levels, strict=True)):
        yield "levels"
    if one.anchors != other.anchors:
        yield "anchors"
    if one.computed_from != other.computed_from:
        yield "computed_from"
    if one.applicability != other.applicability:
        yield "applicability"
    if one.sources != other.sources:
        yield "sources"
    texts = ((one.question, other.question), *zip(one.levels, other.levels, strict=True))
    if any(_translated(old, new) for old, new in texts):
        yield "translations"


def _translated(old: LanguageMap, new: LanguageMap) -> tuple[str, ...]:
    """The languages other than English in which a text changed while its English stayed."""
    if old["en"] != new["en"]:
        return ()
    return tuple(language for language in new if language != "en" and old.get(language) != new[language])


def _broken_by(change: IndicatorChange) -> Iterator[NotComparable]:
    """The figures that an indicator's change makes incomparable; a change of kind breaks those of both."""
    stays = not {"added", "removed", "moved"} & set(change.aspects)
    if "judged" in change.kinds:
        yield from (NotComparable(figure, change.lesson) for figure in _OF_JUDGEMENT)
        if stays:
            yield NotComparable("indicator_band", change.lesson, change.code)
    if "computed" in change.kinds:
        only_graded = stays and {"anchors", "levels"}.issuperset(set(change.aspects) - _SILENT)
        yield from (NotComparable(figure, change.lesson) for figure in (_OF_GRADING if only_graded else _OF_EVIDENCE))
        if stays:
            yield NotComparable("indicator_level", change.lesson, change.code)


def _broken_by_chambers(new: Rubric) -> Iterator[NotComparable]:
    """Agreement stays, which is computed over members in whatever chambers, and evidence, which knows constituencies only."""
    for lesson in new.lessons:
        yield from (NotComparable(figure, lesson.code) for figure in _OF_JUDGEMENT if figure != "agreement")
        yield from (NotComparable("indicator_band", lesson.code, judged.code) for judged in new.judged(lesson.code))


def _broken_by_pulse(new: Rubric, questions: Iterable[str]) -> Iterator[NotComparable]:
    """The computed indicators that rest on a question of the pulse that changed."""
    changed = {f"pulse:{question}" for question in questions}
    for indicator in new.indicators:
        if changed.intersection(indicator.computed_from):
            yield from (NotComparable(figure, indicator.lesson) for figure in _OF_EVIDENCE)
            yield NotComparable("indicator_level", indicator.lesson, indicator.code)


def _changed_questions(old: Rubric, new: Rubric) -> Iterator[str]:
    """The pulse's questions that were added, removed or reworded in English; all of them where the answers changed."""
    before, after = old.pulse.questions, new.pulse.questions
    answers_changed = _english(old.pulse.answers) != _english(new.pulse.answers)
    for code in dict.fromkeys((*before, *after)):
        if answers_changed or code not in before or code not in after or before[code]["en"] != after[code]["en"]:
            yield code


def _english(texts: Mapping[str, LanguageMap]) -> dict[str, str]:
    return {code: text["en"] for code, text in texts.items()}


def _remarks(old: Rubric, new: Rubric) -> Iterator[str]:
    before, after = dict(_other_texts(old)), dict(_other_texts(new))
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"{name} removed"
        elif name not in before:
            yield f"{name} added"
        elif before[name]["en"] != after[name]["en"]:
            yield f"{name} reworded"
        elif languages := _translated(before[name], after[name]):
            yield f"{name}: translation changed ({', '.join(languages)})"


def _other_texts(one: Rubric) -> Iterator[tuple[str, LanguageMap]]:
    """All texts outside the indicators, by name."""
    for lesson in one.lessons:
        yield f"{lesson.code}: title", lesson.title
        yield f"{lesson.code}: text", lesson.text
    yield "partner pulse: title", one.pulse.title
    yield "partner pulse: text", one.pulse.text
    yield from ((f"partner pulse: question {code}", text) for code, text in one.pulse.questions.items())
    yield from ((f"partner pulse: answer {code}", text) for code, text in one.pulse.answers.items())
    yield from ((f"applicability {code}", text) for code, text in one.applicability.items())
    yield from ((f"note {code}", text) for code, text in one.notes.items())
