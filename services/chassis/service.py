"""What a service is to the composition roots: its database, its app, what it consumes, what falls due.

Each service's `app.py` has `build(settings) -> Service`; `embedded` and `cli` run the parts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from services.chassis.clock import Job
from services.chassis.database import Database
from services.chassis.eventbus import outbox
from services.chassis.eventbus.runner import Subscription

if TYPE_CHECKING:
    from flask import Flask

# No longer than the bus keeps what was superseded: a redacted name must be gone from here too.
OUTBOX_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Service:
    """The parts of one service. `create_app` is called once per web process; the other parts need no app."""

    name: str
    database: Database
    create_app: Callable[[], Flask]
    subscriptions: tuple[Subscription, ...] = ()
    jobs: tuple[Job, ...] = ()
    ready: tuple[tuple[str, Callable[[], None]], ...] = ()
    """What its processes need beside the database and the bus: names, and functions that raise with a sentence."""

    def all_jobs(self) -> tuple[Job, ...]:
        """The service's own jobs and the chassis's: published outbox rows and old idempotency keys are forgotten in time."""
        return (
            *self.jobs,
            Job("forget published events", _forget_published),
            Job("forget idempotency keys", _forget_keys),
        )


def _forget_published(session: Session, _now: datetime) -> int:
    return outbox.forget_published(session, before=time.time() - OUTBOX_KEPT_SECONDS)


def _forget_keys(session: Session, _now: datetime) -> int:
    # Loaded here: the clock's process has no other need of Flask.
    from services.chassis.http.idempotency import forget_old

    return forget_old(session)
