"""Rounds, members, assessments and all that happens in their course."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
