"""What an outside script finds that knows only what is promised: every row of the registry's and the accounts' interface.

Field names, statuses, headers and rules are those of the published description; nothing of ours is imported but the harness.
Search has a file of its own. Each test makes its own records in the shared system.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.conftest import Register, start_register
from tests.system.outside import UUID7, Answer, Outside
from tests.system.running import wait

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("outside")]

NOWHERE = "01900000-0000-7000-8000-000000000000"
CONSTITUENCIES = {
    "government",
    "un_system",
    "intergovernmental",
    "civil_society",
    "private_sector",
    "local_authority",
    "parliament",
    "academia",
    "indigenous_peoples",
    "women",
    "children_youth",
    "workers_trade_unions",
    "farmers",
    "persons_with_disabilities",
    "foundation",
    "media",
    "community",
}
ROLES = {
    "lead",
    "co_lead",
    "funder",
    "implementer",
    "accountable",
    "extending",
    "host",
    "secretariat",
    "adviser",
    "knowledge",
    "advocate",
    "beneficiary_representative",
    "observer",
}
LANGUAGES = {"en", "fr", "es", "ru", "ar", "zh", "km"}


def path(record: Answer | dict[str, Any], *rest: str) -> str:
    """Where a partnership is, and what lies below it."""
    return "/".join(("registry/partnerships", record["id"], *rest))


# --- one origin, one shape -------------------------------------------------------------------------------------------


def test_every_service_has_its_five_addresses_behind_one_origin(register: Register) -> None:
    front = httpx.get(register.system.url + "/")
    assert front.status_code == 200
    assert front.headers["Content-Type"].startswith("text/html")
    for service in ("accounts", "registry", "assessment", "search"):
        assert f"/api/{service}/docs" in front.text, "the front page links to the documentation of every API"
        assert register.anyone.get(f"{service}/openapi.json")["openapi"].startswith("3.1")
        assert register.anyone.http.get(f"{service}/docs").headers["Content-Type"].startswith("text/html")
        assert register.anyone.http.get(f"{service}/health/live").status_code == 200
        assert register.anyone.http.get(f"{service}/health/ready").status_code == 200
        metrics = register.anyone.http.get(f"{service}/metrics")
        assert metrics.headers["Content-Type"].startswith("text/plain")


def test_the_metrics_of_the_web_are_those_of_the_engine_too(register: Register) -> None:
    register.anyone.get("registry/organizations")

    def counted() -> dict[str, float]:
        lines = register.anyone.http.get("search/metrics").text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    applied = 'convene_consumer_events_total{consumer="search",outcome="applied"}'
    wait(lambda: counted().get(applied, 0) > 0, 30, "what the engine applied to be counted")
    found = counted()
    assert found['convene_outbox_published_total{service="registry"}'] > 0
    assert found['convene_consumer_stopped{consumer="search"}'] == 0
    assert found['convene_index_lag_seconds{index="search"}'] >= 0
    assert 'convene_consumer_lag{consumer="search",topic="convene.registry.partnership"}' in found
    asked = 'convene_http_requests_total{method="GET",route="/organizations",service="registry",status="200"}'
    assert found[asked] > 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "registry/nothing", 404),
        ("GET", f"registry/partnerships/{NOWHERE}", 404),
        ("GET", "registry/partnerships/no-uuid", 404),
        ("DELETE", "registry/partnerships", 405),
        ("POST", "registry/partnerships", 401),
        ("GET", "accounts/me", 401),
        ("GET", "registry/focal-points/me", 401),
        ("GET", "registry/partnerships?limit=0", 422),
        ("GET", "registry/partnerships?limit=201", 422),
        ("GET", "registry/partnerships?cursor=nonsense", 422),
        ("GET", "registry/partnerships?nonsense=1", 422),
    ],
)
def test_every_error_is_a_problem_whose_type_names_the_rule(
    register: Register, method: str, path: str, status: int
) -> None:
    body = {"title": {"en": "T"}, "organization_id": register.organizations["lead"]} if method == "POST" else None
    problem = register.anyone.call(method, path, body, expect=status)
    assert problem.rule
    if status == 422:
        assert problem["errors"]


def test_a_service_that_is_none_is_a_problem_too(register: Register) -> None:
    answer = httpx.get(f"{register.system.url}/api/nonsense/things")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_a_token_that_is_none_of_ours_is_unknown(register: Register) -> None:
    stranger = Outside(register.system, token="not.a.token")
    stranger.call("POST", "registry/partnerships", register.input(), expect=401)
    stranger.get("registry/focal-points/me", expect=401)


def test_lists_have_pages_with_cursors_and_links(register: Register) -> None:
    made = {register.listed()["id"] for _ in range(5)}
    page = register.anyone.get("registry/partnerships", limit=2)
    assert len(page["items"]) == 2
    assert page["next"]
    assert 'rel="next"' in page.headers["Link"]
    ids = [each["id"] for each in register.anyone.every("registry/partnerships", limit=2)]
    assert len(ids) == len(set(ids))
    assert made <= set(ids)
    everything = register.anyone.get("registry/partnerships", limit=200)
    assert len(everything["items"]) == len(ids)
    assert "next" not in everything


# --- idempotency -----------------------------------------------------------------------------------------------------


def test_the_same_key_gets_the_first_answer_again_status_included(register: Register) -> None:
    key, body = str(uuid.uuid4()), register.input()
    first = register.lead.create("registry/partnerships", body, key=key)
    again = register.lead.create("registry/partnerships", body, key=key)
    assert (again.content, again.etag, again.status) == (first.content, first.etag, 201)
    register.lead.create("registry/partnerships", body | {"acronym": "X"}, key=key, expect=422)
    assert register.lead.create("registry/partnerships", body, key=str(uuid.uuid4()))["id"] != first["id"]


def test_keys_are_per_person_and_route(register: Register) -> None:
    key = str(uuid.uuid4())
    proposal = {"name": {"en": f"Proposal {key}"}, "constituency": "women", "country": "KHM"}
    mine = register.lead.create("registry/organizations", proposal, key=key)
    others = register.outsider.create("registry/organizations", proposal, key=key)
    assert mine["id"] != others["id"]
    register.lead.create("registry/partnerships", register.input(), key=key)


def test_a_refusal_is_remembered_under_its_key_too(register: Register) -> None:
    key, draft = str(uuid.uuid4()), register.draft(summary=None)
    first = register.lead.do(path(draft, "transitions"), {"to": "listed"}, at=draft, key=key, expect=409)
    again = register.lead.do(path(draft, "transitions"), {"to": "listed"}, at=draft, key=key, expect=409)
    assert again.content == first.content


def test_the_same_key_at_the_same_time_does_the_work_once(register: Register) -> None:
    key, body = str(uuid.uuid4()), register.input()
    found = at_once(lambda _: register.lead.call("POST", "registry/partnerships", body, key=key))
    assert {each.status for each in found} <= {201, 409}
    assert len({each["id"] for each in found if each.status == 201}) == 1
    assert {each.rule for each in found if each.status == 409} <= {"idempotency-still-running"}


def test_of_those_who_change_the_same_version_one_wins(register: Register) -> None:
    record = register.listed()
    found = at_once(lambda number: register.lead.call("PATCH", path(record), {"acronym": f"A{number}"}, at=record))
    assert sorted(each.status for each in found) == [200] + [412] * 7
    assert register.anyone.get(path(record))["version"] == record["version"] + 1


def at_once(call: Callable[[int], Answer]) -> list[Answer]:
    """Eight calls at the same time."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(8)))


# --- accounts --------------------------------------------------------------------------------------------------------


@pytest.fixture
def account(register: Register) -> dict[str, str]:
    """A local account with a password."""
    made = {"email": f"sign-in-{uuid.uuid4().hex[:8]}@example.org", "password": f"correct horse {uuid.uuid4().hex}"}
    command = ("user", "add", made["email"])
    register.system.command(*command, data=f"{made['password']}\n{made['password']}\n")
    return made


def test_people_sign_in_with_a_password_and_renew(register: Register, account: dict[str, str]) -> None:
    request = {"grant_type": "password", "username": account["email"], "password": account["password"]}
    tokens = register.anyone.do("accounts/token", request)
    assert tokens["token_type"].lower() == "bearer"
    assert 0 < tokens["expires_in"] <= 3600
    me = Outside(register.system, token=tokens["access_token"]).get("accounts/me")
    assert UUID7.match(me["id"])
    assert me["addresses"][0]["email"] == account["email"]
    renewed = register.anyone.do(
        "accounts/token", {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    )
    assert Outside(register.system, token=renewed["access_token"]).get("accounts/me")["id"] == me["id"]
    register.anyone.do("accounts/token", request | {"password": "wrong wrong wrong"}, expect=401)
    register.anyone.do("accounts/token", {"grant_type": "magic"}, expect=422)


def test_the_token_is_short_lived_signed_and_for_convene(register: Register, account: dict[str, str]) -> None:
    import base64
    import json

    request = {"grant_type": "password", "username": account["email"], "password": account["password"]}
    tokens = register.anyone.do("accounts/token", request)
    header, claims, _ = tokens["access_token"].split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)]
    assert decoded[1]["aud"] == "convene"
    assert UUID7.match(decoded[1]["sub"])
    assert decoded[1]["exp"] - decoded[1]["iat"] <= 3600
    keys = register.anyone.get("accounts/.well-known/jwks.json")["keys"]
    assert decoded[0]["kid"] in {key["kid"] for key in keys}
    assert all("d" not in key for key in keys), "a private key is published"
    assert account["email"] not in json.dumps(decoded), "a token carries no address"


def test_providers_are_listed(register: Register) -> None:
    assert register.anyone.get("accounts/providers")["items"] == []


def test_a_person_exports_and_erases_what_is_held(register: Register) -> None:
    (person,) = register.people("leaver")
    assert person.email in str(person.get("accounts/me/export"))
    person.delete("accounts/me", expect=204)
    person.get("accounts/me", expect=401)


# --- organizations ---------------------------------------------------------------------------------------------------


def proposal(**more: Any) -> dict[str, Any]:
    """An organization as somebody proposes it."""
    name = f"Women's Water Council {uuid.uuid4().hex[:8]}"
    return {
        "name": {"en": name, "km": "ក្រុមប្រឹក្សាទឹក"},
        "constituency": "women",
        "country": "KH",
        "identifiers": [{"scheme": "XI-TEST", "value": uuid.uuid4().hex}],
        "domains": [f"w{uuid.uuid4().hex[:8]}.example.org"],
    } | more


def test_an_organization_is_a_proposal_until_it_is_accepted(register: Register) -> None:
    proposed = register.outsider.create("registry/organizations", proposal())
    assert UUID7.match(proposed["id"])
    assert proposed["standing"] == "proposed"
    assert proposed["country"] == "KHM", "alpha-2 comes in, alpha-3 goes out"
    assert (proposed["version"], proposed["revision"]) == (1, 1)
    at = f"registry/organizations/{proposed['id']}"
    register.anyone.do(f"{at}/acceptance", expect=401)
    register.outsider.do(f"{at}/acceptance", expect=403)
    register.officer.do(f"{at}/acceptance", expect=403)
    accepted = register.registrar.do(f"{at}/acceptance")
    assert accepted["standing"] == "accepted"
    assert accepted["version"] == 2
    assert register.anyone.get(at) == accepted
    register.registrar.do(f"{at}/acceptance", expect=409)


@pytest.mark.parametrize("who", ["registrar", "admin"])
def test_theirs_are_accepted_at_once(register: Register, who: str) -> None:
    made = register.who[who].create("registry/organizations", proposal())
    assert made["standing"] == "accepted"


def test_its_focal_points_replace_an_organization(register: Register) -> None:
    made = register.organization()
    at = f"registry/organizations/{made['id']}"
    (own,) = register.people("own")
    register.designate(own, made["id"], "focal_point")
    made = register.anyone.get(at)
    body = {"name": {"en": "Renamed", "fr": "Renommée"}, "constituency": "farmers", "country": "KHM"}
    own.put(at, body, expect=428)
    register.outsider.put(at, body, at=made, expect=403)
    changed = own.put(at, body, at=made)
    assert changed["name"] == body["name"]
    assert changed["version"] == made["version"] + 1
    own.put(at, body, at=made, expect=412)
    unread = f'"{changed["version"]}.{changed["revision"] + 7}"'
    again = own.patch(at, {"country": "THA"}, at=unread)
    assert again["country"] == "THA", "If-Match compares the version, not the revision"


def test_read_only_fields_are_ignored_when_equal_else_refused(register: Register) -> None:
    made = register.organization()
    at = f"registry/organizations/{made['id']}"
    same = register.admin.put(at, dict(made) | {"business_size": "association"}, at=made)
    assert same["business_size"] == "association"
    for name, value in {"standing": "merged", "version": 99, "created_at": "2001-01-01T00:00:00Z"}.items():
        refused = register.admin.put(at, dict(same) | {name: value}, at=same, expect=422)
        assert refused.pointers == {f"/{name}"}
        assert register.admin.patch(at, {name: value}, at=same, expect=422).pointers == {f"/{name}"}
    register.admin.patch(at, {"standing": "accepted", "version": same["version"]}, at=same)


def test_all_fields_of_an_organization_come_back_as_they_were_given(register: Register) -> None:
    parent = register.organization("Parent")
    body = proposal(
        parent_id=parent["id"], controlled_by=parent["id"], business_size="multinational", constituency="private_sector"
    )
    made = register.admin.create("registry/organizations", body)
    assert {name: made[name] for name in body} == body | {"country": "KHM"}


def test_organizations_are_listed(register: Register) -> None:
    made = register.admin.create("registry/organizations", proposal())
    ids = {each["id"] for each in register.anyone.every("registry/organizations", limit=200)}
    assert made["id"] in ids


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"constituency": "civil-society"}, "/constituency"),
        ({"country": "XX"}, "/country"),
        ({"name": "plain"}, "/name"),
        ({"name": {}}, "/name"),
        ({"identifiers": [{"scheme": "X"}]}, "/identifiers/0/value"),
        ({"parent_id": "no-uuid"}, "/parent_id"),
        ({"unknown": 1}, "/unknown"),
    ],
)
def test_bad_content_is_pointed_at(register: Register, wrong: dict[str, Any], pointer: str) -> None:
    refused = register.admin.create("registry/organizations", proposal(**wrong), expect=422)
    assert pointer in refused.pointers


def test_a_wrong_code_names_the_nearest(register: Register) -> None:
    refused = register.admin.create("registry/organizations", proposal(constituency="civil_societi"), expect=422)
    assert "civil_society" in refused["errors"][0]["detail"]


def test_both_identifiers_of_merged_organizations_live_on(register: Register) -> None:
    one, other = register.organization("One"), register.organization("Other")
    record = register.listed(partners=[{"organization": {"id": one["id"]}, "roles": ["funder"]}])
    at = f"registry/organizations/{one['id']}/merge"
    register.outsider.do(at, {"into": other["id"]}, expect=403)
    register.admin.do(at, {"into": NOWHERE}, expect=422)
    register.registrar.do(at, {"into": other["id"]})
    old, new = (register.anyone.get(f"registry/organizations/{each['id']}") for each in (one, other))
    assert old["standing"] == "merged"
    assert old["merged_into"] == other["id"]
    assert new["id"] == other["id"]
    claims = register.anyone.get(f"registry/organizations/{other['id']}/claims")
    assert record["id"] in {each["partnership_id"] for each in claims["items"]}, "claims follow the merge"
    register.admin.do(at, {"into": other["id"]}, expect=409)


def test_every_claim_on_an_organization_is_seen_with_one_action_each(register: Register) -> None:
    claimed = register.organization("Claimed")
    (own,) = register.people("own")
    register.designate(own, claimed["id"], "confirmer")
    record = register.listed(partners=[{"organization": {"id": claimed["id"]}, "roles": ["funder"]}])
    at = f"registry/organizations/{claimed['id']}/claims"
    (claim,) = own.get(at)["items"]
    assert claim["partnership_id"] == record["id"]
    assert claim["state"] == "claimed"
    assert claim["roles"] == ["funder"]
    assert set(claim["actions"]) == {"confirm", "correct", "deny"}
    assert register.anyone.get(at)["items"][0]["partnership_id"] == record["id"]
    register.draft(partners=[{"organization": {"id": claimed["id"]}}])
    assert len(register.anyone.get(at)["items"]) == 1, "a draft claims nothing"


# --- units, focal points, networks -----------------------------------------------------------------------------------


def test_units_are_the_administrators(register: Register) -> None:
    body = {
        "organization_id": register.organizations["office"],
        "name": {"en": "Technical office"},
        "countries": ["LA", "THA"],
        "goals": ["sdg:6", "sdg:13"],
    }
    register.anyone.create("registry/units", body, expect=401)
    for person in (register.officer, register.registrar, register.lead):
        person.create("registry/units", body, expect=403)
    made = register.admin.create("registry/units", body)
    assert made["countries"] == ["LAO", "THA"]
    assert made["goals"] == body["goals"]
    at = f"registry/units/{made['id']}"
    register.admin.put(at, body | {"goals": []}, expect=428)
    assert register.admin.put(at, body | {"goals": []}, at=made)["goals"] == []
    assert made["id"] in {each["id"] for each in register.anyone.every("registry/units")}
    register.admin.create("registry/units", body | {"organization_id": NOWHERE}, expect=422)


def test_a_queue_is_its_registrars(register: Register) -> None:
    at = f"registry/units/{register.units['first']}/queue"
    record = register.move(register.lead, register.listed(), "submitted", unit_id=register.units["first"])
    register.anyone.get(at, expect=401)
    register.lead.get(at, expect=403)
    register.second_registrar.get(at, expect=403)
    waiting = {each["partnership_id"]: each for each in register.registrar.every(at, limit=200)}
    assert waiting[record["id"]]["due"]
    register.move(register.registrar, record, "returned", reason={"en": "Say who pays."})
    assert record["id"] not in {each["partnership_id"] for each in register.registrar.every(at, limit=200)}


def test_an_administrator_designates_any_and_a_lead_its_own(register: Register) -> None:
    made = register.organization()
    lead, colleague, point = register.people("a", "b", "c")
    body = {
        "organization_id": made["id"],
        "email": lead.email,
        "display_name": "Chan Thy",
        "functions": ["lead"],
        "term_start": "2025-01-01",
        "term_end": "2099-12-31",
        "languages": ["km", "en"],
        "countries": ["KH"],
    }
    register.anyone.create("registry/focal-points", body, expect=401)
    lead.create("registry/focal-points", body, expect=403)
    designation = register.admin.create("registry/focal-points", body)
    assert lead.email not in designation.text, "an address is in no document"
    assert {name: designation[name] for name in body if name != "email"} == {
        name: value for name, value in body.items() if name != "email"
    } | {"countries": ["KHM"]}
    mine = lead.get("registry/focal-points/me")
    (own,) = mine["organizations"]
    assert own["organization_id"] == made["id"]
    assert {"lead", "focal_point", "confirmer"} <= set(own["functions"]), "a lead is focal point and confirmer too"
    delegated = body | {"email": colleague.email, "functions": ["focal_point"]}
    lead.create("registry/focal-points", delegated)
    lead.create("registry/focal-points", delegated | {"organization_id": register.organizations["lead"]}, expect=403)
    colleague.create("registry/focal-points", delegated | {"email": point.email}, expect=403)
    lead.create("registry/focal-points", delegated | {"functions": ["king"]}, expect=422)
    lead.create("registry/focal-points", delegated | {"email": "no address"}, expect=422)
    listed = register.anyone.get("registry/focal-points", organization_id=made["id"])["items"]
    assert {each["display_name"] for each in listed} == {"Chan Thy"}


def test_a_designation_binds_when_the_person_first_calls(register: Register) -> None:
    made = register.organization()
    (person,) = register.people("late")
    body = {
        "organization_id": made["id"],
        "email": (person.email or "").upper(),
        "display_name": "Late",
        "functions": ["focal_point"],
    }
    designation = register.admin.create("registry/focal-points", body)
    assert designation["state"] == "designated"
    assert person.get("registry/focal-points/me")["organizations"][0]["organization_id"] == made["id"]
    assert register.anyone.get(f"registry/focal-points/{designation['id']}")["state"] == "bound"
    person.create("registry/partnerships", register.input(organization_id=made["id"]))


def test_handover_and_end(register: Register) -> None:
    made = register.organization()
    holder, successor = register.people("holder", "successor")
    designation = register.designate(holder, made["id"], "lead")
    at = f"registry/focal-points/{designation['id']}"
    body = {"email": successor.email, "display_name": "Successor"}
    register.outsider.do(f"{at}/handover", body, expect=403)
    following = holder.do(f"{at}/handover", body, expect=201)
    assert following["functions"] == ["lead"]
    assert successor.get("registry/focal-points/me")["organizations"][0]["organization_id"] == made["id"]
    assert holder.get("registry/focal-points/me")["organizations"] == []
    register.outsider.do(f"registry/focal-points/{following['id']}/end", {}, expect=403)
    ended = successor.do(f"registry/focal-points/{following['id']}/end", {})
    assert ended["state"] == "ended"


def test_coverage_names_the_bodies_without_a_focal_point(register: Register) -> None:
    bare, covered = register.organization("Bare"), register.organization("Covered")
    (person,) = register.people("cover")
    register.designate(person, covered["id"])
    without = {each["organization_id"] for each in register.anyone.every("registry/focal-points/coverage", limit=200)}
    assert bare["id"] in without
    assert covered["id"] not in without


def test_networks_nominate(register: Register) -> None:
    body = {
        "name": {"en": f"Women's Major Group {uuid.uuid4().hex[:8]}"},
        "constituency": "women",
        "contact_email": register.contact.email,
        "code_of_conduct_url": "https://example.org/conduct",
    }
    register.lead.create("registry/networks", body, expect=403)
    register.anyone.create("registry/networks", body, expect=401)
    network = register.officer.create("registry/networks", body)
    assert register.contact.email not in network.text
    assert network["code_of_conduct_url"] == body["code_of_conduct_url"]
    assert network["id"] in {each["id"] for each in register.anyone.every("registry/networks", limit=200)}
    at = f"registry/networks/{network['id']}/nominations"
    nominee = {
        "email": f"nominee-{uuid.uuid4().hex[:8]}@example.org",
        "display_name": "Nominee",
        "organization_id": register.organizations["lead"],
        "roles": ["forum_member"],
        "languages": ["en", "ar"],
        "countries": ["JO"],
    }
    register.outsider.create(at, nominee, expect=403)
    made = register.contact.create(at, nominee)
    assert nominee["email"] not in made.text
    assert made["countries"] == ["JOR"]
    assert made["roles"] == ["forum_member"]
    assert made["id"] in {each["id"] for each in register.contact.get(at)["items"]}
    assert network["id"] in {
        each["network_id"] for each in register.contact.get("registry/focal-points/me")["networks"]
    }


# --- the record: drafts, writing, reading ----------------------------------------------------------------------------


def test_a_record_starts_from_a_title_and_a_lead(register: Register) -> None:
    body = {"title": {"en": "Clean rivers"}, "organization_id": register.organizations["lead"]}
    register.anyone.create("registry/partnerships", body, expect=401)
    register.outsider.create("registry/partnerships", body, expect=403)
    made = register.lead.create("registry/partnerships", body)
    assert UUID7.match(made["id"])
    assert made["standing"] == "draft"
    assert "reference" not in made
    (lead,) = made["partners"]
    assert lead["organization"]["id"] == register.organizations["lead"], "the lead is a partner from creation"
    assert "lead" in lead["roles"]
    assert lead["confirmation"]["state"] == "confirmed"
    assert {tier: made["tiers"][tier]["met"] for tier in made["tiers"]} == {
        "confirmed": False,
        "registered": False,
        "assessable": False,
    }
    assert register.lead.get(path(made)) == made
    for name in body:
        missing = {key: value for key, value in body.items() if key != name}
        assert register.lead.create("registry/partnerships", missing, expect=422)["errors"]


def test_a_draft_is_known_to_nobody_else(register: Register) -> None:
    draft = register.draft()
    for person in (register.anyone, register.outsider, register.registrar, register.partner, register.admin):
        person.get(path(draft), expect=404)
        person.get(path(draft, "history"), expect=404)
        person.get(path(draft, "versions", "1"), expect=404)
        assert draft["id"] not in person.get("registry/partnerships", limit=200).text
    for person in (register.outsider, register.admin):
        person.patch(path(draft), {"acronym": "X"}, at=draft, expect=404)
        person.do(path(draft, "transitions"), {"to": "listed"}, at=draft, expect=404)
        person.do(path(draft, "reports"), {"narrative": {"en": "x"}}, expect=404)
        entry = draft["partners"][1]["id"]
        person.do(path(draft, "partners", entry, "confirmation"), {"decision": "confirm"}, expect=404)
    register.anyone.get(f"search/partnerships/{draft['id']}/similar", expect=404)


def test_other_focal_points_of_the_lead_read_its_drafts(register: Register) -> None:
    draft = register.draft()
    (colleague,) = register.people("colleague")
    colleague.get(path(draft), expect=404)
    register.designate(colleague, register.organizations["lead"])
    assert colleague.get(path(draft))["id"] == draft["id"]


def test_invited_co_authors_write_a_draft(register: Register) -> None:
    draft = register.draft()
    (author,) = register.people("coauthor")
    author.get(path(draft), expect=404)
    register.outsider.do(path(draft, "co-authors"), {"email": author.email}, expect=404)
    register.lead.create(path(draft, "co-authors"), {"email": author.email})
    changed = author.patch(path(draft), {"acronym": "OURS"}, at=author.get(path(draft)))
    assert register.lead.get(path(draft))["acronym"] == changed["acronym"] == "OURS"
    register.move(author, changed, "listed", expect=403)
    drafts = author.get("registry/partnerships", standing="draft")["items"]
    assert draft["id"] in {each["id"] for each in drafts}
    listed = register.move(register.lead, changed, "listed")
    author.patch(path(listed), {"acronym": "X"}, at=listed, expect=403)


def test_what_listing_asks_for_is_said(register: Register) -> None:
    body = {"title": {"en": "Bare"}, "organization_id": register.organizations["lead"]}
    draft = register.lead.create("registry/partnerships", body)
    refused = register.move(register.lead, draft, "listed", expect=409)
    assert refused.pointers >= {"/summary", "/geography", "/partners", "/goals", "/start"}
    listed = register.listed()
    assert re.fullmatch(r"CVN-\d{4}-\d{6,}", listed["reference"])
    assert listed["standing"] == "listed"
    assert listed["geography"]["countries"] == ["KHM"]
    point = {"display_name": "Focal Point", "organization_id": register.organizations["lead"]}
    assert point in listed["focal_points"]


def test_more_than_three_primary_goals_are_not_listed(register: Register) -> None:
    goals = [{"scheme": "sdg", "code": str(code), "weight": "primary"} for code in range(1, 5)]
    register.lead.create("registry/partnerships", register.input(goals=goals), expect=422)
    goals[3]["weight"] = "secondary"
    assert len(register.listed(goals=goals)["goals"]) == 4


def test_references_have_no_gap_and_no_double(register: Register) -> None:
    register.listed()
    register.listed()
    numbers = sorted(
        int(each["reference"].rpartition("-")[2])
        for each in register.anyone.every("registry/partnerships", limit=200)
        if each["reference"].startswith("CVN-2")
    )
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_write_needs_the_version_that_was_read(register: Register) -> None:
    record = register.listed()
    register.lead.put(path(record), register.input(), expect=428)
    register.lead.patch(path(record), {"acronym": "A"}, expect=428)
    register.lead.do(path(record, "transitions"), {"to": "submitted"}, expect=428)
    changed = register.lead.patch(path(record), {"acronym": "A"}, at=record)
    assert changed["version"] == record["version"] + 1
    register.lead.patch(path(record), {"acronym": "B"}, at=record, expect=412)
    register.move(register.lead, record, "submitted", expect=412)
    entry = register.entry(changed)["id"]
    at = path(record, "partners", entry)
    register.partner.do(f"{at}/confirmation", {"decision": "confirm"}, at=record, expect=412)
    register.lead.delete(at, expect=428)
    assert register.anyone.get(path(record)).etag == changed.etag


def test_not_modified(register: Register) -> None:
    record = register.listed()
    answer = register.anyone.http.get(path(record), headers={"If-None-Match": record.etag})
    assert answer.status_code == 304
    assert answer.content == b""


def test_put_replaces_the_writable_part(register: Register) -> None:
    record = register.listed(website="https://example.org/wells", acronym="WELL")
    body = {name: value for name, value in record.items() if name != "website"} | {"acronym": "WELLS"}
    replaced = register.lead.put(path(record), body, at=record)
    assert "website" not in replaced
    assert replaced["acronym"] == "WELLS"
    assert replaced["reference"] == record["reference"]
    ids = [each["id"] for each in record["partners"]]
    assert [each["id"] for each in replaced["partners"]] == ids, "an entry keeps its id"
    for name, value in {"standing": "registered", "reference": "CVN-2026-999999", "tiers": {}}.items():
        refused = register.lead.put(path(record), body | {name: value, "version": 2}, at=replaced, expect=422)
        assert f"/{name}" in refused.pointers


def test_patch_is_a_merge_patch(register: Register) -> None:
    record = register.listed(acronym="WELL", languages=["km"])
    patch = {
        "acronym": None,
        "title": {"fr": "Puits"},
        "languages": ["km", "en"],
        "standing": record["standing"],
        "goals": [{"scheme": "sdg", "code": "13", "weight": "primary"}],
    }
    changed = register.lead.patch(path(record), patch, at=record)
    assert "acronym" not in changed
    assert changed["title"] == record["title"] | {"fr": "Puits"}
    assert changed["languages"] == ["km", "en"]
    assert [(each["scheme"], each["code"]) for each in changed["goals"]] == [("sdg", "13")]
    assert register.lead.patch(path(record), {"reference": "X"}, at=changed, expect=422).pointers == {"/reference"}
    assert register.lead.patch(path(record), {"start": "2024-02-31"}, at=changed, expect=422).pointers == {"/start"}


def test_an_entry_without_id_that_names_a_listed_organization_is_that_entry(register: Register) -> None:
    record = register.listed()
    entry = register.entry(record)
    partners = [{"organization": {"id": register.organizations["partner"]}, "roles": ["knowledge", "adviser"]}]
    changed = register.lead.patch(path(record), {"partners": partners}, at=record)
    assert register.entry(changed)["id"] == entry["id"]
    assert len(changed["partners"]) == 2, "the lead stays, whether or not it is sent"


def test_an_organization_not_yet_known_is_proposed_in_the_same_call(register: Register) -> None:
    unknown = {"name": {"en": f"Brigade {uuid.uuid4().hex[:8]}"}, "constituency": "community", "country": "KH"}
    record = register.listed(partners=[{"organization": unknown, "roles": ["implementer"]}])
    (entry,) = [each for each in record["partners"] if each["organization"]["id"] != register.organizations["lead"]]
    assert entry["organization"]["name"] == unknown["name"]
    found = register.anyone.get(f"registry/organizations/{entry['organization']['id']}")
    assert found["standing"] == "proposed"
    assert found["country"] == "KHM"


def test_the_author_may_propose_the_lead(register: Register) -> None:
    unknown = {"name": {"en": f"New lead {uuid.uuid4().hex[:8]}"}, "constituency": "community", "country": "KHM"}
    body = {"title": {"en": "Ours"}, "partners": [{"organization": unknown, "roles": ["lead"]}]}
    made = register.outsider.create("registry/partnerships", body)
    assert made["partners"][0]["organization"]["name"] == unknown["name"]
    assert register.outsider.get(path(made))["standing"] == "draft"


# --- every field of the record ---------------------------------------------------------------------------------------


def whole(register: Register) -> dict[str, Any]:
    """Every writable field that the description of the record names, with values as it writes them."""
    lead, partner = register.organizations["lead"], register.organizations["partner"]
    amount = {"amount": "1250.50", "currency": "USD", "date": "2024-05-22"}
    converted = amount | {"currency": "EUR", "reference_amount": "1350.54", "rate": "1.08", "rate_source": "ECB"}
    return {
        # identity
        "title": {
            "en": "Wells",
            "km": "អណ្តូង",
            "fr": "Puits",
            "es": "Pozos",
            "ru": "Колодцы",
            "ar": "آبار",
            "zh": "水井",
        }
        | {"pt-BR": "Poços"},
        "organization_id": lead,
        "acronym": "WELL",
        "former_titles": [{"en": "Old wells"}],
        "summary": {"en": "Villages keep their wells clean."},
        "purpose": {"en": "Safe water for all who live along the river."},
        "functions": ["service", "policy", "advocacy", "knowledge", "finance", "standard"],
        "kind": "partnership",
        "part_of": register.listed()["id"],
        "successor_of": register.listed()["id"],
        "website": "https://example.org/wells",
        # where, when, what
        "geography": {
            "scope": "subnational",
            "countries": ["KHM", "LAO"],
            "regions": ["035"],
            "places": [{"country": "KHM", "name": "Kampot", "code": "KH-7", "level": "province"}],
            "headquarters": {"country": "KHM", "name": "Phnom Penh"},
        },
        "languages": ["km", "en", "zh"],
        "start": "2014-05",
        "end": "2030",
        "dates": [
            {"type": kind, "date": date}
            for kind, date in (
                ("planned_start", "2014"),
                ("actual_start", "2014-05-22"),
                ("planned_end", "2030"),
                ("actual_end", "2030-01"),
            )
        ],
        "goals": [
            {"scheme": "sdg", "code": "6", "weight": "primary"},
            {"scheme": "sdg-target", "code": "6.1", "weight": "secondary"},
            {"scheme": "sdg-indicator", "code": "6.1.1", "weight": "secondary"},
            {"scheme": "agenda21", "code": "18", "weight": "secondary"},
            {"scheme": "plan:khm-nsdp", "code": "3", "weight": "secondary"},
        ],
        "classifications": [{"scheme": "DAC-5", "code": "14030", "label": "Basic drinking water supply"}],
        # form
        "legal_form": "association",
        "host": {"organization_id": lead, "staff": 2, "yearly_cost": amount},
        "agreement": {
            "type": "memorandum",
            "signed": "2014-05-22",
            "expires": "2030",
            "url": "https://example.org/mou",
        },
        "budget": {
            "totals": [{"basis": basis} | converted for basis in ("planned", "committed", "received", "spent")],
            "by_goal": [{"goal": "sdg:6", "percent": 80}, {"goal": "sdg-target:6.1", "percent": 20}],
        },
        # partners
        "partners": [
            {
                "organization": {"id": partner},
                "roles": ["funder", "knowledge"],
                "joined": "2014-05",
                "contributions": [
                    {
                        "kind": kind,
                        "description": {"en": f"Given: {kind}"},
                        "earmarking": earmarking,
                        "period": {"start": "2014", "end": "2016-03"},
                        "pledged": amount,
                        "confirmed": amount,
                        "delivered": amount,
                        "recipient": {"constituency": "community", "local": True},
                    }
                    for kind, earmarking in (
                        ("financial", "none"),
                        ("in_kind", "soft"),
                        ("staff", "tight"),
                        ("expertise", "none"),
                        ("data", "none"),
                        ("venue", "none"),
                    )
                ],
                "effort": {"days_per_month": 2, "coordination_cost": amount},
            },
            {
                "group": {"name": "Well users", "constituency": "community", "count": 40},
                "roles": ["beneficiary_representative"],
            },
            {"unnamed": {"constituency": "media"}, "roles": ["observer"]},
        ],
        "membership": [{"year": 2014, "count": 3}],
        # people
        "stakeholders": [
            {
                "group": "Well users",
                "constituency": "community",
                "affected": True,
                "number": 4000,
                "effect": {"en": "Less fever."},
                "places": ["Kampot"],
                "represented_by": [partner],
                "chosen_by": chosen_by,
                "updated": "2024-05",
            }
            for chosen_by in ("themselves", "partnership", "unknown")
        ],
        "analysis": {
            "done": True,
            "date": "2014",
            "url": "https://example.org/analysis",
            "key_actors": [{"kind": "local_authority", "present": True}],
        },
        "beneficiaries": [
            {
                "group": "Well users",
                "planned": 4000,
                "reached": 3900,
                "sex": "female",
                "age": "15-24",
                "disability": "any",
                "as_of": "2024",
            }
        ],
        "needs": [{"description": {"en": "A hydrologist."}}],
        "offers": [{"description": {"en": "Measurements."}}],
        # decisions
        "bodies": [
            {
                "name": "Board",
                "rule": rule,
                "quota": {"kind": "votes", "value": "3"},
                "fallback": "majority",
                "seats": [
                    {"holder": {"organization_id": lead}, "votes": 1, "selected_by": "its board"},
                    {"holder": {"constituency": "community"}, "votes": 1},
                    {"holder": {"group": "Well users"}, "votes": 1},
                ],
                "veto": [{"holder": {"organization_id": partner}}],
                "meetings_per_year": 4,
                "agenda_open": True,
            }
            for rule in ("lead", "consensus", "majority", "qualified", "double_majority")
        ],
        "decisions": [
            {
                "date": "2024-05-22",
                "title": "Tariff",
                "outcome": {"en": "Agreed."},
                "dissent": {"en": "One wanted more."},
                "url": "https://example.org/minutes",
            }
        ],
        # governance
        "documents": [
            {"kind": kind, "title": "Paper", "date": "2024", "url": "https://example.org/paper"}
            for kind in ("agreement", "minutes", "accounts", "budget", "audit", "policy", "evaluation")
        ],
        "mutual_review": {
            "date": "2024",
            "url": "https://example.org/review",
            "response_url": "https://example.org/response",
        },
        "independent_evaluation": {
            "date": "2024",
            "url": "https://example.org/evaluation",
            "response_url": "https://example.org/response",
        },
        "complaints": {
            "url": "https://example.org/complaints",
            "languages": ["km"],
            "anonymous": True,
            "deadline_days": 30,
            "received": {"year": 2024, "count": 2},
        },
        "safeguarding": {
            "policy_url": "https://example.org/policy",
            "contact_url": "https://example.org/contact",
            "training": True,
            "binds_all": True,
        },
        # money
        "funding": {
            "unearmarked_percent": 40,
            "multi_year_percent": 60,
            "median_days_to_payment": 30,
            "local_percent": 25,
            "as_of": "2024",
            "revisions": [{"date": "2024-05", "description": {"en": "Moved to repairs."}}],
        },
        # business
        "private_sector": {
            "kinds": ["micro", "sme", "multinational", "association"],
            "interests_declared": True,
            "exclusions_url": "https://example.org/exclusions",
        },
        "due_diligence": [
            {"organization_id": partner, "outcome": "clear", "date": "2024", "url": "https://example.org/diligence"}
        ],
        # mandate, influence
        "mandate": {
            "unit_id": register.units["first"],
            "source": {"title": "Resolution 1", "url": "https://example.org/resolution"},
            "goals": ["sdg:6"],
            "scope_changes": [{"date": "2024", "description": {"en": "Two more districts."}, "decided_by": "Board"}],
            "exit": {"criteria": {"en": "All wells clean."}, "decided_by": "Board"},
        },
        "processes": [
            {
                "kind": "vnr",
                "name": "VNR of Cambodia",
                "year": 2023,
                "relation": "submitted",
                "url": "https://example.org/vnr",
            }
        ]
        + [
            {"kind": kind, "name": "Plan", "year": 2023, "relation": relation}
            for kind, relation in (
                ("national_plan", "tied"),
                ("local_plan", "cited"),
                ("cooperation_framework", "tied"),
                ("hlpf", "cited"),
                ("conference", "cited"),
            )
        ],
        "agency_commitments": [
            {
                "organization_id": register.organizations["office"],
                "kind": kind,
                "delivered": True,
                "signed_off_by": "Resident Coordinator",
                "date": "2024",
                "url": "https://example.org/commitment",
            }
            for kind in ("logo", "focal_point", "staff", "funds", "decision")
        ],
        # results
        "deliverables": [
            {
                "level": level,
                "title": {"en": f"The {level}"},
                "description": {"en": "Forty wells."},
                "due": "2027-06",
                "responsible": [lead],
                "resources": {"en": "Two technicians."},
                "goals": ["sdg:6"],
                "indicators": [
                    {
                        "title": "Wells repaired",
                        "unit": "wells",
                        "direction": "increase",
                        "baseline": {"value": "0", "date": "2014"},
                        "targets": [{"value": "40", "due": "2027-06"}],
                        "actuals": [
                            {
                                "period": {"start": "2024-01", "end": "2024-03"},
                                "value": "12",
                                "base": "40",
                                "note": {"en": "Counted on site."},
                                "disaggregation": [
                                    {
                                        "sex": "female",
                                        "age": "15-24",
                                        "place": "Kampot",
                                        "disability": "any",
                                        "value": "7",
                                    }
                                ],
                            }
                        ],
                    }
                ],
            }
            for level in ("outcome", "output", "activity")
        ],
        "reports": [
            {
                "period": {"start": "2024-01", "end": "2024-03"},
                "due": "2024-04-30",
                "submitted": "2024-05-02",
                "url": "https://example.org/report",
                "explanation": {"en": "A flood."},
            }
        ],
        "next_due": "2027-04-30",
        # record
        "silences": {"/mandate/exit/decided_by": "not_applicable", "/host/staff": "withheld_for_safety"},
    }


def without_given(value: Any, sent: Any) -> Any:
    """The answer without what the register adds: ids of items, confirmations, what is said of organizations."""
    if isinstance(sent, dict):
        return {name: without_given(value[name], sent[name]) for name in sent}
    if isinstance(sent, list):
        assert len(value) == len(sent)
        return [without_given(one, other) for one, other in zip(value, sent, strict=True)]
    return value


def ids(value: Any) -> list[str]:
    """The ids of everything that stands in a list of objects; fails where one has none."""
    if isinstance(value, dict):
        return [each for inner in value.values() for each in ids(inner)]
    if isinstance(value, list):
        objects = [each for each in value if isinstance(each, dict)]
        return [each["id"] for each in objects] + [found for each in objects for found in ids(each)]
    return []


def test_every_field_of_the_record_is_taken_and_given_back(register: Register) -> None:
    body = whole(register)
    made = register.lead.create("registry/partnerships", body)
    sent = {name: value for name, value in body.items() if name not in ("organization_id", "partners")}
    assert without_given(made, sent) == sent
    others = [
        each for each in made["partners"] if each.get("organization", {}).get("id") != register.organizations["lead"]
    ]
    assert without_given(others, body["partners"]) == body["partners"]
    named = others[0]["organization"]
    assert named["constituency"] == "academia"
    assert named["name"]["en"].startswith("Partner")
    assert len(ids({name: made[name] for name in made if name not in ("focal_points", "former_titles")})) > 50
    listed = register.move(register.lead, made, "listed")
    assert without_given(listed, sent) == sent
    replaced = register.lead.put(path(listed), dict(listed), at=listed)
    assert replaced.content == listed.content, "what was read can be sent back, and changes nothing"
    child = {"level": "activity", "title": {"en": "Buy pumps"}, "parent_id": listed["deliverables"][1]["id"]}
    pledged = listed["deliverables"][0] | {"pledge": {"process_id": listed["processes"][0]["id"]}}
    deliverables = [pledged, *listed["deliverables"][1:], child]
    grown = register.lead.patch(path(listed), {"deliverables": deliverables}, at=listed)
    assert grown["deliverables"][-1]["parent_id"] == child["parent_id"]
    assert grown["deliverables"][0]["pledge"] == pledged["pledge"]


def test_null_and_absent_are_not_stated_and_empty_is_stated_none(register: Register) -> None:
    record = register.listed(
        stakeholders=[], bodies=[], budget=False, complaints=None, safeguarding=False, ongoing=True
    )
    assert record["stakeholders"] == []
    assert record["budget"] is False
    assert record["safeguarding"] is False
    assert "complaints" not in record
    assert record["ongoing"] is True
    assert record["tiers"]["assessable"] == {"met": False, "lacking": ["/complaints"]}
    said = register.lead.patch(path(record), {"silences": {"/complaints": "not_applicable"}}, at=record)
    assert said["tiers"]["assessable"] == {"met": True, "lacking": []}


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": "partnersip"}, "/kind"),
        ({"summary": {"in english": "x"}}, "/summary/in english"),
        ({"summary": "plain"}, "/summary"),
        ({"start": "2024-13"}, "/start"),
        ({"goals": [{"scheme": "sdg", "code": "18"}]}, "/goals/0/code"),
        ({"goals": [{"scheme": "sgd", "code": "1"}]}, "/goals/0/scheme"),
        ({"geography": {"countries": ["KHX"]}}, "/geography/countries/0"),
        ({"geography": {"scope": "world"}}, "/geography/scope"),
        ({"geography": {"regions": ["999"]}}, "/geography/regions/0"),
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"budget": {"totals": [{"basis": "planned", "amount": "ten", "currency": "USD"}]}}, "/budget/totals/0/amount"),
        ({"budget": {"totals": [{"basis": "planned", "amount": "10", "currency": "US"}]}}, "/budget/totals/0/currency"),
        ({"partners": [{"organization": {"id": NOWHERE}}]}, "/partners/0/organization/id"),
        ({"partners": [{"roles": ["funder"]}]}, "/partners/0"),
        ({"partners": [{"group": {"name": "G", "constituency": "women"}, "roles": ["boss"]}]}, "/partners/0/roles/0"),
        ({"functions": ["singing"]}, "/functions/0"),
        ({"languages": ["klingon language"]}, "/languages/0"),
        ({"part_of": NOWHERE}, "/part_of"),
        ({"silences": {"/bodies": "because"}}, "/silences/~1bodies"),
        ({"start": "2025", "end": "2024"}, "/end"),
        ({"surprise": True}, "/surprise"),
    ],
)
def test_wrong_content_of_a_record_is_pointed_at(register: Register, wrong: dict[str, Any], pointer: str) -> None:
    refused = register.lead.create("registry/partnerships", register.input(**wrong), expect=422)
    assert pointer in refused.pointers, refused


# --- standing and phase ----------------------------------------------------------------------------------------------


def test_the_whole_life_of_a_record(register: Register) -> None:
    draft = register.lead.create("registry/partnerships", register.complete())
    record = register.move(register.lead, draft, "listed")
    assert record["tiers"]["confirmed"]["met"] is False
    submitted = register.move(register.lead, record, "submitted", unit_id=register.units["first"])
    assert submitted["standing"] == "submitted"
    refused = register.move(register.registrar, submitted, "registered", expect=409)
    entry = register.entry(submitted)["id"]
    assert f"/partners/{entry}/confirmation" in refused.pointers
    register.move(register.registrar, submitted, "returned", expect=422)
    reason = {"en": "Say who pays for the pumps.", "km": "…"}
    returned = register.move(register.registrar, submitted, "returned", reason=reason)
    assert returned["standing"] == "returned"
    assert returned["standing_reason"]["reason"] == reason
    confirmed = register.answer(returned, "confirm")
    assert confirmed["tiers"]["confirmed"] == {"met": True, "lacking": []}
    assert confirmed["tiers"]["registered"] == {"met": True, "lacking": []}
    again = register.move(register.lead, confirmed, "submitted")
    registered = register.move(register.registrar, again, "registered")
    assert registered["standing"] == "registered"
    assert registered["registered_by"]["unit_id"] == register.units["first"]
    assert registered["registered_by"]["independent"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", registered["registered_by"]["date"])
    register.move(register.registrar, registered, "suspended", expect=422)
    suspended = register.move(register.registrar, registered, "suspended", reason={"en": "Accounts are missing."})
    tombstone = register.anyone.get(path(suspended))
    assert tombstone["standing"] == "suspended"
    assert "Accounts are missing." in tombstone.text
    reinstated = register.move(register.registrar, suspended, "registered")
    register.move(register.lead, reinstated, "withdrawn", expect=422)
    withdrawn = register.move(register.lead, reinstated, "withdrawn", reason={"en": "We go on under another name."})
    assert withdrawn["reference"] == record["reference"]
    assert "We go on under another name." in register.anyone.get(path(withdrawn)).text
    register.move(register.lead, withdrawn, "submitted", expect=409)
    register.lead.patch(path(withdrawn), {"acronym": "X"}, at=withdrawn, expect=409)
    history = register.anyone.get(path(record, "history"), limit=200)["items"]
    events = [each["event"].rpartition(".")[2] for each in history]
    for event in ["listed", "submitted", "returned", "confirmed", "registered", "suspended", "reinstated", "withdrawn"]:
        assert event in events, events


@pytest.mark.parametrize(
    ("who", "to", "status"),
    [
        ("anyone", "submitted", 401),
        ("outsider", "submitted", 403),
        ("partner", "submitted", 403),
        ("registrar", "submitted", 403),
        ("admin", "submitted", 403),
        ("outsider", "registered", 403),
        ("admin", "registered", 403),
        ("lead", "registered", 403),
        ("lead", "suspended", 403),
        ("outsider", "withdrawn", 403),
        ("registrar", "withdrawn", 403),
        ("outsider", "completed", 403),
        ("registrar", "completed", 403),
        ("lead", "draft", 422),
        ("lead", "nonsense", 422),
        ("lead", "reported", 422),
    ],
)
def test_who_may_not_move_a_listed_record(register: Register, who: str, to: str, status: int) -> None:
    record, person = register.listed(), register.anyone if who == "anyone" else register.who[who]
    register.move(person, record, to, reason={"en": "Because."}, expect=status)


def test_moves_that_are_not_moves_now(register: Register) -> None:
    record = register.listed()
    register.move(register.lead, record, "listed", expect=409)
    submitted = register.move(register.lead, record, "submitted", unit_id=register.units["first"])
    register.move(register.lead, submitted, "submitted", expect=409)
    register.move(register.registrar, submitted, "suspended", reason={"en": "x"}, expect=409)
    register.move(register.lead, submitted, "submitted", unit_id=NOWHERE, expect=409)


def test_the_unit_is_found_where_none_is_named(register: Register) -> None:
    laos = register.admin.create(
        "registry/units",
        {
            "organization_id": register.organizations["office"],
            "name": {"en": "Office in Lima"},
            "countries": ["PER"],
            "goals": [],
        },
    )
    geography = {"scope": "national", "countries": ["PER"]}
    record = register.move(register.lead, register.listed(geography=geography), "submitted")
    assert record["id"] in {
        each["partnership_id"] for each in register.registrar.every(f"registry/units/{laos['id']}/queue")
    }
    mandated = register.listed(geography=geography, mandate={"unit_id": register.units["second"]})
    register.move(register.lead, mandated, "submitted")
    queue = register.second_registrar.every(f"registry/units/{register.units['second']}/queue")
    assert mandated["id"] in {each["partnership_id"] for each in queue}
    register.move(register.lead, register.listed(), "submitted", unit_id=NOWHERE, expect=422)


def test_a_registrar_is_another_person_than_the_author(register: Register) -> None:
    (both,) = register.people("both")
    register.designate(both, register.organizations["lead"], "focal_point")
    register.designate(both, register.organizations["office"], "registrar")
    draft = both.create("registry/partnerships", register.complete())
    record = register.answer(register.move(both, draft, "listed"), "confirm")
    record = register.move(both, record, "submitted", unit_id=register.units["first"])
    register.move(both, record, "registered", expect=403)
    assert register.move(register.registrar, record, "registered")["standing"] == "registered"


def test_where_the_units_own_organization_is_a_partner_the_record_says_so(register: Register) -> None:
    partners = [
        {"organization": {"id": register.organizations["partner"]}, "roles": ["knowledge"]},
        {"organization": {"id": register.organizations["office"]}, "roles": ["adviser"]},
    ]
    assert register.registered(partners=partners)["registered_by"]["independent"] is False


def test_a_return_is_appealed_once_to_another_unit(register: Register) -> None:
    record = register.move(register.lead, register.listed(), "submitted", unit_id=register.units["first"])
    record = register.move(register.registrar, record, "returned", reason={"en": "No."})
    record = register.move(register.lead, record, "submitted", unit_id=register.units["second"])
    register.move(register.registrar, record, "returned", reason={"en": "No."}, expect=403)
    record = register.move(register.second_registrar, record, "returned", reason={"en": "No again."})
    third = register.admin.create(
        "registry/units",
        {
            "organization_id": register.organizations["office"],
            "name": {"en": "Third"},
            "countries": ["KHM"],
            "goals": [],
        },
    )
    register.move(register.lead, record, "submitted", unit_id=third["id"], expect=409)


def test_phases(register: Register) -> None:
    record = register.listed(needs=[{"description": {"en": "A hydrologist."}}])
    assert record["phase"] == "forming"
    active = register.move(register.lead, record, "active")
    assert (active["phase"], active["standing"]) == ("active", "listed")
    register.move(register.lead, active, "ended_early", expect=422)
    ended = register.move(register.lead, active, "ended_early", reason={"en": "The funder left."})
    assert ended["phase"] == "ended_early"
    assert "The funder left." in ended.text
    assert register.move(register.lead, register.listed(), "completed")["phase"] == "completed"


def test_registered_asks_for_two_independent_organizations_of_two_constituencies(register: Register) -> None:
    child = register.organization(parent_id=register.organizations["lead"], constituency="academia")
    same = register.organization(constituency="civil_society")
    for organization in (child["id"], same["id"]):
        record = register.listed(
            kind="partnership", partners=[{"organization": {"id": organization}, "roles": ["knowledge"]}]
        )
        assert "/partners" in record["tiers"]["registered"]["lacking"], record["tiers"]
    project = register.listed(kind="project", partners=[{"organization": {"id": same["id"]}, "roles": ["knowledge"]}])
    assert "/partners" not in project["tiers"]["registered"]["lacking"]


def test_a_deliverable_shows_what_it_lacks(register: Register) -> None:
    record = register.listed(deliverables=[{"level": "output", "title": {"en": "Wells"}}])
    lacking = " ".join(record["tiers"]["registered"]["lacking"])
    for name in ("description", "indicators", "responsible", "resources", "goals", "due"):
        assert f"/deliverables/{record['deliverables'][0]['id']}/{name}" in lacking


# --- partners --------------------------------------------------------------------------------------------------------


def test_partners_are_added_changed_and_leave(register: Register) -> None:
    record, third = register.listed(), register.organization()
    body = {"organization": {"id": third["id"]}, "roles": ["host"]}
    at = path(record, "partners")
    register.outsider.do(at, body, expect=403)
    added = register.lead.create(at, body)
    entry = next(each for each in added["partners"] if each.get("organization", {}).get("id") == third["id"])
    assert entry["confirmation"]["state"] == "claimed"
    shown = register.anyone.get(f"{at}/{entry['id']}")
    assert shown["organization"]["name"] == third["name"]
    changed = register.lead.patch(f"{at}/{entry['id']}", {"roles": ["host", "secretariat"]}, at=added)
    assert next(each for each in changed["partners"] if each["id"] == entry["id"])["roles"] == ["host", "secretariat"]
    left = register.lead.delete(f"{at}/{entry['id']}", at=changed)
    assert next(each for each in left["partners"] if each["id"] == entry["id"])["left"]
    register.anyone.get(f"{at}/{NOWHERE}", expect=404)


def test_what_was_confirmed_falls_when_the_lead_changes_it(register: Register) -> None:
    record = register.listed()
    entry = register.entry(record)
    assert entry["confirmation"]["state"] == "claimed"
    for person, status in (
        (register.anyone, 401),
        (register.outsider, 403),
        (register.lead, 403),
        (register.admin, 403),
    ):
        person.do(path(record, "partners", entry["id"], "confirmation"), {"decision": "confirm"}, expect=status)
    confirmed = register.answer(record, "confirm")
    confirmation = register.entry(confirmed)["confirmation"]
    assert confirmation["state"] == "confirmed"
    assert confirmation["covers"]
    assert confirmation["at"] > entry["confirmation"]["at"]
    assert confirmed["tiers"]["confirmed"]["met"] is True
    elsewhere = register.lead.patch(path(record), {"acronym": "X"}, at=confirmed)
    assert register.entry(elsewhere)["confirmation"] == confirmation, "other edits leave it"
    at = path(record, "partners", entry["id"])
    changed = register.lead.patch(at, {"roles": ["funder"]}, at=elsewhere)
    assert register.entry(changed)["confirmation"]["state"] == "claimed"
    assert changed["tiers"]["confirmed"]["met"] is False


def test_a_corrected_entry_is_the_partners_own(register: Register) -> None:
    record = register.listed()
    corrected = register.answer(
        record,
        "correct",
        roles=["adviser"],
        contributions=[{"kind": "expertise", "description": {"en": "Two days a month."}}],
        effort={"days_per_month": 2},
        comment={"en": "We advise, no more."},
    )
    entry = register.entry(corrected)
    assert entry["roles"] == ["adviser"]
    assert entry["contributions"][0]["kind"] == "expertise"
    assert entry["effort"]["days_per_month"] == 2
    assert entry["confirmation"]["state"] == "corrected"
    assert corrected["tiers"]["confirmed"]["met"] is True, "corrected counts as confirmed"
    at = path(record, "partners", entry["id"])
    register.lead.patch(at, {"roles": ["funder"]}, at=corrected, expect=409)
    commented = register.lead.patch(at, {"comment": {"en": "We understood it otherwise."}}, at=corrected)
    assert register.entry(commented)["confirmation"]["state"] == "corrected"


def test_who_declines_leaves_the_public_record_and_is_counted(register: Register) -> None:
    record = register.listed()
    declined = register.answer(record, "decline")
    assert register.organizations["partner"] not in declined.text
    assert declined["declined"] == 1
    assert register.organizations["partner"] not in register.anyone.get(path(record)).text
    claims = register.anyone.every(f"registry/organizations/{register.organizations['partner']}/claims", limit=200)
    assert record["id"] not in {each["partnership_id"] for each in claims}
    partners = [{"organization": {"id": register.organizations["partner"]}}]
    register.lead.patch(path(record), {"partners": partners}, at=declined, expect=409)


def test_a_partner_at_risk_is_shown_by_constituency_alone(register: Register) -> None:
    record = register.listed()
    entry = register.entry(record)["id"]
    unnamed = register.answer(record, "unnamed")
    shown = next(each for each in unnamed["partners"] if each["id"] == entry)
    assert shown["unnamed"] == {"constituency": "academia"}
    for text in (
        register.anyone.get(path(record)).text,
        register.anyone.get(path(record, "history")).text,
        *(
            register.anyone.get(path(record, "versions", str(each["version"]))).text
            for each in register.anyone.get(path(record, "history"))["items"]
        ),
    ):
        assert register.organizations["partner"] not in text, "the name is in a version or the history"


def test_an_invitation_mails_a_link_and_keeps_the_address(register: Register) -> None:
    record = register.listed()
    at = path(record, "partners", register.entry(record)["id"], "invitation")
    address = f"invited-{uuid.uuid4().hex[:8]}@example.org"
    register.outsider.do(at, {"email": address}, expect=403)
    made = register.lead.do(at, {"email": address}, expect=201)
    assert address not in made.text
    assert address not in register.anyone.get(path(record)).text
    register.lead.do(at, {"email": "nobody"}, expect=422)


# --- progress, history ----------------------------------------------------------------------------------------------


def test_reports_and_results(register: Register) -> None:
    record = register.move(register.lead, register.lead.create("registry/partnerships", register.complete()), "listed")
    indicator = record["deliverables"][0]["indicators"][0]["id"]
    value = {"indicator_id": indicator, "period": {"start": "2024-01", "end": "2024-03"}, "value": "12"}
    register.outsider.do(path(record, "results"), {"actuals": [value]}, expect=403)
    with_values = register.lead.create(path(record, "results"), {"actuals": [value]})
    assert with_values["deliverables"][0]["indicators"][0]["actuals"][0]["value"] == "12"
    report = {
        "period": {"start": "2024-04", "end": "2024-06"},
        "narrative": {"en": "Twelve wells repaired."},
        "next_plan": {"en": "Twenty more."},
        "actuals": [value | {"period": {"start": "2024-04", "end": "2024-06"}, "value": "20"}],
    }
    register.anyone.do(path(record, "reports"), report, expect=401)
    reported = register.lead.create(path(record, "reports"), report)
    assert reported["reports"][0]["submitted"]
    actuals = reported["deliverables"][0]["indicators"][0]["actuals"]
    assert [each["value"] for each in actuals] == ["12", "20"]
    wrong = {"actuals": [value | {"indicator_id": NOWHERE}]}
    assert register.lead.do(path(record, "results"), wrong, expect=422).pointers == {"/actuals/0/indicator_id"}
    assert register.anyone.get(path(record, "reports"))["items"]
    assert register.anyone.get(path(record, "results"))["items"]


def test_history_versions_and_changes(register: Register) -> None:
    draft = register.draft()
    draft = register.lead.patch(path(draft), {"acronym": "SECRET"}, at=draft)
    listed = register.move(register.lead, register.lead.patch(path(draft), {"acronym": None}, at=draft), "listed")
    changed = register.lead.patch(path(listed), {"acronym": "WELL"}, at=listed)
    history = register.anyone.get(path(listed, "history"))["items"]
    assert [each["version"] for each in history] == [changed["version"], listed["version"]]
    assert history[0]["author"] == {
        "display_name": "Focal Point",
        "organization_id": register.organizations["lead"],
    }
    assert history[0]["at"]
    old = register.anyone.get(path(listed, "versions", str(listed["version"])))
    assert old.content == listed.content, "the document as it was"
    difference = register.anyone.get(path(listed, "versions", str(changed["version"]), "changes"))
    operations = {(each["op"], each["path"]): each.get("value") for each in difference["changes"]}
    assert operations[("add", "/acronym")] == "WELL"
    for version in range(1, listed["version"]):
        register.anyone.get(path(listed, "versions", str(version)), expect=404)
        register.lead.get(path(listed, "versions", str(version)), expect=404)
    register.anyone.get(path(listed, "versions", "999"), expect=404)
    assert "SECRET" not in register.anyone.get(path(listed, "versions", str(listed["version"]), "changes")).text


def test_renaming_an_organization_renders_the_records_that_name_it(register: Register) -> None:
    partner = register.organization("Before")
    record = register.listed(partners=[{"organization": {"id": partner["id"]}}])
    register.admin.patch(f"registry/organizations/{partner['id']}", {"name": {"en": "After"}}, at=partner)
    found = wait(lambda: (it := register.anyone.get(path(record))) and it["revision"] > record["revision"] and it, 30)
    assert found["version"] == record["version"], "a rendering is no edit"
    assert found["partners"][1]["organization"]["name"] == {"en": "After"}
    changed = register.lead.patch(path(record), {"acronym": "A"}, at=record)
    assert changed["version"] == record["version"] + 1, "who read the earlier rendering may still edit"


def test_mdg_goals_bring_the_sdg_that_follows_them(register: Register) -> None:
    for mdg, sdg in {"2": "4", "3": "5", "4": "3", "5": "3", "6": "3"}.items():
        record = register.listed(goals=[{"scheme": "mdg", "code": mdg, "weight": "primary"}])
        derived = [each for each in record["goals"] if "derived_from" in each]
        stated = [each for each in record["goals"] if "derived_from" not in each]
        assert ("sdg", sdg) in {(each["scheme"], each["code"]) for each in derived}
        assert {each["derived_from"] for each in derived if each["scheme"] == "sdg"} == {f"mdg:{mdg}"}
        assert [(each["scheme"], each["code"]) for each in stated] == [("mdg", mdg)]
    for mdg in ("1", "7", "8"):
        record = register.listed(goals=[{"scheme": "mdg", "code": mdg}])
        assert len(record["goals"]) == 1, "only one-to-one goals are carried over"


# --- imported records, claims ----------------------------------------------------------------------------------------


def activity(identifier: str, title: str, reporting: str, implementing: str) -> str:
    """An IATI 2.03 activity."""
    return f"""<iati-activity default-currency="USD" xml:lang="en">
      <iati-identifier>{identifier}</iati-identifier>
      <reporting-org ref="{reporting}" type="40"><narrative>Agency {reporting}</narrative></reporting-org>
      <title><narrative>{title}</narrative></title>
      <description><narrative>Wells for villages.</narrative></description>
      <participating-org role="4" type="22" ref="{implementing}"><narrative>Doer {implementing}</narrative></participating-org>
      <activity-status code="2"/>
      <activity-date type="2" iso-date="2020-01-01"/>
      <recipient-country code="KH" percentage="100"/>
    </iati-activity>"""


def import_iati(register: Register, name: str, *activities: str) -> dict[str, Any]:
    """Import a file as an operator does."""
    file = register.system.folder / f"{name}.xml"
    file.write_text(f'<iati-activities version="2.03">{"".join(activities)}</iati-activities>')
    found: dict[str, Any] = register.system.json("import", "iati", str(file))
    return found


def test_an_imported_record_is_claimed_and_later_imports_propose(register: Register) -> None:
    mark = uuid.uuid4().hex[:8]
    first = activity(f"XI-{mark}-1", f"Imported {mark}", f"XI-R{mark}", f"XI-I{mark}")
    report = import_iati(register, mark, first)
    assert {name: report[name] for name in ("read", "created", "unchanged", "rejected")} == {
        "read": 1,
        "created": 1,
        "unchanged": 0,
        "rejected": 0,
    }
    assert import_iati(register, mark, first)["unchanged"] == 1
    record = next(
        each
        for each in register.anyone.every("registry/partnerships", limit=200)
        if each.get("source", {}).get("identifier") == f"XI-{mark}-1"
    )
    record = register.anyone.get(path(record))
    assert record["standing"] == "reported"
    assert record["kind"] == "project"
    assert record["source"]["system"] == "iati"
    assert {each["confirmation"]["state"] for each in record["partners"]} == {"claimed"}
    history = register.anyone.get(path(record, "history"))["items"]
    assert history[-1]["author"] == "system:iati"
    doer = next(each["organization"] for each in record["partners"] if "lead" in each["roles"])
    assert doer["name"] == {"en": f"Doer XI-I{mark}"}
    (own,) = register.people("doer")
    own.do(path(record, "claim"), {}, expect=403)
    register.designate(own, doer["id"], "focal_point")
    register.move(own, record, "listed", expect=(403, 409))  # type: ignore[arg-type]
    claim = own.do(path(record, "claim"), {}, expect=201)
    assert claim["state"] == "pending"
    own.do(path(record, "claim", "decision"), {"decision": "accept"}, expect=403)
    listed = register.registrar.do(path(record, "claim", "decision"), {"decision": "accept"})
    assert listed["standing"] == "listed"
    edited = own.patch(path(record), {"acronym": "OURS"}, at=listed)
    changed = activity(f"XI-{mark}-1", f"Imported again {mark}", f"XI-R{mark}", f"XI-I{mark}")
    assert import_iati(register, f"{mark}-2", changed)["proposed"] == 1
    assert register.anyone.get(path(record)).content == edited.content, "an import never overwrites"


# --- vocabularies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "codes"),
    [
        ("sdg", {str(n) for n in range(1, 18)}),
        ("sdg-target", {"1.1", "6.1", "17.19"}),
        ("mdg", {str(n) for n in range(1, 9)}),
        ("agenda21", {"18"}),
        ("constituency", CONSTITUENCIES),
        ("chamber", set()),
        (
            "lesson",
            {
                "inclusive",
                "clear_purpose_and_roles",
                "participatory",
                "flexible_funding",
                "good_governance",
                "private_sector_balance",
                "mandate",
                "strategic_influence",
            },
        ),
        ("role", ROLES),
        ("country", {"KHM", "JOR", "USA"}),
        ("region", {"001", "035", "142"}),
        ("standing", {"draft", "listed", "submitted", "returned", "registered", "reported", "suspended", "withdrawn"}),
        ("phase", {"forming", "active", "dormant", "completed", "ended_early"}),
        ("kind", {"partnership", "platform", "programme", "project", "commitment"}),
    ],
)
def test_vocabularies_have_labels_in_all_languages(register: Register, scheme: str, codes: set[str]) -> None:
    assert scheme in register.anyone.get("registry/vocabularies", limit=200).text
    items = register.anyone.every(f"registry/vocabularies/{scheme}", limit=200)
    assert codes <= {each["code"] for each in items}
    assert items
    for item in items:
        assert set(item["labels"]) >= LANGUAGES, item
        assert all(item["labels"].values()), item


def test_an_unknown_vocabulary_is_not_found(register: Register) -> None:
    register.anyone.get("registry/vocabularies/nonsense", expect=404)


# --- deadlines -------------------------------------------------------------------------------------------------------


def test_what_falls_due(tmp_path: Path) -> None:
    """Working days of a queue, a second unit, the end of a term, dormancy: on a clock that is turned."""
    with start_register(tmp_path) as register:
        submitted = register.move(register.lead, register.listed(), "submitted", unit_id=register.units["first"])
        register.move(register.second_registrar, submitted, "returned", reason={"en": "Mine."}, expect=403)
        ends = datetime.now(UTC).date() + timedelta(days=40)
        (passing,) = register.people("passing")
        register.who["passing"] = passing
        designation = register.designate(passing, register.organization()["id"], term_end=ends.isoformat())
        queue = f"registry/units/{register.units['first']}/queue"
        assert register.registrar.get(queue)["items"][0]["overdue"] is False

        register.days_pass(30, sign=False)
        register.lead.get("accounts/me", expect=401)
        register.days_pass(30)
        (waiting,) = register.registrar.get(queue)["items"]
        assert waiting["overdue"] is True
        assert waiting["days_left"] < 0
        taken = register.move(register.second_registrar, submitted, "returned", reason={"en": "We looked instead."})
        assert taken["standing_reason"]["unit_id"] == register.units["second"]

        register.days_pass(60)
        at = f"registry/focal-points/{designation['id']}"
        wait(lambda: register.anyone.get(at)["state"] == "lapsed", 30, "the end of the term")
        assert passing.get("registry/focal-points/me")["organizations"] == []

        register.days_pass(365 * 2 + 60)
        dormant = wait(
            lambda: (found := register.anyone.get(path(taken)))["phase"] == "dormant" and found, 30, "dormancy"
        )
        register.designate(register.lead, register.organizations["lead"])
        assert register.move(register.lead, dormant, "active")["phase"] == "active"


# --- commands --------------------------------------------------------------------------------------------------------


def test_commands_beside_a_running_system(register: Register) -> None:
    record = register.listed()
    register.anyone.found(record)
    topics = {each["topic"] for each in register.system.json("events", "topics")}
    assert {"convene.registry.partnership", "convene.registry.organization", "convene.dead-letters"} <= topics
    assert register.system.json("events", "dead-letters") == []
    assert all(each["ok"] for each in register.system.json("doctor"))
    status = register.system.json("search", "status")
    assert status["records"]["partnerships"]["index"] >= 1
    issued = register.system.command("token", "issue", f"{uuid.uuid4().hex}@example.org", "--role", "administrator")
    made = Outside(register.system, token=issued.stdout.strip()).create("registry/organizations", proposal())
    assert made["standing"] == "accepted"
