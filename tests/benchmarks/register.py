"""`register`: a partnership registered (drafted, then listed), beside the plain ORM insert of the same rows.

Ours reads the body, checks it against the contract, decides who may, resolves organizations, renders, numbers, and writes the rows
with their event in two transactions. The limit gives the same rows of the same records to the ORM in two transactions and does
nothing else. In turns, on SQLite that syncs to the disk; records per second. The goal is half of the limit.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Session

from schemas import documents
from schemas.organization import OrganizationInput
from schemas.partnership import PartnershipInput
from services.chassis import migrations
from services.chassis.database import Database
from services.chassis.identity import Principal
from services.chassis.identity.addresses import hash_address
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from services.registry.binding import bind
from services.registry.focal_points import service as focal_points
from services.registry.organizations import service as organizations
from services.registry.partnerships import service, transitions
from services.registry.partnerships.models import Partnership, PartnershipPartner, PartnershipVersion
from tests.benchmarks.rows import Row, rate

RECORDS = 150
ROUNDS = 5
GOAL = 0.5
KEY = b"k" * 64


class _Base(DeclarativeBase):
    """A mapping of the outbox for the ORM, which the chassis itself does not need."""


class _Outbox(_Base):
    __table__ = outbox


def run() -> Iterator[Row]:
    """One row."""
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(Path(folder) / "ours")
        plain = _Place(Path(folder) / "plain")
        bodies = [orjson.dumps(_body(place, number)) for number in range(RECORDS)]
        pairs = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            made = [_register(place, body) for body in bodies]
            ours = RECORDS / (time.perf_counter() - began)
            rows = [_rows(place.database, identifier) for identifier in made]
            began = time.perf_counter()
            for first, second in rows:
                _insert(plain.database, first)
                _insert(plain.database, second)
            pairs.append((ours, RECORDS / (time.perf_counter() - began)))
    yield rate(
        "register: records/s", statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), GOAL
    )


class _Place:
    """A registry of its own: a lead with its focal point, and a partner."""

    def __init__(self, folder: Path) -> None:
        self.database = Database.open(Settings.from_env({"CONVENE_DATA_DIR": str(folder)}), "registry")
        migrations.upgrade(self.database)
        admin = Principal("00000000-0000-7000-8000-000000000001", "administrator")
        self.lead, self.partner = (self._organization(admin, name) for name in ("Water Federation", "Water Institute"))
        designation = {
            "organization_id": self.lead,
            "email": "lead@example.org",
            "display_name": "Sok Dara",
            "functions": ["lead"],
        }
        focal_points.designate(self.database, KEY, admin, designation)
        hashes = frozenset({hash_address(KEY, "lead@example.org")})
        self.person = Principal("00000000-0000-7000-8000-000000000002", None, hashes)
        bind(self.database, self.person)

    def _organization(self, admin: Principal, name: str) -> str:
        body = {
            "name": {"en": name},
            "constituency": "civil_society" if "Fed" in name else "academia",
            "country": "KHM",
        }
        return organizations.propose(self.database, admin, documents.load(OrganizationInput, body)).id


def _body(place: _Place, number: int) -> dict[str, Any]:
    return {
        "title": {"en": f"Safe water for floating villages {number}", "km": "ទឹកស្អាតសម្រាប់ភូមិបណ្តែតទឹក"},
        "organization_id": place.lead,
        "summary": {
            "en": "Families of eleven floating villages drink water that is filtered, tested and paid for together."
        },
        "kind": "partnership",
        "geography": {
            "scope": "national",
            "countries": ["KHM"],
            "places": [{"country": "KHM", "name": "Siem Reap", "level": "1"}],
        },
        "goals": [
            {"scheme": "sdg", "code": "6", "weight": "primary"},
            {"scheme": "sdg-target", "code": "6.1", "weight": "secondary"},
        ],
        "start": "2024-03",
        "partners": [
            {
                "organization": {"id": place.partner},
                "roles": ["knowledge"],
                "contributions": [
                    {"kind": "expertise", "description": {"en": "Tests the water of every village twice a year."}}
                ],
            }
        ],
        "ongoing": True,
    }


def _register(place: _Place, body: bytes) -> str:
    """Draft and list one record, as the two requests do it."""
    draft = service.create(place.database, place.person, documents.load(PartnershipInput, orjson.loads(body)))
    return transitions.move(place.database, place.person, draft.id, {"to": "listed"}, draft.version).id


def _rows(database: Database, identifier: str) -> tuple[list[Any], list[Any]]:
    """The rows that one record left, as fresh objects: those of the draft, and those of the listing."""
    with database.reading() as session:
        record = session.scalars(select(Partnership).where(Partnership.id == identifier)).all()
        partners = session.scalars(
            select(PartnershipPartner).where(PartnershipPartner.partnership_id == identifier)
        ).all()
        versions = session.scalars(
            select(PartnershipVersion).where(PartnershipVersion.partnership_id == identifier)
        ).all()
        events = session.scalars(select(_Outbox).where(outbox.c.key == identifier)).all()
        copies = [[_copy(row) for row in rows] for rows in (record, partners, versions, events)]
    return copies[0] + copies[1], copies[2] + copies[3]


def _copy(row: Any) -> Any:
    table = row.__table__
    values = {
        column.key: getattr(row, column.key) for column in table.columns if table is not outbox or column.key != "id"
    }
    return type(row)(**values)


def _insert(database: Database, rows: list[Any]) -> None:
    with Session(database.engine) as session:
        session.connection(execution_options={"begin_immediate": True})
        session.add_all(rows)
        session.commit()
