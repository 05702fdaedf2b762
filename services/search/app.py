"""The composition of search: the only place that chooses its index and its bus.

`create_app` gives the HTTP side, `build` everything that the service runs: the app and the consumer, which writes the
index and does the rebuilds between its batches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from services.chassis.database import Database
from services.chassis.eventbus.build import build_bus
from services.chassis.eventbus.ports import Bus
from services.chassis.eventbus.runner import Subscription
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.search.index.build import build_index
from services.search.index.ports import Index

if TYPE_CHECKING:
    from flask import Flask

    from services.chassis.identity.keys import KeySource

NAME = "search"
ABOUT = "Finds partnerships and organizations by text in many languages, filters and facets. No account needed."


def create_app(
    settings: Settings,
    database: Database | None = None,
    keys: KeySource | None = None,
    index: Index | None = None,
    bus: Callable[[], Bus] | None = None,
) -> Flask:
    """The HTTP side."""
    # Loaded here because the consumer needs no web framework.
    from services.chassis.http.service_app import create_service_app
    from services.chassis.identity.verification import verifier
    from services.search import api
    from services.search.context import EXTENSION, Context
    from services.search.errors import PROBLEMS
    from services.search.freshness import FreshnessSource
    from services.search.indexing import TOPICS
    from services.search.service import Search
    from services.search.waiting import Waiting

    database = database or Database.open(settings, NAME)
    index = index or build_index(settings)
    freshness = FreshnessSource(database, bus or _bus(settings), NAME, TOPICS)
    app = create_service_app(
        NAME,
        settings,
        database,
        [api.blp],
        PROBLEMS,
        about=ABOUT,
        verifier=verifier(settings, keys),
        ready=[("index", index.check)],
    )
    app.extensions[EXTENSION] = Context(
        settings=settings,
        database=database,
        index=index,
        search=Search(database, index, freshness),
        waiting=Waiting(database, index, settings.data_dir / "run" / "search", settings.workers),
        freshness=freshness,
    )
    return app


def build(settings: Settings, keys: KeySource | None = None) -> Service:
    """All parts of the service."""
    database = Database.open(settings, NAME)
    index = build_index(settings)
    return Service(
        NAME,
        database,
        lambda: create_app(settings, database, keys),
        subscriptions=(subscription(settings, database, index, _bus(settings)),),
        ready=(("index", index.check),),
    )


def subscription(settings: Settings, database: Database, index: Index, bus: Callable[[], Bus]) -> Subscription:
    """The consumer: documents into the table, then into the index; rebuilds in between."""
    from services.search import consumers
    from services.search.indexing import Indexer, Projected
    from services.search.rebuild import Rebuilder

    projected = Projected()
    indexer = Indexer(database, index, projected)
    rebuilder = Rebuilder(database, index, bus, indexer)
    return Subscription(
        NAME,
        consumers.handlers(projected),
        after_commit=indexer.apply,
        idle=rebuilder.idle,
        started=rebuilder.started,
        stopped=rebuilder.stopped,
    )


def _bus(settings: Settings) -> Callable[[], Bus]:
    """The bus, opened when first asked for."""
    return functools.cache(lambda: build_bus(settings))
