"""A record's life from the first draft to its tombstone, by HTTP alone, on both databases."""

from __future__ import annotations

import orjson

from schemas.partnership import load_document
from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import Scene


def test_a_whole_life(either_scene: Scene) -> None:
    scene = either_scene
    draft = ok(
        scene.lead.post("/partnerships", {"title": {"en": "Safe water"}, "organization_id": scene.federation}), 201
    )
    assert (draft["standing"], draft["phase"], draft["version"], draft["kind"]) == ("draft", "active", 1, "partnership")
    [lead] = draft["partners"]
    assert (lead["organization"]["id"], lead["roles"]) == (scene.federation, ["lead"])
    assert lead["confirmation"]["state"] == "confirmed"
    assert "reference" not in draft
    assert scene.records() == []

    problem = refused(scene.move(scene.lead, draft, "listed"), 409, "tier-not-met")
    assert problem["lacking"] == ["/summary", "/geography", "/partners", "/goals", "/start"]

    whole = scene.registrable()
    document = ok(scene.lead.put(f"/partnerships/{draft['id']}", whole, '"1"'))
    assert document["version"] == 2
    document = ok(scene.move(scene.lead, document, "listed"))
    assert document["reference"].startswith("CVN-")
    assert document["tiers"]["confirmed"]["met"] is False

    document = ok(scene.move(scene.lead, document, "submitted"))
    assert document["submission"]["unit_id"] == scene.unit
    problem = refused(scene.move(scene.registrar, document, "registered"), 409, "tier-not-met")
    ministry = scene.entry(document)
    assert problem["lacking"] == [f"/partners/{ministry['id']}/confirmation"]

    document = ok(scene.answer(scene.minister, document, "confirm"))
    assert scene.entry(document)["confirmation"]["state"] == "confirmed"
    assert document["tiers"]["registered"] == {"met": True, "lacking": []}
    document = ok(scene.move(scene.registrar, document, "registered"))
    assert document["registered_by"]["unit_id"] == scene.unit
    assert document["registered_by"]["independent"] is True
    load_document(document)

    suspended = ok(scene.move(scene.registrar, document, "suspended", reason={"en": "A complaint."}))
    assert suspended["standing_reason"]["reason"] == {"en": "A complaint."}
    assert suspended.keys() <= {
        "id", "reference", "version", "revision", "kind", "standing", "phase", "standing_reason", "title",
        "created_at", "updated_at",
    }  # fmt: skip
    load_document(suspended)
    document = ok(scene.move(scene.registrar, suspended, "registered"))
    assert document["partners"]
    ended = ok(scene.move(scene.lead, document, "ended_early", reason={"en": "The funds went."}))
    assert (ended["phase"], ended["phase_reason"]["reason"]) == ("ended_early", {"en": "The funds went."})
    gone = ok(scene.move(scene.lead, ended, "withdrawn", reason={"en": "We work apart."}))
    assert (gone["standing"], gone["title"]) == ("withdrawn", {"en": "Safe water for the floating villages"})
    assert "partners" not in gone

    told = [kind for kind, _, _ in scene.records()]
    assert told == [
        "listed", "submitted", "confirmed", "registered", "suspended", "reinstated", "phase_changed", "withdrawn",
    ]  # fmt: skip
    items = ok(scene.world.get(f"/partnerships/{draft['id']}/history"))["items"]
    assert [each["event"] for each in items] == list(reversed(told))
    assert items[0]["author"] == {"display_name": "Leader", "organization_id": scene.federation}
    assert items[0]["reason"] == {"en": "We work apart."}


def test_served_stored_and_carried_are_the_same_bytes(scene: Scene) -> None:
    document = scene.submitted()
    answer = scene.world.get(f"/partnerships/{document['id']}")
    version = scene.world.get(f"/partnerships/{document['id']}/versions/{document['version']}")
    listed = scene.world.get("/partnerships").data
    *_, (_, key, carried) = scene.records()
    assert key == document["id"]
    assert answer.data == version.data == orjson.dumps(carried)
    assert answer.data in listed
    assert answer.headers["ETag"] == version.headers["ETag"] == f'"{document["version"]}.{document["revision"]}"'
    again = scene.world.get(f"/partnerships/{document['id']}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_an_unchanged_edit_makes_no_version(scene: Scene) -> None:
    document = scene.listed()
    assert ok(scene.put(document)) == document
    assert ok(scene.patch(document, title=document["title"])) == document
    assert len(scene.records()) == 1
