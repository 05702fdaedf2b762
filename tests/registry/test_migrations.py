"""The tables that the migrations make are the tables that the models describe, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.registry.tables import Base
from tests.registry.conftest import World

CHASSIS = {"outbox", "inbox", "idempotency", "lease", "alembic_version"}


def test_the_migrations_make_what_the_models_describe(either_registry: World) -> None:
    engine = either_registry.service.database.engine
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def _ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name not in CHASSIS
