"""The public past: versions as they were, differences, authors; and names that are taken out of it when somebody is erased."""

from __future__ import annotations

import itertools
from uuid import uuid4

import jsonpatch
from sqlalchemy import select, update

from services.registry.focal_points.models import FocalPoint
from services.registry.partnerships import redaction
from services.registry.partnerships.models import PartnershipVersion
from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import Scene

ERASED = "org.convene.accounts.person.erased.v1"


def test_every_version_and_what_it_changed(scene: Scene) -> None:
    document = scene.registered()
    path = f"/partnerships/{document['id']}"
    items = ok(scene.world.get(f"{path}/history"))["items"]
    assert [each["event"] for each in items] == ["registered", "submitted", "confirmed", "listed"]
    assert [each["version"] for each in items] == [5, 4, 3, 2]
    assert items[0]["author"]["display_name"] == "Registrar"
    assert items[1]["author"] == {"display_name": "Leader", "organization_id": scene.federation}
    assert items[2]["author"] == {"display_name": "Minister", "organization_id": scene.ministry}
    versions = [ok(scene.world.get(f"{path}/versions/{number}")) for number in (2, 3, 4, 5)]
    assert [each["standing"] for each in versions] == ["listed", "listed", "submitted", "registered"]
    assert versions[-1] == document
    for before, after in itertools.pairwise(versions):
        changes = ok(scene.world.get(f"{path}/versions/{after['version']}/changes"))
        assert changes["previous"] == before["version"]
        assert jsonpatch.apply_patch(before, changes["changes"]) == after
    first = ok(scene.world.get(f"{path}/versions/2/changes"))
    assert "previous" not in first
    assert jsonpatch.apply_patch({}, first["changes"]) == versions[0]
    for number in ("1", "6", "0", "99999999999999999999"):
        assert scene.world.get(f"{path}/versions/{number}").status_code == 404
        assert scene.world.get(f"{path}/versions/{number}/changes").status_code == 404
    refused(scene.world.get(f"/partnerships/{uuid4()}/history"), 404, "not-known")


def test_the_history_comes_in_pages(scene: Scene) -> None:
    document = scene.listed()
    for number in range(4):
        document = ok(scene.patch(document, acronym=f"A{number}"))
    path = f"/partnerships/{document['id']}/history?limit=2"
    seen: list[int] = []
    page = ok(scene.world.get(path))
    while True:
        seen += [each["version"] for each in page["items"]]
        if "next" not in page:
            break
        page = ok(scene.world.get(f"{path}&cursor={page['next']}"))
    assert seen == [6, 5, 4, 3, 2]
    refused(scene.world.get(f"{path}&cursor=xx"), 422, "invalid")


def test_what_a_withdrawn_record_said_is_not_for_everybody(scene: Scene) -> None:
    gone = ok(scene.move(scene.lead, scene.registered(), "withdrawn", reason={"en": "It endangers us."}))
    path = f"/partnerships/{gone['id']}"
    assert ok(scene.world.get(f"{path}/versions/{gone['version']}")) == gone
    assert len(ok(scene.world.get(f"{path}/history"))["items"]) == 5
    missing = refused(scene.world.get(f"{path}/versions/99"), 404, "not-known")
    for each in (scene.world, scene.stranger, scene.minister):
        for past in (f"{path}/versions/2", f"{path}/versions/2/changes"):
            assert refused(each.get(past), 404, "not-known")["detail"] == missing["detail"]
    for who in (scene.lead, scene.registrar, scene.world.admin):
        assert ok(who.get(f"{path}/versions/2"))["partners"]
    assert "Ministry" not in scene.world.get(f"{path}/versions/{gone['version']}/changes").text


def test_the_name_of_an_erased_person_leaves_every_version(either_scene: Scene) -> None:
    scene = either_scene
    scene.world.designated("canary", scene.federation, "focal_point", display_name="Canary Name")
    canary = scene.world.person("canary")
    document = ok(canary.post("/partnerships", scene.content()), 201)
    document = ok(scene.move(canary, document, "listed"))
    document = ok(canary.patch(f"/partnerships/{document['id']}", {"acronym": "SW"}))
    path = f"/partnerships/{document['id']}"
    assert {"display_name": "Canary Name", "organization_id": scene.federation} in document["focal_points"]
    assert "Canary Name" in scene.world.get(f"{path}/history").text
    scene.world.say(ERASED, canary.id, 2, {"id": canary.id, "version": 2, "revision": 2, "state": "erased"})
    scene.rerender()
    for each in ("", "/history", "/versions/2", "/versions/3", "/versions/3/changes"):
        answer = scene.world.get(path + each)
        assert answer.status_code == 200
        assert "Canary" not in answer.text, each
    after = scene.read(document)
    assert (after["version"], after["revision"] > document["revision"]) == (document["version"], True)
    assert [each["display_name"] for each in after["focal_points"]] == ["Leader"]
    assert scene.records()[-1][0] == "redacted"
    assert scene.records()[-1][2] == after
    assert "Canary Name" not in scene.tables("outbox")
    assert canary.id not in scene.tables("outbox", "inbox")


def test_a_person_erased_after_leaving_is_forgotten_too(scene: Scene) -> None:
    designation = scene.world.designation("canary", scene.federation, "focal_point", display_name="Canary Name")
    canary = scene.world.person("canary")
    document = ok(canary.post("/partnerships", scene.content()), 201)
    document = ok(scene.move(canary, document, "listed"))
    ok(scene.world.admin.post(f"/focal-points/{designation['id']}/end"))
    scene.world.travel(2)
    scene.rerender()
    assert "Canary" not in str(scene.read(document))
    assert "Canary" in scene.tables("outbox")
    scene.world.say(ERASED, canary.id, 2, None)
    scene.rerender()
    assert "Canary Name" not in scene.tables("outbox")


def test_an_erasure_reads_only_the_versions_that_name_who_is_erased(scene: Scene) -> None:
    unreadable = {"document": b"nobody reads this"}
    before = scene.listed()
    scene.world.designated("canary", scene.federation, "focal_point")
    named = scene.listed()
    with scene.world.service.database.transaction() as session:
        others = update(PartnershipVersion).where(PartnershipVersion.partnership_id == before["id"])
        session.execute(others.values(unreadable))
        session.execute(update(FocalPoint).where(FocalPoint.display_name == "Canary").values(display_name=None))
        assert redaction.forget_names(session) == [named["id"]]
        rows = select(PartnershipVersion.document).where(PartnershipVersion.partnership_id == named["id"])
        assert not any(b"Canary" in each for each in session.scalars(rows))
        session.execute(update(PartnershipVersion).values(unreadable))
        assert redaction.forget_names(session) == []
