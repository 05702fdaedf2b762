"""What a view of the assessment takes from its surroundings. For the `api.py` modules only; services are given what they need."""

from __future__ import annotations

from typing import cast

from flask import current_app

from services.chassis.database import Database
from services.chassis.settings import Settings


def database() -> Database:
    """The assessment's database."""
    return cast(Database, current_app.extensions["convene_database"])


def address_key() -> bytes:
    """The key of hashes that must not be guessed from what they stand for."""
    return cast(Settings, current_app.extensions["convene_settings"]).address_key
