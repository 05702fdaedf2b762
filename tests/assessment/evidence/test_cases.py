"""Every computed indicator, level by level: the worked cases of `cases`, and that there is one for each level."""

from __future__ import annotations

import orjson
import pytest

from schemas.documents import load
from schemas.evidence import EvidenceQuestion
from schemas.rubric import rubric
from services.assessment.evidence import words
from services.assessment.evidence.indicators import NEWEST, VERSIONS
from services.assessment.evidence.profile import finding
from tests.assessment.evidence.cases import CASES, NOT_APPLICABLE, UNKNOWN, Case
from tests.assessment.evidence.documents import ON


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}: {case.name}")
def test_case(case: Case) -> None:
    found = finding(case.code, case.document, ON, case.pulse)
    level = NOT_APPLICABLE if not found.applicable else UNKNOWN if found.level is None else found.level
    assert level == case.expected, words.words("en").sentence(found)


@pytest.mark.parametrize("code", [each.code for each in VERSIONS[NEWEST]])
def test_there_is_a_case_for_every_level(code: str) -> None:
    expected = {case.expected for case in CASES if case.code == code}
    assert expected >= {0, 1, 2, 3, 4, UNKNOWN}


def test_the_indicators_are_those_of_the_rubric() -> None:
    for version, indicators in VERSIONS.items():
        computed = [
            (lesson.code, each.code)
            for lesson in rubric(version).lessons
            for each in rubric(version).computed(lesson.code)
        ]
        assert [(each.lesson, each.code) for each in indicators] == computed


def test_the_cases_are_records() -> None:
    """What the cases state, the contract allows."""
    for case in CASES:
        load(EvidenceQuestion, orjson.loads(orjson.dumps(case.document)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}: {case.name}")
def test_evidence_stands_where_it_says(case: Case) -> None:
    found = finding(case.code, case.document, ON, case.pulse)
    assert found.level is None or found.evidence or case.pulse
    for pointer in found.evidence:
        assert _there(case.document, pointer), pointer


def _there(document: object, pointer: str) -> bool:
    for step in pointer.split("/")[1:]:
        if isinstance(document, list):
            if not step.isdigit() or int(step) >= len(document):
                return False
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return False
    return True
