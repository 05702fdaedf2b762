"""The one declarative base of the registry: every aggregate's `models.py` imports it, and the first migration creates its tables.

Not a place for columns or helpers that aggregates might share: each says its own.
"""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from services.chassis.tables import NAMING_CONVENTION


class Base(DeclarativeBase):
    """Tables of the registry. Constraints have predictable names, so that a migration can drop what it did not create."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
