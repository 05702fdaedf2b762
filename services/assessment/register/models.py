"""The tables of what the register says: authorities (ids and hashes alone), organizations, units and networks.

Columns hold what the assessment looks up; whole documents stay with their owner.
"""

from __future__ import annotations

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base

IDENTIFIER = 100


class RegisteredAuthority(Base):
    """A designation, a nomination or the contact of a network: who may act, by id once bound, by hash before."""

    __tablename__ = "register_authority"
    __table_args__ = (
        Index("ix_register_authority_person_id", "person_id"),
        Index("ix_register_authority_address_hash", "address_hash"),
        Index("ix_register_authority_kind", "kind", "state"),
    )

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # designation, nomination, contact
    state: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    address_hash: Mapped[str | None] = mapped_column(String(200))
    organization_id: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    unit_ids: Mapped[list[str]] = mapped_column(JSON)
    network_id: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    functions: Mapped[list[str]] = mapped_column(JSON)
    roles: Mapped[list[str]] = mapped_column(JSON)
    term_start: Mapped[str | None] = mapped_column(String(10))
    term_end: Mapped[str | None] = mapped_column(String(10))
    languages: Mapped[list[str]] = mapped_column(JSON)
    countries: Mapped[list[str]] = mapped_column(JSON)
    constituency: Mapped[str | None] = mapped_column(Text)


class RegisteredOrganization(Base):
    """An organization, as far as interests and constituencies depend on it."""

    __tablename__ = "register_organization"
    __table_args__ = (
        Index("ix_register_organization_parent_id", "parent_id"),
        Index("ix_register_organization_controlled_by", "controlled_by"),
        Index("ix_register_organization_merged_into", "merged_into"),
    )

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    standing: Mapped[str] = mapped_column(String(20))
    name: Mapped[dict[str, str]] = mapped_column(JSON)
    constituency: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    controlled_by: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    merged_into: Mapped[str | None] = mapped_column(String(IDENTIFIER))


class RegisteredUnit(Base):
    """A unit that accepts records, and whose it is."""

    __tablename__ = "register_unit"

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    name: Mapped[dict[str, str]] = mapped_column(JSON)


class RegisteredNetwork(Base):
    """A network of one constituency, which nominates members."""

    __tablename__ = "register_network"

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSON)
    constituency: Mapped[str] = mapped_column(Text)
