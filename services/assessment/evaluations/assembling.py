"""From an assessment to its evaluation. Pure: the same `Assessed` always gives the same figures, which is how they are recomputed.

The forum makes an `Assessed`, shows its `lessons` at the stage of reply and hands it to `service.publish`. Everything that is
withheld is withheld here, so that nobody shows more than is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from schemas.rubric import rubric
from services.assessment.evaluations import scheduling
from services.assessment.evidence.profile import findings as findings_of
from services.assessment.evidence.profile import judged_not_applicable, lesson_figures, profile
from services.assessment.evidence.pulse import Pulse
from services.assessment.figures import Disclosed, Panel, Review, judge, published
from services.assessment.figures.bands import Band
from services.assessment.figures.lessons import exact

LEAST_JUDGED = 5
"""Judged lessons without which nothing is published."""

Json = dict[str, Any]
Lessons = Sequence[Mapping[str, Any]]
Words = Mapping[str, str]
"""A language map."""


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """A version of a partnership's record: its number and its public document."""

    version: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recommended:
    """A recommendation of the panel; `addressee` is an organization's id, `due` a day."""

    id: str
    text: Words
    addressee: str
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    """All that an evaluation is made of. It holds the reviews: it is kept privately and is in no event.

    `judged` is the record as it was frozen, `evidence` the one that the evidence is computed from, counted from `as_of`. `reviews`
    are the current versions of those who reviewed; `Review.member` is any name that is the same within the assessment, as the
    forum's `reviews_of` gives it again. `not_applicable` are the judged indicators that do not apply (leave it as it is, and it
    follows from `judged`). `named` are those who agreed to be named. `earlier` are the lessons as they were shown before: at the
    stage of reply, and in evaluations that this one corrects; `fewer`: the judgement of a member was taken out since. `previous`
    is filled when it is published.
    """

    assessment_id: str
    partnership_id: str
    round_id: str
    round_title: Words
    rubric_version: str
    judged: RecordVersion
    evidence: RecordVersion
    as_of: date
    panel: Panel
    reviews: Sequence[Review]
    not_applicable: frozenset[str] | None = None
    pulse: Pulse | None = None
    named: Sequence[str] = ()
    rationale: Mapping[str, Words] = field(default_factory=dict)
    recommendations: Sequence[Recommended] = ()
    reply: Words | None = None
    costs: Mapping[str, Any] | None = None
    impact: Words | None = None
    ground: str = "request"
    risk_tier: str = "medium"
    previous: str | None = None
    earlier: Sequence[Lessons] = ()
    fewer: bool = False


def lessons(assessed: Assessed) -> list[Json]:
    """The lessons as `schemas.evaluation.EvaluatedLesson` has them, in the order of the rubric: what may be shown, and no more."""
    beside = profile(assessed.evidence.document, assessed.as_of, assessed.pulse, assessed.rubric_version)
    computed = computed_levels(assessed)
    without = not_applicable(assessed)
    return [_lesson(assessed, each, computed[each["lesson"]], without) for each in beside["lessons"]]


def computed_levels(assessed: Assessed) -> dict[str, Fraction | None]:
    """By lesson the mean of the known computed levels, exact; `None` where too little is known."""
    found = findings_of(assessed.evidence.document, assessed.as_of, assessed.pulse, assessed.rubric_version)
    own = {
        lesson.code: lesson_figures(found[indicator.code] for indicator in lesson.indicators if indicator.code in found)
        for lesson in rubric(assessed.rubric_version).lessons
    }
    return {code: figures.level for code, figures in own.items()}


def not_applicable(assessed: Assessed) -> frozenset[str]:
    """The judged indicators that do not apply to the record that was judged."""
    if assessed.not_applicable is not None:
        return assessed.not_applicable
    return judged_not_applicable(assessed.judged.document, assessed.as_of, assessed.rubric_version)


def judged_count(found: Lessons) -> int:
    """How many lessons were judged: neither without a quorum nor inapplicable."""
    return sum(each["judged"]["level"] is not None for each in found)


def evaluation(assessed: Assessed, id: str, version: int, published_at: str) -> Json:
    """The evaluation as `schemas.evaluation.EvaluationDocument` has it, but for its `revision`; `published_at` as RFC 3339."""
    # As the record is called now: a name may have been taken out of its title after it was frozen.
    document = assessed.evidence.document
    partnership = {"id": assessed.partnership_id, "reference": document.get("reference"), "title": document["title"]}
    return {
        "id": id,
        "version": version,
        "assessment_id": assessed.assessment_id,
        "partnership": partnership,
        "judged_version": assessed.judged.version,
        "evidence_version": assessed.evidence.version,
        "round": {"id": assessed.round_id, "title": dict(assessed.round_title)},
        "rubric_version": assessed.rubric_version,
        "published_at": published_at,
        "panel": panel(assessed),
        "lessons": lessons(assessed),
        "recommendations": [_recommendation(each) for each in assessed.recommendations],
        "reply": assessed.reply,
        "costs": assessed.costs,
        "impact": assessed.impact,
        "selection": {"ground": assessed.ground},
        "series": {
            "previous": assessed.previous,
            "next_due": scheduling.next_due(published_at[:10], assessed.risk_tier, ()),
            "triggers": [],
        },
    }


def panel(assessed: Assessed) -> Json:
    """Who judged, as a panel: those who agreed to be named by name, in the order of the names."""
    return {
        "size": assessed.panel.size,
        "chambers": dict(sorted(assessed.panel.chambers.items())),
        "members": [{"display_name": name} for name in sorted(assessed.named)],
    }


def _lesson(assessed: Assessed, evidence: Json, computed: Fraction | None, without: frozenset[str]) -> Json:
    code = evidence["lesson"]
    indicators = [each.code for each in rubric(assessed.rubric_version).judged(code) if each.code not in without]
    judgement = judge(assessed.panel, assessed.reviews, indicators, computed)
    before: list[Disclosed] = []
    for said in (shown(one) for each in assessed.earlier for one in each if one["lesson"] == code):
        if said not in before:  # what was said twice says nothing more
            before.append(said)
    disclosed = published(judgement, assessed.panel, assessed.reviews, indicators, earlier=before, fewer=assessed.fewer)
    judged = disclosed.as_document() | {
        "rationale": dict(assessed.rationale[code]) if code in assessed.rationale else None,
        "why": ["does_not_apply"] if judgement.not_applicable else list(judgement.why),
    }
    return {"lesson": code, "judged": judged, "evidence": evidence, "flags": list(disclosed.flags)}


def shown(lesson: Mapping[str, Any]) -> Disclosed:
    """What was published of a lesson, read back from an evaluation."""
    judged, beside = lesson["judged"], lesson["evidence"]["level"]
    bands = judged["indicators"]
    return Disclosed(
        level=judged["level"],
        interval=None if judged["interval"] is None else (judged["interval"][0], judged["interval"][1]),
        chambers=judged["chambers"],
        bands=None if bands is None else tuple(Band(each["code"], *each["band"]) for each in bands),
        flags=tuple(lesson["flags"]),
        computed=exact(beside),
    )


def _recommendation(one: Recommended) -> Json:
    found: Json = {"id": one.id, "text": dict(one.text), "addressee": one.addressee}
    return found | {"due": one.due, "asked_due": one.due, "status": "open"}
