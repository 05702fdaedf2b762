"""Tables of the organizations. The columns beside `content` are what lists and matching look for; `content` is the truth."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Timestamp
from services.registry.tables import Base


class Organization(Base):
    """An organization. `content` holds the writable part in the shape of the document; `document` the public bytes."""

    __tablename__ = "organization"
    __table_args__ = (
        Index("ix_organization_standing_sort", "standing", "sort_name", "id"),
        Index("ix_organization_sort", "sort_name", "id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    standing: Mapped[str] = mapped_column(Text)  # proposed, accepted, refused, merged
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sort_name: Mapped[str] = mapped_column(Text)
    constituency: Mapped[str] = mapped_column(Text, index=True)
    country: Mapped[str | None] = mapped_column(Text, index=True)
    parent_id: Mapped[str | None] = mapped_column(Text, index=True)
    controlled_by: Mapped[str | None] = mapped_column(Text, index=True)
    merged_into: Mapped[str | None] = mapped_column(Text, index=True)
    former_names: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    reason: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    proposed_by: Mapped[str | None] = mapped_column(Text)  # a person: private
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)


class OrganizationIdentifier(Base):
    """An identifier (org-id.guide scheme and value) and the one organization that answers to it; merging moves it."""

    __tablename__ = "organization_identifier"

    scheme: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str] = mapped_column(Text, index=True)


class OrganizationName(Base):
    """A name in one language, folded for matching and searching (case, accents and spaces do not count)."""

    __tablename__ = "organization_name"

    organization_id: Mapped[str] = mapped_column(Text, primary_key=True)
    language: Mapped[str] = mapped_column(Text, primary_key=True)
    folded: Mapped[str] = mapped_column(Text, index=True)
