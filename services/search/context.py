"""What a view of search takes from the app that it runs in. For `api.py` only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from services.chassis.database import Database
from services.chassis.settings import Settings
from services.search.freshness import FreshnessSource
from services.search.index.ports import Index
from services.search.service import Search
from services.search.waiting import Waiting

EXTENSION = "convene_search"


@dataclass(frozen=True)
class Context:
    """The parts of search that its views use."""

    settings: Settings
    database: Database
    index: Index
    search: Search
    waiting: Waiting
    freshness: FreshnessSource


def context() -> Context:
    """The parts, of the app that answers now."""
    return cast(Context, current_app.extensions[EXTENSION])
