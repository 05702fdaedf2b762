"""Constituency networks over HTTP: their contact, whom they nominate, who may read it."""

from __future__ import annotations

from services.chassis.identity.addresses import hash_address
from tests.registry.conftest import Person, World, ok, refused

NEW = {
    "name": {"en": "Women's Network"},
    "constituency": "women",
    "contact_email": "contact@example.org",
    "code_of_conduct_url": "https://women.example/code",
}
NOMINEE = {
    "email": "reviewer@example.org",
    "display_name": "Review Er",
    "roles": ["forum_member"],
    "languages": ["fr"],
    "countries": ["SN"],
}


def _network(registry: World) -> tuple[str, Person]:
    """A network's path, and its contact, bound."""
    made = ok(registry.admin.post("/networks", NEW), 201)
    contact = registry.person("contact")
    ok(contact.get("/focal-points/me"))
    return f"/networks/{made['id']}", contact


def test_administrators_and_officers_set_up_networks(registry: World) -> None:
    refused(registry.client.post("/networks", json=NEW), 401, "unauthenticated")
    refused(registry.person("anybody").post("/networks", NEW), 403, "not-allowed")
    answer = registry.officer.post("/networks", NEW)
    network = ok(answer, 201)
    assert "contact" not in str(network)
    assert registry.get(f"/networks/{network['id']}").data == answer.data
    (_, key, told), (kind, _, contact) = registry.events("registry")
    assert (key, told) == (network["id"], network)
    assert kind == "registry.authority.granted"
    assert (contact["kind"], contact["network_id"], contact["constituency"]) == ("contact", network["id"], "women")
    nobody = {name: value for name, value in NEW.items() if name != "contact_email"}
    problem = refused(registry.officer.post("/networks", nobody), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/contact_email"
    assert ok(registry.get("/networks?constituency=women"))["total"] == 1
    assert ok(registry.get("/networks?constituency=media"))["total"] == 0
    refused(registry.get("/networks/0190a0a0-0000-7000-8000-000000000000"), 404, "not-known")


def test_replacing_keeps_the_contact_where_none_is_given(registry: World) -> None:
    path, contact = _network(registry)
    network = ok(registry.get(path))
    refused(registry.officer.put(path, network, version=None), 428, "version-required")
    refused(registry.officer.put(path, NEW, version='"4.4"'), 412, "stale-version")
    refused(contact.put(path, NEW), 403, "not-allowed")
    assert ok(registry.officer.put(path, network, version='"1.1"'))["version"] == 1
    assert len(ok(contact.get("/focal-points/me"))["networks"]) == 1
    changed = ok(registry.officer.patch(path, {"name": {"fr": "Réseau"}, "constituency": "children_youth"}))
    assert (changed["version"], changed["name"]["fr"]) == (2, "Réseau")
    kind, _, told = registry.events("registry.authority")[-1]
    assert (kind, told["constituency"]) == ("registry.authority.changed", "children_youth")
    refused(registry.officer.patch(path, {"name": None}), 422, "invalid")


def test_another_contact_takes_over(registry: World) -> None:
    path, contact = _network(registry)
    ok(registry.officer.patch(path, {"contact_email": "next@example.org"}))
    assert ok(contact.get("/focal-points/me"))["networks"] == []
    refused(contact.post(f"{path}/nominations", NOMINEE), 403, "not-allowed")
    following = registry.person("next")
    ok(following.post(f"{path}/nominations", NOMINEE), 201)
    kinds = [kind.rpartition(".")[2] for kind, _, _ in registry.events("registry.authority")]
    assert kinds == ["granted", "bound", "ended", "granted", "bound", "nominated"]
    # The same address again changes nothing.
    said = len(registry.events())
    ok(registry.officer.patch(path, {"contact_email": "NEXT@example.org"}))
    assert len(registry.events()) == said


def test_a_network_nominates_and_vouches(registry: World) -> None:
    path, contact = _network(registry)
    refused(registry.client.post(f"{path}/nominations", json=NOMINEE), 401, "unauthenticated")
    refused(registry.person("anybody").post(f"{path}/nominations", NOMINEE), 403, "not-allowed")
    answer = contact.post(f"{path}/nominations", NOMINEE)
    made = ok(answer, 201)
    assert (made["state"], made["countries"], made["roles"]) == ("nominated", ["SEN"], ["forum_member"])
    assert answer.headers["Location"].endswith(f"{path}/nominations/{made['id']}")
    kind, key, told = registry.events("registry.authority")[-1]
    assert (kind, key, told["kind"], told["constituency"]) == (
        "registry.authority.nominated", made["id"], "nomination", "women",
    )  # fmt: skip
    assert told["address_hash"] == hash_address(registry.settings.address_key, "reviewer@example.org")
    refused(contact.post(f"{path}/nominations", NOMINEE), 409, "already-designated")
    unknown = "0190a0a0-0000-7000-8000-000000000000"
    body = NOMINEE | {"email": "other@example.org"}
    refused(contact.post(f"{path}/nominations", body | {"organization_id": unknown}), 422, "organization-unknown")
    ok(registry.officer.post(f"{path}/nominations", body), 201)
    listed = ok(contact.get(f"{path}/nominations"))
    assert (listed["total"], "@" in str(listed)) == (2, False)
    first = ok(contact.get(f"{path}/nominations?limit=1"))
    assert ok(contact.get(f"{path}/nominations?limit=1&cursor={first['next']}"))["items"] == listed["items"][1:]


def test_nominations_are_read_by_those_whom_they_concern(registry: World) -> None:
    path, contact = _network(registry)
    made = ok(contact.post(f"{path}/nominations", NOMINEE), 201)
    one, reviewer = f"{path}/nominations/{made['id']}", registry.person("reviewer")
    assert ok(reviewer.get(one))["state"] == "bound"
    mine = ok(reviewer.get("/focal-points/me"))["nominations"]
    assert mine == [{"id": made["id"], "network_id": made["network_id"], "roles": ["forum_member"]}]
    for who in (contact, registry.admin, registry.officer):
        ok(who.get(one))
        ok(who.get(f"{path}/nominations"))
    refused(registry.person("anybody").get(one), 404, "not-known")
    refused(registry.person("anybody").get(f"{path}/nominations"), 403, "not-allowed")
    refused(reviewer.get(f"{path}/nominations"), 403, "not-allowed")
    refused(registry.get(one), 401, "unauthenticated")
    elsewhere = ok(registry.admin.post("/networks", NEW | {"contact_email": "far@example.org"}), 201)
    refused(registry.admin.get(f"/networks/{elsewhere['id']}/nominations/{made['id']}"), 404, "not-known")
    refused(registry.person("far").get(f"{path}/nominations"), 403, "not-allowed")


def test_a_nomination_is_withdrawn_by_the_network_or_by_the_person(registry: World) -> None:
    path, contact = _network(registry)
    for who in (contact, registry.person("reviewer")):
        made = ok(contact.post(f"{path}/nominations", NOMINEE), 201)
        ok(registry.person("reviewer").get("/focal-points/me"))
        one = f"{path}/nominations/{made['id']}"
        refused(registry.person("anybody").post(f"{one}/withdraw"), 404, "not-known")
        assert ok(who.post(f"{one}/withdraw"))["state"] == "withdrawn"
        assert registry.events("registry.authority")[-1][0] == "registry.authority.ended"
        refused(contact.post(f"{one}/withdraw"), 409, "wrong-standing")
    assert ok(registry.person("reviewer").get("/focal-points/me"))["nominations"] == []
    assert ok(contact.get(f"{path}/nominations"))["total"] == 0
    assert ok(contact.get(f"{path}/nominations?state=withdrawn"))["total"] == 2


def test_a_nomination_follows_a_merged_organization(registry: World) -> None:
    path, contact = _network(registry)
    old, new = registry.organization("Old"), registry.organization("New")
    made = ok(contact.post(f"{path}/nominations", NOMINEE | {"organization_id": old["id"]}), 201)
    ok(registry.admin.post(f"/organizations/{old['id']}/merge", {"into": new["id"]}))
    registry.settle()
    assert ok(contact.get(f"{path}/nominations/{made['id']}"))["organization_id"] == new["id"]
