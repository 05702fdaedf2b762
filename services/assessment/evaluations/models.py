"""Tables of evaluations: the published document and what it was made from, its renderings, its recommendations, its complaints.

`inputs` and the texts of complaints are private: they are in no event and no public answer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.assessment.tables import Base
from services.chassis.database import Timestamp


class Evaluation(Base):
    """A published evaluation.

    `inputs` are those of `inputs.py`: with the stored reviews every figure follows from them again. `business_partners` are the
    ids of those that were business partners when it was published; another one makes the next assessment due.
    """

    __tablename__ = "evaluation"
    __table_args__ = (Index("ix_evaluation_partnership", "partnership_id", "published_at", "id"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    assessment_id: Mapped[str] = mapped_column(Text, index=True)
    partnership_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    inputs: Mapped[bytes] = mapped_column(LargeBinary)
    business_partners: Mapped[list[str]] = mapped_column(JSON)
    risk_tier: Mapped[str] = mapped_column(Text)
    corrected_by: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Timestamp)


class EvaluationVersion(Base):
    """A rendering of an evaluation's document, as it was published: nothing that was public is lost."""

    __tablename__ = "evaluation_version"

    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    event: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Timestamp)


class RecommendationDue(Base):
    """The due day of a recommendation that is neither done nor declined, until it is said to be overdue."""

    __tablename__ = "recommendation_due"
    __table_args__ = (Index("ix_recommendation_due_due", "due"),)

    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    due: Mapped[str] = mapped_column(Text)


class Complaint(Base):
    """A complaint about an evaluation. `person_id` is the one who complained, where somebody was signed in.

    `text` and `reason` are texts or language maps.
    """

    __tablename__ = "complaint"
    __table_args__ = (Index("ix_complaint_evaluation_id", "evaluation_id", "id"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"))
    person_id: Mapped[str | None] = mapped_column(Text)
    text: Mapped[Any] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(Timestamp)
    open: Mapped[bool] = mapped_column(Boolean)
    outcome: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    answered_at: Mapped[datetime | None] = mapped_column(Timestamp)
