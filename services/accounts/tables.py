"""The one declarative base of the accounts: every aggregate's `models.py` imports it, and the first migration creates its tables.

Not a place for columns or helpers that aggregates might share: each says its own.
"""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Tables of the accounts. Constraints have predictable names, so that a migration can drop what it did not create."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
