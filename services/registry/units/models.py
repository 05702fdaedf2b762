"""The table of units. What a unit answers for is small: it is read whole from `content` where it is needed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Timestamp
from services.registry.tables import Base


class Unit(Base):
    """A unit of an organization. `content`: name, countries, goals (`scheme:code`); empty lists mean all."""

    __tablename__ = "unit"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str] = mapped_column(Text, index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
