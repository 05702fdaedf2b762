"""The tables of assessments. Only `Assessment.document` is public; seats join members to pseudonyms, submissions are for the panel.

Submissions are never changed: a revision is another row, so that the first of every member is kept for ever.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base
from services.chassis.database import Timestamp

IDENTIFIER = 100


class Assessment(Base):
    """An assessment. `stages` are its steps as the document shows them; `deadline` is when the present one ends by itself.

    `judged_document` is the record as it was frozen; `shown` are the lessons as they were shown to the partnership, in order.
    `approved_edition` counts changes of rationale and recommendations: approvals are of an edition.
    """

    __tablename__ = "forum_assessment"
    __table_args__ = (
        Index("uq_forum_assessment_round_partnership", "round_id", "partnership_id", unique=True),
        Index("ix_forum_assessment_deadline", "deadline"),
        Index("ix_forum_assessment_partnership_id", "partnership_id"),
    )

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    round_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    partnership_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    reference: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    ground: Mapped[str] = mapped_column(String(20))
    petition: Mapped[dict[str, list[str]]] = mapped_column(JSON)  # {"named": […], "signed": […]}
    stage: Mapped[str] = mapped_column(String(20))
    deadline: Mapped[datetime | None] = mapped_column(Timestamp)
    stages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    judged_version: Mapped[int | None] = mapped_column(BigInteger)
    judged_revision: Mapped[int | None] = mapped_column(BigInteger)
    judged_document: Mapped[bytes | None] = mapped_column(LargeBinary)
    judged_on: Mapped[str | None] = mapped_column(String(10))
    pool_digest: Mapped[str | None] = mapped_column(String(64))
    balance: Mapped[Any] = mapped_column(JSON)
    edition: Mapped[int] = mapped_column(Integer)
    shown: Mapped[list[Any]] = mapped_column(JSON)
    extended: Mapped[bool] = mapped_column(Boolean)
    reply: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    replied_at: Mapped[datetime | None] = mapped_column(Timestamp)
    reconsideration: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    unit_review: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    evaluation_id: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    version: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)


class Seat(Base):
    """A member on a panel, under a pseudonym that is drawn anew for every assessment and known to the unit and the member alone.

    `judgement_stays`: the member left when the profile had been shown, by no rule: the difference between what was shown and what
    is published would otherwise be one member's scores. `named_as` is the name under which its member was published, if it was.
    """

    __tablename__ = "forum_seat"
    __table_args__ = (
        Index("ix_forum_seat_assessment_id", "assessment_id"),
        Index("ix_forum_seat_member_id", "member_id"),
    )

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    assessment_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    member_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    chamber: Mapped[str] = mapped_column(String(40))
    constituency: Mapped[str] = mapped_column(String(100))
    pseudonym: Mapped[str] = mapped_column(String(100))
    joined_at: Mapped[datetime] = mapped_column(Timestamp)
    left_at: Mapped[datetime | None] = mapped_column(Timestamp)
    reason: Mapped[str | None] = mapped_column(Text)
    approved_edition: Mapped[int | None] = mapped_column(Integer)
    reconsidered_at: Mapped[datetime | None] = mapped_column(Timestamp)
    judgement_stays: Mapped[bool] = mapped_column(Boolean, default=False)
    named_as: Mapped[str | None] = mapped_column(Text)


class Excluded(Base):
    """Why somebody may not sit on a panel: for the unit and the member alone."""

    __tablename__ = "forum_exclusion"

    assessment_id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    rule: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(Text)


class Question(Base):
    """A question of the panel. An answer for the panel alone goes when the round is over."""

    __tablename__ = "forum_question"
    __table_args__ = (Index("ix_forum_question_assessment_id", "assessment_id"),)

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    assessment_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    seat_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    text: Mapped[str] = mapped_column(Text)
    pseudonymous: Mapped[bool] = mapped_column(Boolean)
    asked_at: Mapped[datetime] = mapped_column(Timestamp)
    answer: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    panel_only: Mapped[bool] = mapped_column(Boolean)
    answered_at: Mapped[datetime | None] = mapped_column(Timestamp)


class Draft(Base):
    """A review that its member still writes; nobody else reads it."""

    __tablename__ = "forum_draft"

    seat_id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)


class Submission(Base):
    """A review as it was submitted: number 1 first, a row for each revision. Never changed, never deleted."""

    __tablename__ = "forum_submission"

    seat_id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    submitted_at: Mapped[datetime] = mapped_column(Timestamp)


class Word(Base):
    """A word in the deliberation, under the pseudonym of its seat."""

    __tablename__ = "forum_discussion"
    __table_args__ = (Index("ix_forum_discussion_assessment_id", "assessment_id"),)

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    assessment_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    seat_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    indicator: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(35))
    translation_of: Mapped[str | None] = mapped_column(String(IDENTIFIER))
    machine: Mapped[bool] = mapped_column(Boolean)
    said_at: Mapped[datetime] = mapped_column(Timestamp)


class Rationale(Base):
    """The panel's rationale of a lesson, as it stands."""

    __tablename__ = "forum_rationale"

    assessment_id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(100), primary_key=True)
    text: Mapped[dict[str, str]] = mapped_column(JSON)


class Recommendation(Base):
    """A recommendation of the panel, as it stands."""

    __tablename__ = "forum_recommendation"
    __table_args__ = (Index("ix_forum_recommendation_assessment_id", "assessment_id"),)

    id: Mapped[str] = mapped_column(String(IDENTIFIER), primary_key=True)
    assessment_id: Mapped[str] = mapped_column(String(IDENTIFIER))
    text: Mapped[dict[str, str]] = mapped_column(JSON)
    addressee: Mapped[str] = mapped_column(String(IDENTIFIER))
    due: Mapped[str | None] = mapped_column(String(10))
