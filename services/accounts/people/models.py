"""Tables of people. All of it is private: what leaves is the id, and keyed hashes of verified addresses."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.tables import Base
from services.chassis.database import Timestamp


class Person(Base):
    """A person. Of an erased one only the id, the counters and the instants of creation and erasure remain."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)  # active, erased
    display_name: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text, index=True)
    role_granted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    role_granted_by: Mapped[str | None] = mapped_column(Text)  # a person's id, or "operator" for the command line
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
    erased_at: Mapped[datetime | None] = mapped_column(Timestamp)


class Address(Base):
    """An address of a person, in its normal form; its hash is unique, so that it belongs to one person at most."""

    __tablename__ = "address"

    address_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[str] = mapped_column(Text, ForeignKey("person.id"), index=True)
    email: Mapped[str] = mapped_column(Text)
    verified_at: Mapped[datetime | None] = mapped_column(Timestamp)


class Password(Base):
    """The local password of a person who has one, as an Argon2 hash."""

    __tablename__ = "password"

    person_id: Mapped[str] = mapped_column(Text, ForeignKey("person.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Timestamp)
