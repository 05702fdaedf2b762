"""What a view of the accounts takes from its surroundings: the database and the settings of the app that it runs in.

For the `api.py` modules only; services are given what they need.
"""

from typing import cast

from flask import current_app

from services.chassis.database import Database
from services.chassis.settings import Settings


def database() -> Database:
    """The accounts' database."""
    return cast(Database, current_app.extensions["convene_database"])


def settings() -> Settings:
    """The settings of the process."""
    return cast(Settings, current_app.extensions["convene_settings"])
