"""The tables of search: the documents as they came from the bus, and the rebuilds of the index.

The documents are the bytes of the events. Search joins what several topics say of one record here (an evaluation beside
its partnership) and counts the changes: the count is the version by which the index refuses what is outdated.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Timestamp
from services.search.tables import Base


class Record(Base):
    """A document, or the memory of one that is gone (`document` is `None`).

    `collection` is the index collection it belongs to. `generation` rises with every change, whatever topic it came
    from. `evaluation` is the profile of its newest evaluation. `time` is the event's, `traceparent` the trace that it
    belongs to. `sweep` is the number of the last rebuild from the topics that has seen the record.
    """

    __tablename__ = "record"
    __table_args__ = (Index("ix_record_time", "time"),)

    collection: Mapped[str] = mapped_column(String(30), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(BigInteger)
    generation: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    evaluation: Mapped[bytes | None] = mapped_column(LargeBinary)
    time: Mapped[str] = mapped_column(String(40))
    traceparent: Mapped[str | None] = mapped_column(String(60))
    sweep: Mapped[int] = mapped_column(Integer)


class Evaluation(Base):
    """What is found and shown of a published evaluation (`projections.evaluation_profile`); the newest goes to its record.

    `published_at` sorts as text. `sweep` as in `Record`.
    """

    __tablename__ = "evaluation"
    __table_args__ = (Index("ix_evaluation_partnership_id", "partnership_id", "published_at", "id"),)

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    partnership_id: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(BigInteger)
    published_at: Mapped[str] = mapped_column(String(40))
    profile: Mapped[bytes] = mapped_column(LargeBinary)
    sweep: Mapped[int] = mapped_column(Integer)


class Rebuild(Base):
    """A rebuild of the index, asked for, under way or ended; the newest is the one with the highest number.

    `state`: requested, reading (the topics), copying, comparing, done, failed. `place` is the last record copied, so
    that a rebuild whose process was killed goes on where it was. `owner` works on it until `owned_until` (wall clock).
    """

    __tablename__ = "rebuild"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    edition: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    from_topics: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(Text)
    read: Mapped[int] = mapped_column(BigInteger)
    copied: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(Text)
    owned_until: Mapped[datetime | None] = mapped_column(Timestamp)
    requested_at: Mapped[datetime] = mapped_column(Timestamp)
    ended_at: Mapped[datetime | None] = mapped_column(Timestamp)
