"""One running one-machine system with a small cast, and one distributed system on real servers, each shared by many tests.

Those tests make records of their own and leave the others alone, so that they run in any order; they are of one xdist group.
The system's clock stands in a file: `days_pass` turns it.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.system.outside import Answer, Outside
from tests.system.running import Distributed, Embedded, System, running, wait
from tests.system.stack import Stack, distributed_or_skip

ROLES = {
    "admin": "administrator",
    "officer": "pdu_officer",
    "lead": None,
    "partner": None,
    "registrar": None,
    "second_registrar": None,
    "contact": None,
    "outsider": None,
}


def cast(system: System, roles: Mapping[str, str | None]) -> dict[str, Outside]:
    """Somebody per name, with a verified address of that name and the platform role given."""
    domain = f"{uuid.uuid4().hex[:8]}.example.org"
    addresses = {f"{name}@{domain}": role for name, role in roles.items()}
    issued = zip(roles, system.tokens(addresses).items(), strict=True)
    return {name: Outside(system, email, token) for name, (email, token) in issued}


@dataclass
class Register:
    """The running system, who calls it, and the organizations and units that all tests may use but none may change."""

    system: System
    who: dict[str, Outside]
    organizations: dict[str, str]
    units: dict[str, str]

    def __getattr__(self, name: str) -> Outside:
        try:
            return self.__dict__["who"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def anyone(self) -> Outside:
        """Nobody in particular, without a token."""
        return Outside(self.system)

    def people(self, *names: str) -> list[Outside]:
        """People of the test's own, without any function."""
        return list(cast(self.system, dict.fromkeys(names)).values())

    def organization(self, name: str = "", **more: Any) -> Answer:
        """An accepted organization of the test's own."""
        name = f"{name or 'Organization'} {uuid.uuid4().hex[:8]}"
        body = {"name": {"en": name}, "constituency": "civil_society", "country": "KHM"} | more
        return self.admin.create("registry/organizations", body)

    def designate(self, person: Outside, organization_id: str, *functions: str, **more: Any) -> Answer:
        """Designate somebody, and let them call once, so that it binds."""
        body = {
            "organization_id": organization_id,
            "email": person.email,
            "display_name": "Focal Point",
            "functions": list(functions) or ["focal_point"],
        } | more
        made = self.admin.create("registry/focal-points", body)
        person.get("registry/focal-points/me")
        return made

    def input(self, title: str = "", **more: Any) -> dict[str, Any]:
        """What *listed* asks for, as `record.md` says, and nothing else."""
        return {
            "title": {"en": title or f"Wells {uuid.uuid4().hex}"},
            "organization_id": self.organizations["lead"],
            "summary": {"en": "Villages along the river keep their wells clean."},
            "geography": {"scope": "national", "countries": ["KH"]},
            "goals": [{"scheme": "sdg", "code": "6", "weight": "primary"}],
            "start": "2024-03",
            "partners": [{"organization": {"id": self.organizations["partner"]}, "roles": ["knowledge"]}],
        } | more

    def complete(self, title: str = "", **more: Any) -> dict[str, Any]:
        """What *registered* asks for, but for the partner's confirmation."""
        deliverable = {
            "level": "output",
            "title": {"en": "Forty wells repaired"},
            "description": {"en": "Pumps and lids of forty wells in Kampot replaced."},
            "due": "2027-06",
            "responsible": [self.organizations["lead"]],
            "resources": {"en": "Two technicians, 40,000 dollars."},
            "goals": ["sdg:6"],
            "indicators": [
                {
                    "title": "Wells repaired",
                    "unit": "wells",
                    "direction": "increase",
                    "baseline": {"value": "0", "date": "2024"},
                    "targets": [{"value": "40", "due": "2027-06"}],
                }
            ],
        }
        budget = {"totals": [{"basis": "planned", "amount": "40000.00", "currency": "USD", "date": "2024-03-01"}]}
        return self.input(title, kind="partnership", deliverables=[deliverable], budget=budget) | more

    def draft(self, *given: Any, **more: Any) -> Answer:
        return self.lead.create("registry/partnerships", self.input(*given, **more))

    def listed(self, *given: Any, **more: Any) -> Answer:
        return self.move(self.lead, self.draft(*given, **more), "listed")

    def move(self, person: Outside, record: Answer, to: str, *, expect: int = 200, **more: Any) -> Answer:
        """A transition, of the version that was read."""
        path = f"registry/partnerships/{record['id']}/transitions"
        return person.do(path, {"to": to, **more}, at=record, expect=expect)

    def entry(self, record: Answer, organization: str = "partner") -> dict[str, Any]:
        """The entry of an organization among the partners."""
        wanted = self.organizations[organization]
        found: dict[str, Any] = next(
            each for each in record["partners"] if each.get("organization", {}).get("id") == wanted
        )
        return found

    def answer(self, record: Answer, decision: str, *, expect: int = 200, **more: Any) -> Answer:
        """The partner's answer to its entry."""
        path = f"registry/partnerships/{record['id']}/partners/{self.entry(record)['id']}/confirmation"
        return self.partner.do(path, {"decision": decision, **more}, expect=expect)

    def registered(self, **more: Any) -> Answer:
        """A record that a registrar of the first unit has accepted."""
        record = self.move(self.lead, self.lead.create("registry/partnerships", self.complete(**more)), "listed")
        record = self.answer(record, "confirm")
        record = self.move(self.lead, record, "submitted", unit_id=self.units["first"])
        return self.move(self.registrar, record, "registered")

    def eventually(
        self, call: Callable[[], Answer], *, status: int = 200, until: Callable[[Answer], bool] = lambda answer: True
    ) -> Answer:
        """Call again until the service has heard of what it needs."""

        def heard() -> Answer | None:
            answer = call()
            return answer if answer.status == status and until(answer) else None

        found: Answer = wait(heard, 30, "the answer")
        return found

    def days_pass(self, days: float, *, sign: bool = True) -> None:
        """Let so much time have passed since the start, and give everybody tokens of that time."""
        (self.system.folder / "clock").write_text(f"offset:{days * 86400}")
        if not sign:
            return
        addresses = {person.email or "": ROLES.get(name) for name, person in self.who.items()}
        for person, token in zip(self.who.values(), self.system.tokens(addresses).values(), strict=True):
            person.sign(token)


@contextlib.contextmanager
def start_register(folder: Path, **environ: str) -> Iterator[Register]:
    """A system started in a folder, and its cast."""
    environ = {"CONVENE_CLOCK": f"file:{folder / 'clock'}", **environ}
    with running(Embedded(folder, environ=environ)) as system:
        yield register_of(system)


def register_of(system: System) -> Register:
    """The cast of a running system: organizations, their focal points and registrars, and units."""
    made = Register(system, cast(system, ROLES), {}, {})
    for name, constituency in (
        ("lead", "civil_society"),
        ("partner", "academia"),
        ("office", "un_system"),
        ("second_office", "un_system"),
    ):
        made.organizations[name] = made.organization(name.title(), constituency=constituency)["id"]
    for name, organization, function in (
        ("lead", "lead", "lead"),
        ("partner", "partner", "focal_point"),
        ("registrar", "office", "registrar"),
        ("second_registrar", "second_office", "registrar"),
    ):
        made.designate(made.who[name], made.organizations[organization], function)
    for name, organization in (("first", "office"), ("second", "second_office")):
        body = {
            "organization_id": made.organizations[organization],
            "name": {"en": f"Country office {name}"},
            "countries": ["KHM"],
            "goals": [],
        }
        made.units[name] = made.admin.create("registry/units", body)["id"]
    return made


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Distributed, Stack]]:
    """The distributed system and its three private servers, shared by the tests that stop and kill them; its clock is a file."""
    folder = tmp_path_factory.mktemp("real")
    with distributed_or_skip(folder, CONVENE_CLOCK=f"file:{folder / 'clock'}") as made:
        yield made


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """The system that the tests from outside share."""
    with start_register(tmp_path_factory.mktemp("outside")) as made:
        yield made
