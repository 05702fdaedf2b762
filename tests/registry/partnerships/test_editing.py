"""Writing a record: versions, read-only fields, ids of items, partners that are matched, merge patches, goals that are derived."""

from __future__ import annotations

import copy
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.identifiers import uuid7
from services.registry.writing import merged
from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import CONTRIBUTION, Document, Scene, lacking


def test_an_edit_names_the_version_that_it_changes(scene: Scene) -> None:
    document = scene.listed()
    path = f"/partnerships/{document['id']}"
    for method, body in (("PUT", document), ("PATCH", {"acronym": "SW"})):
        refused(scene.lead.call(method, path, json=body), 428, "version-required")
        stale = refused(scene.lead.call(method, path, json=body, headers={"If-Match": '"1.1"'}), 412, "stale-version")
        assert stale["current_version"] == document["version"]
        refused(scene.lead.call(method, path, json=body, headers={"If-Match": "x"}), 412, "stale-version")
    answer = scene.lead.patch(path, {"acronym": "SW"}, f'"{document["version"]}.99"')
    assert (ok(answer)["version"], answer.headers["ETag"]) == (3, '"3.3"')
    refused(scene.lead.patch(path, {"acronym": "SW"}, '"2"'), 412, "stale-version")
    refused(scene.lead.post(f"{path}/transitions", {"to": "submitted"}), 428, "version-required")
    # Elsewhere it is honoured when sent.
    entry = f"{path}/partners/{scene.entry(document)['id']}/confirmation"
    refused(scene.minister.post(entry, {"decision": "confirm"}, headers={"If-Match": '"2"'}), 412, "stale-version")
    ok(scene.minister.post(entry, {"decision": "confirm"}, headers={"If-Match": '"3"'}))


def test_who_may_edit(scene: Scene) -> None:
    document = scene.listed()
    path = f"/partnerships/{document['id']}"
    refused(scene.stranger.patch(path, {"acronym": "X"}), 403, "not-allowed")
    refused(scene.minister.patch(path, {"acronym": "X"}), 403, "not-allowed")
    refused(scene.registrar.patch(path, {"acronym": "X"}), 403, "not-allowed")
    refused(scene.world.client.patch(path, json={"acronym": "X"}, headers={"If-Match": "*"}), 401, "unauthenticated")
    refused(scene.lead.patch(f"/partnerships/{uuid4()}", {"acronym": "X"}), 404, "not-known")


def test_read_only_fields_may_be_repeated_and_not_changed(scene: Scene) -> None:
    document = scene.listed()
    assert ok(scene.put(document | {"acronym": "SW"}))["acronym"] == "SW"
    document = scene.read(document)
    for name, value in {
        "id": str(uuid4()),
        "reference": "CVN-2026-999999",
        "version": 99,
        "standing": "registered",
        "phase": "completed",
        "tiers": {"confirmed": {"met": True}},
        "created_at": "2020-01-01T00:00:00Z",
        "declined": 3,
        "registered_by": {"unit_id": scene.unit, "date": "2026-01-01", "independent": True},
        "organization_id": scene.ministry,
    }.items():
        path, sent = f"/partnerships/{document['id']}", document | {name: value}
        for answer in (scene.lead.put(path, sent), scene.lead.patch(path, {name: value})):
            problem = refused(answer, 422, "read-only-field")
            assert [each["pointer"] for each in problem["errors"]] == [f"/{name}"]
    changed = copy.deepcopy(document)
    changed["partners"][1]["confirmation"]["state"] = "confirmed"
    changed["partners"][1]["organization"]["name"] = {"en": "Other"}
    pointers = [each["pointer"] for each in refused(scene.put(changed), 422, "read-only-field")["errors"]]
    assert pointers == ["/partners/1/confirmation", "/partners/1/organization/name"]
    assert scene.read(document) == document
    equal = {name: document[name] for name in ("id", "tiers", "version", "focal_points")}
    assert ok(scene.patch(document, acronym="SWF", **equal))["version"] == document["version"] + 1


def test_a_rename_does_not_disturb_who_edits(scene: Scene) -> None:
    document = scene.listed()
    name = {"name": {"en": "Ministry of Rivers"}, "constituency": "government", "country": "KHM"}
    ok(scene.world.admin.put(f"/organizations/{scene.ministry}", name))
    scene.rerender()
    assert scene.entry(scene.read(document))["organization"]["name"] == {"en": "Ministry of Rivers"}
    edited = ok(scene.put(document | {"acronym": "SW"}))
    assert (edited["version"], scene.entry(edited)["organization"]["name"]) == (3, {"en": "Ministry of Rivers"})


def test_items_keep_their_ids(scene: Scene) -> None:
    document = scene.listed(**scene.registrable(bodies=[{"name": {"en": "Board"}, "seats": []}]))
    deliverable = document["deliverables"][0]
    assert deliverable["id"] and deliverable["indicators"][0]["targets"][0]["id"]
    again = ok(scene.put(document | {"bodies": [*document["bodies"], {"name": {"en": "Assembly"}}]}))
    assert again["deliverables"] == document["deliverables"]
    assert again["bodies"][0] == document["bodies"][0]
    assert again["bodies"][1]["id"] not in str(document)
    doubled = copy.deepcopy(again)
    doubled["bodies"].append(again["bodies"][0] | {"name": {"en": "Ghosts"}})
    (error,) = refused(scene.put(doubled), 422, "invalid")["errors"]
    assert (error["pointer"], error["detail"]) == ("/bodies/2/id", "another item of this list has the same id")


def test_new_items_may_bring_ids_so_that_others_refer_to_them(scene: Scene) -> None:
    document = scene.listed()
    outcome, output = uuid7(), uuid7()
    sent = [
        {"id": outcome, "level": "outcome", "title": {"en": "Clean water"}},
        {"id": output, "level": "output", "title": {"en": "Wells"}, "parent_id": outcome},
    ]
    edited = ok(scene.put(document | {"deliverables": sent}))
    assert [(each["id"], each.get("parent_id")) for each in edited["deliverables"]] == [
        (outcome, None),
        (output, outcome),
    ]


def test_a_partner_is_found_by_its_organization(scene: Scene) -> None:
    document = scene.listed()
    lead, ministry = document["partners"]
    sent = {**document, "partners": [{"organization": {"id": scene.ministry}, "roles": ["host", "funder"]}]}
    edited = ok(scene.put(sent))
    assert [each["id"] for each in edited["partners"]] == [lead["id"], ministry["id"]]
    assert (edited["partners"][1]["roles"], edited["partners"][0]) == (["host", "funder"], lead)
    twice = [{"organization": {"id": scene.ministry}}, {"organization": {"id": scene.ministry}}]
    problem = refused(scene.put(edited | {"partners": twice}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/partners/1/organization"
    strange = refused(
        scene.put(edited | {"partners": [{"id": uuid7(), "unnamed": {"constituency": "media"}}]}), 422, "invalid"
    )
    assert strange["errors"][0]["pointer"] == "/partners/0/id"


def test_partners_may_be_groups_and_unnamed(scene: Scene) -> None:
    group = {"group": {"name": {"en": "Civil Society Organizations"}, "constituency": "civil_society", "count": 12}}
    unnamed = {"unnamed": {"constituency": "media"}, "roles": ["advocate"]}
    document = scene.listed(partners=[group, unnamed])
    _, first, second = document["partners"]
    assert (first["group"], first["confirmation"]["state"]) == (group["group"], "claimed")
    assert (second["unnamed"], second["roles"]) == ({"constituency": "media"}, ["advocate"])
    assert ok(scene.put(document)) == document


def test_organizations_that_are_named_must_be_there(scene: Scene) -> None:
    nobody = str(uuid4())
    sent = scene.content(
        partners=[{"organization": {"id": nobody}}],
        host={"organization_id": nobody},
        stakeholders=[{"group": {"en": "Fishers"}, "represented_by": [scene.ministry, nobody]}],
        bodies=[{"name": {"en": "Board"}, "seats": [{"holder": {"organization_id": nobody}}]}],
    )
    problem = refused(scene.lead.post("/partnerships", sent), 422, "organization-unknown")
    assert {each["pointer"] for each in problem["errors"]} == {
        "/partners/0/organization/id",
        "/host/organization_id",
        "/stakeholders/0/represented_by/1",
        "/bodies/0/seats/0/holder/organization_id",
    }
    refused_one = scene.world.person("x").post("/organizations", {"name": {"en": "No"}, "constituency": "media"})
    organization = ok(refused_one, 201)["id"]
    decision = {"decision": "refuse", "reason": {"en": "It is none."}}
    ok(scene.world.admin.post(f"/organizations/{organization}/acceptance", decision))
    answer = scene.lead.post("/partnerships", scene.content(partners=[{"organization": {"id": organization}}]))
    assert "was refused" in refused(answer, 422, "organization-unknown")["errors"][0]["detail"]


def test_other_references_must_be_there(scene: Scene) -> None:
    draft = scene.draft()
    listed = scene.listed()
    assert ok(scene.patch(draft, part_of=listed["id"], mandate={"unit_id": scene.unit}))["part_of"] == listed["id"]
    for name, other in (("part_of", scene.draft()["id"]), ("successor_of", str(uuid4()))):
        problem = refused(scene.patch(draft, **{name: other}), 422, "reference-unknown")
        assert problem["errors"][0]["pointer"] == f"/{name}"
    problem = refused(scene.patch(draft, mandate={"unit_id": str(uuid4())}), 422, "unit-unknown")
    assert problem["errors"][0]["pointer"] == "/mandate/unit_id"


@pytest.mark.parametrize("name", ["part_of", "successor_of"])
def test_no_partnership_is_a_part_of_itself(scene: Scene, name: str) -> None:
    first, draft = scene.listed(), scene.draft()
    second = scene.listed(**{name: first["id"]})
    third = scene.listed(**{name: second["id"]})
    for document, other in ((first, first), (draft, draft), (first, second), (first, third)):
        problem = refused(scene.patch(document, **{name: other["id"]}), 422, "invalid")
        assert problem["errors"] == [{"pointer": f"/{name}", "detail": "leads back to this partnership"}]
    assert ok(scene.patch(third, **{name: first["id"]}))[name] == first["id"]
    other_name = {"part_of": "successor_of", "successor_of": "part_of"}[name]
    assert ok(scene.patch(first, **{other_name: second["id"]}))[other_name] == second["id"]


def test_what_listing_asked_for_stays(scene: Scene) -> None:
    document = scene.listed()
    assert lacking(scene.patch(document, summary=None, start=None)) == ["/summary", "/start"]
    assert lacking(scene.patch(document, goals=[])) == ["/goals"]
    assert lacking(scene.patch(document, partners=None)) == ["/partners"]
    assert scene.read(document) == document


def test_three_goals_are_primary_at_most(scene: Scene) -> None:
    goals = [{"scheme": "sdg", "code": code, "weight": "primary"} for code in ("1", "2", "3", "6")]
    problem = refused(scene.lead.post("/partnerships", scene.content(goals=goals)), 422, "invalid")
    assert [each["pointer"] for each in problem["errors"]] == ["/goals/3/weight"]
    goals[3]["weight"] = "secondary"
    assert len(scene.draft(goals=goals)["goals"]) == 4


def test_mdgs_add_the_sdgs_that_follow_and_replace_nothing(scene: Scene) -> None:
    goals: list[Document] = [
        {"scheme": "mdg", "code": "4"},
        {"scheme": "mdg", "code": "5"},
        {"scheme": "mdg", "code": "7"},
    ]
    document = scene.listed(goals=[*goals, {"scheme": "mdg-target", "code": "7.C"}])
    stated = [each for each in document["goals"] if "derived_from" not in each]
    derived = [each for each in document["goals"] if "derived_from" in each]
    assert [(each["scheme"], each["code"]) for each in stated] == [
        ("mdg", "4"),
        ("mdg", "5"),
        ("mdg", "7"),
        ("mdg-target", "7.C"),
    ]
    assert [(each["scheme"], each["code"], each["derived_from"]) for each in derived] == [
        ("sdg", "3", "mdg:4"),
        ("sdg", "6", "mdg-target:7.C"),
    ]
    assert ok(scene.put(document)) == document
    fewer = ok(scene.put(document | {"goals": [each for each in document["goals"] if each["code"] != "4"]}))
    assert [(each["code"], each.get("derived_from")) for each in fewer["goals"][3:]] == [
        ("3", "mdg:5"),
        ("6", "mdg-target:7.C"),
    ]
    assert fewer["goals"][4]["id"] == derived[1]["id"]
    also = ok(scene.patch(fewer, goals=[*fewer["goals"], {"scheme": "sdg", "code": "3"}]))
    assert [each for each in also["goals"] if each["code"] == "3"] == [
        {"id": also["goals"][3]["id"], "scheme": "sdg", "code": "3"}
    ]
    claimed = [*also["goals"], {"scheme": "sdg", "code": "1", "derived_from": "mdg:1"}]
    problem = refused(scene.patch(also, goals=claimed), 422, "read-only-field")
    assert problem["errors"][0]["pointer"] == "/goals/5/derived_from"


def test_derived_goals_are_not_stated_goals(scene: Scene) -> None:
    document = scene.draft(goals=[])
    assert lacking(scene.move(scene.lead, document, "listed")) == ["/goals"]


def test_a_patch_is_checked_as_a_whole(scene: Scene) -> None:
    document = scene.listed()
    problem = refused(scene.patch(document, geography={"countries": ["XX"]}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/geography/countries/0"
    refused(scene.patch(document, colour="red"), 422, "invalid")
    refused(scene.patch(document, title=None), 422, "invalid")
    answer = scene.lead.call(
        "PATCH",
        f"/partnerships/{document['id']}",
        data=b'{"acronym": "SW"}',
        headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert ok(answer)["acronym"] == "SW"


def test_false_and_empty_are_stated_and_null_is_not(scene: Scene) -> None:
    document = scene.listed(budget=False, stakeholders=[], complaints=None)
    assert (document["budget"], document["stakeholders"], "complaints" in document) == (False, [], False)
    assert "budget" not in ok(scene.patch(document, budget=None))


_texts = st.dictionaries(
    st.sampled_from(["en", "km", "fr"]), st.text("abc é", min_size=1).filter(str.strip), min_size=1
)
_patches = st.fixed_dictionaries(
    {},
    optional={
        "title": _texts,
        "acronym": st.none() | st.sampled_from(["A", "B"]),
        "purpose": st.none() | _texts,
        "summary": _texts,
        "website": st.none() | st.just("https://example.org/x"),
        "functions": st.none() | st.lists(st.sampled_from(["service", "policy"]), unique=True),
        "geography": st.fixed_dictionaries({}, optional={"scope": st.sampled_from(["national", "local", "global"])}),
        "analysis": st.none() | st.just(False) | st.fixed_dictionaries({"done": st.booleans()}),
        "funding": st.none() | st.fixed_dictionaries({}, optional={"local_percent": st.none() | st.integers(0, 100)}),
        "ongoing": st.none() | st.booleans(),
    },
)
KEPT_BY_THE_REGISTRY = ("version", "revision", "updated_at", "tiers")


def _as_stated(value: Any) -> Any:
    """As a document says it: texts without outer spaces, no empty language maps."""
    if isinstance(value, dict):
        return {name: _as_stated(inner) for name, inner in value.items()}
    return value.strip() if isinstance(value, str) else value


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(patch=_patches)
def test_a_merge_patch_says_what_the_difference_will_be(scene: Scene, patch: dict[str, Any]) -> None:
    """What a document becomes by a merge patch is what RFC 7396 says, and the difference leads from the one to the other."""
    document = scene.listed()
    after = ok(scene.patch(document, **patch))
    expected = _as_stated(merged(document, patch))
    for name in KEPT_BY_THE_REGISTRY:
        expected[name] = after[name]
    assert after == expected
    path = f"/partnerships/{document['id']}/versions/{after['version']}"
    import jsonpatch

    if after["version"] != document["version"]:
        changes = ok(scene.world.get(f"{path}/changes"))
        assert changes["previous"] == document["version"]
        assert jsonpatch.apply_patch(document, changes["changes"]) == after


@pytest.mark.parametrize("standing", ["suspended", "withdrawn"])
def test_a_tombstone_is_not_edited(scene: Scene, standing: str) -> None:
    document = scene.in_standing(standing)
    refused(scene.patch(document, acronym="X"), 409, "wrong-standing")
    refused(
        scene.lead.post(f"/partnerships/{document['id']}/reports", {"narrative": {"en": "N"}}), 409, "wrong-standing"
    )


def test_only_the_authority_confirms_its_process(scene: Scene) -> None:
    process = {"kind": "national_plan", "name": {"en": "Plan"}, "relation": "tied"}
    problem = refused(
        scene.lead.post("/partnerships", scene.content(processes=[process | {"relation": "confirmed"}])), 422, "invalid"
    )
    assert problem["errors"][0]["pointer"] == "/processes/0/relation"
    document = scene.listed(processes=[process])
    path = f"/partnerships/{document['id']}/processes/{document['processes'][0]['id']}/confirmation"
    refused(scene.lead.post(path), 403, "not-allowed")
    refused(scene.confirmer.post(path), 403, "not-allowed")
    confirmed = ok(scene.minister.post(path))
    assert confirmed["processes"][0]["relation"] == "confirmed"
    assert ok(scene.patch(confirmed, acronym="SW"))["processes"] == confirmed["processes"]
    refused(scene.minister.post(path.replace(document["processes"][0]["id"], str(uuid4()))), 404, "not-known")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "local_plan"},
        {"name": {"en": "Another plan"}},
        {"year": 2031},
        {"year": None},
        {"url": "https://example.org/another"},
    ],
)
def test_a_process_that_the_lead_changes_is_not_confirmed_any_more(scene: Scene, change: dict[str, Any]) -> None:
    plan = {"kind": "national_plan", "name": {"en": "Plan"}, "year": 2030, "relation": "tied"}
    document = scene.listed(processes=[plan, plan | {"name": {"en": "Second"}}])
    for each in document["processes"]:
        ok(scene.minister.post(f"/partnerships/{document['id']}/processes/{each['id']}/confirmation"))
    first, second = scene.read(document)["processes"]
    changed = ok(scene.patch(document, processes=[first | change, second]))["processes"]
    assert "relation" not in changed[0]
    assert changed[1] == second
    back = refused(scene.patch(document, processes=[first, second]), 422, "invalid")
    assert back["errors"][0]["pointer"] == "/processes/0/relation"
    lower = ok(scene.patch(document, processes=[changed[0], second | {"relation": "cited"}]))["processes"]
    assert lower[1]["relation"] == "cited"
    refused(scene.patch(document, processes=[changed[0], second]), 422, "invalid")


def test_who_speaks_for_the_lead_confirms_no_process_of_its_record(scene: Scene) -> None:
    process = {"kind": "national_plan", "name": {"en": "Plan"}, "relation": "tied"}
    own = ok(
        scene.minister.post(
            "/partnerships",
            scene.content(
                organization_id=scene.ministry,
                processes=[process],
                partners=[{"organization": {"id": scene.federation}}],
            ),
        ),
        201,
    )
    ok(scene.move(scene.minister, own, "listed"))
    scene.world.designated("leader", scene.ministry, "focal_point")
    other = scene.listed(processes=[process])
    for who, document in ((scene.minister, own), (scene.lead, other)):
        path = f"/partnerships/{document['id']}/processes/{document['processes'][0]['id']}/confirmation"
        refused(who.post(path), 403, "not-allowed")
    ok(scene.minister.post(path))


def test_contributions_of_a_partner_keep_their_ids_where_nothing_changed(scene: Scene) -> None:
    document = scene.listed()
    ministry = scene.entry(document)
    sent = [{"organization": {"id": scene.ministry}, "roles": ["host"], "contributions": [CONTRIBUTION]}]
    assert ok(scene.patch(document, partners=sent))["partners"][1] == ministry


def test_a_deliverable_that_is_not_smart_shows_what_it_lacks(scene: Scene) -> None:
    vague = {"level": "activity", "title": {"en": "Talks"}}
    whole = scene.registrable()
    document = scene.listed(deliverables=[*whole["deliverables"], vague])
    smart, other = document["deliverables"]
    assert "lacks" not in smart
    assert other["lacks"] == ["description", "indicators", "responsible", "resources", "goals", "due"]
    assert ok(scene.put(document)) == document
    problem = refused(scene.put(document | {"deliverables": [smart, other | {"lacks": []}]}), 422, "read-only-field")
    assert problem["errors"][0]["pointer"] == "/deliverables/1/lacks"
    better = ok(scene.put(document | {"deliverables": [smart, other | {"due": "2027"}]}))
    assert better["deliverables"][1]["lacks"] == ["description", "responsible", "resources", "goals"]
