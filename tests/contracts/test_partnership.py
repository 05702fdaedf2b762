"""The rules of the partnership record's contracts, and of the commands that change it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from marshmallow import ValidationError

from schemas import documents, partnership, topics
from schemas.documents import Contract, pointers
from schemas.examples import example
from schemas.organization import AcceptanceCommand, OrganizationInput
from schemas.partnership import (
    ClaimDecisionCommand,
    ConfirmationCommand,
    PartnershipDocument,
    PartnershipInput,
    PartnershipPatch,
    ReportCommand,
    TransitionCommand,
    split_read_only,
)

ID = "019505a0-0000-7000-8000-00000000000{}".format
RECORD = [
    "id", "reference", "version", "revision", "kind", "standing", "phase", "source", "title", "acronym",
    "former_titles", "summary", "purpose", "functions", "part_of", "successor_of", "website",
    "geography", "languages", "start", "end", "ongoing", "dates", "source_status", "goals",
    "classifications", "legal_form", "host", "agreement", "budget", "partners", "membership",
    "stakeholders", "analysis", "beneficiaries", "needs", "offers", "bodies", "decisions", "documents",
    "mutual_review", "independent_evaluation", "complaints", "safeguarding", "funding", "transactions",
    "private_sector", "due_diligence", "mandate", "processes", "agency_commitments", "deliverables",
    "reports", "next_due", "focal_points", "registered_by", "tiers", "created_at", "updated_at"
]  # fmt: skip

WHOLE = [
    "host", "agreement", "budget", "analysis", "mutual_review", "independent_evaluation", "complaints",
    "safeguarding", "funding", "private_sector", "mandate",
]  # fmt: skip


def wrong(contract: type[Contract], data: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as caught:
        documents.load(contract, data)
    return {pointer for pointer, _ in pointers(caught.value)}


def record(**more: Any) -> dict[str, Any]:
    return {"title": {"en": "Safe water"}, **more}


@pytest.fixture
def registered() -> dict[str, Any]:
    return example(topics.event_type("org.convene.registry.partnership.registered.v1"))


def test_the_document_has_the_fields_of_the_record_in_their_order() -> None:
    fields = list(PartnershipDocument._declared_fields)
    assert [name for name in fields if name in RECORD] == RECORD


def test_a_title_is_enough() -> None:
    assert documents.load(PartnershipInput, record()) == record()
    assert wrong(PartnershipInput, {"title": {}}) == {"/title"}
    assert wrong(PartnershipInput, {}) == {"/title"}


def test_null_is_not_stated_and_false_and_the_empty_list_are() -> None:
    stated = {"complaints": False, "due_diligence": [], "mandate": {"scope_changes": [], "exit": False}}
    assert documents.load(PartnershipInput, record(**stated, host=None, partners=None)) == record(**stated)


@pytest.mark.parametrize(
    "name",
    WHOLE,
)
def test_objects_can_be_stated_to_be_absent(name: str) -> None:
    assert documents.load(PartnershipInput, record(**{name: False}))[name] is False


def test_a_partner_is_an_organization_or_a_group_or_unnamed() -> None:
    both = {"unnamed": {"constituency": "media"}, "group": {"name": "All", "constituency": "women"}}
    assert wrong(PartnershipInput, record(partners=[both, {"roles": ["lead"]}])) == {"/partners/0", "/partners/1"}


def test_a_partner_is_named_by_id_or_proposed() -> None:
    proposal = {"name": {"en": "New"}, "constituency": "women", "country": "kh"}
    sent = record(partners=[{"organization": {"id": ID(1)}}, {"organization": proposal}])
    assert documents.load(PartnershipInput, sent)["partners"][1]["organization"]["country"] == "KHM"
    nameless = record(partners=[{"organization": {"country": "KHM"}}])
    assert wrong(PartnershipInput, nameless) == {
        "/partners/0/organization/name",
        "/partners/0/organization/constituency",
    }
    vague = record(partners=[{"organization": {**proposal, "constituency": "unspecified"}}])
    assert wrong(PartnershipInput, vague) == {"/partners/0/organization/constituency"}


def test_what_a_source_does_not_say_may_be_repeated() -> None:
    imported = {"id": ID(1), "name": {"en": "X"}, "constituency": "unspecified"}
    documents.load(PartnershipInput, record(partners=[{"organization": imported}]))


def test_goals_are_of_their_scheme_and_named_once() -> None:
    goal = {"scheme": "sdg", "code": "6"}
    assert wrong(PartnershipInput, record(goals=[{"scheme": "sdg", "code": "6.1"}])) == {"/goals/0/code"}
    assert wrong(PartnershipInput, record(goals=[goal, goal])) == {"/goals/1"}
    documents.load(PartnershipInput, record(goals=[goal, {**goal, "derived_from": "mdg-target:7.C"}]))
    documents.load(PartnershipInput, record(goals=[{"scheme": "plan:khm-nsdp", "code": "3"}]))


def test_dates_are_in_order_where_that_is_sure() -> None:
    documents.load(PartnershipInput, record(start="2024-05", end="2024"))
    assert wrong(PartnershipInput, record(start="2024-05", end="2023")) == {"/end"}
    assert wrong(PartnershipInput, record(ongoing=True, end="2027")) == {"/end"}
    joined = {"unnamed": {"constituency": "media"}, "joined": "2025", "left": "2024"}
    assert wrong(PartnershipInput, record(partners=[joined])) == {"/partners/0/left"}


def test_deliverables_have_parents_of_the_same_record_and_no_circles() -> None:
    def deliverable(number: int, **more: Any) -> dict[str, Any]:
        return {"id": ID(number), "level": "output", "title": {"en": "x"}, **more}

    chain = [deliverable(1), deliverable(2, parent_id=ID(1)), deliverable(3, parent_id=ID(2))]
    documents.load(PartnershipInput, record(deliverables=chain))
    lost = [deliverable(1, parent_id=ID(9))]
    assert wrong(PartnershipInput, record(deliverables=lost)) == {"/deliverables/0/parent_id"}
    circle = [deliverable(1, parent_id=ID(2)), deliverable(2, parent_id=ID(1))]
    assert "/deliverables/0/parent_id" in wrong(PartnershipInput, record(deliverables=circle))
    pledged = [deliverable(1, pledge={"process_id": ID(7)})]
    assert wrong(PartnershipInput, record(deliverables=pledged)) == {"/deliverables/0/pledge/process_id"}


def test_a_contribution_is_an_amount_or_described() -> None:
    def contribution(**pledged: Any) -> dict[str, Any]:
        entry = {"kind": "financial", "pledged": pledged}
        return record(partners=[{"unnamed": {"constituency": "media"}, "contributions": [entry]}])

    documents.load(PartnershipInput, contribution(amount=5000, currency="USD"))
    documents.load(PartnershipInput, contribution(description="A hall"))
    at = "/partners/0/contributions/0/pledged"
    assert wrong(PartnershipInput, contribution(amount="5000")) == {f"{at}/currency"}
    assert wrong(PartnershipInput, contribution(date="2024")) == {at}


def test_too_much_is_refused() -> None:
    partners = [{"unnamed": {"constituency": "media"}}] * 2_001
    assert wrong(PartnershipInput, record(partners=partners)) == {"/partners"}
    assert wrong(PartnershipInput, {"title": {"en": "x" * 501}}) == {"/title/en"}
    assert wrong(PartnershipInput, record(purpose={"en": "x" * 20_001})) == {"/purpose/en"}


def test_items_of_an_input_may_come_without_ids_and_those_of_a_document_may_not(registered: dict[str, Any]) -> None:
    del registered["goals"][0]["id"]
    assert wrong(PartnershipDocument, registered) == {"/goals/0/id"}
    documents.load(PartnershipInput, registered)


def test_numbers_are_taken_from_inputs_and_become_decimals(registered: dict[str, Any]) -> None:
    registered["budget"]["totals"][1]["amount"] = 1105000.5
    assert documents.load(PartnershipInput, registered)["budget"]["totals"][1]["amount"] == "1105000.5"
    assert wrong(PartnershipDocument, registered) == {"/budget/totals/1/amount"}


def test_the_read_only_part_is_set_apart(registered: dict[str, Any]) -> None:
    loaded = documents.load(PartnershipInput, registered)
    before = copy.deepcopy(loaded)
    writable, read_only = split_read_only(loaded)
    assert loaded == before
    assert writable["partners"][0]["organization"] == {"id": registered["partners"][0]["organization"]["id"]}
    assert "confirmation" not in writable["partners"][0]
    assert not writable.keys() & {"id", "reference", "version", "revision", "standing", "phase", "tiers", "source"}
    assert read_only["/standing"] == "registered"
    assert read_only["/partners/0/confirmation"] == registered["partners"][0]["confirmation"]
    assert read_only["/partners/0/organization/name"] == registered["partners"][0]["organization"]["name"]
    again, nothing = split_read_only(writable)
    assert (again, nothing) == (writable, {})


def test_read_only_parts_are_taken_as_they_are_but_never_too_deep() -> None:
    documents.load(PartnershipInput, record(standing=["anything"], tiers=None))
    assert "/partners/*/confirmation" in partnership.READ_ONLY


def test_a_patch_keeps_null_and_refuses_what_the_record_has_not() -> None:
    assert documents.load(PartnershipPatch, {"website": None, "title": {"en": None}}) == {
        "website": None,
        "title": {"en": None},
    }
    assert wrong(PartnershipPatch, {"web": None}) == {"/web"}


@pytest.mark.parametrize("to", ["returned", "suspended", "withdrawn", "ended_early"])
def test_some_moves_ask_for_a_reason(to: str) -> None:
    assert wrong(TransitionCommand, {"to": to}) == {"/reason"}
    documents.load(TransitionCommand, {"to": to, "reason": {"en": "It has no date."}})


def test_a_reason_that_is_null_is_none() -> None:
    assert wrong(TransitionCommand, {"to": "returned", "reason": None}) == {"/reason"}
    assert wrong(TransitionCommand, {"to": "returned", "reason": {"en": None}}) == {"/reason"}


def test_moves_go_somewhere() -> None:
    documents.load(TransitionCommand, {"to": "submitted", "unit_id": ID(1)})
    assert wrong(TransitionCommand, {"to": "draft"}) == {"/to"}
    assert wrong(TransitionCommand, {"to": "reported"}) == {"/to"}
    assert wrong(TransitionCommand, {}) == {"/to"}


def test_confirmations() -> None:
    documents.load(ConfirmationCommand, {"decision": "confirm", "effort": {"days_per_month": 2}})
    documents.load(ConfirmationCommand, {"decision": "correct", "roles": ["funder"]})
    assert wrong(ConfirmationCommand, {"decision": "correct"}) == {""}
    assert wrong(ConfirmationCommand, {"decision": "decline", "roles": ["lead"]}) == {"/decision"}
    assert wrong(ConfirmationCommand, {"decision": "maybe"}) == {"/decision"}


def test_a_report_reports_something() -> None:
    documents.load(ReportCommand, {"narrative": "Done"})
    actual = {"indicator_id": ID(1), "value": 17}
    assert documents.load(ReportCommand, {"actuals": [actual]})["actuals"][0]["value"] == "17"
    assert wrong(ReportCommand, {"period": {"start": "2025"}}) == {""}


def test_refusals_have_reasons() -> None:
    assert wrong(ClaimDecisionCommand, {"decision": "refuse"}) == {"/reason"}
    assert wrong(AcceptanceCommand, {"decision": "refuse"}) == {"/reason"}
    documents.load(AcceptanceCommand, {})


def test_an_organization_says_its_constituency_and_is_not_above_itself() -> None:
    named = {"name": {"en": "X"}}
    assert wrong(OrganizationInput, named) == {"/constituency"}
    assert wrong(OrganizationInput, {**named, "constituency": "unspecified"}) == {"/constituency"}
    assert wrong(OrganizationInput, {**named, "constituency": "women", "id": ID(1), "parent_id": ID(1)}) == {
        "/parent_id"
    }
