"""Documents that are rendered again: renamed and merged organizations, focal points that come and go, a contract that grew."""

from __future__ import annotations

from services.registry.partnerships import rerendering
from tests.registry.conftest import ok
from tests.registry.partnerships.conftest import Scene


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
