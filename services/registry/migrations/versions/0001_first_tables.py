"""The first tables of the registry, and the chassis's."""

from __future__ import annotations

from alembic import op

from services.chassis.migrations import create_chassis_tables
from services.registry.addresses import models as _addresses  # noqa: F401
from services.registry.authority import Authority as _authority  # noqa: F401
from services.registry.organizations import models as _organizations  # noqa: F401
from services.registry.partnerships import models as _partnerships  # noqa: F401
from services.registry.tables import Base

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of every aggregate."""
    create_chassis_tables(op)
    Base.metadata.create_all(op.get_bind())
