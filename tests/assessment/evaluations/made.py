"""An assessment of a made record, for the tests beside this module: twelve members of four chambers."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas.rubric import rubric
from services.assessment.evaluations.assembling import Assessed, Recommended, RecordVersion
from services.assessment.figures import Panel, Review

PARTNERSHIP = "019505a0-0000-7000-8000-000000000001"
ASSESSMENT = "019505a0-0000-7000-8000-000000000002"
ROUND = "019505a0-0000-7000-8000-000000000003"
ORGANIZATION = "019505a0-0000-7000-8000-000000000004"
RECOMMENDATION = "019505a0-0000-7000-8000-000000000005"
CHAMBERS = ("affected_groups", "business_and_knowledge", "civil_society", "public")
ON = date(2026, 3, 1)
LESSONS = tuple(lesson.code for lesson in rubric("1").lessons)
JUDGED = tuple(indicator.code for indicator in rubric("1").indicators if indicator.kind == "judged")


def document(version: int = 3, **more: Any) -> dict[str, Any]:
    """A small public record."""
    return {
        "id": PARTNERSHIP,
        "reference": "CVN-2026-000001",
        "version": version,
        "revision": version,
        "title": {"en": "Clean water for Kampot", "km": "ទឹកស្អាតសម្រាប់ខេត្តកំពត"},
        "kind": "partnership",
        "standing": "registered",
        "phase": "active",
        "updated_at": "2026-02-01T00:00:00.000000Z",
        "complaints": False,
    } | more


def reviews(seed: int = 1, *, unable: Mapping[str, Sequence[str]] | None = None) -> list[Review]:
    """Reviews of three members of each chamber; `unable`: by lesson the members who cannot judge it."""
    drawn = random.Random(seed)
    unable_to = {
        (indicator.code, member)
        for lesson, members in (unable or {}).items()
        for indicator in rubric("1").judged(lesson)
        for member in members
    }
    return [
        Review(
            f"{chamber}-{number}",
            chamber,
            {
                code: None
                if (code, f"{chamber}-{number}") in unable_to
                else min(4, max(0, drawn.choice((1, 2, 2, 3, 3, 4))))
                for code in JUDGED
            },
        )
        for chamber in CHAMBERS
        for number in (1, 2, 3)
    ]


def assessed(**changed: Any) -> Assessed:
    """A whole assessment."""
    known: dict[str, Any] = {
        "assessment_id": ASSESSMENT,
        "partnership_id": PARTNERSHIP,
        "round_id": ROUND,
        "round_title": {"en": "First round"},
        "rubric_version": "1",
        "judged": RecordVersion(3, document()),
        "evidence": RecordVersion(3, document()),
        "as_of": ON,
        "panel": Panel(dict.fromkeys(CHAMBERS, 3)),
        "reviews": reviews(),
        "named": ["Sok Dara", "Ana Díaz"],
        "rationale": {lesson: {"en": f"Why {lesson} was judged so."} for lesson in LESSONS},
        "recommendations": [
            Recommended(RECOMMENDATION, {"en": "Publish the minutes."}, ORGANIZATION, "2026-09-01"),
        ],
        "reply": {"en": "We thank the panel."},
        "costs": {"money": [{"amount": "1200.50", "currency": "USD"}], "days": 14},
        "impact": {"en": "Eight wells."},
        "ground": "petition",
        "risk_tier": "high",
    }
    return Assessed(**(known | changed))
