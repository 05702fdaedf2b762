"""Claims on an organization: every entry of every public record that names it, with what can be done about it."""

from __future__ import annotations

from tests.registry.conftest import World, ok, refused
from tests.registry.records import partner, record


def test_every_claim_is_listed_with_its_actions(registry: World) -> None:
    lead, named = registry.organization("Lead")["id"], registry.organization("Named")["id"]
    said = record(registry, lead)
    claimed = partner(registry, said, named)
    imported = record(
        registry, lead, standing="reported", kind="project", source_system="iati", source_identifier="X-1"
    )
    confirmed = partner(registry, imported, named, state="confirmed", roles=["funder"])
    partner(registry, said, lead, state="confirmed")
    answer = registry.get(f"/organizations/{named}/claims")
    first, second = ok(answer)["items"]
    assert (first["partnership_id"], first["partner_id"], first["state"]) == (said, claimed, "claimed")
    assert first["actions"] == ["confirm", "correct", "deny"]
    assert first["links"]["confirmation"] == f"/partnerships/{said}/partners/{claimed}/confirmation"
    assert "source" not in first
    assert (second["partner_id"], second["source"], second["roles"]) == (confirmed, "iati", ["funder"])
    assert second["actions"] == ["correct", "deny"]
    assert second["at"] == "2026-01-01T00:00:00.000000Z"
    assert ok(registry.get(f"/organizations/{named}/claims?state=confirmed"))["total"] == 1
    page = ok(registry.get(f"/organizations/{named}/claims?limit=1"))
    assert ok(registry.get(f"/organizations/{named}/claims?limit=1&cursor={page['next']}"))["items"] == [second]
    refused(registry.get("/organizations/0190a0a0-0000-7000-8000-000000000000/claims"), 404, "not-known")
    refused(registry.get(f"/organizations/{named}/claims?state=believed"), 422, "invalid")


def test_what_was_declined_or_is_not_named_is_shown_to_the_organization_alone(registry: World) -> None:
    lead, named = registry.organization("Lead")["id"], registry.organization("Named")["id"]
    said = record(registry, lead)
    for state in ("declined", "unnamed", "claimed"):
        partner(registry, said, named, state=state)
    path = f"/organizations/{named}/claims"
    strangers = [registry.person("anybody"), registry.designated("lead", lead, "lead"), registry.admin]
    for answer in (registry.get(path), *(each.get(path) for each in strangers)):
        assert [each["state"] for each in ok(answer)["items"]] == ["claimed"]
    for function in ("lead", "focal_point", "confirmer"):
        own = registry.designated(f"own-{function}", named, function)
        assert [each["state"] for each in ok(own.get(path))["items"]] == ["declined", "unnamed", "claimed"]


def test_records_that_do_not_speak_make_no_claim(registry: World) -> None:
    named = registry.organization("Named")["id"]
    for standing in ("suspended", "withdrawn"):
        partner(registry, record(registry, named, standing=standing), named)
    assert ok(registry.get(f"/organizations/{named}/claims")) == {"items": [], "total": 0}


def test_claims_on_a_merged_organization_are_claims_on_its_survivor(registry: World) -> None:
    lead, old, new = (registry.organization(name)["id"] for name in ("Lead", "Old", "New"))
    said = partner(registry, record(registry, lead), old)
    ok(registry.admin.post(f"/organizations/{old}/merge", {"into": new}))
    for organization in (old, new):
        assert [each["partner_id"] for each in ok(registry.get(f"/organizations/{organization}/claims"))["items"]] == [
            said
        ]
