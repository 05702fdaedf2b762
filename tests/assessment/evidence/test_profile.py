"""The profile: the figures of a lesson, gaps, silences, spread, and sentences in seven languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import UnknownMember
from schemas.evidence import render
from schemas.rubric import rubric
from schemas.vocabulary import LANGUAGES
from services.assessment.evidence import grading
from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding
from services.assessment.evidence.indicators import NEWEST, VERSIONS
from services.assessment.evidence.profile import blau, findings, judged_not_applicable, lesson_figures, profile
from services.assessment.evidence.words import words
from tests.assessment.evidence.cases import CASES
from tests.assessment.evidence.documents import ON, group, lead, partner, people, record
from tests.assessment.evidence.made import Maker

KNOWN = st.integers(0, 4)


def known(*levels: int | None) -> list[Finding]:
    return [Finding(level, "parts") for level in levels]


@pytest.mark.parametrize(
    ("levels", "low", "high", "level", "coverage"),
    [
        ((4, 3, 2, 1), "5/2", "5/2", "5/2", "1"),
        ((4, 2, None, None), "3/2", "7/2", "3", "1/2"),
        ((4, None, None, None), "1", "4", None, "1/4"),
        ((None, None, None, None), "0", "4", None, "0"),
        ((0, 0, 0, None), "0", "1", "0", "3/4"),
    ],
)
def test_the_figures_of_a_lesson(
    levels: tuple[int | None, ...], low: str, high: str, level: str | None, coverage: str
) -> None:
    found = lesson_figures(known(*levels))
    assert (found.low, found.high, found.coverage) == (Fraction(low), Fraction(high), Fraction(coverage))
    assert found.level == (None if level is None else Fraction(level))


def test_what_does_not_apply_is_not_counted() -> None:
    absent = replace(Finding(None, "business_absent"), applicable=False)
    found = lesson_figures([*known(2), absent, absent, absent])
    assert (found.low, found.high, found.level, found.coverage) == (2, 2, 2, 1)
    nothing = lesson_figures([absent] * 4)
    assert (nothing.low, nothing.high, nothing.level, nothing.coverage) == (None, None, None, None)


@given(st.lists(st.none() | KNOWN, min_size=1, max_size=4))
def test_the_level_lies_in_the_range_and_no_silence_can_leave_it(levels: list[int | None]) -> None:
    found = lesson_figures(known(*levels))
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.high <= 4
    for filled in (0, 4):
        whole = lesson_figures(known(*[filled if each is None else each for each in levels]))
        assert whole.level is not None
        assert found.low <= whole.level <= found.high


def test_there_is_no_figure_over_lessons() -> None:
    made = profile(Maker(Random(1)).document(1.0), ON)
    assert set(made) == {"partnership", "rubric_version", "as_of", "notice", "lessons", "gaps", "spread"}
    assert "no overall score" in made["notice"]["en"]


def test_it_is_always_the_same() -> None:
    document = Maker(Random(2)).document(1.0)
    assert render(profile(document, ON)) == render(profile(orjson.loads(orjson.dumps(document)), ON))


def test_the_day_counts() -> None:
    document = record(complaints={"url": "https://example.org", "received": {"year": 2024, "count": 1}, "languages": ["km"],
                                  "anonymous": True, "deadline_days": 9})  # fmt: skip
    assert findings(document, date(2026, 12, 31))["can_complain"].level == 4
    assert findings(document, date(2027, 1, 1))["can_complain"].level == 3


def test_gaps_say_where_and_what() -> None:
    gaps = {each["indicator"]: each for each in profile(record(lead(), stakeholders=[group()]), ON)["gaps"]}
    assert gaps["affected_named"]["level"] == 1
    assert "/stakeholders/0/places" in gaps["affected_named"]["pointers"]
    assert "places" in gaps["affected_named"]["missing"]
    assert gaps["affected_named"]["asks"] == rubric(NEWEST).indicator("affected_named").levels[2]
    assert gaps["can_complain"]["pointers"] == ["/complaints"]
    assert gaps["can_complain"]["asks"] == rubric(NEWEST).indicator("can_complain").question
    assert "partners_say_they_decide" not in gaps, "a focal point cannot answer for its partners"


def test_unknown_comes_first() -> None:
    levels = [each["level"] for each in profile(Maker(Random(4)).document(0.6), ON)["gaps"]]
    assert levels == sorted(levels, key=lambda level: -1 if level is None else level)


def test_whoever_says_why_it_is_silent_is_not_asked() -> None:
    made = profile(record(silences={"/complaints": "withheld_for_safety", "/funding": "not_applicable"}), ON)
    indicators = {each["code"]: each for lesson in made["lessons"] for each in lesson["indicators"]}
    asked = {each["indicator"] for each in made["gaps"]}
    assert indicators["can_complain"]["silence"] == "withheld_for_safety"
    assert indicators["can_complain"]["level"] is None
    assert indicators["not_earmarked"]["silence"] == "not_applicable"
    assert asked.isdisjoint({"can_complain", "not_earmarked", "days_to_payment"})
    assert "safeguards" in asked


def test_what_is_stated_not_to_be_there_is_neither_silence_nor_a_gap() -> None:
    stated = record(complaints={"url": "https://example.org", "anonymous": False}, safeguarding=False, documents=[])
    made = profile(stated, ON, languages=["en"])
    indicators = {each["code"]: each for lesson in made["lessons"] for each in lesson["indicators"]}
    asked = {each["indicator"]: each for each in made["gaps"]}
    said = indicators["can_complain"]["explanation"]["en"]
    assert said.endswith("Stated as not there: anonymity.")
    assert "anonymity" not in said.split("Stated as not there")[0]
    assert "anonymity" in indicators["can_complain"]["missing"]
    assert "/complaints/anonymous" in indicators["can_complain"]["evidence"]
    assert "/complaints/anonymous" not in asked["can_complain"]["pointers"]
    assert "anonymity" not in asked["can_complain"]["missing"]
    assert "/complaints/languages" in asked["can_complain"]["pointers"]
    assert "safeguards" not in asked
    assert all("/documents" not in each["pointers"] for each in made["gaps"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_denied_is_said_in_every_language(language: str) -> None:
    own = words(language)
    found = Finding(1, "parts", denied=("training",))
    assert own.sentence(found) == own.reasons["parts_denied"].format(denied=own.parts["training"])
    assert own.sentence(replace(found, missing=("policy",))).endswith(own.sentence(found))


@pytest.mark.parametrize(
    ("stated", "codes"),
    [
        ({"bodies": []}, {"power_gap", "business_power"}),
        ({"funding": False}, {"not_earmarked", "several_years", "reaches_local"}),
        ({"budget": False}, {"money_on_goals"}),
    ],
)
def test_of_nothing_there_is_no_figure_and_nobody_is_asked(stated: dict[str, Any], codes: set[str]) -> None:
    made = profile(record(lead(), **stated), ON)
    indicators = {each["code"]: each for lesson in made["lessons"] for each in lesson["indicators"]}
    for code in codes:
        assert (indicators[code]["level"], indicators[code]["reason"]) == (None, "nothing_to_count")
        assert indicators[code]["evidence"] == [f"/{name}" for name in stated]
    assert codes.isdisjoint(each["indicator"] for each in made["gaps"])


def test_judged_indicators_of_business_do_not_apply_to_a_reasoned_absence() -> None:
    absent = record(lead(), private_sector={"absence_reason": "None works on the lake"})
    assert judged_not_applicable(absent, ON) == {"whose_agenda", "conflicts_handled"}
    assert judged_not_applicable(record(lead()), ON) == frozenset()


# Spread


@pytest.mark.parametrize(
    ("counts", "kinds", "value"),
    [
        ([], 17, None),
        ([1], 17, None),
        ([2], 17, "0"),
        ([1, 1], 17, "1"),
        ([1] * 17, 17, "1"),
        ([2] + [1] * 16, 17, "1"),
        ([3, 1], 2, "3/4"),  # 1 - (9 + 1) / 16 over 1 / 2
        ([4, 2], 2, "8/9"),
        ([2, 1], 2, "1"),
    ],
)
def test_blau(counts: list[int], kinds: int, value: str | None) -> None:
    assert blau(counts, kinds) == (None if value is None else Fraction(value))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=17))
def test_the_spread_lies_between_none_and_all(counts: list[int]) -> None:
    found = blau(counts, 17)
    assert found is None or 0 <= found <= 1


def test_spread_leaves_out_what_is_not_stated_and_grades_nothing() -> None:
    one, other = "0195000e-0000-7000-8000-000000000001", "0195000e-0000-7000-8000-000000000002"
    made = profile(record(lead(), people(), partner(one, "unspecified"), partner(other, "women", left="2025")), ON)
    assert made["spread"] == {
        "value": 1,
        "partners": 2,
        "kinds": 17,
        "constituencies": [
            {"constituency": "civil_society", "partners": 1},
            {"constituency": "community", "partners": 1},
        ],
    }


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_in_every_language(language: str) -> None:
    english, own = words("en"), words(language)
    assert own.reasons.keys() == english.reasons.keys()
    assert own.parts.keys() == english.parts.keys()
    for reason, sentence in english.reasons.items():
        named = re.findall(r"{(\w+)}", sentence)
        assert sorted(re.findall(r"{(\w+)}", own.reasons[reason])) == sorted(named), reason
    if language != "en":
        assert not {name for name in own.reasons if own.reasons[name] == english.reasons[name]}


def test_every_finding_has_its_words() -> None:
    reasons, parts = set(), set()
    for case in CASES:
        found = findings(case.document, ON, case.pulse)[case.code]
        reasons.add(found.reason)
        parts |= set(found.found) | set(found.missing) | set(found.denied)
        for language in LANGUAGES:
            assert "{" not in words(language).sentence(found)
    said = words("en")
    formal = {"parts_found", "parts_missing", "parts_denied", "not_met"}
    assert reasons == set(said.reasons) - formal
    assert parts == set(said.parts)


def test_numbers_are_written_as_the_language_does() -> None:
    found = findings(record(funding={"local_percent": "12.5"}), ON)["reaches_local"]
    assert words("en").sentence(found) == "Money that reaches local organizations: 12.5%."
    assert words("fr").sentence(found) == "Argent qui parvient aux organisations locales : 12,5 %."


# Grading and reading


def test_levels_begin_where_the_rubric_says() -> None:
    for indicator in VERSIONS[NEWEST]:
        anchors = rubric(NEWEST).indicator(indicator.code).anchors
        assert anchors is not None
        for level, figure in enumerate(anchors.thresholds, 1):
            unit = 100 if anchors.measure == "share" else 1
            assert grading.level(NEWEST, indicator.code, figure / unit) == level == anchors.level(figure)


@given(st.sampled_from(["partners_confirmed", "days_to_payment", "business_money", "power_gap"]), st.fractions(0, 400))
def test_whole_numbers_grade_as_the_rubric_does(code: str, figure: Fraction) -> None:
    anchors = rubric(NEWEST).indicator(code).anchors
    assert anchors is not None
    unit = 100 if anchors.measure == "share" else 1
    assert grading.level(NEWEST, code, figure / unit) == anchors.level(figure)


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ({"start": "2024-01", "end": "2025-12"}, 24),
        ({"start": "2024", "end": "2025"}, 24),
        ({"start": "2024-01-01", "end": "2025-12-30"}, 23),
        ({"start": "2024-05-01", "end": "2026-05-01"}, 24),
        ({"start": "2024-02-29", "end": "2026-02-28"}, 24),
        ({"start": "2024-01-31", "end": "2024-02-29"}, 1),
        ({"start": "2024-01-01", "end": "2024-01-01"}, 0),
        ({"start": "2025", "end": "2024"}, None),
        ({"start": "2025"}, None),
        (False, None),
    ],
)
def test_the_months_of_a_period(period: Any, months: int | None) -> None:
    assert r.months_long(period) == months


@pytest.mark.parametrize(
    ("day", "months", "within"),
    [
        ("2024-06-15", 24, True),
        ("2024-06-14", 24, False),
        ("2024-06", 24, True),
        ("2024-05", 24, False),
        (2024, 24, True),
        (2023, 24, False),
        ("2026-06-15", 24, True),
        ("2026-06-16", 24, False),
        ("2026", 24, True),
        ("2026-06-15T10:00:00Z", 12, True),
        ("soon", 24, False),
        (None, 24, False),
    ],
)
def test_what_lies_within_the_last_months(day: object, months: int, within: bool) -> None:
    assert r.within(day, months, ON) is within


def test_a_profile_with_something_private_is_not_rendered() -> None:
    made = profile({}, ON)
    with pytest.raises(UnknownMember):
        render({**made, "reviewers": ["Sok Chanthy"]})
