"""Reading and listing records, for which nobody needs an account."""

from __future__ import annotations

from uuid import uuid4

from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import Scene


def test_the_public_list(scene: Scene) -> None:
    scene.draft()
    records = [scene.listed(), scene.listed(kind="platform"), scene.submitted(), scene.reported()]
    gone = ok(scene.move(scene.lead, records[0], "withdrawn", reason={"en": "R"}))
    newest_first = [each["id"] for each in reversed(records)]

    def found(query: str = "") -> list[str]:
        return [each["id"] for each in ok(scene.world.get(f"/partnerships{query}"))["items"]]

    assert found() == newest_first
    assert found("?standing=withdrawn") == [gone["id"]]
    assert found("?standing=submitted&standing=reported") == newest_first[:2]
    assert found("?kind=platform") == [records[1]["id"]]
    assert found("?phase=forming") == []
    assert found(f"?organization_id={scene.ministry}") == newest_first[:3]
    assert found(f"?organization_id={scene.company}&organization_id={scene.federation}") == newest_first[:3]
    assert found(f"?reference={records[2]['reference']}") == [records[2]["id"]]
    page = scene.world.get("/partnerships?limit=3")
    assert [each["id"] for each in ok(page)["items"]] == newest_first[:3]
    assert 'rel="next"' in page.headers["Link"]
    assert found(f"?limit=3&cursor={ok(page)['next']}") == newest_first[3:]
    for query in ("?limit=0", "?limit=201", "?standing=public", "?cursor=x", "?organization_id=x", "?colour=red"):
        refused(scene.world.get(f"/partnerships{query}"), 422, "invalid")


def test_records_are_found_by_both_identifiers_of_a_merged_partner(scene: Scene) -> None:
    document, other = scene.listed(partners=[{"organization": {"id": scene.company}}]), scene.listed()
    ok(scene.world.admin.post(f"/organizations/{scene.company}/merge", {"into": scene.federation}))

    def found(organization_id: str) -> list[str]:
        return [each["id"] for each in ok(scene.world.get(f"/partnerships?organization_id={organization_id}"))["items"]]

    assert found(scene.company) == [other["id"], document["id"]]
    scene.rerender()
    assert found(scene.company) == found(scene.federation) == [other["id"], document["id"]]
    assert found(scene.ministry) == [other["id"]]


def test_a_reference_is_found_however_it_is_written(scene: Scene) -> None:
    document = scene.listed()
    query = f"/partnerships?reference={document['reference'].lower()}"
    assert [each["id"] for each in ok(scene.world.get(query))["items"]] == [document["id"]]


def test_what_is_not_there_is_not_known(scene: Scene) -> None:
    for each in (
        "",
        "/history",
        "/versions/1",
        "/versions/1/changes",
        "/partners",
        "/reports",
        "/results",
        f"/partners/{uuid4()}",
    ):
        refused(scene.world.get(f"/partnerships/{uuid4()}{each}"), 404, "not-known")
    assert scene.world.get("/partnerships/none").status_code == 404
    for each in ("claim", "proposals", "co-authors"):
        refused(scene.lead.get(f"/partnerships/{uuid4()}/{each}"), 404, "not-known")
