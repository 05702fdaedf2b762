"""Table of signing keys. The private part is sealed (`sealing.py`): a copy of the database signs nothing."""

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.tables import Base
from services.chassis.database import Timestamp


class SigningKey(Base):
    """A P-256 key. Published from creation; signs from `active_from` until a younger one is active; then `retires_at` is set."""

    __tablename__ = "signing_key"

    id: Mapped[str] = mapped_column(Text, primary_key=True)  # the key id (`kid`): the thumbprint of RFC 7638
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    public: Mapped[str] = mapped_column(Text)  # the public JWK
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    active_from: Mapped[datetime] = mapped_column(Timestamp, index=True)
    retires_at: Mapped[datetime | None] = mapped_column(Timestamp)
