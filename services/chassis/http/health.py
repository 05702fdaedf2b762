"""`/health/live`, `/health/ready` and `/metrics` of a service.

Live: the process answers. Ready: what the service needs to do its work is there, and if not, which thing and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson
from flask import Flask, Response
from sqlalchemy import text

from services.chassis import metrics, migrations
from services.chassis.database import Database
from services.chassis.eventbus import outbox

READINGS = "convene_readings"
Check = tuple[str, Callable[[], None]]
"""A name, and a function that raises with a sentence when the thing is not there."""


def database_check(database: Database) -> Check:
    """The database answers and its tables are those of this program."""

    def check() -> None:
        with database.connection() as connection:
            connection.execute(text("SELECT 1"))
        found, wanted = migrations.current(database), migrations.head(database.service)
        if found != wanted:
            raise RuntimeError(
                f"tables are at revision {found}, this program needs {wanted}: run `convene db upgrade {database.service}`"
            )

    return "database", check


def run_checks(checks: Sequence[Check]) -> tuple[bool, list[dict[str, object]]]:
    """Run them all; returns whether all passed, and a row each."""
    rows: list[dict[str, object]] = []
    for name, check in checks:
        try:
            check()
        except Exception as error:  # whatever it is, the answer is that the thing is not there
            rows.append({"name": name, "ok": False, "detail": _first_line(error)})
        else:
            rows.append({"name": name, "ok": True})
    return all(row["ok"] for row in rows), rows


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def readiness(checks: Sequence[Check]) -> tuple[int, bytes]:
    """Status and body of `/health/ready`."""
    ready, rows = run_checks(checks)
    return (200 if ready else 503), orjson.dumps({"status": "ready" if ready else "not ready", "checks": rows})


def outbox_readings(database: Database) -> metrics.Reading:
    """The gauges of a service's outbox."""

    def read() -> list[tuple[str, str, dict[str, str], float]]:
        with database.reading() as session:
            depth, age = outbox.depth_and_age(session)
        labels = {"service": database.service}
        return [
            ("convene_outbox_depth", "Events that wait for the bus.", labels, float(depth)),
            ("convene_outbox_age_seconds", "Age of the oldest event that waits for the bus.", labels, age),
        ]

    return read


def readings_of(app: Flask) -> metrics.Readings:
    """What is read for the app's metrics, to which more can be added."""
    found: metrics.Readings = app.extensions[READINGS]
    return found


def install(app: Flask, database: Database, checks: Sequence[Check]) -> None:
    """Add the three addresses to the app."""
    checks = (database_check(database), *checks)
    readings = app.extensions[READINGS] = metrics.Readings()
    readings.add(outbox_readings(database))

    @app.get("/health/live")
    def live() -> Response:
        return Response(b'{"status":"live"}', mimetype="application/json")

    @app.get("/health/ready")
    def ready() -> Response:
        status, body = readiness(checks)
        return Response(body, status, mimetype="application/json")

    @app.get("/metrics")
    def exposition() -> Response:
        return Response(metrics.exposition(readings), content_type="text/plain; version=0.0.4; charset=utf-8")
