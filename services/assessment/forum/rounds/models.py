"""The table of rounds. The seed is in no document before every assessment of the round is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base
from services.chassis.database import Timestamp

IDENTIFIER = 100


class Round(Base):
    """A round: `content` is what was asked for when it was opened, in the shape of the document."""

    __tablename__ = "forum_round"

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    draws: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    seed: Mapped[str] = mapped_column(String(64))
    closed: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
