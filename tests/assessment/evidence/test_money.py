"""Sums that may be made and those that may not, and the median of those who still wait."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.evidence import money
from services.assessment.evidence.money import Waited
from services.assessment.evidence.record import Record
from tests.assessment.evidence.documents import DONOR, ON, Document, partner, record


def worths(*contributions: Document) -> list[Fraction]:
    return [
        gift.worth
        for gift in money.gifts(Record(record(partner(DONOR, "foundation", contributions=list(contributions))), ON))
    ]


def given_(**stages: object) -> Document:
    return {"kind": "financial", **stages}


def usd(amount: str) -> Document:
    return {"amount": amount, "currency": "USD"}


def test_delivered_comes_before_confirmed_before_pledged() -> None:
    assert worths(given_(pledged=usd("9"), confirmed=usd("5"), delivered=usd("2.5"))) == [Fraction(5, 2)]
    assert worths(given_(pledged=usd("9"), confirmed=usd("5"), delivered=False)) == [5]
    assert worths(given_(pledged=usd("9"), delivered={"description": "Some of it"})) == [9]


def test_other_currencies_count_by_their_rate_alone() -> None:
    krona = {"amount": "100", "currency": "SEK"}
    assert worths(given_(pledged={**krona, "reference_amount": "9.5"})) == [Fraction(19, 2)]
    assert worths(given_(pledged={**krona, "rate": "0.1"})) == [10]
    with pytest.raises(money.NoRate):
        worths(given_(pledged=usd("9")), given_(pledged=krona))


def test_money_without_an_amount_is_worth_nobody_knows_what() -> None:
    with pytest.raises(money.NoRate):
        worths(given_(pledged={"description": "A lot"}))


def test_what_is_stated_not_to_be_given_is_none_and_goods_are_no_money() -> None:
    assert worths(given_(pledged=False), {"kind": "in_kind", "pledged": usd("9")}) == []


def waited(*days: int | str) -> list[Waited]:
    """Days after which somebody was paid; with a plus, after which somebody still waited."""
    return [Waited("", int(str(each).rstrip("+")), not str(each).endswith("+")) for each in days]


@pytest.mark.parametrize(
    ("days", "median"),
    [
        ([10], 10),
        ([10, 20], 10),
        ([10, 20, 30], 20),
        (["5+", 10, 20, 30], 20),
        ([10, "20+"], 10),
        ([10, "20+", "20+"], None),
        (["10+"], None),
        # Freireich and others (1963), 6-mercaptopurine: the median remission is 23 weeks; placebo: 8 weeks.
        ([6, 6, 6, "6+", 7, "9+", 10, "10+", "11+", 13, 16, "17+", "19+", "20+", 22, 23, "25+", "32+", "32+", "34+", "35+"], 23),
        ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], 8),
    ],
)  # fmt: skip
def test_the_median_of_those_who_wait(days: list[int | str], median: int | None) -> None:
    assert money.median_wait(waited(*days)) == median


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_without_anybody_waiting_it_is_the_lower_median(days: list[int]) -> None:
    assert money.median_wait(waited(*days)) == sorted(days)[(len(days) - 1) // 2]


def test_payments_that_cannot_be_read_are_left_out() -> None:
    payments = [
        {"applied_on": "2026-01-01", "paid_on": "2026-01-31"},
        {"applied_on": "2026-01", "paid_on": "2026-02-01"},
        {"applied_on": "2026-01-01", "paid_on": "2026-02"},
        {"applied_on": "2026-02-01", "paid_on": "2026-01-01"},
        {"applied_on": "2027-01-01"},
        {"paid_on": "2026-01-01"},
        {"applied_on": "2026-06-05", "paid_on": "2026-07-01"},
        {"applied_on": "2026-06-05"},
    ]
    found = money.waits(Record(record(funding={"payments": payments}), ON))
    assert [(each.days, each.paid) for each in found] == [(30, True), (10, False), (10, False)]


def test_herfindahl() -> None:
    assert money.herfindahl([Fraction(1)]) == 1
    assert money.herfindahl([Fraction(1, 4)] * 4) == Fraction(1, 4)
