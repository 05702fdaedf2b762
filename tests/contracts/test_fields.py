"""What each kind of value takes, how it is normalized, and what its error says."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, missing
from marshmallow import fields as base

from schemas import fields as f
from schemas import partial_dates
from schemas.fields.text import LANGUAGE_PATTERN
from schemas.organization import Domain
from tests.contracts.strategies import DATES


def refusal(field: base.Field[Any], value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    return str(caught.value.messages)


@pytest.mark.parametrize(
    ("field", "given_", "kept"),
    [
        (f.Line(), "  Sok Chanthy ", "Sok Chanthy"),
        (f.LanguageMap(), {"EN": "a", "ZH-hant": "b", "pt-br": "c"}, {"en": "a", "zh-Hant": "b", "pt-BR": "c"}),
        (f.LanguageMap(), {"en": "two\nlines", "km": None}, {"en": "two\nlines"}),
        (f.LanguageMap(), {}, missing),
        (f.LanguageMap(), {"en": None}, missing),
        (f.Text(), "women farmers", "women farmers"),
        (f.Text(), {"en": "women farmers"}, {"en": "women farmers"}),
        (f.Flag(), False, False),
        (f.Count(), 3.0, 3),
        (f.Decimal(), "-1250.50", "-1250.50"),
        (f.Decimal().for_input(), 1250.5, "1250.5"),
        (f.Decimal().for_input(), 10, "10"),
        (f.Decimal().for_input(), 1e-7, "0.0000001"),
        (f.Decimal().for_input(), 3.0, "3"),
        (f.Percent(), 41.5, 41.5),
        (f.Percent(), "41.5", "41.5"),
        (f.PartialDate(), "2024-02-29", "2024-02-29"),
        (f.Timestamp(), "2026-03-01T09:30:00+07:00", "2026-03-01T09:30:00+07:00"),
        (f.Identifier(), "019505A0-0000-7000-8000-000000000001", "019505a0-0000-7000-8000-000000000001"),
        (f.Link(), "HTTPS://example.org/ទឹក", "HTTPS://example.org/ទឹក"),
        (f.Country().for_input(), "kh", "KHM"),
        (f.Country().for_input(), "KHM", "KHM"),
        (f.Currency(), "usd", "USD"),
        (f.Region(), "035", "035"),
        (f.GoalReference(), "sdg-target:6.1", "sdg-target:6.1"),
        (f.GoalReference().for_input(), "6", "sdg:6"),
        (f.GoalReference(), "plan:khm-nsdp:3", "plan:khm-nsdp:3"),
        (f.Items(f.Country(), unique=True), ["KHM", "KHM"], ["KHM"]),
        (f.Items(f.Country()), [], []),
        (f.Silences(), {"/complaints": "not_applicable"}, {"/complaints": "not_applicable"}),
        (f.Address(), " Sok@example.org ", "Sok@example.org"),
        (Domain(), "Example.ORG", "example.org"),
    ],
)
def test_what_is_taken(field: base.Field[Any], given_: object, kept: object) -> None:
    assert field.deserialize(given_) == kept


@pytest.mark.parametrize(
    ("field", "wrong", "says"),
    [
        (f.Line(), "a\nb", "U+000A"),
        (f.Line(), "a\x00b", "U+0000"),
        (f.Line(), "\ud800", "U+D800"),
        (f.Line(), "   ", "blank"),
        (f.Line(limit=3), "abcd", "longer than 3"),
        (f.Line(), 5, "must be text"),
        (f.LanguageMap(), "text", "object of languages"),
        (f.LanguageMap(), {"english": "a"}, "not a language"),
        (f.LanguageMap(), {"en": "a", "EN": "b"}, "twice"),
        (f.LanguageMap(), {f"a{chr(97 + n // 26)}{chr(97 + n % 26)}": "x" for n in range(31)}, "more than 30"),
        (f.LanguageMap(required=True), {}, "one language at least"),
        (f.LanguageMap(one_line=True), {"en": "a\nb"}, "U+000A"),
        (f.Text(), ["a"], "object of languages"),
        (f.Flag(), 1, "true or false"),
        (f.Flag(), "true", "true or false"),
        (f.Count(), True, "whole number"),
        (f.Count(), 1.5, "whole number"),
        (f.Count(), -1, "between 0 and"),
        (f.Count(), 10**30, "between 0 and"),
        (f.Decimal(), 5, "as text"),
        (f.Decimal(), "1e3", "as text"),
        (f.Decimal(), "007", "as text"),
        (f.Decimal(), "1" * 21, "as text"),
        (f.Decimal(), "٣", "as text"),
        (f.Decimal().for_input(), float("nan"), "as text"),
        (f.Decimal().for_input(), True, "as text"),
        (f.Percent(), 100.1, "between 0 and 100"),
        (f.Percent(), float("inf"), "a number"),
        (f.PartialDate(), "2025-02-29", "date that exists"),
        (f.PartialDate(), "2025-13", "date that exists"),
        (f.PartialDate(), "0999", "date that exists"),
        (f.PartialDate(), "2025-2-3", "date that exists"),
        (f.PartialDate(), "2025\n", "date that exists"),
        (f.PartialDate(), "２０２５", "date that exists"),
        (f.PartialDate(), 2025, "date that exists"),
        (f.FullDate(), "2025-02", "day that exists"),
        (f.Timestamp(), "2026-03-01T09:30:00", "offset"),
        (f.Timestamp(), "2026-03-01", "offset"),
        (f.Identifier(), "019505a0", "identifier"),
        (f.Link(), "javascript:alert(1)", "http"),
        (f.Link(), "ftp://example.org", "http"),
        (f.Link(), "https://", "http"),
        (f.Link(), "https://user:pass@example.org", "http"),
        (f.Link(), "https://example.org:99999/", "http"),
        (f.Link(), "http://[", "http"),
        (f.Link(), 'https://example.org/"><script>', "http"),
        (f.Country(), "kh", "nearest"),
        (f.Country().for_input(), "ZZ", "not known"),
        (f.Code("role"), "implementor", "implementer"),
        (f.Code("constituency"), "civil society", "civil_society"),
        (f.Code("kind"), ["partnership"], "must be a code"),
        (f.Choice(("accept", "refuse")), "acept", "nearest: accept"),
        (f.GoalScheme(), "sgd", "sdg"),
        (f.GoalReference(), "6", "scheme:code"),
        (f.GoalReference(), "sdg:18", "not known"),
        (f.GoalReference(), "sdg-indicator:99.1.1", "not known"),
        (f.Items(f.Country(), most=2), ["KHM", "LAO", "VNM"], "more than 2"),
        (f.Items(f.Country(), least=1), [], "1 item at least"),
        (f.Items(f.Country()), {"0": "KHM"}, "a list"),
        (f.Items(f.Country()), [None], "null"),
        (f.Silences(), {"complaints": "not_applicable"}, "JSON Pointer"),
        (f.Silences(), {"/complaints": "because"}, "not known"),
        (f.Silences(), ["/complaints"], "must be an object"),
        (f.Pointer(), "/a~2", "JSON Pointer"),
        (f.Address(), "nobody", "e-mail"),
        (f.Address(), "a@b@example.org", "e-mail"),
        (f.Address(), "a@example.org\r\nBcc: b@example.org", "e-mail"),
        (Domain(), "https://example.org", "domain"),
        (Domain(), "localhost", "domain"),
    ],
)
def test_what_is_refused(field: base.Field[Any], wrong: object, says: str) -> None:
    answer = refusal(field, wrong)
    assert says in answer
    orjson.dumps(answer)


def test_a_wrong_code_names_the_nearest_right_ones() -> None:
    assert "implementer" in refusal(f.Code("role"), "implementer_")
    assert "private_sector" in refusal(f.Code("constituency"), "privat_sector")
    assert "consensus" in refusal(f.Code("decision-rule"), "concensus")


def test_a_wrong_value_is_shown_short() -> None:
    assert len(refusal(f.Code("role"), "x" * 10_000)) < 300


def test_two_items_of_a_list_have_two_ids() -> None:
    from schemas.partnership_parts import Target

    twice = {"id": "019505a0-0000-7000-8000-000000000001", "value": "1"}
    with pytest.raises(ValidationError) as caught:
        f.Items(Target).deserialize([twice, twice])
    assert caught.value.messages == {1: {"id": ["another item of this list has the same id"]}}


def test_false_states_none_where_an_object_may_stand() -> None:
    from schemas.partnership_parts import Complaints

    assert f.Stated(Complaints).deserialize(False) is False
    assert refusal(f.Stated(Complaints), True)
    assert refusal(f.Object(Complaints), False)


@given(one=DATES, other=DATES)
def test_surely_after_is_an_order_of_intervals(one: str, other: str) -> None:
    assert partial_dates.surely_after(one, other) == all(
        a > b
        for a in (partial_dates.earliest(one), partial_dates.latest(one))
        for b in (partial_dates.earliest(other), partial_dates.latest(other))
    )
    assert not (partial_dates.surely_after(one, other) and partial_dates.surely_after(other, one))
    assert not partial_dates.surely_after(one, one)


@given(one=DATES, two=DATES, three=DATES)
def test_surely_after_is_transitive(one: str, two: str, three: str) -> None:
    if partial_dates.surely_after(one, two) and partial_dates.surely_after(two, three):
        assert partial_dates.surely_after(one, three)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_lies_within_its_month_and_year(day: date) -> None:
    for text in (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]):
        assert partial_dates.is_real(text)
        assert partial_dates.earliest(text) <= day <= partial_dates.latest(text)


@given(st.text(max_size=12))
def test_only_dates_are_dates(text: str) -> None:
    if partial_dates.is_real(text):
        assert partial_dates.earliest(text) <= partial_dates.latest(text)


@given(st.text(max_size=40))
def test_languages_are_well_formed_or_refused(text: str) -> None:
    import re

    try:
        tag = f.language_tag(text)
    except ValidationError:
        return
    assert re.fullmatch(LANGUAGE_PATTERN, tag)
    assert f.language_tag(tag) == tag


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_become_decimals_without_losing_anything(number: float) -> None:
    from decimal import Decimal

    text = f.plain_decimal(number)
    if isinstance(text, str):
        assert Decimal(text) == Decimal(repr(number))
        assert "e" not in text.lower()
