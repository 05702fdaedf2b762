"""What evaluations say, beside the records that they are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of evaluations."""
    op.create_table(
        "evaluation",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("partnership_id", sa.String(100), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("published_at", sa.String(40), nullable=False),
        sa.Column("profile", sa.LargeBinary, nullable=False),
        sa.Column("sweep", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
    )
    op.create_index("ix_evaluation_partnership_id", "evaluation", ["partnership_id", "published_at", "id"])
