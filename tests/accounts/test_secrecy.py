"""No address, password or token is in any log line, event, problem or error, whatever is done."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import structlog

from services.accounts import maintenance
from services.accounts.errors import PasswordRefused
from services.accounts.keys import service as keys
from services.accounts.people import service as people

CANARY = "canary.bird.7391@aviary.example"
HIDDEN = "xylophone canary 8842 password"
WRONG = "quetzal canary 5517 wrong"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """Everything that is logged, by us and by libraries."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as found:
        yield found
    found.extend({"line": record.getMessage()} for record in caplog.records)


def _everything(accounts: Any, lines: list[Any]) -> tuple[list[str], list[str]]:
    """Do all there is to do with a person; returns the secrets, and the bodies of refusals."""
    people.add_user(accounts.database, accounts.settings, CANARY, HIDDEN, "administrator", display_name="Canary Bird")
    secrets, refusals = [CANARY, HIDDEN, WRONG, "Canary Bird"], []
    issued = people.issue_token(accounts.database, accounts.settings, CANARY)
    headers = {"Authorization": f"Bearer {issued}"}
    first = accounts.sign_in(CANARY, HIDDEN).json
    renewed = accounts.renew(first["refresh_token"]).json
    secrets += [issued, *(given[name] for given in (first, renewed) for name in ("access_token", "refresh_token"))]
    refusals += [accounts.sign_in(CANARY, WRONG), accounts.renew(first["refresh_token"])]
    refusals.append(accounts.client.get("/me", headers={"Authorization": f"Bearer {issued[:-9]}"}))
    refusals.append(
        accounts.client.post("/token", json={"grant_type": HIDDEN[:9], "password": HIDDEN, "username": CANARY})
    )
    refusals.append(
        accounts.client.post("/token", json={"grant_type": "password", "password": [HIDDEN], "username": CANARY})
    )
    refusals.append(accounts.client.post("/token", data=f'{{"password": "{HIDDEN}"', content_type="application/json"))
    passwords = {"current_password": WRONG, "new_password": "another password for it"}
    refusals.append(accounts.client.put("/me/password", json=passwords, headers=headers))
    refusals.append(
        accounts.client.post("/roles", json={"email": f"x{CANARY}", "role": "pdu_officer"}, headers=headers)
    )
    for _ in range(8):
        refusals.append(accounts.sign_in(CANARY, WRONG))
    accounts.client.post("/roles", json={"email": CANARY, "role": "pdu_officer"}, headers=headers)
    accounts.client.get("/me/export", headers=headers)
    keys.rotate_keys(accounts.database, accounts.settings)
    accounts.run_jobs()
    maintenance.republish(accounts.database)
    accounts.client.delete("/me", headers=headers)
    assert len(lines) > 20
    return secrets, [answer.text for answer in refusals]


def test_nothing_given_in_confidence_gets_out(accounts: Any, lines: list[Any]) -> None:
    secrets, refusals = _everything(accounts, lines)
    events = [headers + data.decode() for headers, data in accounts.events()]
    assert len(events) >= 3
    for secret in secrets:
        assert not [line for line in lines if secret in str(line)]
        assert not [event for event in events if secret in event]
        assert not [body for body in refusals if secret in body]


def test_an_unexpected_error_says_nothing_of_what_was_sent(
    accounts: Any, lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the middle of signing in: the traceback names places, not values."""

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("services.accounts.tokens.service._find", broken)
    accounts.client.application.testing = False
    answer = accounts.sign_in(CANARY, HIDDEN)
    assert answer.status_code == 500
    for secret in (CANARY, HIDDEN):
        assert secret not in answer.text
        assert secret not in str(lines)


def test_errors_for_operators_do_not_repeat_the_password(accounts: Any, lines: list[Any]) -> None:
    with suppress(PasswordRefused):
        people.add_user(accounts.database, accounts.settings, CANARY, "canary1234")
    assert "canary1234" not in str(lines)
