"""What the assessment keeps of the register: who may act for whom, organizations, units and networks."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
