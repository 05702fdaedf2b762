"""Organizations over HTTP: proposals and their acceptance, identifiers, families, merging, versions, lists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.registry.conftest import World, ok, refused

NEW = {"name": {"en": "Mekong Union", "km": "សហភាពមេគង្គ"}, "constituency": "civil_society", "country": "KH"}


def test_a_proposal_waits_until_a_registrar_accepts_it(registry: World) -> None:
    anybody, (registrar, _) = registry.person("anybody"), registry.registrar()
    answer = anybody.post("/organizations", NEW)
    proposed = ok(answer, 201)
    assert (proposed["standing"], proposed["country"], proposed["version"]) == ("proposed", "KHM", 1)
    assert answer.headers["ETag"] == '"1.1"'
    assert answer.headers["Location"].endswith(f"/organizations/{proposed['id']}")
    refused(anybody.post(f"/organizations/{proposed['id']}/acceptance"), 403, "not-allowed")
    refused(registry.client.post(f"/organizations/{proposed['id']}/acceptance"), 401, "unauthenticated")
    accepted = ok(registrar.post(f"/organizations/{proposed['id']}/acceptance"))
    assert (accepted["standing"], accepted["version"]) == ("accepted", 2)
    again = refused(registrar.post(f"/organizations/{proposed['id']}/acceptance", {}), 409, "wrong-standing")
    assert again["possible_in"] == ["proposed"]
    kinds = [kind for kind, key, _ in registry.events("registry.organization") if key == proposed["id"]]
    assert kinds == ["registry.organization.proposed", "registry.organization.accepted"]


def test_what_registrars_and_administrators_enter_is_accepted_at_once(registry: World) -> None:
    registrar, _ = registry.registrar()
    assert ok(registrar.post("/organizations", NEW), 201)["standing"] == "accepted"
    assert ok(registry.admin.post("/organizations", NEW), 201)["standing"] == "accepted"
    assert ok(registry.officer.post("/organizations", NEW), 201)["standing"] == "proposed"
    refused(registry.client.post("/organizations", json=NEW), 401, "unauthenticated")


def test_a_refusal_gives_its_reason_and_frees_the_identifiers(registry: World) -> None:
    identified = NEW | {"identifiers": [{"scheme": "XM-DAC", "value": "47066"}]}
    proposed = ok(registry.person("anybody").post("/organizations", identified), 201)
    decision = f"/organizations/{proposed['id']}/acceptance"
    refused(registry.admin.post(decision, {"decision": "refuse"}), 422, "invalid")
    done = ok(registry.admin.post(decision, {"decision": "refuse", "reason": {"en": "It is a department."}}))
    assert (done["standing"], done["reason"]) == ("refused", {"en": "It is a department."})
    assert ok(registry.get(f"/organizations/{proposed['id']}"))["standing"] == "refused"
    assert ok(registry.get("/organizations"))["items"] == []
    assert len(ok(registry.get("/organizations?standing=refused"))["items"]) == 1
    ok(registry.admin.post("/organizations", identified), 201)


def test_the_stored_the_served_and_the_carried_bytes_are_the_same(registry: World) -> None:
    made = registry.admin.post("/organizations", NEW)
    read = registry.get(f"/organizations/{ok(made, 201)['id']}")
    assert made.data == read.data
    _, _, carried = registry.events("registry.organization")[-1]
    assert carried == read.json
    assert registry.get(read.request.path, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304


def test_an_identifier_has_one_holder(registry: World) -> None:
    identifiers = [{"scheme": "KH-MOI", "value": "1"}, {"scheme": "XM-DAC", "value": "47066"}]
    holder = registry.organization(identifiers=identifiers[1:])
    problem = refused(
        registry.person("anybody").post("/organizations", NEW | {"identifiers": identifiers}), 409, "identifier-taken"
    )
    assert problem["holder"] == holder["id"]
    assert problem["errors"][0]["pointer"] == "/identifiers/1"
    assert ok(registry.get("/organizations?identifier=XM-DAC:47066"))["items"][0]["id"] == holder["id"]
    refused(registry.get("/organizations?identifier=nonsense"), 422, "invalid")
    # What was refused left nothing behind.
    assert ok(registry.get("/organizations"))["total"] == 1
    free = registry.organization("Other", identifiers=identifiers[:1])
    problem = refused(
        registry.admin.put(f"/organizations/{free['id']}", NEW | {"identifiers": identifiers}), 409, "identifier-taken"
    )
    ok(registry.admin.put(f"/organizations/{holder['id']}", NEW))
    ok(registry.admin.put(f"/organizations/{free['id']}", NEW | {"identifiers": identifiers}))


def test_doubled_identifiers_of_one_organization_are_one(registry: World) -> None:
    twice = [{"scheme": "XM-DAC", "value": "1"}] * 2
    made = registry.organization(identifiers=twice)
    assert ok(registry.get("/organizations?identifier=XM-DAC:1"))["total"] == 1
    assert ok(registry.get(f"/organizations/{made['id']}"))["id"] == made["id"]


def test_replacing_asks_for_the_version_that_was_read(registry: World) -> None:
    made = registry.organization()
    focal_point = registry.designated("dara", made["id"], "focal_point")
    path = f"/organizations/{made['id']}"
    refused(focal_point.put(path, NEW, version=None), 428, "version-required")
    refused(focal_point.put(path, NEW, version='"7.1"'), 412, "stale-version")
    refused(focal_point.put(path, NEW, version="rubbish"), 412, "stale-version")
    answer = focal_point.put(path, NEW, version='"1.1"')
    assert ok(answer)["version"] == 2
    assert answer.headers["ETag"] == '"2.2"'
    assert ok(answer)["former_names"] == [{"en": "Water Federation"}]
    refused(focal_point.put(path, NEW | {"name": {"en": "X"}}, version='"1.1"'), 412, "stale-version")
    refused(registry.person("anybody").put(path, NEW), 403, "not-allowed")
    # The same again is no edit.
    assert ok(focal_point.put(path, NEW, version='"2.2"'))["version"] == 2


def test_read_only_fields_are_ignored_when_equal_and_refused_when_not(registry: World) -> None:
    made = registry.organization()
    path = f"/organizations/{made['id']}"
    assert ok(registry.admin.put(path, made))["version"] == 1
    problem = refused(registry.admin.put(path, made | {"standing": "merged", "version": 9}), 422, "read-only-field")
    assert {each["pointer"] for each in problem["errors"]} == {"/standing", "/version"}
    refused(registry.admin.post("/organizations", NEW | {"standing": "accepted"}), 422, "read-only-field")
    refused(registry.admin.patch(path, {"standing": "proposed"}), 422, "read-only-field")
    assert ok(registry.admin.patch(path, {"standing": "accepted", "country": None})).get("country") is None


def test_a_merge_patch_changes_what_it_names(registry: World) -> None:
    made = registry.organization(domains=["water.example"])
    path = f"/organizations/{made['id']}"
    refused(registry.admin.patch(path, {"country": "VN"}, version=None), 428, "version-required")
    changed = ok(registry.admin.patch(path, {"country": "VN", "name": {"km": "ទឹក"}, "domains": None}))
    assert changed["name"] == {"en": "Water Federation", "km": "ទឹក"}
    assert changed["country"] == "VNM"
    assert "domains" not in changed
    problem = refused(registry.admin.patch(path, {"name": None}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/name"
    refused(registry.admin.patch(path, {"colour": "red"}), 422, "invalid")


@pytest.mark.parametrize("reference", ["parent_id", "controlled_by"])
def test_nobody_belongs_to_itself(registry: World, reference: str) -> None:
    top = registry.organization("Top")
    middle = registry.organization("Middle", parent_id=top["id"])
    low = registry.organization("Low", controlled_by=middle["id"])
    problem = refused(
        registry.admin.patch(f"/organizations/{top['id']}", {reference: low["id"]}), 422, "organization-cycle"
    )
    assert problem["errors"][0]["pointer"] == f"/{reference}"
    refused(registry.admin.patch(f"/organizations/{top['id']}", {reference: top["id"]}), 422, "organization-cycle")
    unknown = "0190a0a0-0000-7000-8000-000000000000"
    refused(registry.admin.patch(f"/organizations/{top['id']}", {reference: unknown}), 422, "organization-unknown")


def test_a_merge_keeps_both_identifiers_alive(registry: World) -> None:
    survivor = registry.organization("IOM", identifiers=[{"scheme": "XM-DAC", "value": "47066"}])
    doubled = registry.organization("I.O.M.", identifiers=[{"scheme": "CH-X", "value": "7"}])
    path = f"/organizations/{doubled['id']}"
    refused(registry.person("anybody").post(f"{path}/merge", {"into": survivor["id"]}), 403, "not-allowed")
    refused(registry.admin.post(f"{path}/merge", {"into": doubled["id"]}), 409, "merge-refused")
    unknown = "0190a0a0-0000-7000-8000-000000000000"
    refused(registry.admin.post(f"{path}/merge", {"into": unknown}), 422, "organization-unknown")
    merged = ok(registry.admin.post(f"{path}/merge", {"into": survivor["id"]}))
    assert (merged["standing"], merged["merged_into"], merged["version"]) == ("merged", survivor["id"], 2)
    answer = registry.get(path)
    assert ok(answer)["merged_into"] == survivor["id"]
    assert answer.headers["Link"] == f'</organizations/{survivor["id"]}>; rel="canonical"'
    now = ok(registry.get(f"/organizations/{survivor['id']}"))
    assert (now["merged_from"], now["version"]) == ([doubled["id"]], 2)
    assert [each["value"] for each in now["identifiers"]] == ["47066", "7"]
    assert ok(registry.get("/organizations?identifier=CH-X:7"))["items"][0]["id"] == survivor["id"]
    refused(registry.admin.put(path, NEW), 409, "wrong-standing")
    refused(registry.admin.post(f"{path}/merge", {"into": survivor["id"]}), 409, "wrong-standing")
    refused(
        registry.admin.post(f"/organizations/{survivor['id']}/merge", {"into": doubled["id"]}), 409, "merge-refused"
    )


def test_a_chain_of_merges_leads_to_the_last(registry: World) -> None:
    first, second, third = (registry.organization(name) for name in ("A", "B", "C"))
    ok(registry.admin.post(f"/organizations/{first['id']}/merge", {"into": second["id"]}))
    ok(registry.admin.post(f"/organizations/{second['id']}/merge", {"into": third["id"]}))
    assert ok(registry.get(f"/organizations/{first['id']}"))["merged_into"] == third["id"]
    assert ok(registry.get(f"/organizations/{third['id']}"))["merged_from"] == [first["id"], second["id"]]


def test_whoever_belonged_to_a_merged_organization_belongs_to_its_survivor(registry: World) -> None:
    above, old, new = (registry.organization(name) for name in ("Above", "Old", "New"))
    ok(registry.admin.patch(f"/organizations/{old['id']}", {"parent_id": above["id"]}))
    ok(registry.admin.patch(f"/organizations/{new['id']}", {"parent_id": old["id"]}))
    child = registry.organization("Child", parent_id=old["id"])
    unit = registry.unit(old["id"])
    lead = registry.designated("lead", old["id"], "lead", "registrar")
    ok(registry.admin.post(f"/organizations/{old['id']}/merge", {"into": new["id"]}))
    # The survivor was below the merged one: it takes that one's place, and is not its own parent.
    assert ok(registry.get(f"/organizations/{new['id']}"))["parent_id"] == above["id"]
    registry.settle()
    followed = ok(registry.get(f"/organizations/{child['id']}"))
    assert (followed["parent_id"], followed["version"], followed["revision"]) == (new["id"], 1, 2)
    assert ok(registry.get(f"/units/{unit['id']}"))["organization_id"] == new["id"]
    mine = ok(lead.get("/focal-points/me"))
    assert [each["organization_id"] for each in mine["organizations"]] == [new["id"]]
    assert [each["unit_id"] for each in mine["units"]] == [unit["id"]]
    ok(lead.patch(f"/organizations/{new['id']}", {"country": "LAO"}))
    said = len(registry.events())
    registry.settle()
    assert len(registry.events()) == said


def test_lists_filter_sort_and_turn_pages(registry: World) -> None:
    for name, country in (("Zeta", "KHM"), ("alpha Ñandú", "KHM"), ("Élan", "FRA"), ("Beta", "VNM")):
        registry.organization(name, country=country, identifiers=[{"scheme": "T", "value": name[0]}])
    assert [each["name"]["en"] for each in ok(registry.get("/organizations"))["items"]] == [
        "alpha Ñandú", "Beta", "Élan", "Zeta",
    ]  # fmt: skip
    both = ok(registry.get("/organizations?country=KH&country=FRA"))
    assert both["total"] == 3
    assert ok(registry.get("/organizations?q=NANDU"))["total"] == 1
    assert ok(registry.get("/organizations?q=Z"))["items"][0]["name"]["en"] == "Zeta"
    assert ok(registry.get("/organizations?q=100%25"))["total"] == 0
    seen: list[str] = []
    path: str | None = "/organizations?limit=3"
    while path:
        answer = registry.get(path)
        seen += [each["name"]["en"] for each in ok(answer)["items"]]
        path = answer.headers["Link"].partition(">")[0][1:] if "Link" in answer.headers else None
    assert seen == ["alpha Ñandú", "Beta", "Élan", "Zeta"]
    refused(registry.get("/organizations?cursor=xyz"), 422, "invalid")
    refused(registry.get("/organizations?limit=0"), 422, "invalid")
    refused(registry.get("/organizations?constituency=civil"), 422, "invalid")
    refused(registry.get("/organizations?colour=red"), 422, "invalid")


def test_bad_content_is_pointed_at(registry: World) -> None:
    problem = refused(
        registry.admin.post("/organizations", {"name": {}, "constituency": "civil_societ", "country": "XX", "x": 1}),
        422,
        "invalid",
    )
    assert {each["pointer"] for each in problem["errors"]} == {"/name", "/constituency", "/country", "/x"}
    assert "civil_society" in str(problem["errors"])
    assert registry.get("/organizations/not-an-id").status_code == 404
    refused(registry.get("/organizations/0190a0a0-0000-7000-8000-000000000000"), 404, "not-known")


def test_a_key_makes_a_proposal_happen_once(registry: World) -> None:
    who, key = registry.person("anybody"), {"Idempotency-Key": "k-1"}
    first, again = (who.post("/organizations", NEW, headers=key) for _ in range(2))
    assert (first.status_code, first.data, first.headers["ETag"]) == (
        again.status_code,
        again.data,
        again.headers["ETag"],
    )
    assert ok(registry.get("/organizations"))["total"] == 1
    refused(who.post("/organizations", NEW | {"country": "FR"}, headers=key), 422, "idempotency-key-reused")
    identified = NEW | {"identifiers": [{"scheme": "A", "value": "1"}]}
    registry.organization(identifiers=identified["identifiers"])
    for _ in range(2):
        refused(who.post("/organizations", identified, headers={"Idempotency-Key": "k-2"}), 409, "identifier-taken")


def test_of_two_writers_with_the_same_version_one_is_told(either_registry: World) -> None:
    made = either_registry.organization()
    admin, path = either_registry.admin, f"/organizations/{made['id']}"

    def write(number: int) -> int:
        client = either_registry.client.application.test_client()
        body = NEW | {"name": {"en": f"Name {number}"}}
        return client.put(path, json=body, headers=admin.headers | {"If-Match": '"1.1"'}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(write, range(4))) == [200, 412, 412, 412]
    assert ok(either_registry.get(path))["version"] == 2


def test_of_two_who_claim_an_identifier_at_once_one_gets_it(either_registry: World) -> None:
    admin = either_registry.admin

    def enter(number: int) -> int:
        client = either_registry.client.application.test_client()
        body = NEW | {"name": {"en": f"Name {number}"}, "identifiers": [{"scheme": "A", "value": "1"}]}
        return client.post("/organizations", json=body, headers=admin.headers).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, range(4))) == [201, 409, 409, 409]
    assert ok(either_registry.get("/organizations"))["total"] == 1


def test_no_two_changes_close_a_cycle_together(either_registry: World) -> None:
    ids = [either_registry.organization(f"O{number}")["id"] for number in range(4)]
    admin = either_registry.admin

    def below_the_next(number: int) -> int:
        client = either_registry.client.application.test_client()
        headers = admin.headers | {"If-Match": "*"}
        answer = client.patch(
            f"/organizations/{ids[number]}", json={"parent_id": ids[(number + 1) % 4]}, headers=headers
        )
        return answer.status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(below_the_next, range(4))) == [200, 200, 200, 422]


def test_the_document_names_who_speaks_for_the_organization(registry: World) -> None:
    organization = registry.organization()["id"]
    designation = registry.designation("sokha", organization, "focal_point")
    registry.settle()
    assert "focal_points" not in ok(registry.get(f"/organizations/{organization}"))
    ok(registry.person("sokha").get("/focal-points/me"))
    registry.settle()
    shown = ok(registry.get(f"/organizations/{organization}"))
    assert shown["focal_points"] == [{"display_name": "Sokha", "functions": ["focal_point"]}]
    ok(registry.admin.post(f"/focal-points/{designation['id']}/end"))
    registry.settle()
    after = ok(registry.get(f"/organizations/{organization}"))
    assert "focal_points" not in after
    assert (after["version"], after["revision"]) == (shown["version"], shown["revision"] + 1)
