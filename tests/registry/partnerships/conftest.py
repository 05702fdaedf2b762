"""A scene for the tests of partnership records: a federation that leads, a ministry, a company, a unit with its registrar.

`scene` is on SQLite; `either_scene` on SQLite and on PostgreSQL, for what depends on locks and transactions.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from schemas import documents
from schemas.partnership import PartnershipInput
from services.chassis import clock
from services.chassis.identifiers import uuid7
from services.chassis.settings import Settings
from services.registry.partnerships import recording
from services.registry.partnerships.editing import Hand, edited
from services.registry.partnerships.models import ImportProposal, Partnership
from tests.registry.conftest import Person, World, _world, ok

Document = dict[str, Any]

SMART = {
    "level": "output",
    "title": {"en": "Wells"},
    "description": {"en": "Forty wells that people keep up themselves."},
    "due": "2027-12-31",
    "resources": {"en": "Drilling rigs and three engineers."},
    "goals": ["sdg-target:6.1"],
    "indicators": [{"title": "Wells", "unit": "wells", "targets": [{"value": "40", "due": "2027-12-31"}]}],
}
CONTRIBUTION = {"kind": "financial", "pledged": {"amount": "250000", "currency": "USD"}}


class Scene:
    """The people and organizations of a small world, and the steps of a record's life."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.federation = world.organization("Water Federation", constituency="civil_society")["id"]
        self.ministry = world.organization("Ministry of Water", constituency="government")["id"]
        self.company = world.organization("Pumps and Pipes", constituency="private_sector", business_size="sme")["id"]
        self.lead = world.designated("leader", self.federation, "lead")
        self.minister = world.designated("minister", self.ministry, "focal_point")
        self.confirmer = world.designated("clerk", self.ministry, "confirmer")
        self.stranger = world.designated("stranger", self.company, "lead")
        self.registrar, unit = world.registrar("registrar", countries=["KHM"])
        self.unit = unit["id"]

    def again(self, world: World) -> Scene:
        """The same scene in another world, whose database is a copy of this one's."""
        scene = copy.copy(self)
        scene.world = world
        names = {id(person): name for name, person in self.world.people.items()}
        for name, person in self.world.people.items():
            world.person(name, person.role).id = person.id
        for attribute, value in vars(self).items():
            if id(value) in names:
                setattr(scene, attribute, world.people[names[id(value)]])
        return scene

    # What is sent

    def content(self, **more: Any) -> Document:
        """What listing asks for, with the ministry as the other partner."""
        return {
            "organization_id": self.federation,
            "title": {"en": "Safe water for the floating villages"},
            "summary": {"en": "Families on the lake drink safe water all year."},
            "geography": {"scope": "national", "countries": ["KH"]},
            "goals": [{"scheme": "sdg", "code": "6", "weight": "primary"}],
            "start": "2026-01",
            "partners": [{"organization": {"id": self.ministry}, "roles": ["host"], "contributions": [CONTRIBUTION]}],
        } | more

    def registrable(self, **more: Any) -> Document:
        """What registering asks for, but for the confirmation."""
        return self.content(deliverables=[SMART | {"responsible": [self.federation]}]) | more

    # Steps

    def draft(self, **more: Any) -> Document:
        """A draft of the federation."""
        return ok(self.lead.post("/partnerships", self.content(**more)), 201)

    def listed(self, **more: Any) -> Document:
        """A listed record of the federation and the ministry."""
        return ok(self.move(self.lead, self.draft(**more), "listed"))

    def submitted(self, **more: Any) -> Document:
        """A record that the ministry has confirmed, waiting for the unit."""
        document = self.listed(**(self.registrable() | more))
        document = ok(self.answer(self.minister, document, "confirm"))
        return ok(self.move(self.lead, document, "submitted"))

    def registered(self, **more: Any) -> Document:
        """A registered record."""
        return ok(self.move(self.registrar, self.submitted(**more), "registered"))

    def in_standing(self, standing: str) -> Document:
        """A record of that standing."""
        if standing in ("draft", "listed", "submitted", "registered"):
            make: dict[str, Callable[[], Document]] = {
                "draft": self.draft,
                "listed": self.listed,
                "submitted": self.submitted,
                "registered": self.registered,
            }
            return make[standing]()
        if standing == "returned":
            return ok(self.move(self.registrar, self.submitted(), "returned", reason={"en": "No budget."}))
        if standing == "suspended":
            return ok(self.move(self.registrar, self.registered(), "suspended", reason={"en": "A complaint."}))
        return ok(self.move(self.lead, self.listed(), "withdrawn", reason={"en": "It never began."}))

    def move(self, who: Person, document: Document, to: str, **more: Any) -> TestResponse:
        """A transition of the version that was read."""
        headers = {"If-Match": f'"{document["version"]}"'}
        return who.post(f"/partnerships/{document['id']}/transitions", {"to": to} | more, headers=headers)

    def answer(self, who: Person, document: Document, decision: str, **more: Any) -> TestResponse:
        """The answer of the first partner beside the lead."""
        entry = self.entry(document)
        path = f"/partnerships/{document['id']}/partners/{entry['id']}/confirmation"
        return who.post(path, {"decision": decision} | more)

    def patch(self, document: Document, **changes: Any) -> TestResponse:
        """A merge patch by the lead."""
        return self.lead.patch(f"/partnerships/{document['id']}", changes)

    def put(self, document: Document) -> TestResponse:
        """The document sent back by the lead."""
        return self.lead.put(f"/partnerships/{document['id']}", document, f'"{document["version"]}"')

    def read(self, document: Document, who: Person | None = None) -> Document:
        """The document as it now is."""
        return ok((who or self.world).get(f"/partnerships/{document['id']}"))

    def reported(self, identifier: str = "XM-1", **more: Any) -> Document:
        """An imported record: the ministry leads it, the federation implements, nobody has spoken yet."""
        content = documents.load(
            PartnershipInput,
            {
                "kind": "project",
                "title": {"en": "Wells, phase two"},
                "geography": {"countries": ["KH"]},
                "partners": [
                    {"organization": {"id": self.ministry}, "roles": ["accountable"]},
                    {
                        "organization": {"id": self.federation},
                        "roles": ["implementer"],
                        "contributions": [CONTRIBUTION],
                    },
                ],
            }
            | more,
        )
        now = clock.now()
        with self.world.service.database.transaction() as session:
            row = Partnership(
                id=uuid7(),
                standing="reported",
                phase="active",
                kind="project",
                lead_organization_id=self.ministry,
                version=0,
                revision=0,
                content=edited(content, None, Hand(self.ministry, clock.timestamp(now), imported=True)),
                source_system="iati",
                source_identifier=identifier,
                source_hash="1",
                appealed=False,
                authors=[],
                spoken_at=now,
                created_at=now,
                updated_at=now,
            )
            session.add(row)
            session.flush()
            recording.publish(session, row, recording.Change("reported", recording.Author(system="system:iati")))
            return self.read({"id": row.id})

    def proposed(self, document: Document, **changes: Any) -> str:
        """A proposal of a later import: the record as the source has it, with these changes; returns its id."""
        with self.world.service.database.transaction() as session:
            row = session.get_one(Partnership, document["id"])
            proposal = ImportProposal(
                id=uuid7(),
                partnership_id=row.id,
                system="iati",
                content={**row.content, **changes},
                source_hash=uuid7(),
                state="open",
                received_at=clock.now(),
            )
            session.add(proposal)
            return proposal.id

    # What is looked at

    @staticmethod
    def entry(document: Document, place: int = 1) -> Document:
        """A partner's entry; the lead's is the first."""
        found: Document = document["partners"][place]
        return found

    def records(self) -> list[tuple[str, str, Document]]:
        """The events of records, without what comes before the type's last word."""
        return [(kind.rpartition(".")[2], key, data) for kind, key, data in self.world.events("registry.partnership.")]

    def tables(self, *without: str) -> str:
        """All that the database holds, as text."""
        with self.world.service.database.reading() as session:
            names = set(inspect(session.connection()).get_table_names()) - set(without)
            return str([session.execute(text(f'SELECT * FROM "{name}"')).all() for name in sorted(names)])

    def rerender(self) -> None:
        """Relay, consume, and render again what is due."""
        self.world.settle()
        while self.world.run_jobs():
            self.world.settle()


@pytest.fixture(scope="session")
def first_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A scene that is made once and copied for each test on SQLite."""
    settings = Settings.from_env({"CONVENE_DATA_DIR": str(tmp_path_factory.mktemp("scene"))}).with_address_key()
    worlds = _world(settings)
    scene = Scene(next(worlds))
    next(worlds, None)
    return scene


@pytest.fixture
def scene(registry: World, first_scene: Scene) -> Scene:
    """The scene on SQLite."""
    shutil.copy(_file(first_scene.world), _file(registry))
    return first_scene.again(registry)


def _file(world: World) -> str:
    return str(world.service.database.engine.url.database)


@pytest.fixture
def either_scene(either_registry: World) -> Scene:
    """The scene on SQLite, then on PostgreSQL."""
    return Scene(either_registry)


def lacking(answer: TestResponse) -> list[str]:
    """What a refusal says that the record lacks."""
    found: list[str] = orjson.loads(answer.data)["lacking"]
    return found
