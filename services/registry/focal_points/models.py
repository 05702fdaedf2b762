"""The table of designations. Addresses are not here but in `addresses.models`; the two documents are kept apart.

`document` is the public part (a name, no id of a person); `authority_document` is the internal one (ids, no name).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Timestamp
from services.registry.tables import Base


class FocalPoint(Base):
    """A designation: somebody acts for an organization, with some functions, for a term (both ends belong to it)."""

    __tablename__ = "focal_point"
    __table_args__ = (
        Index("ix_focal_point_state_term_end", "state", "term_end"),
        Index("ix_focal_point_organization_state", "organization_id", "state"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str | None] = mapped_column(Text)  # none once redacted
    functions: Mapped[list[str]] = mapped_column(JSON)
    speaks: Mapped[bool] = mapped_column(Boolean)  # lead or focal_point: counts for coverage
    term_start: Mapped[date | None] = mapped_column(Date)
    term_end: Mapped[date | None] = mapped_column(Date)
    languages: Mapped[list[str]] = mapped_column(JSON)
    countries: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(Text)  # designated, bound, lapsed, ended
    person_id: Mapped[str | None] = mapped_column(Text, index=True)
    predecessor_id: Mapped[str | None] = mapped_column(Text)
    end_reason: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))  # private
    designated_by: Mapped[str | None] = mapped_column(Text)  # a person: private
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    authority_document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
