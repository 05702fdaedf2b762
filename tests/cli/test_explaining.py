"""What an operator can mend is one sentence: what could not be reached or written, and what to do."""

from __future__ import annotations

import errno
import resource
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg.errors
import pytest
import sqlalchemy.exc

from services.accounts.errors import AddressRefused
from services.chassis.database import Database
from services.chassis.errors import FieldError
from services.chassis.settings import Settings
from services.explaining import Reached, sentence

URL = "postgresql://convene:hunter2@127.0.0.1:1/db"
NOWHERE = "/proc/nope"
"""A folder that nobody can make, not even root."""


@pytest.mark.parametrize(
    ("command", "service"),
    [
        ("db upgrade search", "search"),
        ("db upgrade", "accounts"),
        ("events republish", "accounts"),
        ("rerender", "registry"),
        ("token issue a@example.org", "accounts"),
        ("user add a@example.org --password something-long-enough", "accounts"),
        ("assessment recompute --all", "assessment"),
        ("keys rotate", "accounts"),
    ],
)
def test_a_database_that_is_away_is_named_without_its_password(
    command: str, service: str, convene: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVENE_DATABASE_URL", URL)
    monkeypatch.setenv("CONVENE_ADDRESS_KEY", "0" * 32)
    done = convene(*command.split())
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"convene: the database of {service} at postgresql://convene:…@127.0.0.1:1/db cannot be")
    assert "CONVENE_DATABASE_URL" in done.err
    assert (done.err.count("\n"), "hunter2" in done.err, "sqlalche.me" in done.err) == (1, False, False)


@pytest.mark.parametrize("command", ["search status", "token issue a@example.org", "events topics", "db upgrade"])
def test_a_folder_that_cannot_be_made_is_named(command: str, convene: Callable) -> None:
    done = convene(*command.split(), "--data-dir", NOWHERE)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"convene: {NOWHERE}")
    assert "--data-dir" in done.err
    assert done.err.count("\n") == 1


def test_a_search_engine_that_is_away_is_named(
    convene: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVENE_SEARCH_URL", "http://elastic:hunter2@127.0.0.1:1")
    done = convene("search", "rebuild", "--data-dir", tmp_path)
    said = done.err.splitlines()[-1]
    assert done.code == 1
    assert said.startswith("convene: Elasticsearch at http://elastic:…@127.0.0.1:1 does not answer")
    assert "convene doctor" in said
    assert "hunter2" not in done.err


def test_a_database_that_cannot_be_written_is_named(convene: Callable, tmp_path: Path) -> None:
    convene("db", "upgrade", "accounts", "--data-dir", tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))  # no file may grow: much like a full disk
    try:
        done = convene("keys", "rotate", "--data-dir", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("convene: ")
    assert str(tmp_path) in done.err
    assert "Traceback" not in done.err


def _from_a_full_disk(folder: Path) -> sqlite3.Error:
    connection = sqlite3.connect(folder / "small.sqlite")
    connection.execute("PRAGMA max_page_count=2")
    try:
        with pytest.raises(sqlite3.OperationalError) as full:
            connection.executescript("CREATE TABLE a (b); CREATE TABLE c (d);")
    finally:
        connection.close()
    return full.value


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    error = _from_a_full_disk(tmp_path)
    reached = Reached(Settings.from_env({"CONVENE_DATA_DIR": str(tmp_path)}), "registry")
    for raised, what in (
        (sqlalchemy.exc.OperationalError("INSERT", {}, error), f"the database {tmp_path}/registry.sqlite"),
        (error, f"the local bus in {tmp_path}"),
        (OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "x")), f"{tmp_path}/x cannot be"),
    ):
        said = sentence(raised, reached)
        assert said is not None
        assert said.startswith(what)
        assert "free some space" in said


def test_tables_that_were_never_made_on_postgresql_name_the_command() -> None:
    reached = Reached(Settings.from_env({"CONVENE_DATABASE_URL": URL}), "accounts")
    missing = psycopg.errors.UndefinedTable('relation "person" does not exist\nLINE 1: SELECT')
    said = sentence(sqlalchemy.exc.ProgrammingError("SELECT", {}, missing), reached)
    assert said is not None
    assert said.endswith('(relation "person" does not exist): make them with `convene db upgrade accounts`')


def test_a_fault_of_the_program_keeps_its_traceback(settings: Settings) -> None:
    reached = Reached(settings, "accounts")
    settings.data_dir.mkdir(exist_ok=True)
    database = Database.open(settings, "accounts")
    with pytest.raises(sqlalchemy.exc.OperationalError) as wrong, database.connection() as connection:
        connection.exec_driver_sql("SELECT nonsense")
    database.close()
    for error in (wrong.value, KeyError("x"), ConnectionResetError(errno.ECONNRESET, "reset")):
        assert sentence(error, reached) is None


def test_a_refusal_is_not_said_twice() -> None:
    refused = AddressRefused("No address.", errors=[FieldError("/email", "No address.")])
    assert sentence(refused, Reached()) == "No address."
