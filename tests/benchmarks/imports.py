"""`import-iati`: activities imported per second of processor time, beside what reading, checking and inserting alone take.

The limit reads the same file with the same reader, checks every record against the contract, and inserts the same rows with plain
inserts, in transactions of the same size. What the import adds (comparing, matching organizations, rendering, events) is the rest.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select

from services.chassis import migrations
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from services.registry.imports import batches, iati, service
from services.registry.imports.applying import Prepared
from services.registry.imports.organizations import table_of
from services.registry.organizations.models import Organization, OrganizationIdentifier, OrganizationName
from services.registry.partnerships.models import Partnership, PartnershipPartner, PartnershipVersion
from tests.benchmarks.rows import Row, rate
from tests.imports.files import Generated

ROUNDS = 5
GOAL = 0.7
GENERATED = 1_000
REAL = "iati/iom-577-activities-2.03.xml"
OF_RECORDS = (Partnership, PartnershipPartner, PartnershipVersion)
OF_ORGANIZATIONS = (Organization, OrganizationName, OrganizationIdentifier)

Rows = list[tuple[Table, list[dict[str, Any]]]]


def run() -> Iterator[Row]:
    """One row: activities per second, of the real file where it is there, else of one that is generated."""
    with tempfile.TemporaryDirectory() as folder:
        file = _file(Path(folder))
        numbers = iter(range(1_000))

        def fresh() -> Database:
            return _database(Path(folder) / str(next(numbers)))

        first = fresh()
        count = service.import_iati(first, [file]).created
        rows = _rows(first)
        ours, limit = [], []
        for _ in range(ROUNDS):
            ours.append(_seconds(lambda database: service.import_iati(database, [file]), fresh()))
            limit.append(_seconds(lambda database: _limit(database, file, rows), fresh()))
    yield rate("import-iati (activities per CPU second)", count / min(ours), count / min(limit), GOAL)


def _file(folder: Path) -> Path:
    real = Path(os.environ.get("CONVENE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / REAL
    if real.is_file():
        return real
    made = folder / "generated.xml"
    made.write_bytes(Generated(GENERATED, 2_000).read(1 << 30))
    return made


def _database(folder: Path) -> Database:
    settings = Settings.from_env({"CONVENE_DATA_DIR": str(folder), "CONVENE_PUBLIC_URL": "http://localhost"})
    database = Database.open(settings.with_address_key(), "registry")
    migrations.upgrade(database)
    return database


def _seconds(work: Callable[[Database], object], database: Database) -> float:
    began = time.process_time()
    work(database)
    seconds = time.process_time() - began
    database.close()
    return seconds


def _rows(database: Database) -> Rows:
    """Everything that the import has written, table by table."""
    tables = [*(table_of(model) for model in (*OF_ORGANIZATIONS, *OF_RECORDS)), outbox]
    with database.reading() as session:
        return [(table, [dict(row) for row in session.execute(select(table)).mappings()]) for table in tables]


def _limit(database: Database, file: Path, rows: Rows) -> None:
    """Read, check, insert: nothing else."""
    read = [found for found in iati.read(file) if isinstance(found, iati.Activity)]
    for activity in read:
        batches.checked_by_contract(Prepared(activity, "", 0))
    for start in range(0, len(read), service.BATCH):
        with database.transaction() as session:
            for table, values in rows:
                part = _share(values, start, len(read))
                if part:
                    session.execute(insert(table), part)


def _share(values: Sequence[dict[str, Any]], start: int, total: int) -> list[dict[str, Any]]:
    """The rows of one table that belong to the batch which begins with activity `start`."""
    return list(values[len(values) * start // total : len(values) * min(start + service.BATCH, total) // total])
