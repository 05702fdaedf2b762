"""What members say of themselves. A member is a nomination; what the network and the register know of it is not repeated here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base
from services.chassis.database import Timestamp

IDENTIFIER = 100


class Member(Base):
    """What a member allows. Who has no row allows nothing."""

    __tablename__ = "forum_member"

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    named: Mapped[bool] = mapped_column(Boolean)
    display_name: Mapped[str | None] = mapped_column(String(200))


class Interest(Base):
    """An interest that a member declared, in an organization or in a partnership."""

    __tablename__ = "forum_interest"
    __table_args__ = (Index("ix_forum_interest_member_id", "member_id"),)

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    organization_id: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    partnership_id: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    nature: Mapped[str] = mapped_column(Text)
    declared_at: Mapped[datetime] = mapped_column(Timestamp)


class AnchorAnswer(Base):
    """A member's answer to an anchor case of a version of the rubric: the first one stays."""

    __tablename__ = "forum_anchor_answer"

    member_id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    rubric_version: Mapped[str] = mapped_column(String(100), primary_key=True)
    case: Mapped[str] = mapped_column("anchor_case", String(100), primary_key=True)
    level: Mapped[int] = mapped_column(Integer)
    answered_at: Mapped[datetime] = mapped_column(Timestamp)
