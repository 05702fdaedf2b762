"""The private table of addresses. Nothing in it is ever in a document, an event, a log or an index.

One table for designations, nominations and network contacts, so that the question "is anything waiting for this person?" is
one indexed look-up on every call.
"""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Timestamp
from services.registry.tables import Base


class KnownAddress(Base):
    """The keyed hash of an address that a person has verified, as the accounts told: what waits can be bound, and be erased."""

    __tablename__ = "known_address"

    person_id: Mapped[str] = mapped_column(Text, primary_key=True)
    address_hash: Mapped[str] = mapped_column(Text, primary_key=True)


class PrivateAddress(Base):
    """The address given for one designation, nomination or network contact (`subject_id`), bound once its owner has called."""

    __tablename__ = "private_address"
    __table_args__ = (Index("ix_private_address_hash_person", "address_hash", "person_id"),)

    subject_id: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text)  # focal_point, nomination, network_contact
    email: Mapped[str] = mapped_column(Text)
    address_hash: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str | None] = mapped_column(Text, index=True)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
