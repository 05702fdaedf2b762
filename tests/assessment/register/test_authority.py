"""What the assessment knows of who may act: it follows the registry's topics, by id and before that by hash."""

from __future__ import annotations

from services.assessment.register.authority import Authority, authority_of, nomination, pool
from services.assessment.register.models import RegisteredAuthority
from services.assessment.register.organizations import networks, organization, units
from services.chassis import clock
from services.chassis.identity import Principal
from tests.assessment.register.conftest import World, example

SOMEBODY = Principal("0195000b-5445-7155-80bb-00000000cafe")


def authority(world: World, principal: Principal | None) -> Authority | None:
    with world.database.reading() as session:
        return authority_of(session, principal)


def test_a_designation_gives_its_functions_within_its_term(world: World) -> None:
    bound = example("authority.bound")
    clock.use("2026-06-15T12:00:00Z")
    who = Principal(bound["person_id"], role="pdu_officer")
    world.tell("authority.bound", bound)
    found = authority(world, who)
    assert found is not None
    assert found.role == "pdu_officer"
    assert found.organizations == {
        bound["organization_id"]: frozenset({"lead", "focal_point", "confirmer", "registrar"}),
    }
    assert found.has("focal_point", bound["organization_id"])
    assert not found.has("focal_point", None)
    assert not found.has("focal_point", SOMEBODY.person_id)
    assert found.acting_for("confirmer") == {bound["organization_id"]}
    assert found.nominations == ()
    for day in ("2025-12-31", "2028-01-01"):
        clock.use(f"{day}T12:00:00Z")
        later = authority(world, who)
        assert later is not None
        assert later.organizations == {}
    clock.use("2027-12-31T23:00:00Z")
    last_day = authority(world, who)
    assert last_day is not None
    assert last_day.has("lead", bound["organization_id"])


def test_nobody_is_nobody_and_a_stranger_has_a_role_at_most(world: World) -> None:
    world.tell("authority.bound", example("authority.bound"))
    assert authority(world, None) is None
    assert authority(world, SOMEBODY) == Authority(SOMEBODY.person_id)


def test_what_is_not_bound_yet_is_known_by_the_hash_of_the_address(world: World) -> None:
    nominated = example("authority.nominated")
    world.tell("authority.nominated", nominated)
    holder = Principal(SOMEBODY.person_id, address_hashes=frozenset({nominated["address_hash"]}))
    found = authority(world, holder)
    assert found is not None
    assert [each.id for each in found.memberships] == [nominated["id"]]
    assert found.memberships[0].constituency == "women"
    with world.database.reading() as session:
        assert [(each.id, each.person_id) for each in pool(session)] == [(nominated["id"], None)]
    bound = {key: value for key, value in nominated.items() if key != "address_hash"}
    bound |= {"state": "bound", "version": 2, "revision": 2, "person_id": "0195000b-5445-7155-80bb-00000000beef"}
    world.tell("authority.bound", bound)
    stranger = authority(world, holder)  # the same address is another person's now
    assert stranger is not None
    assert stranger.nominations == ()
    person = authority(world, Principal(bound["person_id"]))
    assert person is not None
    assert [each.person_id for each in person.memberships] == [bound["person_id"]]
    with world.database.reading() as session:
        assert [each.person_id for each in pool(session)] == [bound["person_id"]]


def test_what_has_ended_is_no_authority_however_late_the_news_before_it_comes(world: World) -> None:
    nominated = example("authority.nominated")
    ended = {**nominated, "state": "withdrawn", "version": 2, "revision": 2}
    world.tell("authority.ended", ended)
    world.tell("authority.nominated", nominated)  # late
    world.tell("authority.ended", ended)  # twice
    with world.database.reading() as session:
        assert pool(session) == []
        assert nomination(session, nominated["id"]) is None
    found = authority(world, Principal(SOMEBODY.person_id, address_hashes=frozenset({nominated["address_hash"]})))
    assert found is not None
    assert found.nominations == ()


def test_only_who_is_nominated_for_the_forum_is_in_the_pool(world: World) -> None:
    world.tell("authority.nominated", {**example("authority.nominated"), "roles": ["facilitator"]})
    with world.database.reading() as session:
        assert pool(session) == []
        assert nomination(session, example("authority.nominated")["id"]) is not None


def test_who_names_no_country_is_from_that_of_the_organization(world: World) -> None:
    home = example("organization.accepted")
    world.tell("organization.accepted", home)
    nominated = {**example("authority.nominated"), "organization_id": home["id"], "countries": []}
    world.tell("authority.nominated", nominated)
    with world.database.reading() as session:
        assert [each.countries for each in pool(session)] == [(home["country"],)]
    world.tell("authority.changed", {**nominated, "countries": ["BRA"], "version": 2, "revision": 2})
    with world.database.reading() as session:
        assert [each.countries for each in pool(session)] == [("BRA",)]


def test_organizations_units_and_networks_are_known(world: World) -> None:
    accepted, unit, network = example("organization.accepted"), example("unit.accepted"), example("network.created")
    world.tell("organization.accepted", accepted)
    world.tell("unit.accepted", unit)
    world.tell("network.created", network)
    with world.database.reading() as session:
        known = organization(session, accepted["id"])
        assert known is not None
        assert (known.name, known.constituency, known.standing) == (
            accepted["name"],
            accepted["constituency"],
            "accepted",
        )
        assert units(session)[unit["id"]].organization_id == unit["organization_id"]
        assert networks(session)[network["id"]].constituency == network["constituency"]
        assert organization(session, SOMEBODY.person_id) is None


def test_a_merge_and_a_tombstone_are_followed(world: World) -> None:
    merged = example("organization.merged")
    world.tell("organization.merged", merged)
    with world.database.reading() as session:
        known = organization(session, merged["id"])
        assert known is not None
        assert known.merged_into == merged.get("merged_into")
    world.put("organization.merged", merged["id"], None, merged["version"] + 1)
    with world.database.reading() as session:
        assert organization(session, merged["id"]) is None


def test_what_is_no_document_of_the_register_holds_nothing_up(world: World) -> None:
    key = SOMEBODY.person_id
    world.put("authority.bound", key, b"[]", 1)
    world.put("authority.bound", key, b"{", 2)
    world.put("network.created", key, b"{}", 1)
    world.tell("authority.nominated", example("authority.nominated"))
    with world.database.reading() as session:
        assert len(pool(session)) == 1


def test_no_name_and_no_address_is_kept_of_anybody() -> None:
    columns = {column.name for column in RegisteredAuthority.__table__.columns}
    assert not columns & {"name", "display_name", "email", "address"}
