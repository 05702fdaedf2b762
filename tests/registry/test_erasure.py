"""Somebody is erased by the accounts: no name, address or id of that person remains in the registry's documents."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from services.chassis.identity.addresses import hash_address
from services.registry.addresses.models import PrivateAddress
from tests.registry.conftest import Person, World, ok

ERASED = "org.convene.accounts.person.erased.v1"
VERIFIED = "org.convene.accounts.person.verified.v1"


def _everything(world: World) -> str:
    """All that the registry's tables hold, but for what has been said (the outbox keeps it for a while)."""
    with world.service.database.reading() as session:
        names = inspect(session.connection()).get_table_names()
        rows = [session.execute(text(f'SELECT * FROM "{name}"')).all() for name in names if name != "outbox"]
    return str(rows)


def _somebody(registry: World) -> Person:
    """A person with every kind of authority, who proposed, designated and nominated."""
    organization = registry.organization()
    who = registry.designated("erased", organization["id"], "lead", display_name="Canary Name")
    registry.designation("erased", organization["id"], "registrar", display_name="Canary Name")
    network = {"name": {"en": "N"}, "constituency": "women", "contact_email": "erased@example.org"}
    made = ok(registry.admin.post("/networks", network), 201)
    path = f"/networks/{made['id']}/nominations"
    ok(who.post(path, {"email": "erased@example.org", "display_name": "Canary Name", "roles": ["forum_member"]}), 201)
    ok(who.post(path, {"email": "kept@example.org", "display_name": "Kept", "roles": ["forum_member"]}), 201)
    ok(who.post("/organizations", {"name": {"en": "Proposed"}, "constituency": "media"}), 201)
    body = {"organization_id": organization["id"], "email": "kept@example.org", "display_name": "Kept"}
    ok(who.post("/focal-points", body | {"functions": ["confirmer"]}), 201)
    ok(who.get("/focal-points/me"))
    return who


@pytest.mark.parametrize("data", [{"state": "erased", "address_hashes": []}, None])
def test_erasing_a_person_takes_out_every_trace(registry: World, data: dict[str, Any] | None) -> None:
    who = _somebody(registry)
    assert who.id in _everything(registry)
    document = None if data is None else data | {"id": who.id, "version": 2, "revision": 2}
    registry.say(ERASED, who.id, 2, document)
    registry.settle()
    everything = _everything(registry)
    for trace in ("Canary Name", "erased@example.org"):
        assert trace not in everything
    # The consumer's inbox remembers that it has seen the event, under the person's id; the accounts keep that id too.
    with registry.service.database.reading() as session:
        tables = [name for name in inspect(session.connection()).get_table_names() if name not in ("outbox", "inbox")]
        rows = [session.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables]
        assert who.id not in str(rows)
        assert session.scalars(select(PrivateAddress.email)).all() == ["kept@example.org"] * 2
    points = ok(registry.get("/focal-points?state=ended"))["items"]
    assert len(points) == 2
    assert not any("display_name" in each for each in points)
    last = {key: each for _, key, each in registry.events("registry.authority")}
    assert not any(each.get("person_id") == who.id for each in last.values())
    # The same person, erased, has nothing here any more; the others keep what they have.
    assert ok(who.get("/focal-points/me"))["focal_points"] == []
    assert len(ok(registry.person("kept").get("/focal-points/me"))["focal_points"]) == 1


def test_being_erased_twice_changes_nothing(registry: World) -> None:
    who = _somebody(registry)
    document = {"id": who.id, "version": 2, "revision": 2, "state": "erased", "address_hashes": []}
    registry.say(ERASED, who.id, 2, document)
    registry.settle()
    said = len(registry.events())
    registry.say(ERASED, who.id, 2, document)
    registry.say(ERASED, who.id, 3, document | {"version": 3})
    registry.settle()
    assert len(registry.events()) == said


def test_a_person_who_verifies_an_address_is_not_erased(registry: World) -> None:
    who = _somebody(registry)
    registry.settle()
    said = len(registry.events())
    registry.say(VERIFIED, who.id, 2, _verified(registry, who))
    registry.settle()
    assert len(registry.events()) == said


def _verified(registry: World, who: Person) -> dict[str, Any]:
    hashes = [hash_address(registry.settings.address_key, str(who.email))]
    return {"id": who.id, "version": 2, "revision": 2, "state": "active", "address_hashes": hashes}


def test_what_waits_for_an_address_binds_when_the_accounts_tell_of_it(registry: World) -> None:
    made = registry.designation("late", registry.organization()["id"])
    who = registry.person("late")
    registry.say(VERIFIED, who.id, 2, _verified(registry, who))
    registry.settle()
    assert ok(registry.get(f"/focal-points/{made['id']}"))["state"] == "bound"


def test_what_was_given_to_somebody_who_never_called_is_erased_too(registry: World) -> None:
    who = registry.person("silent")
    registry.say(VERIFIED, who.id, 2, _verified(registry, who))
    registry.settle()
    registry.designation("silent", registry.organization()["id"], display_name="Canary Name")
    registry.say(
        ERASED, who.id, 3, {"id": who.id, "version": 3, "revision": 3, "state": "erased", "address_hashes": []}
    )
    registry.settle()
    everything = _everything(registry)
    assert "Canary Name" not in everything
    assert "silent@example.org" not in everything
