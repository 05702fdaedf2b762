"""All services in one process behind one origin, with a few records of every kind, so that generated requests meet something.

Real databases, real bus, real index in a folder of their own; only the processes are missing: relays and consumers are
threads.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import Client

from services import embedded
from services.accounts.people import service as people
from services.chassis import processes
from services.chassis.eventbus.build import build_bus, topic_specs
from services.chassis.service import Service
from services.chassis.settings import Settings
from tests.databases import with_tables
from tests.system.running import wait

DESIGNATIONS = {"focal_point": (0, "lead"), "registrar": (2, "registrar")}
"""By person: for which of the organizations, with which function."""
PEOPLE = {"administrator": "administrator", "focal_point": None, "registrar": None, "anonymous": None}


@dataclass
class Origin:
    """The services, tokens by name of the person (none for `anonymous`), and the ids of what there is, by parameter."""

    app: Any
    services: list[Service]
    settings: Settings
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, list[Any]] = field(default_factory=dict)

    def headers(self, person: str) -> dict[str, str]:
        """The headers of a person's requests."""
        return {"Authorization": f"Bearer {self.tokens[person]}"} if person in self.tokens else {}

    def designate(self, person: str) -> dict[str, Any]:
        """Give a person the function that it acts with."""
        number, function = DESIGNATIONS[person]
        body = {"organization_id": self.ids["organization_id"][number], "email": f"{person}@example.org"}
        body |= {"display_name": person, "functions": [function]}
        return self.make("administrator", "focal-points", body)

    def renew(self) -> None:
        """Begin with new records where a request has ended somebody's function, so that others get as far as the rules."""
        for person in DESIGNATIONS:
            mine = Client(self.app).get("/api/registry/focal-points/me", headers=self.headers(person)).json
            if not (mine or {})["organizations"]:
                fill(self)
                return

    def make(self, person: str, path: str, body: dict[str, Any], version: str = "*") -> dict[str, Any]:
        """POST that must succeed."""
        headers = {**self.headers(person), "If-Match": version}
        answer = Client(self.app).post(f"/api/registry/{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        made: dict[str, Any] = answer.json or {}
        return made


@contextlib.contextmanager
def engine(services: list[Service], settings: Settings) -> Iterator[None]:
    """Relays and consumers at work, as threads."""
    bus, stopped = build_bus(settings), threading.Event()
    bus.ensure(topic_specs())
    tasks = [
        task for service in services for task in (processes.relay(service, bus), *processes.consumers(service, bus))
    ]
    threads = [threading.Thread(target=task.run, args=(stopped,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    yield
    stopped.set()
    for thread in threads:
        thread.join(20)
    bus.close()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    """The services with their records."""
    settings = Settings.from_env(
        {
            "CONVENE_DATA_DIR": str(tmp_path_factory.mktemp("api")),
            "CONVENE_PUBLIC_URL": "https://convene.example",
            "CONVENE_LOG_LEVEL": "error",
        }
    ).with_address_key()
    services = embedded.build(settings)
    for service in services:
        with_tables(service.database)
    made = Origin(embedded.wsgi(settings, services), services, settings)
    for name, role in PEOPLE.items():
        if name != "anonymous":
            made.tokens[name] = people.issue_token(services[0].database, settings, f"{name}@example.org", role)
    with engine(services, settings):
        fill(made)
        wanted = {"wait_for": f"{made.ids['partnership_id'][-1]}@3"}
        wait(lambda: b'"stale"' not in Client(made.app).get("/api/search/partnerships", query_string=wanted).data)
        yield made
    for service in services:
        service.database.close()


def fill(origin: Origin) -> None:
    """A record of every standing that a few calls lead to, and what is around it."""
    organizations = [
        origin.make(
            "administrator", "organizations", {"name": {"en": f"O {n}"}, "constituency": each, "country": "KHM"}
        )["id"]
        for n, each in enumerate(("civil_society", "academia", "un_system"))
    ]
    origin.ids["organization_id"] = organizations
    designations = [origin.designate(name)["id"] for name in DESIGNATIONS]
    unit = origin.make("administrator", "units", {"organization_id": organizations[2], "name": {"en": "U"}})["id"]
    network = {"name": {"en": "N"}, "constituency": "women", "contact_email": "registrar@example.org"}
    network_id = origin.make("administrator", "networks", network)["id"]
    nominee = {"email": "nominee@example.org", "display_name": "N", "roles": ["forum_member"]}
    nomination = origin.make("administrator", f"networks/{network_id}/nominations", nominee)["id"]
    records = [_record(origin, organizations, number) for number in range(3)]
    origin.make("focal_point", f"partnerships/{records[1]['id']}/transitions", {"to": "listed"})
    listed = origin.make("focal_point", f"partnerships/{records[2]['id']}/transitions", {"to": "listed"})
    origin.make("focal_point", f"partnerships/{listed['id']}/transitions", {"to": "submitted", "unit_id": unit})
    origin.ids = {
        "organization_id": organizations,
        "focal_point_id": designations,
        "unit_id": [unit],
        "network_id": [network_id],
        "nomination_id": [nomination],
        "partnership_id": [each["id"] for each in records],
        "partner_id": [entry["id"] for each in records for entry in each["partners"]],
        "process_id": [each["processes"][0]["id"] for each in records],
        "indicator_id": [each["deliverables"][0]["indicators"][0]["id"] for each in records],
        "scheme": ["sdg", "constituency", "country"],
        "number": [1, 2, 3],
        "into": organizations,
    }


def _record(origin: Origin, organizations: list[str], number: int) -> dict[str, Any]:
    body = {
        "title": {"en": f"Wells {number}", "km": "អណ្តូង"},
        "organization_id": organizations[0],
        "summary": {"en": "Villages keep their wells clean."},
        "kind": "partnership",
        "geography": {"scope": "national", "countries": ["KHM"]},
        "goals": [{"scheme": "sdg", "code": "6", "weight": "primary"}, {"scheme": "mdg", "code": "2"}],
        "start": "2024",
        "partners": [{"organization": {"id": organizations[1]}, "roles": ["knowledge"]}],
        "processes": [{"kind": "vnr", "name": "Review", "relation": "cited"}],
        "deliverables": [
            {"level": "output", "title": {"en": "Wells"}, "due": "2020", "indicators": [{"title": "Wells repaired"}]}
        ],
    }
    return origin.make("focal_point", "partnerships", body)
