"""Published evaluations, their recommendations and complaints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Timestamp

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("assessment_id", sa.Text, nullable=False),
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("inputs", sa.LargeBinary, nullable=False),
        sa.Column("business_partners", sa.JSON, nullable=False),
        sa.Column("risk_tier", sa.Text, nullable=False),
        sa.Column("corrected_by", sa.Text),
        sa.Column("published_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
    )
    op.create_index("ix_evaluation_partnership", "evaluation", ["partnership_id", "published_at", "id"])
    op.create_index("ix_evaluation_assessment_id", "evaluation", ["assessment_id"])
    _beside()


def _beside() -> None:
    """What belongs to an evaluation."""
    op.create_table(
        "evaluation_version",
        sa.Column("evaluation_id", sa.Text, sa.ForeignKey("evaluation.id"), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("evaluation_id", "revision", name="pk_evaluation_version"),
    )
    op.create_table(
        "recommendation_due",
        sa.Column("evaluation_id", sa.Text, sa.ForeignKey("evaluation.id"), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("due", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("evaluation_id", "id", name="pk_recommendation_due"),
    )
    op.create_index("ix_recommendation_due_due", "recommendation_due", ["due"])
    op.create_table(
        "complaint",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("evaluation_id", sa.Text, sa.ForeignKey("evaluation.id"), nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("text", sa.JSON, nullable=False),
        sa.Column("received_at", Timestamp, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.JSON),
        sa.Column("answered_at", Timestamp),
        sa.PrimaryKeyConstraint("id", name="pk_complaint"),
    )
    op.create_index("ix_complaint_evaluation_id", "complaint", ["evaluation_id", "id"])
