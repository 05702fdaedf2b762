"""The demo world of `convene up --demo`: about forty invented records with their organizations, people and histories, and what
panels found of some of them.

`seed` fills empty databases through the use cases of the services, in the name of invented people; `assess` plays the rounds of
the forum once the assessment has heard of that; `accounts_table` says who can sign in. Not for a register in earnest: nothing here
is called without `--demo`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.chassis.settings import Settings

if TYPE_CHECKING:
    from services.chassis.database import Database
    from services.chassis.service import Service
    from services.demo.people import People

SIGN = ("XI-DEMO", "WORLD")
"""An identifier that only an organization of the demo world has: where it is, the world is there."""
MOST_AWAITED = 100
HEARD_SECONDS, LOOK_SECONDS = 90.0, 0.05
"""How long the assessment may take to hear of the register, and between two looks whether it has."""


def seed(services: Sequence[Service], settings: Settings, marker: Path) -> People | None:
    """Make the demo world where it is not there yet, in one transaction per database; a second time changes nothing.

    Writes to `marker` what must be searchable: `partnership_id@version` of every public record, separated by white space (of the
    latest hundred, where a register has grown). Days count from today, and the process's clock is set back while things happen;
    afterwards it is that of the settings again. Returns the people, where the world was made now.
    """
    by_name = {service.name: service for service in services}
    registry = by_name["registry"]
    made = None if _is_there(registry.database) else _make(by_name["accounts"].database, registry, settings)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text("\n".join(_public(registry.database)))
    return made


def assess(services: Sequence[Service], settings: Settings, marker: Path, everybody: People | None = None) -> None:
    """Play the rounds of the forum where they were not played yet, in one transaction; a second time changes nothing.

    Waits until the assessment has heard of all that the register says; relay and consumer run elsewhere. `everybody` is what
    `seed` returned. Adds the evaluations to `marker`, as `id@version`. Where the register has changed since it was seeded so that
    the rounds cannot be played, it says so in the log and there are none.
    """
    by_name = {service.name: service for service in services}
    assessment = by_name["assessment"]
    if not _is_assessed(assessment.database):
        _play(by_name["accounts"].database, by_name["registry"].database, assessment, settings, everybody)
    with marker.open("a") as file:
        file.writelines(f"\n{each}" for each in _evaluated(assessment.database))


def accounts_table() -> str:
    """The demo accounts as plain text: address, password, who it is, what to try."""
    # Loaded here because only a start with --demo needs it.
    from services.demo import people

    return people.accounts_table()


def _make(accounts: Database, registry: Service, settings: Settings) -> People:
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
    return everybody


def _play(
    accounts: Database, registry: Database, assessment: Service, settings: Settings, everybody: People | None
) -> None:
    # Loaded here because a second start needs none of it.
    from services.chassis import clock, telemetry
    from services.chassis.errors import ServiceError
    from services.demo import assessments, hearing, people
    from services.demo.days import Days

    assessments.prepare()  # while the assessment still hears of the register
    hearing.wait(registry, assessment.database, HEARD_SECONDS, LOOK_SECONDS)
    telemetry.configure(replace(settings, log_level="warning"))
    try:
        playing = everybody or people.enter(accounts, settings)
        assessments.play(assessment.database, playing, Days(clock.today()), assessment.jobs, settings.clock)
    except (ServiceError, LookupError, ValueError) as error:
        telemetry.log.warning("the demo world's rounds cannot be played", reason=repr(error))
    finally:
        clock.use(settings.clock)
        telemetry.configure(settings)


def _is_assessed(assessment: Database) -> bool:
    from services.assessment.forum.rounds.models import Round
    from services.demo import world_files

    title = world_files.rounds()["rounds"][0]["title"]
    with assessment.reading() as session:
        return any(content["title"] == title for content in session.scalars(select(Round.content)))


def _evaluated(assessment: Database) -> list[str]:
    from services.assessment.evaluations.models import Evaluation

    statement = select(Evaluation.id, Evaluation.version).order_by(Evaluation.id.desc()).limit(MOST_AWAITED)
    with assessment.reading() as session:
        rows = session.execute(statement).all()
    return [f"{row.id}@{row.version}" for row in rows]


def _is_there(registry: Database) -> bool:
    from services.registry.organizations.service import find_by_identifier

    with registry.reading() as session:
        return find_by_identifier(session, *SIGN) is not None


def _public(registry: Database) -> list[str]:
    from services.registry.partnerships.models import Partnership

    statement = select(Partnership.id, Partnership.version).where(Partnership.document.is_not(None))
    with registry.reading() as session:
        rows = session.execute(statement.order_by(Partnership.id.desc()).limit(MOST_AWAITED)).all()
    return [f"{row.id}@{row.version}" for row in rows]
