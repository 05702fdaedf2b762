"""Tables of the constituency networks: the network (public), its contact (internal), its nominations (internal).

The contact has a row of its own because it is an authority like a designation: it binds, and it ends when another takes over.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Timestamp
from services.registry.tables import Base


class Network(Base):
    """A constituency network. `content`: name, constituency, code_of_conduct_url."""

    __tablename__ = "network"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    constituency: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)


class NetworkContact(Base):
    """Who speaks for a network: one running at a time; ended ones stay, so that their authority document says so."""

    __tablename__ = "network_contact"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    network_id: Mapped[str] = mapped_column(Text, index=True)
    state: Mapped[str] = mapped_column(Text)  # designated, bound, ended
    person_id: Mapped[str | None] = mapped_column(Text, index=True)
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    authority_document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)


class Nomination(Base):
    """A person whom a network nominates and vouches for. Its document is read by the network and the PDU only."""

    __tablename__ = "nomination"
    __table_args__ = (Index("ix_nomination_network_id", "network_id", "id"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    network_id: Mapped[str] = mapped_column(Text)
    organization_id: Mapped[str | None] = mapped_column(Text, index=True)
    display_name: Mapped[str | None] = mapped_column(Text)  # none once redacted
    roles: Mapped[list[str]] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON)
    countries: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(Text)  # nominated, bound, withdrawn
    person_id: Mapped[str | None] = mapped_column(Text, index=True)
    nominated_by: Mapped[str | None] = mapped_column(Text)  # a person: private
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    authority_document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
