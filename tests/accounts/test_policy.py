"""Every action × everybody: decided here once more, by hand, and tried over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from services.accounts.errors import NotAllowed
from services.accounts.policy import TABLE, WHO, decide
from services.chassis.errors import Unauthenticated
from services.chassis.identity import Principal

CALLERS = {
    "nobody": None,
    "person": Principal("p"),
    "pdu_officer": Principal("p", "pdu_officer"),
    "administrator": Principal("p", "administrator"),
    "made-up role": Principal("p", "owner"),
}
EVERYBODY = frozenset(CALLERS)
SIGNED_IN = EVERYBODY - {"nobody"}
EXPECTED = {
    "token.issue": EVERYBODY,
    "token.revoke": EVERYBODY,
    "keys.read": EVERYBODY,
    "providers.list": EVERYBODY,
    "me.read": SIGNED_IN,
    "me.change": SIGNED_IN,
    "me.export": SIGNED_IN,
    "me.erase": SIGNED_IN,
    "me.password": SIGNED_IN,
    "role.list": {"administrator"},
    "role.grant": {"administrator"},
    "role.withdraw": {"administrator"},
}
REQUESTS = {
    "token.issue": ("POST", "/token"),
    "token.revoke": ("POST", "/token/revocation"),
    "keys.read": ("GET", "/.well-known/jwks.json"),
    "providers.list": ("GET", "/providers"),
    "me.read": ("GET", "/me"),
    "me.change": ("PATCH", "/me"),
    "me.export": ("GET", "/me/export"),
    "me.erase": ("DELETE", "/me"),
    "me.password": ("PUT", "/me/password"),
    "role.list": ("GET", "/roles"),
    "role.grant": ("POST", "/roles"),
    "role.withdraw": ("DELETE", "/roles/somebody"),
}
BODIES = {
    "token.issue": {"grant_type": "other"},
    "token.revoke": {"token": "x"},
    "me.password": {"current_password": "x", "new_password": "y"},
    "role.grant": {"email": "nobody@example.org", "role": "pdu_officer"},
}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("action", EXPECTED)
def test_who_may_do_what(action: str, caller: str) -> None:
    principal = CALLERS[caller]
    if caller in EXPECTED[action]:
        decide(principal, action)
        return
    with pytest.raises(Unauthenticated if principal is None else NotAllowed):
        decide(principal, action)


def test_the_table_is_whole() -> None:
    assert [row.action for row in TABLE] == list(EXPECTED)
    assert set(" ".join(row.who for row in TABLE).split()) <= set(WHO)
    with pytest.raises(KeyError):
        decide(Principal("p"), "person.read")


def test_every_operation_has_its_action(accounts: Any) -> None:
    """Nothing is reachable that the table does not speak of."""
    served = {
        (method, rule.rule)
        for rule in accounts.client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(("/health", "/metrics", "/docs", "/openapi", "/problems"))
    }
    assert served == {(method, path.replace("somebody", "<string:person_id>")) for method, path in REQUESTS.values()}


@pytest.mark.parametrize("caller", ["nobody", "person", "pdu_officer", "administrator"])
def test_views_ask_the_table(accounts: Any, caller: str) -> None:
    role = caller if caller in ("pdu_officer", "administrator") else None
    for action, (method, path) in REQUESTS.items():
        headers = {} if caller == "nobody" else accounts.issued(f"{action}@example.org", role)
        options = {"json": BODIES.get(action, {})} if method in ("POST", "PUT", "PATCH") else {}
        answer = accounts.client.open(path, method=method, headers=headers, **options)
        refused = answer.status_code in (401, 403)
        assert refused == (caller not in EXPECTED[action]), (action, answer.text)
        if refused:
            assert answer.status_code == (401 if caller == "nobody" else 403)
