"""Moves of standing and phase: each move in each standing, what it asks for, with which unit it lies, and a plain model of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from schemas.partnership import MOVES, PHASES
from tests.registry.conftest import Person, World, ok, refused
from tests.registry.partnerships.conftest import Document, Scene, lacking

# The moves of record.md, said again: standing, to, by whom.
ALLOWED = {
    ("draft", "listed"): "lead",
    ("listed", "submitted"): "lead",
    ("returned", "submitted"): "lead",
    ("submitted", "registered"): "registrar",
    ("submitted", "returned"): "registrar",
    ("registered", "suspended"): "registrar",
    ("suspended", "registered"): "registrar",
    ("listed", "withdrawn"): "lead",
    ("submitted", "withdrawn"): "lead",
    ("returned", "withdrawn"): "lead",
    ("registered", "withdrawn"): "lead",
    ("suspended", "withdrawn"): "lead",
}
OPEN = ("draft", "listed", "submitted", "returned", "registered")
STANDINGS = (*OPEN, "suspended", "withdrawn")
EVENTS = {("suspended", "registered"): "reinstated"}


@pytest.mark.parametrize("standing", STANDINGS)
def test_each_move_in_each_standing(scene: Scene, standing: str) -> None:
    before = scene.in_standing(standing)
    told = len(scene.records())
    for to in ("listed", "submitted", "registered", "returned", "suspended", "withdrawn"):
        by = ALLOWED.get((standing, to))
        for name, who in (("lead", scene.lead), ("registrar", scene.registrar), ("stranger", scene.stranger)):
            if name != by:
                answer = scene.move(who, before, to, reason={"en": "R"})
                assert answer.status_code in (403, 404, 409), (standing, to, name, answer.text)
                assert "tier" not in (answer.json or {})
    assert len(scene.records()) == told
    for (at, to), by in ALLOWED.items():
        if at == standing:
            document = scene.in_standing(standing)
            who = scene.lead if by == "lead" else scene.registrar
            after = ok(scene.move(who, document, to, reason={"en": "R"}))
            assert (after["standing"], after["version"]) == (to, document["version"] + 1)
            assert scene.records()[-1][0] == EVENTS.get((at, to), to)


def test_a_wrong_standing_says_which_would_do(scene: Scene) -> None:
    problem = refused(scene.move(scene.lead, scene.submitted(), "submitted"), 409, "wrong-standing")
    assert problem["possible_in"] == ["listed", "returned"]
    refused(scene.move(scene.lead, scene.listed(), "registered"), 403, "not-allowed")


@pytest.mark.parametrize("to", MOVES)
def test_a_reason_is_asked_for(scene: Scene, to: str) -> None:
    document = scene.listed()
    answer = scene.move(scene.lead, document, to)
    asked = to in ("returned", "suspended", "withdrawn", "ended_early")
    assert (answer.status_code == 422) is asked, answer.text
    if asked:
        assert refused(answer, 422, "invalid")["errors"][0]["pointer"] == "/reason"


def test_phases_are_what_the_partnership_says(scene: Scene) -> None:
    document = scene.listed()
    refused(scene.move(scene.lead, document, "active"), 409, "same-phase")
    for to in ("forming", "completed", "active", "ended_early", "dormant", "active"):
        document = ok(scene.move(scene.lead, document, to, reason={"en": "R"}))
        assert (document["phase"], document["phase_reason"]["reason"]) == (to, {"en": "R"})
        assert document["standing"] == "listed"
        assert scene.records()[-1][0] == "phase_changed"
    assert "phase_reason" not in ok(scene.move(scene.lead, document, "completed"))
    for who in (scene.minister, scene.registrar, scene.stranger):
        refused(scene.move(who, document, "forming"), 403, "not-allowed")
    for standing in ("suspended", "withdrawn"):
        refused(scene.move(scene.lead, scene.in_standing(standing), "completed"), 409, "wrong-standing")
    draft = ok(scene.move(scene.lead, scene.draft(), "forming"))
    assert (draft["phase"], draft["version"]) == ("forming", 2)
    refused(scene.move(scene.lead, document, "sleeping"), 422, "invalid")


def test_the_unit_is_named_or_the_mandate_s_or_that_of_the_country_and_goal(scene: Scene) -> None:
    _, everywhere = scene.world.registrar("everywhere")
    _, water = scene.world.registrar("water", goals=["sdg:6"])
    _, both = scene.world.registrar("both", countries=["KHM"], goals=["sdg:6"])
    _, laos = scene.world.registrar("laos", countries=["LAO"], goals=["sdg:6"])

    def unit_of(unit_id: str | None = None, **content: Any) -> str:
        document = scene.listed(**content)
        more = {"unit_id": unit_id} if unit_id else {}
        found: str = ok(scene.move(scene.lead, document, "submitted", **more))["submission"]["unit_id"]
        return found

    goal_3 = [{"scheme": "sdg", "code": "3"}]
    target = [{"scheme": "sdg-target", "code": "6.1"}]
    assert unit_of() == both["id"]
    assert unit_of(goals=target) == both["id"]
    assert unit_of(goals=goal_3) == scene.unit
    assert unit_of(geography={"countries": ["VNM"]}) == water["id"]
    assert unit_of(geography={"countries": ["VNM"]}, goals=goal_3) == everywhere["id"]
    assert unit_of(geography={"places": [{"country": "LAO", "name": "Pakse"}]}) == laos["id"]
    assert unit_of(mandate={"unit_id": everywhere["id"]}) == everywhere["id"]
    assert unit_of(water["id"], mandate={"unit_id": everywhere["id"]}) == water["id"]
    answer = scene.move(scene.lead, scene.listed(), "submitted", unit_id=str(uuid4()))
    assert refused(answer, 422, "unit-unknown")["errors"][0]["pointer"] == "/unit_id"


def test_without_a_unit_nothing_is_submitted(scene: Scene) -> None:
    document = scene.listed(geography={"countries": ["VNM"]})
    problem = refused(scene.move(scene.lead, document, "submitted"), 409, "no-accepting-unit")
    assert (problem["countries"], problem["goals"]) == (["VNM"], ["sdg:6"])
    assert ok(scene.move(scene.lead, document, "submitted", unit_id=scene.unit))["standing"] == "submitted"


def test_submitting_needs_what_listing_asks_and_registering_the_tier(scene: Scene) -> None:
    document = ok(scene.move(scene.lead, scene.listed(), "submitted"))
    entry = scene.entry(document)["id"]
    assert lacking(scene.move(scene.registrar, document, "registered")) == [
        f"/partners/{entry}/confirmation",
        "/deliverables",
    ]
    left = ok(scene.lead.patch(f"/partnerships/{document['id']}/partners/{entry}", {"left": "2026-02"}))
    returned = ok(scene.move(scene.registrar, left, "returned", reason={"en": "R"}))
    assert lacking(scene.move(scene.lead, returned, "submitted")) == ["/partners"]


def test_a_registrar_is_another_person_than_the_author(scene: Scene) -> None:
    scene.world.designated("registrar", scene.federation, "focal_point")
    edited = ok(scene.registrar.patch(f"/partnerships/{scene.submitted()['id']}", {"acronym": "SW"}))
    for to in ("registered", "returned"):
        refused(scene.move(scene.registrar, edited, to, reason={"en": "R"}), 403, "registrar-is-author")
    organization = scene.world.get(f"/units/{scene.unit}").json["organization_id"]  # type: ignore[index]
    colleague = scene.world.designated("colleague", organization, "registrar")
    assert ok(scene.move(colleague, edited, "registered"))["standing"] == "registered"


def test_a_unit_that_is_a_partner_is_not_independent(scene: Scene) -> None:
    organization = scene.world.get(f"/units/{scene.unit}").json["organization_id"]  # type: ignore[index]
    partners = [*scene.content()["partners"], {"organization": {"id": organization}, "roles": ["funder"]}]
    document = scene.registered(partners=partners)
    assert document["registered_by"]["independent"] is False
    entry = document["partners"][2]["id"]
    left = ok(scene.lead.patch(f"/partnerships/{document['id']}/partners/{entry}", {"left": "2026-11"}))
    assert left["registered_by"]["independent"] is True
    later = scene.registered()
    joined = ok(scene.lead.post(f"/partnerships/{later['id']}/partners", {"organization": {"id": organization}}), 201)
    assert joined["registered_by"]["independent"] is False


def test_a_return_is_public_and_appealed_once(scene: Scene) -> None:
    second, other = scene.world.registrar("second", countries=["KHM"])
    _, third = scene.world.registrar("third", countries=["KHM"])
    document = ok(scene.move(scene.registrar, scene.submitted(), "returned", reason={"en": "Too vague."}))
    assert document["standing_reason"].items() >= {"reason": {"en": "Too vague."}, "unit_id": scene.unit}.items()
    document = ok(scene.move(scene.lead, document, "submitted"))
    assert (document["submission"]["unit_id"], document["submission"]["appeal"]) == (scene.unit, False)
    assert "standing_reason" not in document
    document = ok(scene.move(scene.registrar, document, "returned", reason={"en": "Still."}))
    document = ok(scene.move(scene.lead, document, "submitted", unit_id=other["id"]))
    assert document["submission"]["appeal"] is True
    refused(scene.move(scene.registrar, document, "returned", reason={"en": "R"}), 403, "not-allowed")
    document = ok(scene.move(second, document, "returned", reason={"en": "Indeed."}))
    problem = refused(scene.move(scene.lead, document, "submitted", unit_id=third["id"]), 409, "already-appealed")
    assert problem["returned_by"] == [scene.unit, other["id"]]
    for unit in (scene.unit, other["id"]):
        document = ok(scene.move(scene.lead, document, "submitted", unit_id=unit))
        who = scene.registrar if unit == scene.unit else second
        document = ok(scene.move(who, document, "returned", reason={"en": "R"}))


def test_after_fifteen_working_days_a_second_unit_may_take_it(scene: Scene) -> None:
    neighbour, near = scene.world.registrar("neighbour", countries=["KHM", "LAO"], goals=["sdg:1"])
    stranger, _ = scene.world.registrar("afar", countries=["VNM"], goals=["sdg:1"])
    document = scene.submitted()
    refused(scene.move(neighbour, document, "registered"), 403, "not-allowed")
    scene.world.travel(22)
    refused(scene.move(stranger, document, "registered"), 403, "not-allowed")
    queue = ok(neighbour.get(f"/units/{near['id']}/queue"))["items"]
    assert [(each["partnership_id"], each["own"]) for each in queue] == [(document["id"], False)]
    taken = ok(scene.move(neighbour, document, "registered"))
    assert taken["registered_by"]["unit_id"] == near["id"]
    refused(scene.move(scene.registrar, taken, "suspended", reason={"en": "R"}), 403, "not-allowed")
    ok(scene.move(neighbour, taken, "suspended", reason={"en": "R"}))


class StandingMachine(RuleBasedStateMachine):
    """A record beside a plain model of it: whatever is tried in whatever order, both have the same standing and phase."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.document: Document = self.scene.draft(**self.scene.registrable())
        self.standing, self.phase, self.confirmed = "draft", "active", False
        self.version = 1
        self.told = len(self.scene.records())

    @rule(
        to=st.sampled_from(["listed", "submitted", "registered", "returned", "suspended", "withdrawn"]),
        by=st.booleans(),
    )
    def move(self, to: str, by: bool) -> None:
        who, name = (self.scene.lead, "lead") if by else (self.scene.registrar, "registrar")
        allowed = ALLOWED.get((self.standing, to)) == name
        met = to != "registered" or self.standing == "suspended" or self.confirmed
        self._tried(self.scene.move(who, self.document, to, reason={"en": "R"}), allowed and met, standing=to)

    @rule(to=st.sampled_from(PHASES))
    def change_phase(self, to: str) -> None:
        allowed = self.standing in OPEN and to != self.phase
        self._tried(self.scene.move(self.scene.lead, self.document, to, reason={"en": "R"}), allowed, phase=to)

    @rule()
    def edit(self) -> None:
        answer = self.scene.patch(self.document, acronym=f"A{self.version}")
        self._tried(answer, self.standing in OPEN)

    @precondition(lambda self: self.standing != "draft" and not self.confirmed)
    @rule()
    def confirm(self) -> None:
        path = f"/partnerships/{self.document['id']}/partners/{self.partner}/confirmation"
        answer = self.scene.minister.post(path, {"decision": "confirm"})
        self._tried(answer, self.standing in OPEN, confirmed=True)

    @property
    def partner(self) -> str:
        return str(self.scene.entry(self.first)["id"])

    @property
    def first(self) -> Document:
        return self._first

    def _tried(self, answer: Any, allowed: bool, **after: Any) -> None:
        assert (answer.status_code == 200) is allowed, (self.standing, after, answer.text)
        if allowed:
            self.document = ok(answer)
            self.version += 1
            self.told += self.standing != "draft" or after.get("standing") == "listed"
            for name, value in after.items():
                setattr(self, name, value)

    @invariant()
    def agrees(self) -> None:
        who: Person | World = self.scene.lead
        now = ok(who.get(f"/partnerships/{self.document['id']}"))
        if "partners" in now and not hasattr(self, "_first"):
            self._first = now
        assert (now["standing"], now["phase"], now["version"]) == (self.standing, self.phase, self.version)
        assert now == self.document
        assert ("reference" in now) is (self.standing != "draft")
        assert len(self.scene.records()) == self.told


def test_the_machine_of_standing_is_the_plain_model(scene: Scene) -> None:
    machine = type("Machine", (StandingMachine,), {"scene": scene})
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
