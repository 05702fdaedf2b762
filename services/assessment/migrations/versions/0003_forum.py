"""Rounds, members, assessments and all that happens in their course."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Timestamp

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    _round()
    _member()
    _anchor_answer()
    _interest()
    _seat()
    _submission()
    _rationale()
    _recommendation()
    _question()
    _exclusion()
    _discussion()
    _assessment()
    _draft()


def _round() -> None:
    op.create_table(
        "forum_round",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("draws", sa.JSON, nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forum_round"),
    )


def _member() -> None:
    op.create_table(
        "forum_member",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("named", sa.Boolean, nullable=False),
        sa.Column("display_name", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_forum_member"),
    )


def _anchor_answer() -> None:
    op.create_table(
        "forum_anchor_answer",
        sa.Column("member_id", sa.String(100), nullable=False),
        sa.Column("rubric_version", sa.String(100), nullable=False),
        sa.Column("anchor_case", sa.String(100), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("answered_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "rubric_version", "anchor_case", name="pk_forum_anchor_answer"),
    )


def _interest() -> None:
    op.create_table(
        "forum_interest",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("member_id", sa.String(100), nullable=False),
        sa.Column("organization_id", sa.String(100)),
        sa.Column("partnership_id", sa.String(100)),
        sa.Column("nature", sa.Text, nullable=False),
        sa.Column("declared_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forum_interest"),
    )
    op.create_index("ix_forum_interest_member_id", "forum_interest", ["member_id"])


def _seat() -> None:
    op.create_table(
        "forum_seat",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("assessment_id", sa.String(100), nullable=False),
        sa.Column("member_id", sa.String(100), nullable=False),
        sa.Column("chamber", sa.String(40), nullable=False),
        sa.Column("constituency", sa.String(100), nullable=False),
        sa.Column("pseudonym", sa.String(100), nullable=False),
        sa.Column("joined_at", Timestamp, nullable=False),
        sa.Column("left_at", Timestamp),
        sa.Column("reason", sa.Text),
        sa.Column("approved_edition", sa.Integer),
        sa.Column("reconsidered_at", Timestamp),
        sa.PrimaryKeyConstraint("id", name="pk_forum_seat"),
    )
    op.create_index("ix_forum_seat_assessment_id", "forum_seat", ["assessment_id"])
    op.create_index("ix_forum_seat_member_id", "forum_seat", ["member_id"])


def _submission() -> None:
    op.create_table(
        "forum_submission",
        sa.Column("seat_id", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("submitted_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("seat_id", "number", name="pk_forum_submission"),
    )


def _rationale() -> None:
    op.create_table(
        "forum_rationale",
        sa.Column("assessment_id", sa.String(100), nullable=False),
        sa.Column("lesson", sa.String(100), nullable=False),
        sa.Column("text", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("assessment_id", "lesson", name="pk_forum_rationale"),
    )


def _recommendation() -> None:
    op.create_table(
        "forum_recommendation",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("assessment_id", sa.String(100), nullable=False),
        sa.Column("text", sa.JSON, nullable=False),
        sa.Column("addressee", sa.String(100), nullable=False),
        sa.Column("due", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name="pk_forum_recommendation"),
    )
    op.create_index("ix_forum_recommendation_assessment_id", "forum_recommendation", ["assessment_id"])


def _question() -> None:
    op.create_table(
        "forum_question",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("assessment_id", sa.String(100), nullable=False),
        sa.Column("seat_id", sa.String(100), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("pseudonymous", sa.Boolean, nullable=False),
        sa.Column("asked_at", Timestamp, nullable=False),
        sa.Column("answer", sa.JSON),
        sa.Column("panel_only", sa.Boolean, nullable=False),
        sa.Column("answered_at", Timestamp),
        sa.PrimaryKeyConstraint("id", name="pk_forum_question"),
    )
    op.create_index("ix_forum_question_assessment_id", "forum_question", ["assessment_id"])


def _exclusion() -> None:
    op.create_table(
        "forum_exclusion",
        sa.Column("assessment_id", sa.String(100), nullable=False),
        sa.Column("member_id", sa.String(100), nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("assessment_id", "member_id", name="pk_forum_exclusion"),
    )


def _discussion() -> None:
    op.create_table(
        "forum_discussion",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("assessment_id", sa.String(100), nullable=False),
        sa.Column("seat_id", sa.String(100), nullable=False),
        sa.Column("indicator", sa.String(100), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("translation_of", sa.String(100)),
        sa.Column("machine", sa.Boolean, nullable=False),
        sa.Column("said_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forum_discussion"),
    )
    op.create_index("ix_forum_discussion_assessment_id", "forum_discussion", ["assessment_id"])


def _assessment() -> None:
    op.create_table(
        "forum_assessment",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("round_id", sa.String(100), nullable=False),
        sa.Column("partnership_id", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(40)),
        sa.Column("title", sa.JSON, nullable=False),
        sa.Column("ground", sa.String(20), nullable=False),
        sa.Column("petition", sa.JSON, nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("deadline", Timestamp),
        sa.Column("stages", sa.JSON, nullable=False),
        sa.Column("judged_version", sa.BigInteger),
        sa.Column("judged_revision", sa.BigInteger),
        sa.Column("judged_document", sa.LargeBinary),
        sa.Column("judged_on", sa.String(10)),
        sa.Column("pool_digest", sa.String(64)),
        sa.Column("balance", sa.JSON, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("reply", sa.JSON),
        sa.Column("replied_at", Timestamp),
        sa.Column("reconsideration", sa.JSON),
        sa.Column("unit_review", sa.JSON),
        sa.Column("evaluation_id", sa.String(100)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forum_assessment"),
    )
    op.create_index("ix_forum_assessment_deadline", "forum_assessment", ["deadline"])
    op.create_index("ix_forum_assessment_partnership_id", "forum_assessment", ["partnership_id"])
    op.create_index(
        "uq_forum_assessment_round_partnership", "forum_assessment", ["round_id", "partnership_id"], unique=True
    )


def _draft() -> None:
    op.create_table(
        "forum_draft",
        sa.Column("seat_id", sa.String(100), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("seat_id", name="pk_forum_draft"),
    )
