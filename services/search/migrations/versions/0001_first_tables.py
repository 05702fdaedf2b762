"""The first tables of search, and the chassis's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Timestamp
from services.chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the documents and the rebuilds."""
    create_chassis_tables(op)
    op.create_table(
        "record",
        sa.Column("collection", sa.String(30), nullable=False),
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("document", sa.LargeBinary),
        sa.Column("evaluation", sa.LargeBinary),
        sa.Column("time", sa.String(40), nullable=False),
        sa.Column("traceparent", sa.String(60)),
        sa.Column("sweep", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("collection", "id", name="pk_record"),
    )
    op.create_index("ix_record_time", "record", ["time"])
    op.create_table(
        "rebuild",
        sa.Column("number", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("from_topics", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("read", sa.BigInteger, nullable=False),
        sa.Column("copied", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("owned_until", Timestamp),
        sa.Column("requested_at", Timestamp, nullable=False),
        sa.Column("ended_at", Timestamp),
        sa.PrimaryKeyConstraint("number", name="pk_rebuild"),
    )
