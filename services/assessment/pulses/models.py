"""Tables of pulses. Answers are only counted, never kept one by one; who has answered is a keyed hash in a table of its own.

Neither table of the two below has a time or an order of arrival: on SQLite rows lie in the order of their keys, not in that in
which they came, so that the place of a comment does not tell whose it is.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base
from services.chassis.database import Timestamp

Counts = dict[str, dict[str, int]]
"""How often each answer was given, by question."""


class Pulse(Base):
    """A pulse of a partnership.

    `counts` of `answered` answers are private; `shown` of `shown_answers` are those of the last fifth answer.
    """

    __tablename__ = "pulse"
    __table_args__ = (Index("ix_pulse_partnership_id_id", "partnership_id", "id"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_id: Mapped[str] = mapped_column(Text)
    rubric_version: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Timestamp)
    closes_on: Mapped[str] = mapped_column(Text)
    answered: Mapped[int] = mapped_column(Integer)
    counts: Mapped[Counts] = mapped_column(JSON)
    shown_answers: Mapped[int] = mapped_column(Integer)
    shown: Mapped[Counts | None] = mapped_column(JSON(none_as_null=True))


class PulseAnswered(Base):
    """That a partner has answered: a keyed hash of the pulse and the organization, and nothing else."""

    __tablename__ = "pulse_answered"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy declares it

    pulse_id: Mapped[str] = mapped_column(ForeignKey("pulse.id"), primary_key=True)
    partner_hash: Mapped[str] = mapped_column(Text, primary_key=True)


class PulseCommentRow(Base):
    """A comment under a random id. `released`: it belongs to a group of five answers that is complete."""

    __tablename__ = "pulse_comment"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as above

    pulse_id: Mapped[str] = mapped_column(ForeignKey("pulse.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    released: Mapped[bool] = mapped_column(Boolean)
