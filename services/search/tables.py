"""The one declarative base of search: `models.py` imports it, and the first migration creates its tables."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from services.chassis.tables import NAMING_CONVENTION


class Base(DeclarativeBase):
    """Tables of search."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
