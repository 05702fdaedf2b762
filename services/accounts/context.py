"""What a view of the accounts takes from its surroundings: database, settings, and the answer to whether the caller may.

For the `api.py` modules only; services are given what they need.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from flask import current_app

from services.accounts.policy import decide
from services.chassis import identity
from services.chassis.database import Database
from services.chassis.settings import Settings

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def database() -> Database:
    """The accounts' database."""
    return cast(Database, current_app.extensions["convene_database"])


def settings() -> Settings:
    """The settings of the process."""
    return cast(Settings, current_app.extensions["convene_settings"])


def allowed(action: str) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """Put above a view's arguments: asks the policy before the request's content is looked at."""

    def decorate(view: Callable[Given, Answer]) -> Callable[Given, Answer]:
        @functools.wraps(view)
        def wrapper(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
            decide(identity.optional(), action)
            return view(*args, **kwargs)

        return wrapper

    return decorate
