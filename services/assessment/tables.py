"""The one declarative base of the assessment: each aggregate's `models.py` imports it, and the migrations make its tables."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from services.chassis.tables import NAMING_CONVENTION


class Base(DeclarativeBase):
    """Tables of the assessment."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
