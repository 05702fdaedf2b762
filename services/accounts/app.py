"""The composition of the accounts: the only place that builds its adapters and knows all of its aggregates.

`create_app` gives the HTTP side, `build` everything that the service runs, `key_source` the public keys for the other services
of the same process.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from services.accounts.keys import service as keys_service
from services.accounts.tokens import service as tokens
from services.accounts.tokens import throttle
from services.chassis.clock import Job
from services.chassis.database import Database
from services.chassis.identity.keys import FunctionKeys, KeySource
from services.chassis.service import Service
from services.chassis.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

NAME = "accounts"
ABOUT = "People, how they sign in, and the tokens that every other service accepts."


def key_source(settings: Settings) -> KeySource:
    """The accounts' public keys, read from their database, for verifiers in the same process."""
    database = Database.open(settings, NAME)
    return FunctionKeys(lambda: keys_service.public_keys(database))


def create_app(settings: Settings, database: Database | None = None, keys: KeySource | None = None) -> Flask:
    """The HTTP side. `settings` must have its address key."""
    # Loaded here because relays and clocks need no web framework.
    from services.accounts.errors import PROBLEMS
    from services.accounts.keys import api as keys_api
    from services.accounts.people import api as people
    from services.accounts.providers import api as providers
    from services.accounts.tokens import api as tokens_api
    from services.chassis.http.service_app import create_service_app
    from services.chassis.identity.verification import verifier

    database = database or Database.open(settings, NAME)
    own = keys or FunctionKeys(lambda: keys_service.public_keys(database))
    return create_service_app(
        NAME,
        settings,
        database,
        [tokens_api.blp, people.me, people.roles, providers.blp, keys_api.blp],
        PROBLEMS,
        about=ABOUT,
        verifier=verifier(settings, own),
        ready=[("signing keys", lambda: keys_service.check(database, settings))],
    )


def build(settings: Settings, keys: KeySource | None = None) -> Service:
    """All parts of the service. It consumes nothing: nobody tells the accounts who somebody is."""
    database = Database.open(settings, NAME)
    return Service(NAME, database, lambda: create_app(settings, database, keys), jobs=jobs(settings))


def jobs(settings: Settings) -> tuple[Job, ...]:
    """What falls due: the next signing key, and forgetting what has expired."""

    def rotate(session: Session, now: datetime) -> int:
        return keys_service.rotate_due(session, settings, now)

    def forget(session: Session, now: datetime) -> int:
        return (
            keys_service.forget_retired(session, now)
            + tokens.forget_expired(session, now)
            + throttle.forget_old(session, now)
        )

    return Job("rotate signing keys", rotate), Job("forget expired sign-ins", forget)
