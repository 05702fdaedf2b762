"""The one declarative base of the assessment: each aggregate's `models.py` imports it, and the migrations make its tables."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Tables of the assessment."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
