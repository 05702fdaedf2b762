"""People by the command line: what is wrong use is said once, and a password may come without a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.accounts.people import passwords
from services.accounts.people.models import Password
from services.chassis.database import Database
from services.chassis.settings import Settings

SECRET = "nineteen quiet herons"


@pytest.mark.parametrize("command", ["token issue", "user add"])
def test_what_is_no_address_is_wrong_use_and_said_once(
    command: str, convene: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    done = convene(*command.split(), "notanemail", "--data-dir", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("@-sign") == 1
    assert "assword" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_the_first_line_where_there_is_no_terminal(
    convene: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\nmore\n"))
    done = convene("user", "add", "a@example.org", "--data-dir", tmp_path)
    assert (done.code, done.out) == (0, "a@example.org can sign in now.\n")
    assert "GetPassWarning" not in done.err
    database = Database.open(Settings.from_env({"CONVENE_DATA_DIR": str(tmp_path)}), "accounts")
    with database.reading() as session:
        assert passwords.matches(SECRET, session.query(Password).one().hash)
    database.close()


def test_without_terminal_and_password_it_is_wrong_use(
    convene: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    done = convene("user", "add", "a@example.org", "--data-dir", tmp_path)
    assert done.code == 2
    assert "standard input" in done.err
