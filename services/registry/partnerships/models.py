"""Tables of the partnership records, and the private tables beside them.

What is public is in `partnership.document` and `partnership_version.document` alone. A draft has no document, no version row and
no partner row, so that nothing which reads those tables can come upon one. `Invitation`, `DraftAuthor` and every `*_person`
column are private: they are in no document, event, log or index.
"""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Dialect, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from services.chassis.database import Timestamp
from services.registry.tables import Base


class JsonText(TypeDecorator[Any]):
    """JSON kept as text in the order in which it was given, written and read by orjson: records are large and often read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


class Partnership(Base):
    """A record. `content` is the writable part in the document's shape, with declined and unnamed partners in full.

    `document` holds the public bytes, none while the record is a draft. `unit_id` is the unit that a submission or registration
    lies with; `returned_by` the units that have returned it; `registered` is `{unit_id, organization_id, date}`. `authors` are
    the people who wrote it for the partnership: a registrar must not be one of them. `spoken_at` is when somebody of the
    partnership (or its source) was last heard; the clock makes silent records dormant.
    """

    __tablename__ = "partnership"
    __table_args__ = (
        UniqueConstraint("source_system", "source_identifier"),
        Index("ix_partnership_unit_standing", "unit_id", "standing"),
        Index("ix_partnership_standing_id", "standing", "id"),
        Index("ix_partnership_phase_spoken", "phase", "spoken_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    reference: Mapped[str | None] = mapped_column(Text, unique=True)
    standing: Mapped[str] = mapped_column(Text)
    phase: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    lead_organization_id: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    standing_reason: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    phase_reason: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    source_system: Mapped[str | None] = mapped_column(Text)
    source_identifier: Mapped[str | None] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)
    source_hash: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    returned_by: Mapped[list[str] | None] = mapped_column(JsonText)
    appealed: Mapped[bool] = mapped_column(Boolean, default=False)
    registered: Mapped[dict[str, str] | None] = mapped_column(JsonText)
    author_person: Mapped[str | None] = mapped_column(Text)
    authors: Mapped[list[str]] = mapped_column(JsonText)
    spoken_at: Mapped[datetime] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)


class PartnershipPartner(Base):
    """A partner entry of a public record, for claims, renames and policy.

    `organization_id` is kept for unnamed and declined partners too, so that they can still answer: only rows with `shown` may be
    shown to anybody but that organization. `lead` marks the organization that leads the record.
    """

    __tablename__ = "partnership_partner"

    partnership_id: Mapped[str] = mapped_column(Text, primary_key=True)
    partner_id: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str | None] = mapped_column(Text, index=True)
    constituency: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(JsonText)
    lead: Mapped[bool] = mapped_column(Boolean)
    shown: Mapped[bool] = mapped_column(Boolean)


class PartnershipVersion(Base):
    """A public state of a record: the bytes as they were, and who changed what when.

    A version that was rendered again has several rows; the one of the highest revision is the version as it stands. `author` is
    the public author: `{display_name, organization_id}`, or `system:…` in `author_system`. `focal_point_ids` are the
    designations behind the document's `focal_points`, in their order, so that a name can be found and taken out.
    """

    __tablename__ = "partnership_version"
    __table_args__ = (Index("ix_partnership_version_version", "partnership_id", "version"),)

    partnership_id: Mapped[str] = mapped_column(Text, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    event: Mapped[str] = mapped_column(Text)
    standing: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Timestamp)
    reason: Mapped[Any] = mapped_column(JsonText, nullable=True)  # a language map, or plain text
    document: Mapped[bytes] = mapped_column(LargeBinary)
    author_name: Mapped[str | None] = mapped_column(Text)
    author_organization_id: Mapped[str | None] = mapped_column(Text)
    author_system: Mapped[str | None] = mapped_column(Text)
    author_person: Mapped[str | None] = mapped_column(Text, index=True)
    focal_point_ids: Mapped[list[str]] = mapped_column(JsonText)


class ReferenceCounter(Base):
    """The last reference number given in a year."""

    __tablename__ = "reference_counter"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Invitation(Base):
    """Private: a link mailed to somebody of a partner. The token is not kept, only its hash; the address goes when it was used."""

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_partner", "partnership_id", "partner_id"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_id: Mapped[str] = mapped_column(Text)
    partner_id: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    address_hash: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    language: Mapped[str | None] = mapped_column(Text)
    invited_by_person: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp)
    sent_at: Mapped[datetime | None] = mapped_column(Timestamp, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Timestamp)


class DraftAuthor(Base):
    """Private: a co-author invited to a draft. The address is kept in `addresses.models`, and binds the person who verified it."""

    __tablename__ = "draft_author"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_id: Mapped[str] = mapped_column(Text, index=True)
    person_id: Mapped[str | None] = mapped_column(Text, index=True)
    created_at: Mapped[datetime] = mapped_column(Timestamp)


class SafetyNote(Base):
    """Private: why a registrar took a partner's name out of a record and its history."""

    __tablename__ = "safety_note"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_id: Mapped[str] = mapped_column(Text, index=True)
    partner_id: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    by_person: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp)


class ImportProposal(Base):
    """What a later import says about a record that its partnership has claimed: `content` as the import would have written it."""

    __tablename__ = "import_proposal"
    __table_args__ = (Index("ix_import_proposal_partnership_state", "partnership_id", "state"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_id: Mapped[str] = mapped_column(Text)
    system: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    source_hash: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)  # open, accepted, dismissed, superseded
    received_at: Mapped[datetime] = mapped_column(Timestamp)
    decided_at: Mapped[datetime | None] = mapped_column(Timestamp)
    decided_by_person: Mapped[str | None] = mapped_column(Text)


class ClaimRequest(Base):
    """Somebody of a partner claims an imported record; at most one claim of a record is open."""

    __tablename__ = "claim_request"
    __table_args__ = (Index("ix_claim_request_partnership_state", "partnership_id", "state"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_id: Mapped[str] = mapped_column(Text)
    organization_id: Mapped[str] = mapped_column(Text)
    claimant_person: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)  # pending, accepted, refused
    comment: Mapped[Any] = mapped_column(JsonText, nullable=True)
    reason: Mapped[Any] = mapped_column(JsonText, nullable=True)  # public, once decided
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    decided_at: Mapped[datetime | None] = mapped_column(Timestamp)
    decided_by_person: Mapped[str | None] = mapped_column(Text)


class RerenderDue(Base):
    """A record whose document must be rendered again because something that it names has changed."""

    __tablename__ = "rerender_due"

    partnership_id: Mapped[str] = mapped_column(Text, primary_key=True)
    cause: Mapped[str] = mapped_column(Text)  # names (of an organization or a focal point), erasure
