"""What the assessment keeps of the register: who may act for whom, organizations, units, networks, and who funds whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "register_authority",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("person_id", sa.String(100)),
        sa.Column("address_hash", sa.String(200)),
        sa.Column("organization_id", sa.String(100)),
        sa.Column("unit_ids", sa.JSON, nullable=False),
        sa.Column("network_id", sa.String(100)),
        sa.Column("functions", sa.JSON, nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("term_start", sa.String(10)),
        sa.Column("term_end", sa.String(10)),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("countries", sa.JSON, nullable=False),
        sa.Column("constituency", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_register_authority"),
    )
    op.create_index("ix_register_authority_person_id", "register_authority", ["person_id"])
    op.create_index("ix_register_authority_address_hash", "register_authority", ["address_hash"])
    op.create_index("ix_register_authority_kind", "register_authority", ["kind", "state"])
    op.create_table(
        "register_organization",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("name", sa.JSON, nullable=False),
        sa.Column("constituency", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("parent_id", sa.String(100)),
        sa.Column("controlled_by", sa.String(100)),
        sa.Column("merged_into", sa.String(100)),
        sa.PrimaryKeyConstraint("id", name="pk_register_organization"),
    )
    for name in ("parent_id", "controlled_by", "merged_into"):
        op.create_index(f"ix_register_organization_{name}", "register_organization", [name])
    op.create_table(
        "register_unit",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("organization_id", sa.String(100), nullable=False),
        sa.Column("name", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_register_unit"),
    )
    op.create_table(
        "register_network",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("name", sa.JSON, nullable=False),
        sa.Column("constituency", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_register_network"),
    )
    op.create_table(
        "panel_funding",
        sa.Column("partnership_id", sa.String(100), nullable=False),
        sa.Column("giver_id", sa.String(100), nullable=False),
        sa.Column("receiver_id", sa.String(100), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("until", sa.String(10)),
        sa.PrimaryKeyConstraint("partnership_id", "giver_id", "receiver_id", name="pk_panel_funding"),
    )
    op.create_index("ix_panel_funding_giver_id", "panel_funding", ["giver_id"])
    op.create_index("ix_panel_funding_receiver_id", "panel_funding", ["receiver_id"])
