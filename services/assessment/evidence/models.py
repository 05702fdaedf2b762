"""The table of evidence: of every public record the document as it came from the bus, and its version.

The profile is not kept: it depends on the day.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base


class Evidence(Base):
    """The bytes of a partnership's public document; `None` where the record is gone, whose version is remembered."""

    __tablename__ = "evidence"

    partnership_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
