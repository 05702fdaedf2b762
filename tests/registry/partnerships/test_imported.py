"""Imported records: nobody speaks for them until a partner claims one and a registrar agrees; then the source only proposes."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.chassis.identifiers import uuid7
from tests.registry.conftest import Person, ok, refused
from tests.registry.partnerships.conftest import CONTRIBUTION, Document, Scene, lacking


def decide(scene: Scene, document: Document, decision: str = "accept", who: Person | None = None) -> Document:
    """A registrar's decision on the pending claim."""
    path = f"/partnerships/{document['id']}/claim/decision"
    reason = {} if decision == "accept" else {"reason": {"en": "Not yours."}}
    return ok((who or scene.registrar).post(path, {"decision": decision} | reason))


def claimed(scene: Scene) -> Document:
    """An imported record that the federation has claimed."""
    document = scene.reported()
    made = scene.lead.post(f"/partnerships/{document['id']}/claim")
    ok(made, 201)
    assert made.headers["ETag"] == scene.world.get(f"/partnerships/{document['id']}").headers["ETag"]
    return decide(scene, document)


def test_what_is_imported_is_claimed_by_nobody(scene: Scene) -> None:
    document = scene.reported()
    assert (document["standing"], document["source"]) == ("reported", {"system": "iati", "identifier": "XM-1"})
    assert [each["confirmation"]["state"] for each in document["partners"]] == ["claimed", "claimed"]
    assert document["partners"][0]["roles"] == ["lead", "accountable"]
    assert (document["focal_points"], document["tiers"]["confirmed"]["met"]) == ([], False)
    [entry] = ok(scene.world.get(f"/partnerships/{document['id']}/history"))["items"]
    assert (entry["event"], entry["author"]) == ("reported", "system:iati")


def test_nobody_edits_or_moves_an_imported_record(scene: Scene) -> None:
    document = scene.reported()
    for who in (scene.minister, scene.lead, scene.registrar):
        answer = who.patch(f"/partnerships/{document['id']}", {"acronym": "W"})
        assert answer.status_code in (403, 409)
        for to in ("listed", "submitted", "registered", "withdrawn", "completed"):
            answer = scene.move(who, document, to, reason={"en": "R"})
            assert answer.status_code in (403, 409), (to, answer.text)
    assert scene.read(document) == document


def test_partners_answer_an_imported_record(scene: Scene) -> None:
    document = scene.reported()
    path = f"/partnerships/{document['id']}/partners"
    lead, federation = (each["id"] for each in document["partners"])
    confirmed = ok(scene.lead.post(f"{path}/{federation}/confirmation", {"decision": "confirm"}))
    assert confirmed["partners"][1]["confirmation"]["state"] == "confirmed"
    assert confirmed["tiers"]["confirmed"]["met"] is True
    assert confirmed["standing"] == "reported"
    own = ok(scene.minister.post(f"{path}/{lead}/confirmation", {"decision": "confirm"}))
    assert own["partners"][0]["confirmation"]["state"] == "confirmed"


@pytest.mark.parametrize("decision", ["decline", "unnamed"])
def test_whom_a_source_calls_the_lead_may_deny_it(scene: Scene, decision: str) -> None:
    document = scene.reported()
    path = f"/partnerships/{document['id']}/partners/{document['partners'][0]['id']}/confirmation"
    after = ok(scene.minister.post(path, {"decision": decision}))
    assert "Ministry" not in str(after)
    assert scene.ministry not in str(after)
    if decision == "decline":
        refused(scene.minister.post(f"/partnerships/{document['id']}/claim"), 403, "not-allowed")
    ok(scene.lead.post(f"/partnerships/{document['id']}/claim"), 201)
    assert decide(scene, document)["standing"] == "listed"


def test_a_partner_claims_and_a_registrar_of_the_country_decides(scene: Scene) -> None:
    afar, _ = scene.world.registrar("afar", countries=["VNM"])
    document = scene.reported()
    path = f"/partnerships/{document['id']}/claim"
    refused(scene.stranger.post(path), 403, "not-allowed")
    refused(scene.confirmer.post(path), 403, "not-allowed")
    refused(scene.lead.post(path, {"organization_id": scene.company}), 403, "not-allowed")
    refused(scene.registrar.post(f"{path}/decision", {"decision": "accept"}), 409, "no-claim-pending")
    refused(scene.registrar.get(path), 404, "not-known")
    claim = ok(scene.lead.post(path, {"comment": {"en": "Ours."}}), 201)
    assert (claim["organization_id"], claim["state"]) == (scene.federation, "pending")
    refused(scene.minister.post(path), 409, "claim-pending")
    assert ok(scene.lead.get(path)) == ok(scene.registrar.get(path)) == claim
    for who in (scene.stranger, scene.minister, afar):
        refused(who.get(path), 403, "not-allowed")
    for other in (afar, scene.lead, scene.minister, scene.world.admin):
        refused(other.post(f"{path}/decision", {"decision": "accept"}), 403, "not-allowed")
    assert scene.read(document) == document
    listed = decide(scene, document)
    assert (listed["standing"], listed["kind"]) == ("listed", "project")
    assert listed["reference"].startswith("CVN-")
    assert listed["source"] == document["source"]
    ministry, federation = listed["partners"]
    assert (ministry["roles"], ministry["confirmation"]["state"]) == (["accountable"], "claimed")
    assert (federation["roles"], federation["confirmation"]["state"]) == (["lead", "implementer"], "confirmed")
    assert [each["organization_id"] for each in listed["focal_points"]] == [scene.federation]
    assert scene.records()[-1][0] == "claimed"
    refused(scene.minister.post(path), 409, "wrong-standing")


def test_a_refused_claim_changes_nothing_and_may_be_followed_by_another(scene: Scene) -> None:
    document = scene.reported()
    path = f"/partnerships/{document['id']}/claim"
    ok(scene.lead.post(path), 201)
    refused(scene.registrar.post(f"{path}/decision", {"decision": "refuse"}), 422, "invalid")
    assert decide(scene, document, "refuse") == document
    assert ok(scene.lead.get(path))["state"] == "refused"
    assert ok(scene.minister.post(path), 201)["organization_id"] == scene.ministry
    assert decide(scene, document)["partners"][0]["confirmation"]["state"] == "confirmed"


@pytest.mark.parametrize("told", [True, False])
def test_a_claimant_that_was_merged_leads_under_its_new_name(scene: Scene, told: bool) -> None:
    document = scene.reported()
    ok(scene.lead.post(f"/partnerships/{document['id']}/claim"), 201)
    survivor = scene.world.organization("Rivers Federation")["id"]
    ok(scene.world.admin.post(f"/organizations/{scene.federation}/merge", {"into": survivor}))
    if told:
        scene.rerender()
    listed = decide(scene, document)
    _, federation = listed["partners"]
    assert (federation["organization"]["id"], federation["roles"]) == (survivor, ["lead", "implementer"])
    assert federation["confirmation"]["state"] == "confirmed"
    scene.rerender()
    assert scene.read(document)["focal_points"] == [{"display_name": "Leader", "organization_id": survivor}]
    assert ok(scene.patch(document, acronym="W2"))["acronym"] == "W2"
    assert ok(scene.lead.get(f"/partnerships/{document['id']}/claim"))["organization_id"] == survivor


@pytest.mark.parametrize("decision", ["decline", "unnamed"])
def test_a_claimant_that_is_no_partner_any_more_does_not_lead(scene: Scene, decision: str) -> None:
    document = scene.reported()
    path = f"/partnerships/{document['id']}"
    ok(scene.lead.post(f"{path}/claim"), 201)
    entry = f"{path}/partners/{scene.entry(document)['id']}/confirmation"
    said = ok(scene.lead.post(entry, {"decision": decision}))
    refused(scene.registrar.post(f"{path}/claim/decision", {"decision": "accept"}), 409, "claimant-gone")
    assert scene.read(document) == said
    assert decide(scene, document, "refuse") == said
    ok(scene.minister.post(f"{path}/claim"), 201)
    assert decide(scene, document)["standing"] == "listed"


def test_who_claims_does_not_decide(scene: Scene) -> None:
    scene.world.designated("registrar", scene.federation, "focal_point")
    document = scene.reported()
    path = f"/partnerships/{document['id']}/claim"
    ok(scene.registrar.post(path), 201)
    refused(scene.registrar.post(f"{path}/decision", {"decision": "accept"}), 403, "registrar-is-author")


def test_who_speaks_for_two_partners_says_for_which(scene: Scene) -> None:
    scene.world.designated("leader", scene.ministry, "focal_point")
    document = scene.reported()
    path = f"/partnerships/{document['id']}/claim"
    assert refused(scene.lead.post(path), 422, "invalid")["errors"][0]["pointer"] == "/organization_id"
    assert ok(scene.lead.post(path, {"organization_id": scene.ministry}), 201)["organization_id"] == scene.ministry


def test_a_claimed_record_lives_on_and_completes_what_listing_asks(scene: Scene) -> None:
    document = claimed(scene)
    edited = ok(scene.patch(document, acronym="W2"))
    assert lacking(scene.move(scene.lead, edited, "submitted")) == ["/summary", "/goals", "/start"]
    whole = scene.content()
    complete = ok(scene.patch(edited, summary=whole["summary"], goals=whole["goals"], start="2024"))
    assert ok(scene.move(scene.lead, complete, "submitted"))["standing"] == "submitted"


def test_imports_propose_to_a_claimed_record(either_scene: Scene) -> None:
    scene = either_scene
    document = claimed(scene)
    path = f"/partnerships/{document['id']}/proposals"
    entries = [
        {
            "id": uuid7(),
            "organization": {"id": scene.ministry},
            "roles": ["funder"],
            "confirmation": {"state": "claimed"},
        },
        {
            "id": uuid7(),
            "organization": {"id": scene.company},
            "roles": ["implementer"],
            "confirmation": {"state": "claimed"},
        },
    ]
    budget = {"totals": [{"id": uuid7(), "basis": "planned", "amount": "5", "currency": "USD"}]}
    proposal = scene.proposed(document, title={"en": "Wells III"}, budget=budget, partners=entries)
    for who in (scene.stranger, scene.minister, scene.registrar):
        refused(who.get(path), 403, "not-allowed")
    [shown] = ok(scene.lead.get(path))["items"]
    assert (shown["id"], shown["state"]) == (proposal, "open")
    assert set(shown["fields_changed"]) == {"title", "budget", "partners"}
    assert shown["content"]["partners"][1]["organization"]["name"] == {"en": "Pumps and Pipes"}
    assert scene.read(document) == document

    decision = {"decision": "accept", "fields_taken": ["budget", "partners"]}
    refused(scene.minister.post(f"{path}/{proposal}/decision", decision), 403, "not-allowed")
    after = ok(scene.lead.post(f"{path}/{proposal}/decision", decision))
    assert after["title"] == document["title"]
    assert after["budget"]["totals"][0]["amount"] == "5"
    ministry, federation, company = after["partners"]
    assert (ministry["roles"], ministry["id"]) == (["funder"], document["partners"][0]["id"])
    assert federation == document["partners"][1]
    assert (company["organization"]["id"], company["confirmation"]["state"]) == (scene.company, "claimed")
    refused(scene.lead.post(f"{path}/{proposal}/decision", decision), 409, "proposal-decided")
    assert ok(scene.lead.get(path))["items"] == []
    assert ok(scene.lead.get(f"{path}?state=accepted"))["items"][0]["id"] == proposal


def test_a_proposal_is_dismissed(scene: Scene) -> None:
    document = claimed(scene)
    proposal = scene.proposed(document, title={"en": "Wells III"})
    path = f"/partnerships/{document['id']}/proposals/{proposal}/decision"
    assert ok(scene.lead.post(path, {"decision": "dismiss"})) == document
    refused(scene.lead.post(path, {"decision": "accept"}), 409, "proposal-decided")
    other = f"/partnerships/{document['id']}/proposals/{uuid4()}/decision"
    refused(scene.lead.post(other, {"decision": "dismiss"}), 404, "not-known")


@pytest.mark.parametrize("decision", ["decline", "unnamed", "correct"])
def test_a_source_does_not_overrule_a_partner(scene: Scene, decision: str) -> None:
    document = claimed(scene)
    path = f"/partnerships/{document['id']}/partners/{document['partners'][0]['id']}/confirmation"
    more = {"roles": ["observer"]} if decision == "correct" else {}
    answered = ok(scene.minister.post(path, {"decision": decision} | more))
    entries = [
        {
            "id": uuid7(),
            "organization": {"id": scene.ministry},
            "roles": ["funder"],
            "contributions": [CONTRIBUTION | {"id": uuid7()}],
            "confirmation": {"state": "claimed"},
        }
    ]
    proposal = scene.proposed(answered, partners=entries)
    listed = scene.lead.get(f"/partnerships/{document['id']}/proposals")
    if decision != "correct":
        assert scene.ministry not in listed.text
    after = ok(scene.lead.post(f"/partnerships/{document['id']}/proposals/{proposal}/decision", {"decision": "accept"}))
    assert after["partners"] == answered["partners"]
