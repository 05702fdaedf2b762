"""Working days, and which unit a record belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.authority import UnitAuthority
from services.registry.partnerships.placement import (
    Ground,
    closest,
    covers,
    ground_of,
    of_country,
    second_units,
    shares,
    waits_until,
)

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("submitted", "until"),
    [
        (MONDAY, datetime(2026, 3, 23, 9, 30, tzinfo=UTC)),
        (MONDAY + timedelta(days=4), datetime(2026, 3, 27, 9, 30, tzinfo=UTC)),
        (MONDAY + timedelta(days=5), datetime(2026, 3, 27, 9, 30, tzinfo=UTC)),  # a Saturday
        (MONDAY + timedelta(days=6), datetime(2026, 3, 27, 9, 30, tzinfo=UTC)),
    ],
)
def test_fifteen_working_days(submitted: datetime, until: datetime) -> None:
    assert waits_until(submitted) == until


START, END = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


@given(st.datetimes(START, END, timezones=st.just(UTC)))
def test_it_waits_three_weeks_at_most_and_ends_on_a_working_day(submitted: datetime) -> None:
    until = waits_until(submitted)
    assert timedelta(days=19) <= until - submitted <= timedelta(days=21)
    assert until.weekday() < 5


def unit(name: str, countries: str = "", goals: str = "") -> UnitAuthority:
    return UnitAuthority(name, f"o-{name}", frozenset(countries.split()), frozenset(goals.split()))


GROUND = Ground(frozenset({"KHM"}), frozenset({"sdg:6"}))
ALL = unit("a")
COUNTRY, GOAL, BOTH = unit("b", "KHM"), unit("c", "", "sdg:6"), unit("d", "KHM LAO", "sdg:6")
HALF, ELSEWHERE = unit("e", "KHM", "sdg:1"), unit("f", "VNM", "sdg:1")


def test_the_closest_unit() -> None:
    assert closest([ALL, COUNTRY, GOAL, BOTH, HALF, ELSEWHERE], GROUND) == BOTH
    assert closest([ALL, COUNTRY, GOAL], GROUND) == COUNTRY
    assert closest([ALL, GOAL], GROUND) == GOAL
    assert closest([ALL, HALF], GROUND) == ALL
    assert closest([HALF, ELSEWHERE], GROUND) is None
    assert closest([unit("z", "KHM"), COUNTRY], GROUND) == COUNTRY  # the older one


def test_units_that_may_take_over_or_decide_on_claims() -> None:
    assert [each.unit_id for each in (ALL, COUNTRY, GOAL, BOTH, HALF, ELSEWHERE) if covers(each, GROUND)] == [*"abcd"]
    assert [each.unit_id for each in (ALL, COUNTRY, GOAL, BOTH, HALF, ELSEWHERE) if shares(each, GROUND)] == [*"abcde"]
    units = [ALL, COUNTRY, GOAL, HALF, ELSEWHERE]
    over = datetime(2026, 3, 24, tzinfo=UTC)  # the due day counts to its end
    assert second_units(units, GROUND, "b", MONDAY, over - timedelta(seconds=1)) == frozenset()
    assert second_units(units, GROUND, "b", MONDAY, over) == {"a", "c", "e"}
    assert second_units(units, GROUND, "b", None, over) == frozenset()
    assert of_country([ALL, COUNTRY, GOAL, BOTH], GROUND) == [COUNTRY, BOTH]
    assert of_country([ALL, GOAL, ELSEWHERE], GROUND) == [ALL, GOAL]


def test_the_ground_of_a_record() -> None:
    content = {
        "geography": {"countries": ["KHM"], "places": [{"country": "LAO", "name": "Pakse"}]},
        "goals": [
            {"scheme": "sdg-target", "code": "6.1"},
            {"scheme": "mdg-target", "code": "7.C"},
            {"scheme": "sdg", "code": "3"},
            {"scheme": "plan:khm", "code": "2.1"},
        ],
    }
    assert ground_of(content) == Ground(
        frozenset({"KHM", "LAO"}),
        frozenset({"sdg-target:6.1", "sdg:6", "mdg-target:7.C", "mdg:7", "sdg:3", "plan:khm:2.1"}),
    )
    assert ground_of({}) == Ground(frozenset(), frozenset())
