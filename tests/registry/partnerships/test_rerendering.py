"""Documents that are rendered again: renamed and merged organizations, focal points that come and go, a contract that grew."""

from __future__ import annotations

import orjson
import pytest

from services.registry import maintenance
from services.registry.partnerships import rerendering
from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import CONTRIBUTION, SMART, Document, Scene


def rename(scene: Scene, name: str) -> None:
    """Give the ministry another name."""
    body = {"name": {"en": name}, "constituency": "government", "country": "KHM"}
    ok(scene.world.admin.put(f"/organizations/{scene.ministry}", body))


def test_a_renamed_organization_is_renamed_in_the_records_that_name_it(scene: Scene) -> None:
    documents = [scene.listed() for _ in range(3)]
    other = scene.listed(partners=[{"organization": {"id": scene.company}}])
    confirmed = ok(scene.answer(scene.minister, documents[0], "confirm"))
    scene.rerender()
    told = len(scene.records())
    rename(scene, "Ministry of Rivers")
    scene.rerender()
    assert scene.read(other) == other
    for before in (confirmed, *documents[1:]):
        after = scene.read(before)
        assert (after["version"], after["revision"]) == (before["version"], before["revision"] + 1)
        assert scene.entry(after)["organization"]["name"] == {"en": "Ministry of Rivers"}
        assert after["updated_at"] == before["updated_at"]
        assert scene.entry(after)["confirmation"] == scene.entry(before)["confirmation"]
        version = scene.world.get(f"/partnerships/{before['id']}/versions/{before['version']}")
        assert version.json == after
        [entry, *_] = ok(scene.world.get(f"/partnerships/{before['id']}/history"))["items"]
        assert (entry["event"], entry["author"]) == ("rerendered", "system:register")
    assert [kind for kind, _, _ in scene.records()[told:]] == ["rerendered"] * 3
    scene.rerender()
    assert len(scene.records()) == told + 3


def test_many_records_are_rendered_in_batches(either_scene: Scene) -> None:
    scene = either_scene
    documents = [scene.listed() for _ in range(4)]
    rename(scene, "Ministry of Rivers")
    scene.world.settle()
    with scene.world.service.database.transaction() as session:
        assert rerendering.BATCH >= 4
        rerendering.BATCH, kept = 3, rerendering.BATCH
        try:
            assert [rerendering.render_due(session) for _ in range(3)] == [3, 1, 0]
        finally:
            rerendering.BATCH = kept
    assert all("Rivers" in str(scene.read(each)) for each in documents)


def test_records_follow_a_merge(either_scene: Scene) -> None:
    scene = either_scene
    document = ok(scene.answer(scene.minister, scene.listed(), "confirm"))
    draft = scene.draft()
    survivor = scene.world.organization("Ministry of Rivers", constituency="government")["id"]
    ok(scene.world.admin.post(f"/organizations/{scene.ministry}/merge", {"into": survivor}))
    scene.rerender()
    after = scene.read(document)
    entry = scene.entry(after)
    assert (entry["organization"]["id"], entry["confirmation"]["state"]) == (survivor, "confirmed")
    claims = ok(scene.world.get(f"/organizations/{survivor}/claims"))["items"]
    assert [each["partner_id"] for each in claims] == [entry["id"]]
    edited = ok(scene.put(after | {"acronym": "SW"}))
    assert scene.entry(edited)["confirmation"]["state"] == "confirmed"
    listed = ok(scene.move(scene.lead, draft, "listed"))
    assert scene.entry(listed)["organization"]["id"] == survivor
    sent = ok(scene.patch(edited, partners=[{"organization": {"id": scene.ministry}, "roles": ["host"]}]))
    assert scene.entry(sent)["id"] == entry["id"]


def test_whatever_names_a_merged_organization_names_its_survivor(either_scene: Scene) -> None:
    scene = either_scene
    survivor = scene.world.organization("Pumps and Pipes Worldwide", constituency="private_sector")["id"]
    paid = {"amount": "5", "currency": "USD", "recipient": {"organization_id": scene.company}}
    holder = {"holder": {"organization_id": scene.company}}
    named = {
        "partners": [
            {
                "organization": {"id": scene.ministry},
                "roles": ["funder"],
                "contributions": [CONTRIBUTION | {"recipient": {"organization_id": scene.company}}],
            }
        ],
        "stakeholders": [{"group": {"en": "Fishers"}, "represented_by": [scene.company, survivor, scene.ministry]}],
        "bodies": [{"name": {"en": "Board"}, "seats": [holder], "veto": [holder]}],
        "host": {"organization_id": scene.company},
        "deliverables": [SMART | {"responsible": [scene.company]}],
        "funding": {"payments": [paid]},
        "transactions": [
            {
                "type": "disbursement",
                "amount": "5",
                "currency": "USD",
                "provider": {"organization_id": scene.ministry},
                "receiver": {"organization_id": scene.company},
            }
        ],
        "due_diligence": [{"organization_id": scene.company}],
        "agency_commitments": [{"organization_id": scene.company, "kind": "staff"}],
    }
    draft = scene.draft(**named)
    document = ok(scene.answer(scene.minister, scene.listed(**named), "confirm"))
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": survivor}))
    scene.rerender()
    after = scene.read(document)
    assert scene.company not in str(after)
    assert scene.company not in str(scene.read(draft, scene.lead))
    assert after["stakeholders"][0]["represented_by"] == [survivor, scene.ministry]
    expected = orjson.loads(orjson.dumps(document).replace(scene.company.encode(), survivor.encode()))
    for name in named.keys() - {"stakeholders", "partners"}:
        assert after[name] == expected[name]
    assert (after["version"], after["revision"]) == (document["version"], document["revision"] + 1)
    # The partner's confirmation covers a contribution to the merged organization, and stays.
    assert scene.entry(after)["confirmation"]["state"] == "confirmed"
    assert scene.entry(ok(scene.put(after | {"acronym": "SW"})))["confirmation"]["state"] == "confirmed"


def test_two_partners_of_which_one_is_merged_into_the_other_stay_two_entries(scene: Scene) -> None:
    partners = [{"organization": {"id": each}} for each in (scene.ministry, scene.company)]
    document = scene.listed(partners=partners)
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": scene.ministry}))
    scene.rerender()
    after = scene.read(document)
    assert [each["id"] for each in after["partners"]] == [each["id"] for each in document["partners"]]
    assert [each["organization"]["id"] for each in after["partners"][1:]] == [scene.ministry] * 2
    assert ok(scene.put(after | {"acronym": "SW"}))["partners"] == after["partners"]


def answered(scene: Scene, document: Document, place: int, decision: str) -> Document:
    """The record after the ministry's (1) or the company's (2) answer."""
    path = f"/partnerships/{document['id']}/partners/{document['partners'][place]['id']}/confirmation"
    return ok((scene.minister, scene.stranger)[place - 1].post(path, {"decision": decision}))


def shown(scene: Scene, document: Document) -> str:
    """All that the public sees of a record: itself, its history, its versions."""
    numbers = range(2, document["version"] + 1)
    paths = [
        "",
        "/history",
        *(f"/versions/{each}" for each in numbers),
        *(f"/versions/{each}/changes" for each in numbers),
    ]
    return "".join(scene.world.get(f"/partnerships/{document['id']}{each}").text for each in paths)


@pytest.mark.parametrize("decision", ["decline", "unnamed"])
def test_what_is_merged_into_a_hidden_partner_is_hidden_too(either_scene: Scene, decision: str) -> None:
    scene = either_scene
    document = scene.listed(
        partners=[
            {"organization": {"id": scene.ministry}},
            {"organization": {"id": scene.company}, "roles": ["funder"]},
        ],
        host={"organization_id": scene.company, "staff": 3},
        purpose={"en": "With Pumps and Pipes we drill."},
    )
    kept = scene.listed(partners=[{"organization": {"id": scene.company}}, {"unnamed": {"constituency": "media"}}])
    document = answered(scene, answered(scene, document, 2, "confirm"), 1, decision)
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": scene.ministry}))
    scene.rerender()
    after = scene.read(document)
    states = [each["confirmation"]["state"] for each in after["partners"][1:]]
    expected: tuple[list[str], int | None] = ([], 1) if decision == "decline" else (["unnamed", "unnamed"], None)
    assert (states, after.get("declined")) == expected
    assert after["host"] == {"staff": 3}
    text = shown(scene, after)
    for each in (scene.company, scene.ministry, "Ministry of Water", *(["Pumps"] if decision == "unnamed" else [])):
        assert each not in text, each
    assert ("redacted", after["id"]) in {(kind, key) for kind, key, _ in scene.records()}
    refused(scene.patch(after, host={"organization_id": scene.company}), 409, "partner-declined")
    assert ok(scene.put(after | {"acronym": "SW"}))["partners"] == after["partners"]
    assert scene.read(kept)["partners"][1]["organization"]["id"] == scene.ministry


def test_one_at_risk_that_is_merged_hides_whom_it_became(scene: Scene) -> None:
    document = scene.listed(partners=[{"organization": {"id": each}} for each in (scene.ministry, scene.company)])
    document = answered(scene, answered(scene, document, 1, "confirm"), 2, "unnamed")
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": scene.ministry}))
    scene.rerender()
    after = scene.read(document)
    assert [each["confirmation"]["state"] for each in after["partners"]] == ["confirmed", "unnamed", "unnamed"]
    assert scene.ministry not in shown(scene, after)


def test_a_decline_of_a_merged_partner_does_not_unsay_what_its_survivor_confirmed(scene: Scene) -> None:
    document = scene.listed(partners=[{"organization": {"id": each}} for each in (scene.ministry, scene.company)])
    document = answered(scene, answered(scene, document, 2, "decline"), 1, "confirm")
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": scene.ministry}))
    scene.rerender()
    after = scene.read(document)
    assert after["declined"] == 1
    assert [each["confirmation"]["state"] for each in after["partners"]] == ["confirmed", "confirmed"]
    sent = [{"organization": {"id": scene.ministry}}]
    assert ok(scene.patch(after, partners=sent, acronym="SW"))["partners"] == after["partners"]


def test_who_has_two_entries_is_hidden_in_both(scene: Scene) -> None:
    document = scene.listed(partners=[{"organization": {"id": each}} for each in (scene.ministry, scene.company)])
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": scene.ministry}))
    scene.rerender()
    other = scene.read(document)
    unnamed = answered(scene, other, 1, "unnamed")
    assert [each["confirmation"]["state"] for each in unnamed["partners"][1:]] == ["unnamed", "unnamed"]
    assert scene.ministry not in shown(scene, unnamed)
    declined = answered(scene, unnamed, 1, "decline")
    assert (declined["declined"], len(declined["partners"])) == (1, 1)


def test_rendering_everything_again_follows_merges_too(scene: Scene) -> None:
    document = scene.listed(host={"organization_id": scene.company})
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": scene.ministry}))
    maintenance.rerender(scene.world.service.database)
    assert scene.read(document)["host"] == {"organization_id": scene.ministry}


def test_a_lead_that_is_merged_leads_under_its_new_name(scene: Scene) -> None:
    document, draft = scene.listed(), scene.draft()
    survivor = scene.world.organization("Rivers Federation")["id"]
    ok(scene.world.admin.post(f"/organizations/{scene.federation}/merge", {"into": survivor}))
    scene.rerender()
    after = scene.read(document)
    assert after["partners"][0]["organization"]["id"] == survivor
    assert after["focal_points"] == [{"display_name": "Leader", "organization_id": survivor}]
    assert ok(scene.patch(after, acronym="SW"))["acronym"] == "SW"
    assert ok(scene.lead.get(f"/partnerships/{draft['id']}"))["partners"][0]["organization"]["id"] == survivor


def test_focal_points_of_the_lead_are_named(scene: Scene) -> None:
    document = scene.listed()
    scene.world.designated("colleague", scene.federation, "focal_point")
    scene.world.designated("confirmer", scene.federation, "confirmer")
    scene.rerender()
    after = scene.read(document)
    assert [each["display_name"] for each in after["focal_points"]] == ["Leader", "Colleague"]
    assert after["version"] == document["version"]
    assert scene.read(document) == after
