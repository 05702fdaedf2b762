"""Mailed links: what they show, that only sending the form acts, and when an answer counts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from services.chassis import clock
from services.registry.partnerships.invitations import token_of
from services.registry.partnerships.models import Invitation
from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import Document, Scene


def invited(scene: Scene, document: Document, email: str = "clerk@ministry.example") -> dict[str, Any]:
    """An invitation of the first partner beside the lead."""
    path = f"/partnerships/{document['id']}/partners/{scene.entry(document)['id']}/invitation"
    return ok(scene.lead.post(path, {"email": email, "language": "km"}), 201)


def link(scene: Scene, invitation: dict[str, Any]) -> str:
    """The path that the mail leads to."""
    return f"/partnerships/invitations/{token_of(scene.world.settings.address_key, invitation['id'])}"


def test_a_link_shows_what_would_be_confirmed_and_does_nothing(scene: Scene) -> None:
    document = scene.listed()
    path = link(scene, invited(scene, document))
    before = scene.tables()
    for _ in range(2):
        shown = ok(scene.world.get(path))
        assert shown["partner"] == scene.entry(document)
        assert (shown["title"], shown["verified"]) == (document["title"], False)
    assert scene.tables() == before


def test_an_answer_by_link_is_answered_and_not_confirmed(scene: Scene) -> None:
    document = scene.listed()
    path = link(scene, invited(scene, document))
    answered = ok(scene.world.client.post(path, json={"decision": "confirm"}))
    assert scene.entry(answered)["confirmation"]["state"] == "answered"
    assert answered["tiers"]["confirmed"]["met"] is False
    refused(scene.world.client.post(path, json={"decision": "decline"}), 409, "invitation-over")
    refused(scene.world.get(path), 409, "invitation-over")
    [entry, *_] = ok(scene.world.get(f"/partnerships/{document['id']}/history"))["items"]
    assert (entry["event"], "author" in entry) == ("confirmed", False)
    voucher = f"/partnerships/{document['id']}/partners/{scene.entry(document)['id']}/voucher"
    vouched = ok(scene.registrar.post(voucher))
    assert scene.entry(vouched)["confirmation"]["state"] == "confirmed"
    assert vouched["tiers"]["confirmed"]["met"] is True


def test_the_contact_of_a_network_of_that_constituency_vouches(scene: Scene) -> None:
    document = scene.listed()
    ok(scene.world.client.post(link(scene, invited(scene, document)), json={"decision": "confirm"}))
    voucher = f"/partnerships/{document['id']}/partners/{scene.entry(document)['id']}/voucher"
    for constituency, status in (("women", 403), ("government", 200)):
        network = {"name": {"en": "N"}, "constituency": constituency, "contact_email": f"{constituency}@example.org"}
        ok(scene.world.officer.post("/networks", network), 201)
        assert scene.world.person(constituency).post(voucher).status_code == status


def test_an_address_on_a_verified_domain_confirms(scene: Scene) -> None:
    ministry = {"name": {"en": "Ministry of Water"}, "constituency": "government", "domains": ["ministry.example"]}
    ok(scene.world.admin.put(f"/organizations/{scene.ministry}", ministry))
    document = scene.listed()
    path = link(scene, invited(scene, document))
    assert ok(scene.world.get(path))["verified"] is True
    confirmed = ok(scene.world.client.post(path, json={"decision": "confirm"}))
    assert scene.entry(confirmed)["confirmation"]["state"] == "confirmed"
    [entry, *_] = ok(scene.world.get(f"/partnerships/{document['id']}/history"))["items"]
    assert entry["author"] == {"organization_id": scene.ministry}


@pytest.mark.parametrize("domain", ["xministry.example", "ministry.example.org", "sub.ministry.example"])
def test_another_domain_does_not(scene: Scene, domain: str) -> None:
    ministry = {"name": {"en": "Ministry of Water"}, "constituency": "government", "domains": ["ministry.example"]}
    ok(scene.world.admin.put(f"/organizations/{scene.ministry}", ministry))
    path = link(scene, invited(scene, scene.listed(), f"a@{domain}"))
    assert ok(scene.world.get(path))["verified"] is False


def test_a_link_can_take_a_name_away(scene: Scene) -> None:
    for decision in ("decline", "unnamed"):
        document = scene.listed()
        answer = scene.world.client.post(link(scene, invited(scene, document)), json={"decision": decision})
        assert "Ministry" not in str(ok(answer)["partners"])


@pytest.mark.parametrize("decision", ["confirm", "correct", "decline", "unnamed"])
@pytest.mark.parametrize("said", ["confirm", "correct", "unnamed"])
def test_an_unverified_link_does_not_undo_what_the_partner_itself_has_said(
    scene: Scene, said: str, decision: str
) -> None:
    document = scene.listed()
    path = link(scene, invited(scene, document, "second-address@lead.example"))
    roles = {"roles": ["adviser"]} if said == "correct" else {}
    answered = ok(scene.answer(scene.minister, document, said, **roles))
    late = link(scene, invited(scene, document, "third-address@lead.example"))
    sent = {"decision": decision} | ({"roles": ["funder"]} if decision == "correct" else {})
    for each in (path, late):
        refused(scene.world.get(each), 409, "partners-own-words")
        refused(scene.world.client.post(each, json=sent), 409, "partners-own-words")
    assert scene.read(document) == answered


def test_a_verified_link_corrects_what_the_partner_has_confirmed(scene: Scene) -> None:
    ministry = {"name": {"en": "Ministry of Water"}, "constituency": "government", "domains": ["ministry.example"]}
    ok(scene.world.admin.put(f"/organizations/{scene.ministry}", ministry))
    document = scene.listed()
    path = link(scene, invited(scene, document))
    ok(scene.answer(scene.minister, document, "confirm"))
    corrected = ok(scene.world.client.post(path, json={"decision": "correct", "roles": ["adviser"]}))
    assert (scene.entry(corrected)["confirmation"]["state"], scene.entry(corrected)["roles"]) == (
        "corrected",
        ["adviser"],
    )


def test_links_end(scene: Scene) -> None:
    document = scene.listed()
    path = link(scene, invited(scene, document))
    scene.world.travel(59)
    ok(scene.world.get(path))
    scene.world.travel(2)
    refused(scene.world.get(path), 409, "invitation-over")
    refused(scene.world.client.post(path, json={"decision": "confirm"}), 409, "invitation-over")
    assert "clerk@ministry.example" in scene.tables()
    scene.world.run_jobs()
    assert "clerk@ministry.example" not in scene.tables()
    refused(scene.world.get("/partnerships/invitations/none"), 404, "not-known")
    again = link(scene, invited(scene, document))
    assert again != path
    ok(scene.move(scene.lead, document, "withdrawn", reason={"en": "R"}))
    refused(scene.world.get(again), 409, "wrong-standing")


def test_a_link_is_not_said_to_be_sent_before_it_is(scene: Scene) -> None:
    document = scene.listed()
    invitation = invited(scene, document)
    assert invitation["sent_at"] is None
    with scene.world.service.database.transaction() as session:
        session.get_one(Invitation, invitation["id"]).sent_at = clock.now()
    assert invited(scene, document)["sent_at"] is not None


def test_an_address_and_a_token_stay_private(scene: Scene) -> None:
    document = scene.listed()
    invitation = invited(scene, document)
    assert invited(scene, document) == invitation
    assert set(invitation) == {"id", "partner_id", "sent_at", "expires_at"}
    token = token_of(scene.world.settings.address_key, invitation["id"])
    assert token not in scene.tables()
    assert "clerk@ministry.example" not in scene.tables("invitation")
    ok(scene.world.client.post(link(scene, invitation), json={"decision": "confirm"}))
    assert "clerk@ministry.example" not in scene.tables()
    with scene.world.service.database.reading() as session:
        assert session.scalars(select(Invitation.email)).all() == [None]


def test_who_may_invite_whom(scene: Scene) -> None:
    document = scene.listed()
    path = f"/partnerships/{document['id']}/partners/{scene.entry(document)['id']}/invitation"
    for who in (scene.minister, scene.stranger, scene.registrar):
        refused(who.post(path, {"email": "a@example.org"}), 403, "not-allowed")
    refused(scene.lead.post(path, {"email": "nobody"}), 422, "invalid")
    own = f"/partnerships/{document['id']}/partners/{document['partners'][0]['id']}/invitation"
    refused(scene.lead.post(own, {"email": "a@example.org"}), 409, "lead-stays")
    draft = scene.draft()
    path = f"/partnerships/{draft['id']}/partners/{scene.entry(draft)['id']}/invitation"
    refused(scene.lead.post(path, {"email": "a@example.org"}), 409, "wrong-standing")
