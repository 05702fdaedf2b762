"""Designations over HTTP: who may designate, how they bind, hand over, end, lapse; coverage; what is never shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.chassis import clock
from services.chassis.identity.addresses import hash_address
from tests.registry.conftest import Person, World, ok, refused


def _in(days: int) -> str:
    return str(clock.today() + timedelta(days=days))


def _designation(organization_id: str, name: str, *functions: str, **more: object) -> dict[str, object]:
    return {
        "organization_id": organization_id,
        "email": f"{name}@example.org",
        "display_name": name.title(),
        "functions": list(functions),
    } | more


def test_an_administrator_designates_for_all_and_a_lead_for_its_own(registry: World) -> None:
    own, other = registry.organization("Own"), registry.organization("Other")
    lead = registry.designated("lead", own["id"], "lead")
    ok(lead.post("/focal-points", _designation(own["id"], "vuthy", "confirmer")), 201)
    refused(lead.post("/focal-points", _designation(other["id"], "vuthy", "confirmer")), 403, "not-allowed")
    focal_point = registry.designated("dara", own["id"], "focal_point")
    refused(focal_point.post("/focal-points", _designation(own["id"], "x", "confirmer")), 403, "not-allowed")
    refused(registry.officer.post("/focal-points", _designation(own["id"], "x", "lead")), 403, "not-allowed")
    body = _designation(own["id"], "x", "lead")
    refused(registry.client.post("/focal-points", json=body), 401, "unauthenticated")
    unknown = "0190a0a0-0000-7000-8000-000000000000"
    refused(registry.admin.post("/focal-points", _designation(unknown, "x", "lead")), 422, "organization-unknown")
    refused(registry.admin.post("/focal-points", _designation(own["id"], "x")), 422, "invalid")
    refused(registry.admin.post("/focal-points", _designation(own["id"], "x", "boss")), 422, "invalid")
    problem = refused(registry.admin.post("/focal-points", body | {"email": "nonsense"}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/email"


def test_a_designation_binds_when_its_person_first_calls(registry: World) -> None:
    organization = registry.organization()
    made = registry.designation("Dara", organization["id"], "focal_point")
    assert made["state"] == "designated"
    _, key, told = registry.events("registry.authority")[-1]
    assert key == made["id"]
    assert told["address_hash"] == hash_address(registry.settings.address_key, "dara@example.org")
    assert "person_id" not in told
    dara, stranger = registry.person("dara"), registry.person("stranger")
    assert ok(stranger.get("/focal-points/me"))["organizations"] == []
    assert ok(registry.get(f"/focal-points/{made['id']}"))["state"] == "designated"
    # Any call of the registry will do, a public one too.
    ok(dara.get("/units"))
    assert ok(registry.get(f"/focal-points/{made['id']}"))["state"] == "bound"
    kind, _, told = registry.events("registry.authority")[-1]
    assert (kind, told["state"], told["person_id"]) == ("registry.authority.bound", "bound", dara.id)
    assert "address_hash" not in told
    said = len(registry.events())
    mine = ok(dara.get("/focal-points/me"))
    assert mine["organizations"] == [{"organization_id": organization["id"], "functions": ["focal_point"]}]
    assert [each["id"] for each in mine["focal_points"]] == [made["id"]]
    assert len(registry.events()) == said


def test_a_lead_is_focal_point_and_confirmer_too(registry: World) -> None:
    organization = registry.organization()
    lead = registry.designated("lead", organization["id"], "lead")
    mine = ok(lead.get("/focal-points/me"))["organizations"]
    assert mine == [{"organization_id": organization["id"], "functions": ["confirmer", "focal_point", "lead"]}]
    refused(registry.client.get("/focal-points/me"), 401, "unauthenticated")


def test_of_two_first_calls_at_once_one_binds(either_registry: World) -> None:
    made = either_registry.designation("dara", either_registry.organization()["id"])
    dara = either_registry.person("dara")

    def call(_: int) -> int:
        client = either_registry.client.application.test_client()
        return client.get("/focal-points/me", headers=dara.headers).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(call, range(4))) == {200}
    kinds = [kind for kind, key, _ in either_registry.events("registry.authority") if key == made["id"]]
    assert kinds == ["registry.authority.granted", "registry.authority.bound"]


def test_an_address_is_nowhere_but_in_its_private_table(registry: World) -> None:
    organization = registry.organization()
    made = registry.designation("canary", organization["id"])
    network = ok(registry.admin.post("/networks", _network("canary")), 201)
    nominee = {"email": "canary@example.org", "display_name": "C", "roles": ["forum_member"]}
    ok(registry.admin.post(f"/networks/{network['id']}/nominations", nominee), 201)
    answers = [
        registry.get("/focal-points"),
        registry.get(f"/focal-points/{made['id']}"),
        registry.admin.get(f"/networks/{network['id']}/nominations"),
        registry.get("/networks"),
        registry.person("canary").get("/focal-points/me"),
    ]
    for answer in answers:
        ok(answer)
        assert b"canary@" not in answer.data
    assert "canary@" not in str(registry.events())
    told = [data for kind, _, data in registry.events("registry.authority")]
    assert told
    assert all("display_name" not in each and "name" not in each for each in told)


def _network(contact: str) -> dict[str, object]:
    return {"name": {"en": "Women"}, "constituency": "women", "contact_email": f"{contact}@example.org"}


def test_the_same_address_may_have_more_functions_but_none_twice(registry: World) -> None:
    organization = registry.organization()
    made = registry.designation("dara", organization["id"], "focal_point", "confirmer")
    body = _designation(organization["id"], "DARA", "confirmer")
    assert refused(registry.admin.post("/focal-points", body), 409, "already-designated")["designation"] == made["id"]
    ok(registry.admin.post("/focal-points", body | {"functions": ["registrar"]}), 201)
    dara = registry.person("dara")
    mine = ok(dara.get("/focal-points/me"))["organizations"]
    assert mine[0]["functions"] == ["confirmer", "focal_point", "registrar"]
    ok(registry.admin.post(f"/focal-points/{made['id']}/end"))
    ok(registry.admin.post("/focal-points", body), 201)


@pytest.mark.parametrize(("start", "end"), [(5, 4), (-9, -1)])
def test_impossible_terms_are_refused(registry: World, start: int, end: int) -> None:
    organization = registry.organization()
    body = _designation(organization["id"], "x", "lead", term_start=_in(start), term_end=_in(end))
    problem = registry.admin.post("/focal-points", body)
    assert problem.status_code == 422
    assert (problem.json or {})["errors"][0]["pointer"] in ("/term_end", "/term_start")


def test_a_term_begins_and_lapses_by_itself_once(either_registry: World) -> None:
    registry = either_registry
    organization = registry.organization()
    term = {"term_start": _in(2), "term_end": _in(4)}
    dara = registry.designated("dara", organization["id"], "lead", **term)
    assert ok(dara.get("/focal-points/me"))["organizations"] == []
    registry.travel(2)
    assert len(ok(dara.get("/focal-points/me"))["organizations"]) == 1
    registry.travel(2)
    assert registry.run_jobs() == 0
    assert len(ok(dara.get("/focal-points/me"))["organizations"]) == 1
    registry.travel(1)
    # Whether the clock has come by or not: a term that is over gives no authority.
    assert ok(dara.get("/focal-points/me"))["organizations"] == []
    assert [registry.run_jobs() for _ in range(3)] == [1, 0, 0]
    lapsed = [data for kind, _, data in registry.events("registry.authority") if kind == "registry.authority.lapsed"]
    assert [each["state"] for each in lapsed] == ["lapsed"]
    assert ok(registry.get("/focal-points"))["items"] == []
    assert ok(registry.get("/focal-points?state=lapsed"))["total"] == 1


def test_a_handover_gives_the_functions_to_the_successor(registry: World) -> None:
    organization = registry.organization()
    dara = registry.designated("dara", organization["id"], "lead", languages=["km"], countries=["KH"], term_end=_in(90))
    made = ok(dara.get("/focal-points/me"))["focal_points"][0]
    path = f"/focal-points/{made['id']}/handover"
    body = {"email": "sok@example.org", "display_name": "Sok"}
    refused(registry.person("stranger").post(path, body), 403, "not-allowed")
    refused(dara.post(path, body, headers={"If-Match": '"9.9"'}), 412, "stale-version")
    answer = dara.post(path, body)
    successor = ok(answer, 201)
    assert answer.headers["Location"].endswith(f"/focal-points/{successor['id']}")
    assert (successor["functions"], successor["languages"], successor["countries"]) == (["lead"], ["km"], ["KHM"])
    assert (successor["predecessor_id"], successor["term_end"]) == (made["id"], _in(90))
    assert ok(registry.get(f"/focal-points/{made['id']}"))["state"] == "ended"
    refused(dara.post("/focal-points", _designation(organization["id"], "x", "lead")), 403, "not-allowed")
    sok = registry.person("sok")
    assert len(ok(sok.get("/focal-points/me"))["organizations"]) == 1
    kinds = [kind.rpartition(".")[2] for kind, _, _ in registry.events("registry.authority")]
    assert kinds == ["granted", "bound", "handed_over", "granted", "bound"]
    refused(dara.post(path, body), 409, "wrong-standing")
    refused(registry.admin.post(path, body), 409, "wrong-standing")


def test_a_later_handover_leaves_the_predecessor_until_the_day_before(registry: World) -> None:
    organization = registry.organization()
    dara = registry.designated("dara", organization["id"], "lead")
    made = ok(dara.get("/focal-points/me"))["focal_points"][0]
    body = {"email": "sok@example.org", "display_name": "Sok", "term_start": _in(3)}
    ok(dara.post(f"/focal-points/{made['id']}/handover", body), 201)
    assert len(ok(dara.get("/focal-points/me"))["organizations"]) == 1
    assert ok(registry.person("sok").get("/focal-points/me"))["organizations"] == []
    registry.travel(3)
    assert registry.run_jobs() == 1
    assert ok(dara.get("/focal-points/me"))["organizations"] == []
    assert len(ok(registry.person("sok").get("/focal-points/me"))["organizations"]) == 1
    assert registry.events("registry.authority.handed_over")[0][1] == made["id"]


def _own(who: Person) -> str:
    """The path of somebody's only designation."""
    (made,) = ok(who.get("/focal-points/me"))["focal_points"]
    return f"/focal-points/{made['id']}"


SOK = {"email": "sok@example.org", "display_name": "Sok"}


@pytest.mark.parametrize("email", ["sok@example.org", "dara@example.org"])
def test_a_holder_hands_over_no_other_functions_than_its_own(registry: World, email: str) -> None:
    registrar, unit = registry.registrar()
    dara = registry.designated("dara", unit["organization_id"], "confirmer", "focal_point")
    path, body = _own(dara), SOK | {"email": email}
    for functions in (["registrar", "lead"], ["confirmer", "registrar"], ["lead"]):
        problem = refused(dara.post(f"{path}/handover", body | {"functions": functions}), 403, "not-allowed")
        assert problem["errors"][0]["pointer"] == "/functions"
    assert ok(registry.get(path))["state"] == "bound"
    # A registrar of the organization is no lead of it either.
    more = SOK | {"functions": ["registrar", "lead"]}
    refused(registrar.post(f"{_own(registrar)}/handover", more), 403, "not-allowed")
    assert ok(dara.post(f"{path}/handover", body | {"functions": ["confirmer"]}), 201)["functions"] == ["confirmer"]


@pytest.mark.parametrize("who", ["lead", "admin"])
def test_who_may_designate_may_change_what_is_handed_over(registry: World, who: str) -> None:
    organization = registry.organization()
    lead = registry.designated("lead", organization["id"], "lead")
    dara = registry.designated("dara", organization["id"], "confirmer", term_end=_in(5))
    body = SOK | {"functions": ["focal_point"], "term_end": _in(99)}
    made = ok({"lead": lead, "admin": registry.admin}[who].post(f"{_own(dara)}/handover", body), 201)
    assert (made["functions"], made["term_end"]) == (["focal_point"], _in(99))
    # A lead of another organization designates nobody here.
    far = registry.designated("far", registry.organization("Far")["id"], "lead")
    refused(far.post(f"/focal-points/{made['id']}/handover", SOK | {"email": "x@example.org"}), 403, "not-allowed")


@pytest.mark.parametrize(
    ("term", "pointer"),
    [
        ({"term_end": 91}, "/term_end"),
        ({"term_start": 91}, "/term_start"),
        ({"term_start": 91, "term_end": 99}, "/term_start"),
        ({"term_start": 0}, "/term_start"),
    ],
)
def test_a_holder_hands_over_no_longer_term_than_its_own(registry: World, term: dict[str, int], pointer: str) -> None:
    organization = registry.organization()
    dara = registry.designated("dara", organization["id"], "confirmer", term_start=_in(1), term_end=_in(90))
    path, body = f"{_own(dara)}/handover", SOK | {"term_start": _in(1)}
    days = {name: _in(day) for name, day in term.items()}
    problem = refused(dara.post(path, body | days), 422, "term-invalid")
    assert [each["pointer"] for each in problem["errors"]] == [pointer]
    made = ok(dara.post(path, body | {"term_end": _in(90)}), 201)
    assert (made["term_start"], made["term_end"]) == (_in(1), _in(90))


def test_whose_term_is_over_hands_nothing_over(registry: World) -> None:
    organization = registry.organization()
    dara = registry.designated("dara", organization["id"], "focal_point", term_end=_in(0))
    path = _own(dara)
    registry.travel(1)
    # Whether the clock has come by or not.
    for _ in range(2):
        problem = refused(dara.post(f"{path}/handover", SOK), 409, "wrong-standing")
        assert problem["standing"] == "lapsed"
        refused(dara.post(f"{path}/end"), 409, "wrong-standing")
        registry.run_jobs()
    assert ok(registry.get(path))["state"] == "lapsed"
    assert ok(registry.admin.post(f"{path}/handover", SOK), 201)["functions"] == ["focal_point"]


def test_a_holder_has_one_successor(registry: World) -> None:
    organization = registry.organization()
    dara = registry.designated("dara", organization["id"], "confirmer")
    path, later = _own(dara), {"term_start": _in(3)}
    first = ok(dara.post(f"{path}/handover", SOK | later), 201)
    second = {"email": "second@example.org", "display_name": "Second"}
    assert refused(dara.post(f"{path}/handover", second | later), 403, "not-allowed")["successor"] == first["id"]
    # Not by way of a successor that hands over in its turn, either; a mistake is mended by who may designate.
    third = {"email": "third@example.org", "display_name": "Third"}
    ok(registry.person("sok").post(f"/focal-points/{first['id']}/handover", third | later), 201)
    refused(dara.post(f"{path}/handover", second | later), 403, "not-allowed")
    ok(registry.admin.post(f"{path}/handover", second | {"term_start": _in(2)}), 201)


@pytest.mark.parametrize(("starts", "state"), [(0, "ended"), (2, "ended"), (3, "bound")])
def test_no_term_ends_before_it_starts_where_it_is_handed_over(registry: World, starts: int, state: str) -> None:
    dara = registry.designated("dara", registry.organization()["id"], "confirmer", term_start=_in(min(starts, 2)))
    path = _own(dara)
    ok(dara.post(f"{path}/handover", SOK | {"term_start": _in(starts)}), 201)
    before = ok(registry.get(path))
    assert (before["state"], before["term_end"]) == (state, _in(min(starts, 2)))


@pytest.mark.parametrize("who", ["holder", "lead", "admin"])
def test_a_designation_is_ended_by_its_holder_a_lead_or_an_administrator(registry: World, who: str) -> None:
    organization = registry.organization()
    people: dict[str, Person] = {
        "lead": registry.designated("lead", organization["id"], "lead"),
        "holder": registry.designated("dara", organization["id"], "confirmer"),
        "admin": registry.admin,
    }
    made = ok(people["holder"].get("/focal-points/me"))["focal_points"][0]
    refused(registry.person("stranger").post(f"/focal-points/{made['id']}/end"), 403, "not-allowed")
    colleague = registry.designated("colleague", organization["id"], "focal_point")
    refused(colleague.post(f"/focal-points/{made['id']}/end"), 403, "not-allowed")
    ended = ok(people[who].post(f"/focal-points/{made['id']}/end", {"reason": {"en": "secret-reason"}}))
    assert (ended["state"], ended["term_end"]) == ("ended", _in(0))
    assert "secret-reason" not in str(registry.events())
    assert ok(people["holder"].get("/focal-points/me"))["organizations"] == []
    refused(registry.admin.post(f"/focal-points/{made['id']}/end"), 409, "wrong-standing")


def test_an_end_on_a_later_day_shortens_the_term(registry: World) -> None:
    dara = registry.designated("dara", registry.organization()["id"], "lead")
    made = ok(dara.get("/focal-points/me"))["focal_points"][0]
    ended = ok(dara.post(f"/focal-points/{made['id']}/end", {"term_end": _in(5)}))
    assert (ended["state"], ended["term_end"]) == ("bound", _in(5))


@pytest.mark.parametrize("who", ["holder", "lead", "admin"])
def test_ending_prolongs_no_term(registry: World, who: str) -> None:
    organization = registry.organization()
    people: dict[str, Person] = {
        "lead": registry.designated("lead", organization["id"], "lead"),
        "holder": registry.designated("dara", organization["id"], "confirmer", term_end=_in(5)),
        "admin": registry.admin,
    }
    path = _own(people["holder"])
    for day in (6, 999, -1):
        problem = refused(people[who].post(f"{path}/end", {"term_end": _in(day)}), 422, "term-invalid")
        assert problem["errors"][0]["pointer"] == "/term_end"
    assert ok(registry.get(path))["term_end"] == _in(5)
    for day in (5, 3):
        assert ok(people[who].post(f"{path}/end", {"term_end": _in(day)}))["term_end"] == _in(day)
    refused(people[who].post(f"{path}/end", {"term_end": _in(5)}), 422, "term-invalid")


def test_no_term_ends_before_it_starts_where_it_is_ended(registry: World) -> None:
    dara = registry.designated("dara", registry.organization()["id"], "lead", term_start=_in(3))
    path = _own(dara)
    problem = refused(dara.post(f"{path}/end", {"term_end": _in(2)}), 422, "term-invalid")
    assert problem["errors"][0]["pointer"] == "/term_end"
    assert ok(dara.post(f"{path}/end", {"term_end": _in(3)}))["state"] == "bound"
    ended = ok(dara.post(f"{path}/end"))
    assert (ended["state"], ended["term_start"], ended["term_end"]) == ("ended", _in(3), _in(3))
    (uncovered,) = ok(registry.get("/focal-points/coverage"))["items"]
    assert (uncovered["state"], uncovered["since"]) == ("ended", _in(0))


@pytest.mark.parametrize("body", [{}, {"term_end": 0}])
def test_ending_today_is_ending_at_once(registry: World, body: dict[str, int]) -> None:
    dara = registry.designated("dara", registry.organization()["id"], "lead")
    ended = ok(dara.post(f"{_own(dara)}/end", {name: _in(day) for name, day in body.items()}))
    assert (ended["state"], ended["term_end"]) == ("ended", _in(0))
    assert ok(dara.get("/focal-points/me"))["organizations"] == []
    operation = ok(registry.get("/openapi.json"))["paths"]["/focal-points/{focal_point_id}/end"]["post"]
    assert "at once" in operation["summary"]


def test_what_ended_unbound_never_binds(registry: World) -> None:
    made = registry.designation("dara", registry.organization()["id"])
    ok(registry.admin.post(f"/focal-points/{made['id']}/end"))
    assert ok(registry.person("dara").get("/focal-points/me"))["organizations"] == []
    assert registry.events("registry.authority")[-1][2].get("address_hash") is None


def test_lists_filter_and_turn_pages(registry: World) -> None:
    one, two = registry.organization("One"), registry.organization("Two")
    registry.designation("a", one["id"], "lead", languages=["km"], countries=["KH"])
    registry.designation("b", one["id"], "confirmer", languages=["fr"])
    registry.designation("c", two["id"], "focal_point", "confirmer", languages=["km", "en"])
    for query, found in (
        (f"organization_id={one['id']}", 2),
        ("function=confirmer", 2),
        ("function=confirmer&function=lead", 3),
        ("language=km", 2),
        ("country=KHM", 1),
        (f"organization_id={one['id']}&function=confirmer", 1),
    ):
        assert ok(registry.get(f"/focal-points?{query}"))["total"] == found, query
    first = ok(registry.get("/focal-points?limit=2"))
    second = ok(registry.get(f"/focal-points?limit=2&cursor={first['next']}"))
    assert [each["display_name"] for each in first["items"] + second["items"]] == ["A", "B", "C"]


def test_the_designations_of_a_merged_organization_are_found_under_both_identifiers(registry: World) -> None:
    old, new = registry.organization("Old"), registry.organization("New")
    made = registry.designation("a", old["id"])
    ok(registry.admin.post(f"/organizations/{old['id']}/merge", {"into": new["id"]}))
    query = f"/focal-points?organization_id={old['id']}"
    assert ok(registry.get(query))["total"] == 1
    registry.settle()
    for organization in (old, new):
        found = ok(registry.get(f"/focal-points?organization_id={organization['id']}"))
        assert [(each["id"], each["organization_id"]) for each in found["items"]] == [(made["id"], new["id"])]


def test_coverage_names_the_bodies_without_a_focal_point(registry: World) -> None:
    names = ("Covered", "Ended", "Lapsed", "Never", "Only confirms")
    made = {name: registry.organization(name, country="FRA" if name == "Never" else "KHM") for name in names}
    ok(registry.person("anybody").post("/organizations", {"name": {"en": "Proposed"}, "constituency": "media"}), 201)
    registry.designation("a", made["Covered"]["id"], "focal_point")
    ended = registry.designation("b", made["Ended"]["id"], "lead")
    ok(registry.admin.post(f"/focal-points/{ended['id']}/end"))
    registry.designation("c", made["Lapsed"]["id"], "lead", term_end=_in(0))
    registry.designation("d", made["Only confirms"]["id"], "confirmer")
    registry.travel(1)
    registry.run_jobs()
    found = ok(registry.get("/focal-points/coverage"))
    assert (found["total"], found["covered"]) == (4, 1)
    assert [(each["name"]["en"], each["state"]) for each in found["items"]] == [
        ("Ended", "ended"), ("Lapsed", "lapsed"), ("Never", "never"), ("Only confirms", "never"),
    ]  # fmt: skip
    assert found["items"][1]["since"] == _in(-1)
    assert ok(registry.get("/focal-points/coverage?country=FR"))["total"] == 1
    assert ok(registry.get("/focal-points/coverage?constituency=media"))["total"] == 0
    first = ok(registry.get("/focal-points/coverage?limit=3"))
    assert [
        each["name"]["en"] for each in ok(registry.get(f"/focal-points/coverage?cursor={first['next']}"))["items"]
    ] == ["Only confirms"]
