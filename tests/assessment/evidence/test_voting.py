"""Voting power in the bodies of records: quotas, affiliates, blocks, and what has no figure."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.evidence import voting
from services.assessment.evidence.record import Record
from services.assessment.indices import banzhaf
from tests.assessment.evidence.documents import DONOR, FIRM, LEAD, ON, Document, body, firm, lead, partner, record


def power(document: Document) -> voting.Power:
    """The power of constituencies in the first body."""
    read = Record(document, ON)
    return voting.power(read, read.bodies[0], read.voice_of_holder)


def shares(*holders: tuple[str, int], **more: Any) -> dict[str, Fraction]:
    return dict(power(record(lead(), firm(), bodies=[body(*holders, **more)])).shares)


def test_the_published_example(shared_data: Any) -> None:
    """The Council of 1958, with its qualified majority of 12 of 17 votes."""
    oracle = orjson.loads((shared_data / "oracles" / "oracles.json").read_bytes())["eec_1958"]
    names = ("government", "parliament", "academia", "women", "farmers", "media")
    found = shares(
        *zip(names, oracle["weights"], strict=True), rule="qualified", quota={"kind": "votes", "value": oracle["quota"]}
    )
    assert [found[name] for name in names] == [Fraction(each) for each in oracle["banzhaf_normalised"]]


def test_seats_of_one_constituency_vote_as_one() -> None:
    together = shares(("women", 1), ("women", 1), ("farmers", 1))
    assert together == {"women": 1, "farmers": 0}


def test_an_affiliate_votes_with_whoever_controls_it() -> None:
    foundation = partner(DONOR, "foundation", controlled_by=FIRM)
    seats = [{"holder": {"organization_id": each}} for each in (DONOR, FIRM, LEAD)]
    found = power(record(lead(), firm(), foundation, bodies=[{"rule": "majority", "seats": seats}]))
    assert found.shares == {"private_sector": 1, "civil_society": 0}


def test_a_circle_of_controllers_ends() -> None:
    one, other = partner(DONOR, "foundation", controlled_by=FIRM), firm(controlled_by=DONOR)
    read = Record(record(one, other), ON)
    assert read.voice_of(DONOR) == "private_sector"
    assert read.voice_of(FIRM) == "foundation"


def test_half_is_no_majority() -> None:
    assert shares(("women", 2), ("farmers", 1), ("media", 1)) == {
        "women": Fraction(3, 5),
        "farmers": Fraction(1, 5),
        "media": Fraction(1, 5),
    }


@pytest.mark.parametrize("share", ["66.67", "66.7", "66.667", "0.667", "0.6667"])
def test_two_thirds_are_two_of_three(share: str) -> None:
    found = shares(
        ("women", 1), ("farmers", 1), ("media", 1), rule="qualified", quota={"kind": "share", "value": share}
    )
    assert set(found.values()) == {Fraction(1, 3)}
    read = Record(record(bodies=[body(("women", 1), rule="qualified", quota={"kind": "share", "value": share})]), ON)
    assert voting.quota(read.bodies[0], "qualified", Fraction(3)) == voting.Quota(Fraction(2))


@pytest.mark.parametrize(("part_of_one", "percent"), [("0.75", "75"), ("0.5", "50"), ("1", "100"), ("0.67", "67")])
def test_a_quota_may_be_written_as_a_part_of_one(part_of_one: str, percent: str) -> None:
    def needed(share: str) -> voting.Quota | None:
        stated = body(("women", 1), rule="qualified", quota={"kind": "share", "value": share})
        return voting.quota(Record(record(bodies=[stated]), ON).bodies[0], "qualified", Fraction(40))

    assert needed(part_of_one) == needed(percent) == voting.Quota(Fraction(2, 5) * Fraction(percent))


def test_votes_may_be_fractions() -> None:
    assert shares(("women", "0.5"), ("farmers", "0.5"), ("media", "0.5")) == dict.fromkeys(  # type: ignore[arg-type]
        ("women", "farmers", "media"), Fraction(1, 3)
    )


@pytest.mark.parametrize(
    ("holders", "more", "why"),
    [
        ([("women", 1), ("media", 1)], {"rule": "consensus"}, voting.BY_CONSENSUS),
        ([("women", 1)], {"rule": "consensus", "fallback": "We talk until we agree"}, voting.BY_CONSENSUS),
        ([("women", 1)], {"veto": [{"holder": {"constituency": "media"}}]}, voting.BY_CONSENSUS),
        ([("women", 1)], {"rule": None}, voting.RULE_UNKNOWN),
        ([("women", 1)], {"rule": "double_majority"}, voting.RULE_UNKNOWN),
        ([("women", 1)], {"rule": "qualified"}, voting.RULE_UNKNOWN),
        ([("women", 1)], {"rule": "qualified", "quota": {"kind": "votes", "value": "9"}}, voting.RULE_UNKNOWN),
        ([("women", 0)], {}, voting.RULE_UNKNOWN),
        ([("unspecified", 1), ("women", 1)], {}, voting.HOLDERS_UNKNOWN),
        ([], {}, voting.SEATS_UNKNOWN),
    ],
)
def test_what_has_no_figure_says_why(holders: list[tuple[str, int]], more: dict[str, Any], why: str) -> None:
    assert power(record(lead(), bodies=[body(*holders, **more)])).lacking == why


def test_a_group_is_of_the_constituency_that_the_record_gives_it() -> None:
    seats = [{"holder": {"group": {"en": "Families on the lake"}}}, {"holder": {"organization_id": LEAD}}]
    stakeholders = [{"group": "families on  the LAKE", "constituency": "community"}]
    found = power(record(lead(), stakeholders=stakeholders, bodies=[{"rule": "majority", "seats": seats}]))
    assert found.shares == {"community": Fraction(1, 2), "civil_society": Fraction(1, 2)}


def test_who_can_block() -> None:
    def can(document: Document) -> bool:
        read = Record(document, ON)
        return voting.can_block(read.bodies[0], lambda holder: holder.get("constituency") == "women")

    assert can(record(bodies=[body(("women", 1), ("media", 9), rule="consensus")]))
    assert not can(record(bodies=[body(("women", 1), ("media", 9), rule="consensus", fallback="majority")]))
    assert not can(record(bodies=[body(("women", 1), ("media", 9), rule="consensus", fallback="The lead decides")]))
    assert can(record(bodies=[body(("women", 5), ("media", 5))]))
    assert not can(record(bodies=[body(("women", 4), ("media", 5))]))
    assert can(record(bodies=[body(("media", 5), veto=[{"holder": {"constituency": "women"}}])]))
    assert not can(record(bodies=[body(("media", 5), rule="consensus")]))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=7), st.integers(1, 40))
def test_shares_are_those_of_all_coalitions_counted_one_by_one(weights: list[int], quota: int) -> None:
    swings = [0] * len(weights)
    for members in product((0, 1), repeat=len(weights)):
        votes = sum(weight for weight, joined in zip(weights, members, strict=True) if joined)
        for player, joined in enumerate(members):
            swings[player] += bool(joined) and votes >= quota > votes - weights[player]
    total = sum(swings)
    assert banzhaf(weights, quota) == [Fraction(own, total) if total else Fraction(0) for own in swings]
