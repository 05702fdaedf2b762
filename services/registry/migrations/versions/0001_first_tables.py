"""The first tables of the registry, and the chassis's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Timestamp
from services.chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of every aggregate."""
    create_chassis_tables(op)
    _people_and_networks()
    _network_contact()
    _private_address()
    _organizations_and_units()
    _unit()
    _records()
    _partnership_partner()
    _beside_records()
    _invitation()


def _people_and_networks() -> None:
    """Designations, networks, nominations, and the private addresses of all of them."""
    op.create_table(
        "focal_point",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text),
        sa.Column("functions", sa.JSON, nullable=False),
        sa.Column("speaks", sa.Boolean, nullable=False),
        sa.Column("term_start", sa.Date),
        sa.Column("term_end", sa.Date),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("countries", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("predecessor_id", sa.Text),
        sa.Column("end_reason", sa.JSON),
        sa.Column("designated_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("authority_document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_focal_point"),
    )
    op.create_index("ix_focal_point_organization_state", "focal_point", ["organization_id", "state"])
    op.create_index("ix_focal_point_person_id", "focal_point", ["person_id"])
    op.create_index("ix_focal_point_state_term_end", "focal_point", ["state", "term_end"])
    op.create_table(
        "network",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("constituency", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_network"),
    )
    op.create_index("ix_network_constituency", "network", ["constituency"])


def _network_contact() -> None:
    op.create_table(
        "network_contact",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("network_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("authority_document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_network_contact"),
    )
    op.create_index("ix_network_contact_network_id", "network_contact", ["network_id"])
    op.create_index("ix_network_contact_person_id", "network_contact", ["person_id"])
    op.create_table(
        "nomination",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("network_id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("display_name", sa.Text),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("countries", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("nominated_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("authority_document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_nomination"),
    )
    op.create_index("ix_nomination_network_id", "nomination", ["network_id", "id"])
    op.create_index("ix_nomination_organization_id", "nomination", ["organization_id"])
    op.create_index("ix_nomination_person_id", "nomination", ["person_id"])


def _private_address() -> None:
    op.create_table(
        "private_address",
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name="pk_private_address"),
    )
    op.create_index("ix_private_address_hash_person", "private_address", ["address_hash", "person_id"])
    op.create_index("ix_private_address_person_id", "private_address", ["person_id"])
    op.create_table(
        "known_address",
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "address_hash", name="pk_known_address"),
    )


def _organizations_and_units() -> None:
    """Organizations with their identifiers and names, and units."""
    op.create_table(
        "organization",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("sort_name", sa.Text, nullable=False),
        sa.Column("constituency", sa.Text, nullable=False),
        sa.Column("country", sa.Text),
        sa.Column("parent_id", sa.Text),
        sa.Column("controlled_by", sa.Text),
        sa.Column("merged_into", sa.Text),
        sa.Column("former_names", sa.JSON, nullable=False),
        sa.Column("reason", sa.JSON),
        sa.Column("proposed_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
    )
    op.create_index("ix_organization_constituency", "organization", ["constituency"])
    op.create_index("ix_organization_controlled_by", "organization", ["controlled_by"])
    op.create_index("ix_organization_country", "organization", ["country"])
    op.create_index("ix_organization_merged_into", "organization", ["merged_into"])
    op.create_index("ix_organization_parent_id", "organization", ["parent_id"])
    op.create_index("ix_organization_sort", "organization", ["sort_name", "id"])
    op.create_index("ix_organization_standing_sort", "organization", ["standing", "sort_name", "id"])
    op.create_table(
        "organization_identifier",
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("scheme", "value", name="pk_organization_identifier"),
    )
    op.create_index("ix_organization_identifier_organization_id", "organization_identifier", ["organization_id"])
    op.create_table(
        "organization_name",
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "language", name="pk_organization_name"),
    )
    op.create_index("ix_organization_name_folded", "organization_name", ["folded"])


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
    )
    op.create_index("ix_unit_organization_id", "unit", ["organization_id"])


def _records() -> None:
    """The records, their partners and their history."""
    op.create_table(
        "partnership",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("lead_organization_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary),
        sa.Column("standing_reason", sa.Text),
        sa.Column("phase_reason", sa.Text),
        sa.Column("source_system", sa.Text),
        sa.Column("source_identifier", sa.Text),
        sa.Column("source_url", sa.Text),
        sa.Column("source_hash", sa.Text),
        sa.Column("unit_id", sa.Text),
        sa.Column("submitted_at", Timestamp),
        sa.Column("returned_by", sa.Text),
        sa.Column("appealed", sa.Boolean, nullable=False),
        sa.Column("registered", sa.Text),
        sa.Column("author_person", sa.Text),
        sa.Column("authors", sa.Text, nullable=False),
        sa.Column("spoken_at", Timestamp, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partnership"),
        sa.UniqueConstraint("reference", name="uq_partnership_reference"),
        sa.UniqueConstraint(
            "source_system", "source_identifier", name="uq_partnership_source_system_source_identifier"
        ),
    )
    op.create_index("ix_partnership_lead_organization_id", "partnership", ["lead_organization_id"])
    op.create_index("ix_partnership_phase_spoken", "partnership", ["phase", "spoken_at"])
    op.create_index("ix_partnership_standing_id", "partnership", ["standing", "id"])
    op.create_index("ix_partnership_unit_standing", "partnership", ["unit_id", "standing"])


def _partnership_partner() -> None:
    op.create_table(
        "partnership_partner",
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("partner_id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("constituency", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("lead", sa.Boolean, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("partnership_id", "partner_id", name="pk_partnership_partner"),
    )
    op.create_index("ix_partnership_partner_organization_id", "partnership_partner", ["organization_id"])
    op.create_table(
        "partnership_version",
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("at", Timestamp, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("author_name", sa.Text),
        sa.Column("author_organization_id", sa.Text),
        sa.Column("author_system", sa.Text),
        sa.Column("author_person", sa.Text),
        sa.Column("focal_point_ids", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("partnership_id", "revision", name="pk_partnership_version"),
    )
    op.create_index("ix_partnership_version_author_person", "partnership_version", ["author_person"])
    op.create_index("ix_partnership_version_version", "partnership_version", ["partnership_id", "version"])
    op.create_table(
        "reference_counter",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_reference_counter"),
    )
    op.create_table(
        "rerender_due",
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("partnership_id", name="pk_rerender_due"),
    )


def _beside_records() -> None:
    """What is private about records, and what waits for a decision."""
    op.create_table(
        "claim_request",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("claimant_person", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("decided_at", Timestamp),
        sa.Column("decided_by_person", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_claim_request"),
    )
    op.create_index("ix_claim_request_partnership_state", "claim_request", ["partnership_id", "state"])
    op.create_table(
        "draft_author",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draft_author"),
    )
    op.create_index("ix_draft_author_partnership_id", "draft_author", ["partnership_id"])
    op.create_index("ix_draft_author_person_id", "draft_author", ["person_id"])
    op.create_table(
        "import_proposal",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("source_hash", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", Timestamp, nullable=False),
        sa.Column("decided_at", Timestamp),
        sa.Column("decided_by_person", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_import_proposal"),
    )
    op.create_index("ix_import_proposal_partnership_state", "import_proposal", ["partnership_id", "state"])


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("partner_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("invited_by_person", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.Column("sent_at", Timestamp),
        sa.Column("answered_at", Timestamp),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )
    op.create_index("ix_invitation_partner", "invitation", ["partnership_id", "partner_id"])
    op.create_index("ix_invitation_sent_at", "invitation", ["sent_at"])
    op.create_table(
        "safety_note",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("partnership_id", sa.Text, nullable=False),
        sa.Column("partner_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("by_person", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_safety_note"),
    )
    op.create_index("ix_safety_note_partnership_id", "safety_note", ["partnership_id"])
