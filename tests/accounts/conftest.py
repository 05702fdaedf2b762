"""An accounts service of the test's own: real database, real app, a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from services.accounts import app as accounts_app
from services.accounts.people import service as people
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from tests.databases import with_tables

PASSWORD = "seven otters swim upstream"


@dataclass
class Accounts:
    """The service under test."""

    settings: Settings
    database: Database
    client: FlaskClient
    shifted: float = field(default=0.0)

    def travel(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass."""
        self.shifted += seconds + 60 * minutes + 3600 * hours + 86400 * days
        clock.use(f"offset:{self.shifted}")

    def user(self, email: str = "dara@example.org", role: str | None = None, password: str = PASSWORD) -> str:
        """A local account; returns the person's id."""
        return people.add_user(self.database, self.settings, email, password, role)

    def issued(self, email: str = "dara@example.org", role: str | None = None) -> dict[str, str]:
        """The header with a token that the operator issued."""
        return bearer(people.issue_token(self.database, self.settings, email, role))

    def sign_in(self, email: str = "dara@example.org", password: str = PASSWORD, **environ: Any) -> TestResponse:
        """Ask for tokens with a password."""
        body = {"grant_type": "password", "username": email, "password": password}
        return self.client.post("/token", json=body, **environ)

    def renew(self, refresh_token: str) -> TestResponse:
        """Ask for tokens with a refresh token."""
        return self.client.post("/token", json={"grant_type": "refresh_token", "refresh_token": refresh_token})

    def me(self, access_token: str) -> TestResponse:
        """Read one's own account."""
        return self.client.get("/me", headers=bearer(access_token))

    def events(self) -> list[tuple[str, bytes]]:
        """Everything in the outbox: headers and data."""
        with self.database.reading() as session:
            rows = session.execute(select(outbox.c.headers, outbox.c.value).order_by(outbox.c.id)).all()
        return [(row.headers.decode(), row.value) for row in rows]

    def run_jobs(self) -> int:
        """One turn of the clock."""
        return clock.Clock(self.database, accounts_app.jobs(self.settings)).turn()


def bearer(token: str) -> dict[str, str]:
    """The header that a client sends."""
    return {"Authorization": f"Bearer {token}"}


def slug(answer: TestResponse) -> str:
    """The rule that a problem names."""
    assert answer.mimetype == "application/problem+json", answer.text
    return str((answer.json or {})["type"]).rpartition("/")[2]


def _make(settings: Settings) -> Accounts:
    database = Database.open(settings, "accounts")
    with_tables(database)
    return Accounts(settings, database, accounts_app.create_app(settings, database).test_client())


@pytest.fixture
def accounts(settings: Settings) -> Accounts:
    """The accounts on SQLite."""
    return _make(settings)


@pytest.fixture
def either_accounts(either_database: Settings) -> Accounts:
    """The accounts on SQLite, then on PostgreSQL."""
    return _make(either_database)


@pytest.fixture
def problem_slug() -> Callable[[TestResponse], str]:
    """`slug`, for tests."""
    return slug


@pytest.fixture
def password() -> str:
    """The password of the accounts made here."""
    return PASSWORD
