"""The table of self-checks: one worksheet for each partnership. It is in no event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base
from services.chassis.database import Timestamp


class SelfCheck(Base):
    """What the partners wrote last: entries `{indicator, level?, note?}` in the order of the rubric."""

    __tablename__ = "self_check"

    partnership_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    rubric_version: Mapped[str] = mapped_column(Text)
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
