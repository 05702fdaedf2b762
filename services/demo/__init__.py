"""The demo world of `convene up --demo`: about forty invented records with their organizations, people and histories.

`seed` fills empty databases through the use cases of the services, in the name of invented people; `accounts_table` says who can
sign in. Not for a register in earnest: nothing here is called without `--demo`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from services.chassis.settings import Settings

if TYPE_CHECKING:
    from services.chassis.database import Database
    from services.chassis.service import Service

SIGN = ("XI-DEMO", "WORLD")
"""An identifier that only an organization of the demo world has: where it is, the world is there."""
MOST_AWAITED = 100


def seed(services: Sequence[Service], settings: Settings, marker: Path) -> None:
    """Make the demo world where it is not there yet, in one transaction per database; a second time changes nothing.

    Writes to `marker` what must be searchable: `partnership_id@version` of every public record, separated by white space (of the
    latest hundred, where a register has grown). Days count from today, and the process's clock is set back while things happen;
    afterwards it is that of the settings again.
    """
    by_name = {service.name: service for service in services}
    registry = by_name["registry"]
    if not _is_there(registry.database):
        _make(by_name["accounts"].database, registry, settings)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text("\n".join(_public(registry.database)))


def accounts_table() -> str:
    """The demo accounts as plain text: address, password, who it is, what to try."""
    # Loaded here because only a start with --demo needs it.
    from services.demo import people

    return people.accounts_table()


def _make(accounts: Database, registry: Service, settings: Settings) -> None:
    # Loaded here because a second start needs none of it.
    from services.chassis import clock, telemetry
    from services.demo import people, register, stories
    from services.demo.days import Days

    telemetry.configure(replace(settings, log_level="warning"))  # a line per invented sign-in would bury the rest
    everybody = people.enter(accounts, settings)
    world = register.Register(registry.database, settings, everybody, Days(clock.today()), {})
    try:
        with registry.database.transaction() as session:
            register.open_register(world)
            happenings = [*register.handovers(world), *stories.happenings(world)]
            for nth, happening in enumerate(sorted(happenings, key=lambda each: each.day)):
                world.set_clock(happening.day, nth)
                happening.run()
            clock.use(settings.clock)
            for job in registry.jobs:  # what fell due meanwhile: terms that lapsed, partnerships gone silent
                job.run(session, clock.now())
    finally:
        clock.use(settings.clock)
        telemetry.configure(settings)


def _is_there(registry: Database) -> bool:
    from services.registry.organizations.service import find_by_identifier

    with registry.reading() as session:
        return find_by_identifier(session, *SIGN) is not None


def _public(registry: Database) -> list[str]:
    from sqlalchemy import select

    from services.registry.partnerships.models import Partnership

    statement = select(Partnership.id, Partnership.version).where(Partnership.document.is_not(None))
    with registry.reading() as session:
        rows = session.execute(statement.order_by(Partnership.id.desc()).limit(MOST_AWAITED)).all()
    return [f"{row.id}@{row.version}" for row in rows]
