"""Aggregates over made evaluations: counted by hand, silent under three, ordered by keys, and only from what is published."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import load
from schemas.learning import AggregateGroup, YearlyReport, render_aggregates, render_report
from services.assessment.evaluations.assembling import evaluation
from services.assessment.figures import Review
from services.assessment.learning.aggregates import BANDS, LEVELS, Question, distribution, group, grouped
from services.assessment.learning.evaluated import Evaluated, countries_of, goals_of
from services.assessment.learning.exports import COLUMNS, table
from services.assessment.learning.report import report
from tests.assessment.evaluations.made import CHAMBERS, LESSONS, assessed, reviews

ON = date(2026, 12, 1)


@cache
def made(number: int, year: int = 2026) -> dict[str, Any]:
    """A published evaluation of a partnership of its own."""
    partnership = f"019505a0-0000-7000-8000-0000000001{number:02}"
    changed: dict[str, Any] = {"partnership_id": partnership, "reviews": reviews(number)}
    if number == 3:
        changed |= {"costs": None, "impact": None}
    identifier = f"019505a0-0000-7000-8000-0000000002{number:02}"
    return evaluation(assessed(**changed), identifier, 1, f"{year}-05-0{number}T00:00:00Z") | {"revision": 1}


def evaluated(number: int, goals: str = "", countries: str = "", year: int = 2026) -> Evaluated:
    return Evaluated(made(number, year), year, frozenset(goals.split()), frozenset(countries.split()))


@cache
def four() -> list[Evaluated]:
    return [
        evaluated(1, "sdg:6 sdg:3", "KHM"),
        evaluated(2, "sdg:6", "KHM LAO"),
        evaluated(3, "sdg:6", "SWE"),
        evaluated(4, "sdg:13", "KHM", 2025),
    ]


def asked(**said: Any) -> Question:
    return Question("1", ON, **said)


def test_levels_are_counted_into_bands() -> None:
    assert distribution([0.0, 0.9, 1.0, 3.0, 4.0, None], BANDS) == {
        "counted": 5,
        "bands": [
            {"band": [0, 1], "count": 2},
            {"band": [1, 2], "count": 1},
            {"band": [2, 3], "count": 0},
            {"band": [3, 4], "count": 2},
        ],
    }
    assert [each["count"] for each in distribution([0, 1, 1, 4, None], LEVELS)["bands"]] == [1, 2, 0, 0, 1]
    assert distribution([1.0, 2.0], BANDS) == {"counted": 2, "bands": None}


@given(st.lists(st.floats(0, 4), min_size=3))
def test_every_level_is_in_one_band(levels: list[float]) -> None:
    assert sum(each["count"] for each in distribution(levels, BANDS)["bands"]) == len(levels)


def test_all_together_say_what_was_judged_beside_what_records_say() -> None:
    (found,) = grouped(four(), asked()).items
    load(AggregateGroup, found)
    assert (found["key"], found["assessments"]) == (None, 4)
    assert [each["lesson"] for each in found["lessons"]] == list(LESSONS)
    for lesson in found["lessons"]:
        own = [each.lessons[lesson["lesson"]] for each in four()]
        levels = [each["judged"]["level"] for each in own]
        assert lesson["judged"] == distribution(levels, BANDS)
        assert lesson["evidence"]["counted"] == sum(each["evidence"]["level"] is not None for each in own)
        assert {each["flag"]: each["count"] for each in lesson["flags"]}["tentative"] == sum(
            "tentative" in each["flags"] for each in own
        )
        assert [each["kind"] for each in lesson["indicators"]] == ["computed"] * 4 + ["judged"] * 2


def test_under_three_assessments_nothing_is_said() -> None:
    groups = grouped(four(), asked(by="goal"))
    assert [each["key"] for each in groups.items] == ["sdg:6"]
    assert (groups.withheld, groups.not_stated, groups.assessments) == (2, 0, 4)
    assert grouped(four()[:2], asked()).items == []
    assert grouped(four()[:2], asked()).withheld == 1
    assert grouped([], asked()).withheld == 0


def test_by_country_and_year_and_what_states_neither() -> None:
    silent = evaluated(5)
    countries = grouped([*four(), silent], asked(by="country"))
    assert [(each["key"], each["assessments"]) for each in countries.items] == [("KHM", 3)]
    assert (countries.withheld, countries.not_stated) == (2, 1)
    years = grouped([*four(), silent], asked(by="year"))
    assert [(each["key"], each["assessments"]) for each in years.items] == [("2026", 4)]


def test_filters_narrow_what_is_looked_at() -> None:
    assert grouped(four(), asked(goals=frozenset({"sdg:6"}))).assessments == 3
    assert grouped(four(), asked(countries=frozenset({"SWE"}))).items == []
    assert grouped(four(), asked(years=frozenset({2026}))).assessments == 3
    assert grouped(four(), Question("2", ON)).assessments == 0
    (one,) = grouped(four(), asked(lessons=frozenset({"mandate"}))).items
    assert [each["lesson"] for each in one["lessons"]] == ["mandate"]
    goals = grouped(four(), asked(by="goal", goals=frozenset({"sdg:3", "sdg:6"})))
    assert (len(goals.items), goals.withheld) == (1, 1)


def test_a_chamber_is_heard_only_as_far_as_its_means_are_published() -> None:
    groups = grouped(four(), asked(by="chamber"))
    published = Counter(
        code
        for each in four()
        for code in {code for lesson in each.lessons.values() for code in lesson["judged"]["chambers"] or ()}
    )
    assert {each["key"]: each["assessments"] for each in groups.items} == {
        code: number for code, number in sorted(published.items()) if number >= 3
    }
    assert groups.items, "the made reviews publish no chamber at all"
    for found in groups.items:
        load(AggregateGroup, found)
        assert "costs" not in found
        for lesson in found["lessons"]:
            means = [
                each.lessons[lesson["lesson"]]["judged"]["chambers"][found["key"]]
                for each in four()
                if each.lessons[lesson["lesson"]]["judged"]["chambers"]
            ]
            assert lesson["judged"] == distribution(means, BANDS)
            assert "indicators" not in lesson
    one = grouped(four(), asked(chamber="public", by="year"))
    assert one.not_stated == 4 - sum("public" in _voices(each) for each in four())


def _voices(each: Evaluated) -> set[str]:
    return {code for lesson in each.lessons.values() for code in lesson["judged"]["chambers"] or ()}


def test_common_gaps_come_first_and_only_those_that_there_are() -> None:
    (found,) = grouped(four(), asked()).items
    gaps = found["gaps"]
    assert gaps
    assert [each["not_known"] for each in gaps] == sorted((each["not_known"] for each in gaps), reverse=True)
    assert all(0 < each["not_known"] <= each["of"] <= 4 for each in gaps)
    assert "can_complain" not in {each["indicator"] for each in gaps}  # stated: none


def test_costs_stand_beside_impact_and_currencies_are_never_added() -> None:
    found = group("", four(), asked())["costs"]
    assert found == {
        "stated": 3,
        "money": [{"currency": "USD", "counted": 3, "total": "3601.50"}],
        "days_counted": 3,
        "days": 42,
        "coordination_stated": 0,
        "impact_stated": 3,
        "both_stated": 3,
    }
    stated = [Evaluated({**four()[0].document, "costs": {"days": days}}, 2026) for days in ("14", 14, "14.5")]
    assert group("", stated, asked())["costs"]["days"] == 42.5, "a decimal may be stated as text"
    two = group("", four()[:2], asked())["costs"]
    assert (two["days"], two["money"][0]["total"]) == (None, None)


def test_recommendations_are_counted_by_what_became_of_them() -> None:
    answered = [dict(each.document) for each in four()]
    said: list[dict[str, Any]] = [
        {"response": "accepted", "status": "done", "due": "2026-01-01"},
        {"response": "declined", "status": "declined", "due": "2026-01-01"},
        {"response": "partly", "status": "under_way", "due": "2026-11-30"},
        {"status": "open", "due": "2026-12-01"},
    ]
    for document, more in zip(answered, said, strict=True):
        document["recommendations"] = [document["recommendations"][0] | more]
    found = group("", [Evaluated(each, 2026) for each in answered], asked())["recommendations"]
    assert found == {
        "given": 4,
        "answered": 3,
        "accepted": 1,
        "partly": 1,
        "declined": 1,
        "done": 1,
        "overdue": 1,
    }


def test_nothing_is_ranked_and_no_partnership_is_named() -> None:
    for by in (None, "goal", "country", "year", "chamber"):
        groups = grouped(four(), asked(by=by))
        keys = [each["key"] or "" for each in groups.items]
        assert keys == sorted(keys)
        written = repr(groups.items)
        assert not any(each.document["partnership"]["id"] in written for each in four())
        assert "CVN-" not in written


def test_goals_and_countries_are_those_stated() -> None:
    record = {
        "goals": [
            {"scheme": "sdg", "code": "6"},
            {"scheme": "sdg-target", "code": "3.b"},
            {"scheme": "mdg-target", "code": "7.C"},
            {"scheme": "sdg", "code": "1", "derived_from": "mdg:1"},
            {"scheme": "plan:khm", "code": "W2"},
            {"scheme": "agenda21", "code": "18"},
        ],
        "geography": {"countries": ["KHM"], "regions": ["035"]},
    }
    assert goals_of(record) == {"sdg:6", "sdg:3", "mdg:7", "agenda21:18"}
    assert countries_of(record) == {"KHM"}
    assert goals_of({"goals": 3}) == frozenset()
    assert countries_of({}) == frozenset()


def test_the_table_has_every_figure_once() -> None:
    groups = grouped(four(), asked(by="goal"))
    answer: dict[str, Any] = {
        "rubric_version": "1",
        "as_of": "2026-12-01",
        "notice": {"en": "…"},
        "by": "goal",
        "least": 3,
        "assessments": groups.assessments,
        "items": groups.items,
        "withheld": groups.withheld,
        "not_stated": groups.not_stated,
    }
    lines = list(csv.DictReader(io.StringIO(table(render_aggregates(answer)).decode())))
    assert tuple(lines[0]) == COLUMNS
    where = [tuple(line[name] for name in COLUMNS if name != "value") for line in lines]
    assert len(where) == len(set(where))
    found = groups.items[0]
    inclusive = {
        (line["band_from"], line["band_to"]): int(line["value"])
        for line in lines
        if (line["lesson"], line["indicator"], line["figure"]) == ("inclusive", "", "judged")
    }
    bands = found["lessons"][0]["judged"]["bands"]
    assert inclusive == {tuple(map(str, each["band"])): each["count"] for each in bands}
    assert [line["value"] for line in lines if line["figure"] == "given"] == ["3"]
    money = {line["figure"]: line["value"] for line in lines if line["figure"].startswith("money")}
    assert money == {"money_USD_counted": "2"}  # two are too few for a total


# The yearly report


def test_the_report_of_a_year_is_one_document() -> None:
    firsts = {f"a{number}": reviews(number) for number in range(1, 4)}
    document = report(2026, four(), 1, {"1": firsts}, ON)
    load(YearlyReport, document)
    assert render_report(document) == render_report(report(2026, four()[::-1], 1, {"1": firsts}, ON))
    assert (document["assessments"], document["corrections"], document["complete"]) == (3, 1, False)
    assert [each["assessments"] for each in document["rounds"]] == [3]
    (section,) = document["sections"]
    assert section["together"]["assessments"] == 3
    assert [each["key"] for each in section["goals"]] == ["sdg:6"]
    assert (section["withheld"]["goal"], section["withheld"]["country"]) == (1, 3)
    assert section["agreement_until"] == "2026-12-01"
    agreement = {each["lesson"]: each for each in section["agreement"]}
    assert agreement["inclusive"]["units"] == 6
    assert agreement["inclusive"]["assessments"] == 3
    assert -1 <= agreement["inclusive"]["alpha"] <= 1
    assert [each["costs"] is None for each in document["evaluations"]] == [False, False, True]
    assert document["recommendations"]["given"] == 3


def test_agreement_is_silent_under_three_assessments_and_where_nobody_keeps_submissions() -> None:
    two = report(2026, four(), 0, {"1": {f"a{number}": reviews(number) for number in (1, 2)}}, ON)
    assert {each["alpha"] for each in two["sections"][0]["agreement"]} == {None}
    same = [Review("m", chamber, {"who_is_missing": 2}) for chamber in CHAMBERS]
    unvaried = report(2026, four(), 0, {"1": dict.fromkeys("abc", same)}, ON)
    assert unvaried["sections"][0]["agreement"][0]["alpha"] is None
    assert report(2026, four(), 0, {}, ON)["sections"][0]["agreement"] is None


@pytest.mark.parametrize("year", [2024, 2026])
def test_a_year_without_assessments_has_an_empty_report(year: int) -> None:
    empty = report(year, [], 0, {}, ON)
    load(YearlyReport, empty)
    assert (empty["assessments"], empty["sections"], empty["complete"]) == (0, [], year == 2024)


def test_a_year_of_two_says_only_how_many() -> None:
    (section,) = report(2026, four()[:2], 0, {}, ON)["sections"]
    assert section["together"] is None
    assert section["goals"] == section["countries"] == section["chambers"] == []
