"""The chassis's tables, and the public documents that evidence is worked out from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table of documents."""
    create_chassis_tables(op)
    op.create_table(
        "evidence",
        sa.Column("partnership_id", sa.String(100), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("document", sa.LargeBinary),
        sa.PrimaryKeyConstraint("partnership_id", name="pk_evidence"),
    )
