"""The composition of the registry: the only place that builds its adapters and knows all of its aggregates.

`create_app` gives the HTTP side, `build` everything that the service runs (HTTP, consumers, jobs of the clock).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.chassis.clock import Job
from services.chassis.database import Database
from services.chassis.eventbus.runner import Subscription
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.registry.addresses import consumers as addresses
from services.registry.focal_points import consumers as focal_points
from services.registry.focal_points.service import lapse_due
from services.registry.incoming import joined
from services.registry.networks import consumers as networks
from services.registry.organizations import consumers as organizations
from services.registry.partnerships import consumers as partnerships
from services.registry.partnerships.invitations import forget_expired
from services.registry.partnerships.rerendering import render_due
from services.registry.partnerships.silence import make_dormant
from services.registry.units import consumers as units

if TYPE_CHECKING:
    from flask import Flask

    from services.chassis.http.parsing import Blueprint
    from services.chassis.identity.keys import KeySource

NAME = "registry"
ABOUT = "Organizations, units, focal points, networks and partnerships: the public record, and who may write it."


def create_app(settings: Settings, database: Database | None = None, keys: KeySource | None = None) -> Flask:
    """The HTTP side. `settings` must have its address key; `keys` verify tokens where the accounts are in this process."""
    # Loaded here because relays, consumers and clocks need no web framework.
    from services.chassis import identity
    from services.chassis.http.service_app import create_service_app
    from services.chassis.identity.verification import verifier
    from services.registry.binding import bind
    from services.registry.errors import PROBLEMS

    own = database or Database.open(settings, NAME)
    app = create_service_app(
        NAME, settings, own, blueprints(), PROBLEMS, about=ABOUT, verifier=verifier(settings, keys)
    )

    @app.before_request
    def bind_what_waits() -> None:
        """A designation binds when its person first calls; after the token was verified, before any view."""
        principal = identity.optional()
        if principal is not None:
            bind(own, principal)

    return app


def blueprints() -> list[Blueprint]:
    """The HTTP of every aggregate, in the order of the documentation."""
    from services.registry.focal_points import api as focal_points_api
    from services.registry.networks import api as networks_api
    from services.registry.organizations import api as organizations_api
    from services.registry.partnerships import api as partnerships_api
    from services.registry.units import api as units_api
    from services.registry.vocabularies import api as vocabularies_api

    return [
        organizations_api.blp,
        organizations_api.commands,
        units_api.blp,
        focal_points_api.blp,
        focal_points_api.commands,
        networks_api.blp,
        partnerships_api.blp,
        partnerships_api.commands,
        vocabularies_api.blp,
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
    """What the registry consumes: its own organizations (merges, new names) and the accounts' people (erasure)."""
    # Addresses come first, so that what waits for a person is erased with it; then designations: whoever writes rows of several
    # aggregates locks them in this order.
    tables = [
        addresses.HANDLERS,
        focal_points.HANDLERS,
        networks.HANDLERS,
        units.HANDLERS,
        organizations.HANDLERS,
        partnerships.HANDLERS,
    ]
    return (Subscription(NAME, joined(tables)),)


def jobs() -> tuple[Job, ...]:
    """What falls due."""
    return (
        Job("lapse terms", lapse_due),
        Job("make silent partnerships dormant", make_dormant),
        Job("forget expired invitations", forget_expired),
        Job("render records again", render_due),
    )
