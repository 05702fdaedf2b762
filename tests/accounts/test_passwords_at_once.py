"""Passwords that are tried or set at the same moment."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import text

from services.accounts.errors import WrongPassword
from services.accounts.people import passwords
from services.accounts.people import service as people
from services.accounts.tokens import throttle
from services.chassis import clock


def test_a_password_set_meanwhile_is_not_replaced_by_who_knew_the_former(
    accounts: Any, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    person = accounts.user()
    compare = passwords.matches

    def slowly(given: str, stored: str | None) -> bool:
        """The operator sets another password while this one is compared."""
        monkeypatch.setattr(passwords, "matches", compare)
        accounts.user(password="the operator's choice 7")
        return compare(given, stored)

    monkeypatch.setattr(passwords, "matches", slowly)
    with pytest.raises(WrongPassword):
        people.change_password(accounts.database, accounts.settings, person, password, "what a thief would like 9")
    assert accounts.sign_in(password="the operator's choice 7").status_code == 200


@pytest.mark.real
def test_a_try_is_counted_while_another_one_is_forgiven(either_accounts: Any) -> None:
    """Two people behind one network address: the count of the first goes while the second waits for it."""
    database = either_accounts.database
    if database.dialect == "sqlite":
        pytest.skip("on SQLite nobody counts beside a writer")
    tried = throttle.subjects(b"k" * 32, "dara@example.org", "192.0.2.1")
    counted: list[str] = []

    def count() -> None:
        with database.transaction() as session:
            throttle.count_try(session, tried)
        counted.append("second")

    with database.transaction() as session:
        throttle.count_try(session, tried)
    second = threading.Thread(target=count)
    with database.transaction() as session:
        for each in tried:
            throttle._locked(session, each, clock.now())
        second.start()
        _until_somebody_waits(database)
        throttle.forgive(session, tried)
    second.join(60)
    assert counted == ["second"]


def _until_somebody_waits(database: Any) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    limit = time.monotonic() + 60
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(query).scalar():
            assert time.monotonic() < limit, "nobody waits"
