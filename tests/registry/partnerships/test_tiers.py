"""What each tier asks for, and what a record lacks of it (record.md)."""

from __future__ import annotations

from typing import Any

import pytest

from services.registry.partnerships import tiers

Content = dict[str, Any]
LEAD, MINISTRY, BRANCH, COMPANY = "lead", "ministry", "branch", "company"
ORGANIZATIONS = {
    LEAD: {"id": LEAD, "constituency": "civil_society"},
    MINISTRY: {"id": MINISTRY, "constituency": "government"},
    BRANCH: {"id": BRANCH, "constituency": "academia", "parent_id": LEAD},
    COMPANY: {"id": COMPANY, "constituency": "civil_society"},
}
DELIVERABLE = {
    "id": "d1",
    "level": "output",
    "title": {"en": "Wells"},
    "description": {"en": "Forty wells."},
    "due": "2027",
    "responsible": [LEAD],
    "resources": {"en": "Rigs."},
    "goals": ["sdg:6"],
    "indicators": [{"id": "i1", "targets": [{"value": "40"}]}],
}


def entry(organization_id: str, state: str = "confirmed", **more: Any) -> Content:
    """A partner that is an organization."""
    return {
        "id": f"of-{organization_id}",
        "organization": {"id": organization_id},
        "confirmation": {"state": state},
    } | more


def whole(**changed: Any) -> Content:
    """A record that meets every tier; None takes a member away."""
    content = {
        "kind": "partnership",
        "title": {"en": "T"},
        "summary": {"en": "S"},
        "geography": {"countries": ["KHM"]},
        "goals": [{"scheme": "sdg", "code": "6", "weight": "primary"}],
        "start": "2026",
        "partners": [entry(LEAD, roles=["lead"]), entry(MINISTRY, roles=["host"], contributions=[{"kind": "staff"}])],
        "deliverables": [DELIVERABLE],
        "stakeholders": [],
        "bodies": [],
        "budget": {"totals": [{"basis": "planned"}]},
        "complaints": False,
        "safeguarding": {"training": True},
    } | changed
    return {name: value for name, value in content.items() if value is not None}


def lacking(tier: str, **changed: Any) -> list[str]:
    content = whole(**changed)
    if tier == "listed":
        return tiers.lacking_for_listed(content, LEAD)
    found: list[str] = tiers.tiers(content, LEAD, ORGANIZATIONS)[tier]["lacking"]
    return found


def test_a_whole_record_lacks_nothing() -> None:
    assert lacking("listed") == []
    assert tiers.tiers(whole(), LEAD, ORGANIZATIONS) == {
        tier: {"met": True, "lacking": []} for tier in ("confirmed", "registered", "assessable")
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"title": None}, ["/title"]),
        ({"summary": None}, ["/summary"]),
        ({"start": None}, ["/start"]),
        ({"geography": None}, ["/geography"]),
        ({"geography": {"scope": "national"}}, ["/geography"]),
        ({"geography": {"scope": "global"}}, []),
        ({"geography": {"places": [{"country": "KHM", "name": "Kampot"}]}}, []),
        ({"geography": {"regions": ["035"]}}, []),
        ({"goals": []}, ["/goals"]),
        ({"goals": [{"scheme": "sdg", "code": "3", "derived_from": "mdg:4"}]}, ["/goals"]),
        ({"goals": [{"scheme": "sdg", "code": str(code), "weight": "primary"} for code in range(1, 5)]}, ["/goals"]),
        ({"goals": [{"scheme": "plan:khm", "code": "3"}]}, []),
        ({"partners": [entry(LEAD)]}, ["/partners"]),
        ({"partners": [entry(LEAD), entry(MINISTRY, "declined")]}, ["/partners"]),
        ({"partners": [entry(LEAD), entry(MINISTRY, left="2026")]}, ["/partners"]),
        ({"partners": [entry(LEAD), entry(MINISTRY, "unnamed")]}, []),
        (
            {
                "partners": [
                    entry(LEAD),
                    {"id": "g", "group": {"constituency": "women"}, "confirmation": {"state": "claimed"}},
                ]
            },
            [],
        ),
    ],
)
def test_listed(changed: Content, expected: list[str]) -> None:
    assert lacking("listed", **changed) == expected


@pytest.mark.parametrize(
    ("partners", "expected"),
    [
        ([entry(MINISTRY, "confirmed")], []),
        ([entry(MINISTRY, "corrected")], []),
        ([entry(MINISTRY, "claimed")], ["/partners/of-ministry/confirmation"]),
        ([entry(MINISTRY, "answered")], ["/partners/of-ministry/confirmation"]),
        ([entry(MINISTRY, "unnamed")], ["/partners/of-ministry/confirmation"]),
        ([entry(MINISTRY, "declined")], ["/partners"]),
        ([entry(MINISTRY, left="2026")], ["/partners"]),
        ([entry(COMPANY, "confirmed")], ["/partners"]),  # the lead's own constituency
        ([entry(COMPANY, "confirmed"), entry(MINISTRY, "claimed")], ["/partners/of-ministry/confirmation"]),
        ([], ["/partners"]),
    ],
)
def test_confirmed(partners: list[Content], expected: list[str]) -> None:
    assert lacking("confirmed", partners=[entry(LEAD), *partners]) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"partners": [entry(LEAD), entry(MINISTRY, "claimed", roles=["host"])]},
            ["/partners/of-ministry/confirmation"],
        ),
        ({"partners": [entry(LEAD), entry(COMPANY, roles=["host"])]}, ["/partners"]),
        ({"partners": [entry(LEAD), entry(BRANCH, roles=["host"])]}, ["/partners"]),  # not independent
        ({"partners": [entry(LEAD), entry(BRANCH, roles=["host"]), entry(COMPANY)]}, []),
        ({"kind": "project", "partners": [entry(LEAD), entry(BRANCH, "claimed", roles=["host"])]}, []),
        ({"deliverables": None}, ["/deliverables"]),
        ({"deliverables": []}, ["/deliverables"]),
        ({"deliverables": [DELIVERABLE, {"id": "d2", "title": {"en": "Vague"}}]}, []),
        (
            {"deliverables": [DELIVERABLE | {"due": None}, {"id": "d2", "title": {"en": "Vague"}}]},
            ["/deliverables/d1/due"]
            + [
                f"/deliverables/d2/{name}"
                for name in ("description", "indicators", "responsible", "resources", "goals", "due")
            ],
        ),
        ({"deliverables": [DELIVERABLE | {"indicators": [{"id": "i1"}]}]}, ["/deliverables/d1/indicators"]),
        ({"deliverables": [DELIVERABLE | {"indicators": [], "level": "activity"}]}, []),  # one event with a date
        ({"partners": [entry(LEAD), entry(MINISTRY)]}, ["/partners/of-ministry/roles"]),
        ({"partners": [entry(LEAD), entry(MINISTRY)], "agreement": {"type": "none"}}, ["/partners/of-ministry/roles"]),
        ({"partners": [entry(LEAD), entry(MINISTRY)], "agreement": {"type": "memorandum"}}, []),
        ({"partners": [entry(LEAD), entry(MINISTRY)], "agreement": False}, ["/partners/of-ministry/roles"]),
        ({"partners": [entry(LEAD), entry(MINISTRY, roles=["host"])], "budget": None}, ["/budget"]),
        ({"partners": [entry(LEAD), entry(MINISTRY, roles=["host"])], "budget": False}, ["/budget"]),
        ({"budget": None}, []),  # a contribution is a means
        ({"summary": None}, ["/summary"]),
    ],
)
def test_registered(changed: Content, expected: list[str]) -> None:
    assert lacking("registered", **changed) == expected


@pytest.mark.parametrize("name", ["stakeholders", "bodies", "budget", "complaints", "safeguarding"])
def test_assessable(name: str) -> None:
    assert lacking("assessable", **{name: None}) == [f"/{name}"]
    assert lacking("assessable", **{name: None, "silences": {f"/{name}": "withheld_for_safety"}}) == []
    for answered in (False, []):
        assert lacking("assessable", **{name: answered}) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {}, True),
        ({"parent_id": "b"}, {}, False),
        ({}, {"controlled_by": "a"}, False),
        ({"parent_id": "x"}, {"controlled_by": "x"}, False),
        ({"parent_id": "x"}, {"parent_id": "y"}, True),
    ],
)
def test_independence(one: Content, other: Content, expected: bool) -> None:
    assert tiers.independent({"id": "a"} | one, {"id": "b"} | other) is expected
    assert not tiers.independent({"id": "a"}, {"id": "a"})
