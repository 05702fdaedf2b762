"""The first tables of the accounts, and the chassis's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Timestamp
from services.chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make people, addresses, passwords, sign-ins, the throttle and the signing keys."""
    create_chassis_tables(op)
    _people()
    _sign_ins()
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("public", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("active_from", Timestamp, nullable=False),
        sa.Column("retires_at", Timestamp),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
    )
    op.create_index("ix_signing_key_active_from", "signing_key", ["active_from"])


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("role_granted_at", Timestamp),
        sa.Column("role_granted_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.Column("erased_at", Timestamp),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_role", "person", ["role"])
    op.create_table(
        "address",
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("verified_at", Timestamp),
        sa.PrimaryKeyConstraint("address_hash", name="pk_address"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_address_person_id_person"),
    )
    op.create_index("ix_address_person_id", "address", ["person_id"])
    op.create_table(
        "password",
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("changed_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_password"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_password_person_id_person"),
    )


def _sign_ins() -> None:
    op.create_table(
        "refresh_family",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("started_at", Timestamp, nullable=False),
        sa.Column("renewed_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.Column("revoked_at", Timestamp),
        sa.Column("revoked_because", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_family"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_refresh_family_person_id_person"),
    )
    op.create_index("ix_refresh_family_person_id", "refresh_family", ["person_id"])
    op.create_index("ix_refresh_family_expires_at", "refresh_family", ["expires_at"])
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("family_id", sa.Text, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.Column("used_at", Timestamp),
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_token"),
        sa.ForeignKeyConstraint(["family_id"], ["refresh_family.id"], name="fk_refresh_token_family_id_refresh_family"),
    )
    op.create_index("ix_refresh_token_family_id", "refresh_token", ["family_id"])
    op.create_index("ix_refresh_token_expires_at", "refresh_token", ["expires_at"])
    op.create_table(
        "throttle",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("blocked_until", Timestamp),
        sa.Column("forget_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_throttle"),
    )
    op.create_index("ix_throttle_forget_at", "throttle", ["forget_at"])
