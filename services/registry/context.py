"""What a view of the registry takes from its surroundings: the database and the settings of the app that it runs in.

For the `api.py` modules only; services are given what they need.
"""

from typing import cast

from flask import current_app

from services.chassis.database import Database
from services.chassis.settings import Settings


def database() -> Database:
    """The registry's database."""
    return cast(Database, current_app.extensions["convene_database"])


def address_key() -> bytes:
    """The key of the hashes of addresses."""
    return cast(Settings, current_app.extensions["convene_settings"]).address_key
