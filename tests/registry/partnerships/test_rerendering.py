"""Documents that are rendered again: renamed and merged organizations, focal points that come and go, a contract that grew."""

from __future__ import annotations

import orjson

from services.registry import maintenance
from services.registry.partnerships import rerendering
from tests.registry.conftest import ok
from tests.registry.partnerships.conftest import CONTRIBUTION, SMART, Scene


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
