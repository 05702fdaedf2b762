"""Partner pulses and self-checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Timestamp

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "pulse",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("rubric_version", sa.Text, nullable=False),
        sa.Column("opened_at", Timestamp, nullable=False),
        sa.Column("closes_on", sa.Text, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("shown_answers", sa.Integer, nullable=False),
        sa.Column("shown", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_pulse"),
    )
    op.create_index("ix_pulse_partnership_id_id", "pulse", ["partnership_id", "id"])
    # Without the order in which rows came, which would put a comment beside a partner.
    op.create_table(
        "pulse_answered",
        sa.Column("pulse_id", sa.Text, sa.ForeignKey("pulse.id"), nullable=False),
        sa.Column("partner_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("pulse_id", "partner_hash", name="pk_pulse_answered"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_comment",
        sa.Column("pulse_id", sa.Text, sa.ForeignKey("pulse.id"), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("released", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("pulse_id", "id", name="pk_pulse_comment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "self_check",
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rubric_version", sa.Text, nullable=False),
        sa.Column("entries", sa.JSON, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("partnership_id", name="pk_self_check"),
    )
