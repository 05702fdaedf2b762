"""The tables that the assessment's migrations make are the tables that its models describe, on both databases."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.assessment.tables import Base
from services.chassis.settings import Settings
from tests.assessment.evaluations.conftest import World

CHASSIS = {"outbox", "inbox", "idempotency", "lease", "alembic_version"}


def test_the_migrations_make_what_the_models_describe(either_database: Settings, tmp_path: Path) -> None:
    world = World(either_database, tmp_path)  # its app has loaded every aggregate's models
    with world.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    world.close()


def _ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name not in CHASSIS
