"""How guessing is slowed down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.accounts.errors import TooManyTries
from services.accounts.tokens import throttle
from services.accounts.tokens.models import Throttle

KEY = b"k" * 32


@given(st.integers(0, 10_000), st.sampled_from([throttle.ADDRESS, throttle.CLIENT]))
def test_pauses_never_get_shorter_and_have_a_longest(failures: int, limit: throttle.Limit) -> None:
    pause = throttle.pause_after(failures, limit)
    assert timedelta(0) <= pause <= throttle.pause_after(failures + 1, limit) <= limit.longest
    assert (pause == timedelta(0)) == (failures < limit.free)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("unix:", "unix:", True),
    ],
)
def test_who_counts_as_one_client(one: str, other: str, same: bool) -> None:
    names = [throttle.subjects(KEY, "a@example.org", client)[1].name for client in (one, other)]
    assert (names[0] == names[1]) is same
    assert one not in names[0]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", None, None),
        ("127.0.0.1", "10.0.0.1", None),
        ("127.0.0.1", "made up", None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_who_calls_behind_proxies(peer: str | None, forwarded: str | None, client: str | None) -> None:
    """A proxy of ours is no client; what a client from outside claims is not believed."""
    assert throttle.client_of(peer, forwarded) == client


def _fail(accounts: Any, times: int, email: str = "dara@example.org", **environ: Any) -> list[int]:
    return [accounts.sign_in(email, "a wrong password", **environ).status_code for _ in range(times)]


def test_guessing_is_paused_and_the_pause_ends(either_accounts: Any, problem_slug: Any) -> None:
    accounts = either_accounts
    accounts.user()
    accounts.travel(seconds=0)
    assert _fail(accounts, 5) == [401] * 5
    refused = accounts.sign_in()
    assert (refused.status_code, problem_slug(refused)) == (429, "too-many-tries")
    assert refused.headers["Retry-After"] == "1"
    accounts.travel(seconds=2)
    assert _fail(accounts, 2) == [401, 429]
    accounts.travel(seconds=3)
    assert accounts.sign_in().status_code == 200
    assert _fail(accounts, 5) == [401] * 5, "a good sign-in forgets the failures"


def test_the_pause_doubles_to_a_quarter_of_an_hour(accounts: Any) -> None:
    accounts.user()
    _fail(accounts, 5)
    waits = []
    for _ in range(14):
        refused = accounts.sign_in()
        waits.append(int(refused.headers["Retry-After"]))
        accounts.travel(seconds=waits[-1])
        assert _fail(accounts, 1) == [401]
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == 900
    accounts.travel(minutes=15)
    assert accounts.sign_in().status_code == 200


def test_tries_in_a_pause_do_not_make_it_longer(accounts: Any) -> None:
    accounts.user()
    _fail(accounts, 7)
    assert _fail(accounts, 20) == [429] * 20
    accounts.travel(seconds=2)
    assert accounts.sign_in().status_code == 200


def test_unknown_addresses_are_throttled_alike(accounts: Any) -> None:
    """Else the throttle would say who has an account."""
    accounts.user()
    known = _fail(accounts, 7)
    unknown = _fail(accounts, 7, "nobody@example.org")
    no_address = _fail(accounts, 7, "no address at all")
    assert known == unknown == no_address


def _try(accounts: Any, email: str, client: str, *, good: bool = False) -> bool:
    """Whether a try is let through; what a sign-in does, without the slow comparison."""
    subjects = throttle.subjects(KEY, email, client)
    try:
        with accounts.database.transaction() as session:
            throttle.count_try(session, subjects)
            if good:
                throttle.forgive(session, subjects)
    except TooManyTries:
        return False
    return True


def test_one_client_cannot_guess_at_many(either_accounts: Any) -> None:
    tries = [_try(either_accounts, f"person{number}@example.org", "192.0.2.7") for number in range(52)]
    assert tries == [True] * 50 + [False] * 2
    assert _try(either_accounts, "other@example.org", "192.0.2.8")


def test_a_good_sign_in_does_not_wipe_the_clients_slate(accounts: Any) -> None:
    let_through = 0
    for number in range(60):
        let_through += _try(accounts, f"person{number}@example.org", "192.0.2.7")
        _try(accounts, "guesser@example.org", "192.0.2.7", good=True)
    assert let_through == 50


def test_the_client_is_the_one_that_calls(accounts: Any) -> None:
    _fail(accounts, 1, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    with accounts.database.reading() as session:
        names = set(session.scalars(select(Throttle.subject)))
    assert names == {
        each.name for each in throttle.subjects(accounts.settings.address_key, "dara@example.org", "192.0.2.7")
    }


def test_counts_are_forgotten(accounts: Any) -> None:
    accounts.user()
    _fail(accounts, 7)
    accounts.travel(days=2)
    assert accounts.run_jobs() > 0
    with accounts.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Throttle)) == 0


def test_a_count_that_is_due_to_be_forgotten_counts_no_more(accounts: Any) -> None:
    accounts.user()
    _fail(accounts, 6)
    accounts.travel(days=2)
    assert _fail(accounts, 5) == [401] * 5
