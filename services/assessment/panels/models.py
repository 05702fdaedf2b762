"""The table of who gives money to whom, over all public records: conflicts of interest are looked up in it."""

from __future__ import annotations

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base


class Funding(Base):
    """A link that a record states; a record's links are replaced with the record."""

    __tablename__ = "panel_funding"
    __table_args__ = (
        Index("ix_panel_funding_giver_id", "giver_id"),
        Index("ix_panel_funding_receiver_id", "receiver_id"),
    )

    partnership_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    giver_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    receiver_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    until: Mapped[str | None] = mapped_column(String(10))
