"""Tables of sign-ins: families of refresh tokens, and the count of failed tries. No token is here, only digests."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.tables import Base
from services.chassis.database import Timestamp


class RefreshFamily(Base):
    """One sign-in: every refresh token that came of it. Revoked as a whole."""

    __tablename__ = "refresh_family"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[str] = mapped_column(Text, ForeignKey("person.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(Timestamp)
    renewed_at: Mapped[datetime] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(Timestamp)
    revoked_because: Mapped[str | None] = mapped_column(Text)  # signed_out, reused, password_changed


class RefreshToken(Base):
    """A refresh token, as its SHA-256 digest (the token has 256 random bits: nothing to guess). Used once."""

    __tablename__ = "refresh_token"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    family_id: Mapped[str] = mapped_column(Text, ForeignKey("refresh_family.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Timestamp)


class Throttle(Base):
    """Failed tries for one address or from one client, which `subject` names by a keyed hash."""

    __tablename__ = "throttle"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    blocked_until: Mapped[datetime | None] = mapped_column(Timestamp)
    forget_at: Mapped[datetime] = mapped_column(Timestamp, index=True)
