"""The composition of the assessment: the only place that builds its adapters and knows all of its aggregates.

`create_app` gives the HTTP side, `build` everything that the service runs (HTTP, consumers, jobs of the clock).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.assessment.evaluations import consumers as evaluations
from services.assessment.evaluations import follow_up
from services.assessment.evidence import consumers as evidence
from services.assessment.forum import consumers as forum
from services.assessment.forum.assessments import moving
from services.assessment.panels import consumers as panels
from services.assessment.register import consumers as register
from services.chassis.clock import Job
from services.chassis.database import Database
from services.chassis.eventbus.runner import Handler, Subscription
from services.chassis.service import Service
from services.chassis.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from services.chassis.http.parsing import Blueprint
    from services.chassis.identity.keys import KeySource

NAME = "assessment"
ABOUT = "Partnerships against the Panel's eight lessons: evidence from public records, beside the judgement of panels."


def create_app(settings: Settings, database: Database | None = None, keys: KeySource | None = None) -> Flask:
    """The HTTP side. `keys` verify tokens where the accounts are in this process."""
    # Loaded here because relays, consumers and clocks need no web framework.
    from services.assessment.errors import PROBLEMS
    from services.assessment.evidence.api import PULSE_OF
    from services.assessment.forum.assessments.first_submissions import first_submissions
    from services.assessment.learning.api import FIRSTS_OF
    from services.assessment.pulses.service import pulse_of
    from services.chassis.http.service_app import create_service_app
    from services.chassis.identity.verification import verifier

    own = database or Database.open(settings, NAME)
    app = create_service_app(
        NAME, settings, own, blueprints(), PROBLEMS, about=ABOUT, verifier=verifier(settings, keys)
    )
    app.extensions[PULSE_OF] = pulse_of
    app.extensions[FIRSTS_OF] = first_submissions
    return app


def blueprints() -> list[Blueprint]:
    """The HTTP of every aggregate, in the order of the documentation."""
    from services.assessment.evaluations import api as evaluations_api
    from services.assessment.evidence import api as evidence_api
    from services.assessment.forum.assessments import api as assessments_api
    from services.assessment.forum.members import api as members_api
    from services.assessment.forum.rounds import api as rounds_api
    from services.assessment.learning import api as learning_api
    from services.assessment.pulses import api as pulses_api
    from services.assessment.rubrics import api as rubrics_api
    from services.assessment.self_checks import api as self_checks_api

    return [
        rubrics_api.blp,
        evidence_api.blp,
        rounds_api.blp,
        members_api.blp,
        assessments_api.blp,
        evaluations_api.blp,
        pulses_api.blp,
        self_checks_api.blp,
        learning_api.blp,
    ]


def build(settings: Settings, keys: KeySource | None = None) -> Service:
    """All parts of the service."""
    database = Database.open(settings, NAME)
    return Service(
        NAME,
        database,
        lambda: create_app(settings, database, keys),
        subscriptions=subscriptions(),
        jobs=jobs(),
    )


def subscriptions() -> tuple[Subscription, ...]:
    """What the assessment consumes: the public records, and who may act in the register."""
    kept = evidence.HANDLERS, panels.HANDLERS, register.HANDLERS
    return (Subscription(NAME, in_order(*kept, evaluations.HANDLERS, forum.HANDLERS)),)


def in_order(*tables: Mapping[str, Handler]) -> dict[str, Handler]:
    """One table of several: for an event that more than one of them handles, one after another in one transaction."""
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: _all_of([table[name] for table in tables if name in table]) for name in names}


def _all_of(handlers: Sequence[Handler]) -> Handler:
    def handle(session: Session, event: Event) -> None:
        for each in handlers:
            each(session, event)

    return handlers[0] if len(handlers) == 1 else handle


def jobs() -> tuple[Job, ...]:
    """What falls due, beside what falls due in every service."""
    return (
        Job("deadlines of assessments", moving.run_due),
        Job("rounds that are over", moving.close_rounds),
        Job("overdue recommendations", follow_up.note_overdue),
    )
