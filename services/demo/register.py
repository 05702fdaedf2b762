"""The opening of the demo world's register: organizations, units, networks, and who acts for whom. `seed` calls `open_register`.

Everything is done by the use cases of the registry, in the name of people who may do it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from schemas import documents
from schemas.focal_point import DesignationCommand, HandoverCommand
from schemas.network import NetworkInput, NominationCommand
from schemas.organization import OrganizationInput
from schemas.unit import UnitInput
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.demo import world_files
from services.demo.days import Days, resolved
from services.demo.people import People
from services.demo.world_files import Person
from services.registry import policy
from services.registry.authority import authority_of
from services.registry.binding import bind
from services.registry.focal_points import service as focal_points
from services.registry.networks import service as networks
from services.registry.organizations import service as organizations
from services.registry.policy import Subject
from services.registry.units import service as units

# The register opened three years ago; most records came later.
OPENING = -1095


@dataclass(frozen=True, slots=True)
class Register:
    """The world's names for what the register holds, as `org:…` and `unit:…`, with the ids that it gave."""

    database: Database
    settings: Settings
    people: People
    days: Days
    ids: dict[str, str]

    def loaded(self, contract: type[Any], value: Any) -> dict[str, Any]:
        """A value of the world as the contract takes it. Raises `ValidationError`, `KeyError` for an unknown name."""
        return documents.load(contract, resolved(value, self.days, self.ids.__getitem__))

    def set_clock(self, day: int, nth: int = 0) -> None:
        """What happens from now on, happens on that day."""
        clock.use(self.days.moment(day, nth).isoformat())


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens on a day (an offset); what happens on the same day keeps its order."""

    day: int
    run: Callable[[], object]


def open_register(register: Register) -> None:
    """Enter organizations, units and networks; designate and nominate people, and bind what waits for them."""
    register.set_clock(OPENING)
    _enter_organizations(register)
    _set_up_units(register)
    _designate(register)
    nominations = _set_up_networks(register)
    for principal in register.people.known():
        bind(register.database, principal)
    _nominate(register, nominations)


def _enter_organizations(register: Register) -> None:
    """The administrator enters them all; whether she may is asked once."""
    administrator = register.people.administrator
    with register.database.transaction() as session:
        policy.decide(authority_of(session, administrator), "organization.create_accepted", Subject())
        for name, organization in world_files.organizations().items():
            data = register.loaded(OrganizationInput, organization)
            row = organizations.enter(session, data, accepted=True, proposed_by=administrator.person_id)
            register.ids[f"org:{name}"] = row.id


def _set_up_units(register: Register) -> None:
    for name, unit in world_files.units().items():
        data = register.loaded(UnitInput, unit)
        register.ids[f"unit:{name}"] = units.create(register.database, register.people.administrator, data).id


def _designate(register: Register) -> None:
    """Designate everybody who acts for an organization from the opening on."""
    for person in register.people.persons:
        if person.organization and person.succeeds is None:
            command = register.loaded(DesignationCommand, _designation(person))
            key = register.settings.address_key
            stored = focal_points.designate(register.database, key, register.people.administrator, command)
            register.ids[f"designation:{person.email}"] = stored.id


def _designation(person: Person) -> dict[str, Any]:
    said = {
        "organization_id": f"org:{person.organization}",
        "email": person.email,
        "display_name": person.name,
        "functions": list(person.functions),
        "languages": list(person.languages),
        "countries": list(person.countries),
        "term_end": person.term_end,
    }
    return {name: value for name, value in said.items() if value}


def _set_up_networks(register: Register) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The officer sets networks up; returns their nominations with the network's id and its contact's address."""
    officer = register.people.with_role("pdu_officer")
    nominations = []
    for each in world_files.networks():
        network = register.loaded(NetworkInput, each["network"])
        stored = networks.create(register.database, register.settings.address_key, officer, network)
        nominations += [(stored.id, network["contact_email"], nomination) for nomination in each.get("nominations", ())]
    return nominations


def _nominate(register: Register, nominations: list[tuple[str, str, Mapping[str, Any]]]) -> None:
    """The contact nominates, or the officer where the contact has never signed in; those nominated call at once."""
    people, key = register.people, register.settings.address_key
    for network_id, contact, nomination in nominations:
        nominating = people.principals.get(contact) or people.with_role("pdu_officer")
        said = {name: value for name, value in nomination.items() if name != "named"}
        command = register.loaded(NominationCommand, said)
        networks.nominate(register.database, key, nominating, network_id, command)
        if nomination["email"] in people.principals:
            bind(register.database, people.principals[nomination["email"]])


def handovers(register: Register) -> list[Happening]:
    """The designations that are handed over after the opening."""
    return [
        Happening(person.day or OPENING, partial(_hand_over, register, person))
        for person in register.people.persons
        if person.succeeds is not None
    ]


def _hand_over(register: Register, person: Person) -> None:
    command = register.loaded(HandoverCommand, {"email": person.email, "display_name": person.name})
    holder = register.people.principals[person.succeeds or ""]
    designation = register.ids[f"designation:{person.succeeds}"]
    key = register.settings.address_key
    focal_points.hand_over(register.database, key, holder, designation, command, None)
    bind(register.database, register.people.principals[person.email])
