"""Conflicts of interest: every rule excludes who it is for, names the record it stands on, and excludes nobody else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.assessment.panels.conflicts import (
    RULES,
    Assessed,
    Interest,
    Kinship,
    Member,
    Surroundings,
    exclusions,
)
from services.assessment.panels.funding import FundingLink, links
from services.assessment.register.organizations import Organization, Unit

DAY = date(2026, 6, 15)
ID = "the-record"


def organization(identifier: str, **said: Any) -> Organization:
    return Organization(identifier, {"en": identifier}, **said)


ORGANIZATIONS = {
    each.id: each
    for each in (
        organization("partner"),
        organization("parent"),
        organization("branch", parent_id="parent"),
        organization("sister", parent_id="parent"),
        organization("branch-office", parent_id="branch"),
        organization("holding"),
        organization("firm", controlled_by="holding"),
        organization("old-name", merged_into="partner"),
        organization("stranger"),
    )
}


def record(**said: Any) -> dict[str, Any]:
    return {"partners": [{"organization": {"id": "partner"}, "roles": ["lead"]}], **said}


def partner(identifier: str, **said: Any) -> dict[str, Any]:
    return {"organization": {"id": identifier}, **said}


def of(organization_id: str, **said: Any) -> Member:
    return Member("member", frozenset({organization_id}), **said)


def found(member: Member, document: dict[str, Any], **around: Any) -> list[tuple[str, str]]:
    surroundings = Surroundings(**({"organizations": ORGANIZATIONS} | around))
    return [(each.rule, each.source) for each in exclusions([member], ID, document, surroundings, DAY)]


def test_nobody_else_is_excluded() -> None:
    assert found(of("stranger"), record()) == []
    assert found(Member("of no organization"), record()) == []
    assert found(of("sister"), {"partners": [partner("branch")]}) == []
    assert found(of("partner"), {}) == []


@pytest.mark.parametrize(
    ("own", "named", "rule"),
    [
        ("partner", "partner", "own-organization-is-partner"),
        ("old-name", "partner", "own-organization-is-partner"),
        ("partner", "old-name", "own-organization-is-partner"),
        ("branch", "parent", "parent-is-partner"),
        ("branch-office", "parent", "parent-is-partner"),
        ("parent", "branch-office", "subsidiary-is-partner"),
        ("holding", "firm", "subsidiary-is-partner"),
        ("firm", "holding", "controller-is-partner"),
    ],
)
def test_the_own_organization_and_those_above_and_below_it(own: str, named: str, rule: str) -> None:
    assert found(of(own), {"partners": [partner("other"), partner(named)]}) == [(rule, f"{ID}#/partners/1")]


@pytest.mark.parametrize(
    ("entry", "excluded"),
    [
        ({"left": "2023-06-15"}, True),
        ({"left": "2023"}, True),  # some day of that year
        ({"left": "2023-06-14"}, False),
        ({"left": "2022"}, False),
        ({"confirmation": {"state": "declined"}}, False),
        ({"confirmation": {"state": "claimed"}}, True),
    ],
)
def test_who_was_a_partner_within_three_years(entry: dict[str, Any], excluded: bool) -> None:
    assert bool(found(of("partner"), {"partners": [partner("partner", **entry)]})) is excluded


def test_bodies_host_and_the_unit_that_registered_it() -> None:
    seat = {"holder": {"organization_id": "parent"}}
    bodies = [{"name": {"en": "Board"}, "seats": [{"holder": {"constituency": "women"}}, seat], "veto": []}]
    assert found(of("branch"), record(bodies=bodies)) == [("sits-in-its-bodies", f"{ID}#/bodies/0/seats/1")]
    veto = [{"rule": "majority", "veto": [seat]}]
    assert found(of("parent"), record(bodies=veto)) == [("sits-in-its-bodies", f"{ID}#/bodies/0/veto/0")]
    assert found(of("branch"), record(host={"organization_id": "branch"})) == [("hosts-it", f"{ID}#/host")]
    units = {"unit": Unit("unit", "parent", {"en": "Unit"})}
    registered = record(registered_by={"unit_id": "unit", "date": "2026-01-01", "independent": True})
    assert found(of("branch"), registered, units=units) == [("registered-it", f"{ID}#/registered_by")]
    assert found(of("branch"), registered) == []


def test_money_in_either_direction_in_any_record_of_the_register() -> None:
    gives = FundingLink("parent", "old-name", "another#/transactions/3", None)
    gets = FundingLink("partner", "branch", "another#/partners/0/roles", "2023-06-15")
    past = FundingLink("partner", "branch", "another#/partners/0/roles", "2023-06-14")
    apart = FundingLink("partner", "stranger", "another#/transactions/0", None)
    assert found(of("branch"), record(), funding=[gives]) == [("funds-a-partner", "another#/transactions/3")]
    assert found(of("branch"), record(), funding=[gets]) == [("funded-by-a-partner", "another#/partners/0/roles")]
    assert found(of("branch"), record(), funding=[past, apart]) == []


def test_partnerships_that_would_assess_each_other() -> None:
    other = {"partners": [partner("elsewhere"), partner("branch")]}
    sits = {"other": Assessed(other, [Member("colleague", frozenset({"old-name"}))])}
    assert found(of("branch"), record(), round=sits) == [("would-assess-each-other", "other#/partners/1")]
    assert found(of("stranger"), record(), round=sits) == []
    assert found(of("branch"), record(), round={"other": Assessed(other)}) == []
    unrelated = {"other": Assessed(other, [Member("colleague", frozenset({"stranger"}))])}
    assert found(of("branch"), record(), round=unrelated) == []
    assert found(of("branch"), record(), round={ID: sits["other"]}) == []


def test_what_is_declared_counts_for_organizations_and_partnerships() -> None:
    paid = Interest("i1", "I advised them for money in 2025", organization_id="branch")
    rival = Interest("i2", "We compete for the same grant", partnership_id=ID)
    assert found(Member("m", interests=(paid,)), {"partners": [partner("parent")]}) == [("declared-interest", "i1")]
    assert found(Member("m", interests=(rival,)), record()) == [("declared-interest", "i2")]
    assert found(Member("m", interests=(paid,)), record()) == []
    assert found(Member("m", interests=(paid,)), record(host={"organization_id": "branch"})) == [
        ("declared-interest", "i1")
    ]
    elsewhere = Interest("i3", "Consultancy", partnership_id="another")
    assert found(Member("m", interests=(elsewhere,)), record()) == []


def risky(**said: Any) -> dict[str, Any]:
    return record(geography={"countries": ["KHM"]}, **said)


@pytest.mark.parametrize(
    ("said", "at_risk", "source"),
    [
        ({"silences": {"/partners": "withheld_for_safety"}}, frozenset(), "#/silences"),
        (
            {"partners": [partner("partner"), {"unnamed": {"constituency": "women"}}]},
            frozenset(),
            "#/partners/1",
        ),
        ({}, frozenset({"KHM"}), "#/geography/countries"),
    ],
)
def test_at_risk_no_local_member_sits_whose_withdrawal_could_not_be_hidden(
    said: dict[str, Any], at_risk: frozenset[str], source: str
) -> None:
    around = Surroundings(at_risk=at_risk)
    local = [Member(f"m{number}", frozenset({f"o{number}"}), frozenset({"KHM"})) for number in range(3)]
    foreign = Member("abroad", countries=frozenset({"SWE"}))
    assert exclusions([*local, foreign], ID, risky() | said, around, DAY) == []
    alone = exclusions([*local[:2], foreign], ID, risky() | said, around, DAY)
    assert [(each.member_id, each.rule, each.source) for each in alone] == [
        (member.id, "local-member-at-risk", ID + source) for member in local[:2]
    ]
    # Who is excluded for another reason hides nobody.
    involved = Member("m2", frozenset({"partner"}), frozenset({"KHM"}))
    assert len(exclusions([*local[:2], involved, foreign], ID, risky() | said, around, DAY)) == 3


def test_where_nothing_is_at_risk_a_single_local_member_may_sit() -> None:
    single = Member("m", countries=frozenset({"KHM"}))
    assert exclusions([single], ID, risky(silences={"/budget": "not_applicable"}), Surroundings(), DAY) == []


def test_several_rules_are_all_named_and_each_once() -> None:
    bodies = [{"seats": [{"holder": {"organization_id": "partner"}}] * 3}]
    member = of("partner", interests=(Interest("i", "x", partnership_id=ID), Interest("j", "y", partnership_id=ID)))
    document = {"partners": [partner("partner"), partner("partner")], "bodies": bodies}
    rules = [rule for rule, _ in found(member, document)]
    assert rules == ["own-organization-is-partner", "sits-in-its-bodies", "declared-interest"]
    assert set(rules) <= set(RULES)


def test_a_circle_of_parents_or_merges_ends() -> None:
    circle = {
        each.id: each
        for each in (
            organization("a", parent_id="b"),
            organization("b", parent_id="a"),
            organization("c", merged_into="d"),
            organization("d", merged_into="c"),
        )
    }
    kinship = Kinship(circle)
    assert set(kinship.relatives(["a"])) == {"a", "b"}
    assert kinship.survivor("c") in {"c", "d"}


@pytest.mark.parametrize(
    "strange",
    [
        {"partners": 3},
        {"partners": [7, {"organization": []}]},
        {"bodies": [{"seats": "x"}]},
        {"host": False, "silences": []},
    ],
)
def test_a_strange_record_stops_nothing(strange: dict[str, Any]) -> None:
    assert found(of("partner", countries=frozenset({"KHM"})), strange) == []
    assert links("x", strange) == []


# Who funds whom


def test_money_goes_to_the_recipient_named_else_to_those_who_carry_it_out() -> None:
    document = {
        "end": "2027-06",
        "partners": [
            partner("lead", roles=["lead"]),
            partner("donor", roles=["funder"], contributions=[
                {"kind": "financial", "recipient": {"organization_id": "village"}, "period": {"end": "2025"}},
                {"kind": "staff"},
            ]),
            partner("silent-donor", roles=["funder"]),
            partner("payer", contributions=[{"kind": "financial"}], left="2024-03"),
            partner("adviser", roles=["adviser"], contributions=[{"kind": "expertise"}]),
        ],
        "transactions": [
            {"provider": {"organization_id": "bank"}, "receiver": {"organization_id": "lead"}, "date": "2020-01-05"},
            {"provider": {"organization_id": "bank"}, "receiver": {"organization_id": "lead"}, "date": "2021-02"},
            {"provider": {"name": "Nobody known"}, "receiver": {"organization_id": "lead"}},
        ],
        "funding": {"payments": [{"recipient": {"organization_id": "cooperative"}, "paid_on": "2025-04-01"}]},
    }  # fmt: skip
    stated = {(each.giver_id, each.receiver_id): (each.source, each.until) for each in links("r", document)}
    assert stated == {
        ("donor", "village"): ("r#/partners/1/contributions/0", "2025-12-31"),
        ("silent-donor", "lead"): ("r#/partners/2/roles", "2027-06-30"),
        ("payer", "lead"): ("r#/partners/3/contributions/0", "2024-03-31"),
        ("bank", "lead"): ("r#/transactions/1", "2021-02-28"),
        ("donor", "cooperative"): ("r#/funding/payments/0", "2025-04-01"),
        ("silent-donor", "cooperative"): ("r#/funding/payments/0", "2025-04-01"),
    }


def test_nobody_funds_itself() -> None:
    assert links("r", {"partners": [partner("lead", roles=["lead", "funder"])]}) == []
