"""Drafts: who may know of them, who writes them, and that nothing of them is ever seen outside or later."""

from __future__ import annotations

from uuid import uuid4

from tests.registry.conftest import World, ok, refused
from tests.registry.partnerships.conftest import Scene

CANARY = "Zanzibar-Canary"


def test_a_draft_is_known_to_its_organization_and_nobody_else(scene: Scene) -> None:
    colleague = scene.world.designated("colleague", scene.federation, "focal_point")
    draft = scene.draft()
    path = f"/partnerships/{draft['id']}"
    assert ok(scene.lead.get(path)) == ok(colleague.get(path)) == draft
    for answer in (
        scene.world.get(path),
        scene.stranger.get(path),
        scene.minister.get(path),
        scene.registrar.get(path),
        scene.world.admin.get(path),
        scene.stranger.patch(path, {"acronym": "X"}),
        scene.move(scene.stranger, draft, "listed"),
        scene.answer(scene.minister, draft, "confirm"),
        scene.stranger.call("DELETE", path, headers={"If-Match": "*"}),
        scene.world.get(f"{path}/history"),
        scene.world.get(f"{path}/versions/1"),
        scene.world.get(f"{path}/partners"),
        scene.world.get(f"{path}/reports"),
        scene.stranger.get(f"{path}/co-authors"),
        scene.stranger.get(f"{path}/proposals"),
        scene.stranger.post(f"{path}/claim", {}),
    ):
        refused(answer, 404, "not-known")
    assert ok(colleague.get(f"{path}/history"))["items"] == []
    refused(scene.lead.get(f"{path}/versions/1"), 404, "not-known")


def test_own_drafts_are_listed_alone(scene: Scene) -> None:
    drafts = [scene.draft()["id"] for _ in range(3)]
    listed = scene.listed()["id"]
    page = ok(scene.lead.get("/partnerships?standing=draft&limit=2"))
    assert [each["id"] for each in page["items"]] == [drafts[2], drafts[1]]
    rest = ok(scene.lead.get(f"/partnerships?standing=draft&limit=2&cursor={page['next']}"))
    assert [each["id"] for each in rest["items"]] == [drafts[0]]
    assert ok(scene.stranger.get("/partnerships?standing=draft"))["items"] == []
    refused(scene.world.get("/partnerships?standing=draft"), 401, "unauthenticated")
    refused(scene.lead.get("/partnerships?standing=draft&standing=listed"), 422, "invalid")
    assert [each["id"] for each in ok(scene.lead.get("/partnerships"))["items"]] == [listed]


def test_co_authors_write_a_draft_until_it_is_listed(scene: Scene) -> None:
    draft = scene.draft()
    path = f"/partnerships/{draft['id']}"
    helper = scene.world.person("helper")
    refused(helper.get(path), 404, "not-known")
    invited = ok(scene.lead.post(f"{path}/co-authors", {"email": "helper@example.org"}), 201)
    assert ok(scene.lead.post(f"{path}/co-authors", {"email": "Helper@example.org"}), 201)["id"] == invited["id"]
    assert ok(helper.get(path)) == draft
    assert ok(scene.lead.get(f"{path}/co-authors"))["items"] == [invited | {"joined": True}]
    assert [each["id"] for each in ok(helper.get("/partnerships?standing=draft"))["items"]] == [draft["id"]]
    edited = ok(helper.patch(path, {"acronym": "SW"}))
    refused(scene.move(helper, edited, "listed"), 403, "not-allowed")
    refused(helper.get(f"{path}/co-authors"), 403, "not-allowed")
    refused(helper.call("DELETE", path, headers={"If-Match": "*"}), 403, "not-allowed")
    ok(scene.move(scene.lead, edited, "listed"))
    refused(helper.patch(path, {"acronym": "SWF"}), 403, "not-allowed")
    assert "helper@example.org" not in scene.tables()


def test_a_co_author_can_be_taken_back(scene: Scene) -> None:
    draft = scene.draft()
    path = f"/partnerships/{draft['id']}"
    invited = ok(scene.lead.post(f"{path}/co-authors", {"email": "helper@example.org"}), 201)
    ok(scene.world.person("helper").get(path))
    assert scene.lead.call("DELETE", f"{path}/co-authors/{invited['id']}").status_code == 204
    refused(scene.lead.call("DELETE", f"{path}/co-authors/{uuid4()}"), 404, "not-known")
    refused(scene.world.person("helper").get(path), 404, "not-known")
    refused(scene.lead.post(f"{path}/co-authors", {"email": "nobody"}), 422, "invalid")


def test_deleting_a_draft_leaves_nothing(either_scene: Scene) -> None:
    scene = either_scene
    before = scene.tables("outbox")
    proposed = {"organization": {"name": {"en": "Lake School"}, "constituency": "academia"}}
    draft = scene.draft(title={"en": CANARY}, partners=[proposed])
    path = f"/partnerships/{draft['id']}"
    ok(scene.lead.post(f"{path}/co-authors", {"email": "helper@example.org"}), 201)
    refused(scene.lead.call("DELETE", path), 428, "version-required")
    refused(scene.lead.call("DELETE", path, headers={"If-Match": '"7"'}), 412, "stale-version")
    assert scene.lead.call("DELETE", path, headers={"If-Match": '"1.1"'}).status_code == 204
    refused(scene.lead.get(path), 404, "not-known")
    assert scene.tables("outbox") == before
    refused(
        scene.lead.call("DELETE", f"/partnerships/{scene.listed()['id']}", headers={"If-Match": "*"}),
        409,
        "wrong-standing",
    )


def test_nothing_of_a_draft_is_public_then_or_later(scene: Scene) -> None:
    """What was written while the record was a draft, and taken out before it was listed, is nowhere but in private rows."""
    proposed = {
        "organization": {"name": {"en": f"{CANARY} School"}, "constituency": "academia"},
        "roles": ["knowledge"],
    }
    draft = scene.draft(title={"en": CANARY}, purpose={"en": f"{CANARY} purpose"}, partners=[proposed])
    assert CANARY in scene.tables()
    assert CANARY not in scene.tables("partnership")
    public = ("/partnerships", "/organizations?limit=200", f"/organizations/{scene.federation}/claims")
    for path in public:
        assert CANARY not in scene.world.get(path).text
    whole = scene.content()
    edited = ok(scene.lead.put(f"/partnerships/{draft['id']}", whole))
    document = ok(scene.move(scene.lead, edited, "listed"))
    assert CANARY not in scene.tables()
    history = f"/partnerships/{document['id']}/history"
    [entry] = ok(scene.world.get(history))["items"]
    assert (entry["event"], entry["version"]) == ("listed", 3)
    for number in (1, 2):
        refused(scene.world.get(f"/partnerships/{document['id']}/versions/{number}"), 404, "not-known")
    changes = ok(scene.world.get(f"/partnerships/{document['id']}/versions/3/changes"))
    assert "previous" not in changes
    assert CANARY not in str(changes)


def test_an_unknown_partner_is_proposed_when_the_record_is_listed(scene: Scene) -> None:
    school = {"name": {"en": "Lake School"}, "constituency": "academia", "country": "KH"}
    draft = scene.draft(partners=[{"organization": school, "roles": ["knowledge"]}])
    promised = draft["partners"][1]["organization"]
    assert promised == {
        "id": promised["id"],
        "name": {"en": "Lake School"},
        "constituency": "academia",
        "country": "KHM",
    }
    refused(scene.world.get(f"/organizations/{promised['id']}"), 404, "not-known")
    assert ok(scene.put(draft)) == draft
    document = ok(scene.move(scene.lead, draft, "listed"))
    assert document["partners"][1]["organization"] == promised
    entered = ok(scene.world.get(f"/organizations/{promised['id']}"))
    assert entered["standing"] == "proposed"
    college = {"organization": {"name": {"en": "Lake College"}, "constituency": "academia"}}
    document = ok(scene.patch(document, partners=[*document["partners"], college]))
    assert (
        ok(scene.world.get(f"/organizations/{document['partners'][2]['organization']['id']}"))["standing"] == "proposed"
    )
    taken = {"identifiers": [{"scheme": "XM-DAC", "value": "1"}], "name": {"en": "A"}, "constituency": "media"}
    scene.world.organization("Holder", identifiers=taken["identifiers"])
    refused_one = scene.patch(document, partners=[*document["partners"], {"organization": taken}])
    problem = refused(refused_one, 409, "identifier-taken")
    assert problem["errors"][0]["pointer"] == "/partners/3/organization/identifiers/0"


def test_a_lead_that_is_not_listed_is_proposed_with_its_first_draft(registry: World) -> None:
    newcomer = registry.person("newcomer")
    village = {"name": {"en": "Village Water Committee"}, "constituency": "community"}
    body = {"title": {"en": "Our well"}, "partners": [{"organization": village, "roles": ["lead"]}]}
    draft = ok(newcomer.post("/partnerships", body), 201)
    [lead] = draft["partners"]
    organization = ok(registry.get(f"/organizations/{lead['organization']['id']}"))
    assert (organization["standing"], lead["roles"]) == ("proposed", ["lead"])
    ok(newcomer.patch(f"/partnerships/{draft['id']}", {"acronym": "OW"}))
    move = newcomer.post(f"/partnerships/{draft['id']}/transitions", {"to": "listed"}, headers={"If-Match": "*"})
    refused(move, 403, "not-allowed")


def test_a_draft_needs_a_title_and_a_lead_for_which_the_author_speaks(scene: Scene) -> None:
    post = scene.lead.post
    refused(post("/partnerships", {"organization_id": scene.federation}), 422, "invalid")
    assert (
        refused(post("/partnerships", {"title": {"en": "T"}}), 422, "invalid")["errors"][0]["pointer"]
        == "/organization_id"
    )
    refused(post("/partnerships", {"title": {"en": "T"}, "organization_id": scene.ministry}), 403, "not-allowed")
    unknown = post("/partnerships", {"title": {"en": "T"}, "organization_id": str(uuid4())})
    assert refused(unknown, 422, "organization-unknown")["errors"][0]["pointer"] == "/organization_id"
    body = {"title": {"en": "T"}, "organization_id": scene.federation}
    refused(scene.world.client.post("/partnerships", json=body), 401, "unauthenticated")
    refused(scene.confirmer.post("/partnerships", body | {"organization_id": scene.ministry}), 403, "not-allowed")
    named = ok(
        post(
            "/partnerships",
            {"title": {"en": "T"}, "partners": [{"organization": {"id": scene.federation}, "roles": ["lead"]}]},
        ),
        201,
    )
    assert named["partners"][0]["organization"]["id"] == scene.federation


def test_a_draft_begins_in_the_phase_that_it_says(scene: Scene) -> None:
    assert scene.draft()["phase"] == "active"
    assert scene.draft(needs=[{"description": {"en": "A boat"}}])["phase"] == "forming"
    assert scene.draft(phase="forming")["phase"] == "forming"
    problem = refused(scene.lead.post("/partnerships", scene.content(phase="dormant")), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/phase"


def test_the_same_key_makes_one_draft(scene: Scene) -> None:
    headers = {"Idempotency-Key": "once"}
    first = scene.lead.post("/partnerships", scene.content(), headers=headers)
    again = scene.lead.post("/partnerships", scene.content(), headers=headers)
    assert (first.status_code, first.data) == (again.status_code, again.data) == (201, first.data)
    assert first.headers["Location"] == again.headers["Location"] == f"/partnerships/{ok(first, 201)['id']}"
    assert len(ok(scene.lead.get("/partnerships?standing=draft"))["items"]) == 1
