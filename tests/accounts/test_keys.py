"""The life of signing keys under jumps of the clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from services.accounts.errors import SigningKeyUnreadable
from services.accounts.keys import sealing
from services.accounts.keys import service as keys
from services.accounts.keys.models import SigningKey
from services.accounts.people import service as people
from services.chassis.identity.keys import FunctionKeys
from services.chassis.identity.verification import InvalidToken, Verifier, verifier


def _ids(accounts: Any) -> list[str]:
    return [str(key["kid"]) for key in keys.public_keys(accounts.database)["keys"]]


def _verifier(accounts: Any) -> Verifier:
    """A verifier that has held its keys for as long as it may, in real time."""
    return verifier(accounts.settings, FunctionKeys(lambda: keys.public_keys(accounts.database)))


def _signer(accounts: Any) -> str:
    with accounts.database.transaction() as session:
        return str(keys.signing_key(session, accounts.settings).thumbprint())


def test_the_clock_makes_the_first_key_and_no_second(either_accounts: Any) -> None:
    assert _ids(either_accounts) == []
    assert either_accounts.run_jobs() == 1
    assert either_accounts.run_jobs() == 0
    assert _ids(either_accounts) == [_signer(either_accounts)]


def test_a_key_is_published_a_day_before_use_and_an_hour_after(either_accounts: Any) -> None:
    accounts = either_accounts
    accounts.run_jobs()
    first = _signer(accounts)
    accounts.travel(days=28, hours=23)
    assert accounts.run_jobs() == 0
    accounts.travel(hours=2)
    assert accounts.run_jobs() == 1
    published = _ids(accounts)
    assert len(published) == 2
    assert _signer(accounts) == first, "the next key is published and does not sign yet"
    accounts.travel(days=1, seconds=1)
    (second,) = set(published) - {first}
    assert _signer(accounts) == second
    assert set(_ids(accounts)) == {first, second}, "tokens of the first are still out"
    accounts.travel(hours=1, minutes=6)
    assert _ids(accounts) == [second]
    assert accounts.run_jobs() == 1, "and the first is deleted"
    with accounts.database.reading() as session:
        assert [row.id for row in session.scalars(select(SigningKey))] == [second]


def test_every_token_is_good_for_all_its_life_across_rotations(accounts: Any) -> None:
    """Whatever the moment of issue around a rotation, the key set of any later moment knows the key."""
    accounts.run_jobs()
    accounts.travel(days=29, minutes=1)
    accounts.run_jobs()
    accounts.travel(hours=22, minutes=50)
    for _ in range(12):
        token = people.issue_token(accounts.database, accounts.settings, "dara@example.org")
        for _ in range(6):
            accounts.run_jobs()
            _verifier(accounts).verify(token)
            accounts.travel(minutes=9.9)
        accounts.travel(minutes=2)
        with pytest.raises(InvalidToken, match="expired"):
            _verifier(accounts).verify(token)


def test_a_clock_that_slept_for_a_year_still_publishes_before_use(accounts: Any) -> None:
    accounts.run_jobs()
    first = _signer(accounts)
    accounts.travel(days=365)
    accounts.run_jobs()
    assert _signer(accounts) == first
    accounts.travel(days=1, minutes=1)
    assert _signer(accounts) != first


def test_rotation_at_once(accounts: Any) -> None:
    token = people.issue_token(accounts.database, accounts.settings, "dara@example.org")
    check = _verifier(accounts)
    check.verify(token)
    fresh = keys.rotate_keys(accounts.database, accounts.settings)
    assert _signer(accounts) == fresh
    check.verify(token)
    newer = people.issue_token(accounts.database, accounts.settings, "dara@example.org")
    check.verify(newer)  # a verifier asks for a key that it does not know


def test_a_key_that_leaked_is_withdrawn_with_its_tokens(accounts: Any) -> None:
    token = people.issue_token(accounts.database, accounts.settings, "dara@example.org")
    fresh = keys.rotate_keys(accounts.database, accounts.settings, withdraw=True)
    assert _ids(accounts) == [fresh]
    with pytest.raises(InvalidToken):
        _verifier(accounts).verify(token)


def test_the_private_part_is_sealed(accounts: Any) -> None:
    _signer(accounts)
    with accounts.database.reading() as session:
        row = session.scalars(select(SigningKey)).one()
    assert b'"d"' not in row.sealed
    assert '"d"' not in row.public
    assert b'"d"' in sealing.unseal(accounts.settings.address_key, row.id, row.sealed)
    with pytest.raises(sealing.SealError):
        sealing.unseal(accounts.settings.address_key, "another key's id", row.sealed)


def test_another_address_key_is_said_so(accounts: Any) -> None:
    _signer(accounts)
    other = replace(accounts.settings, address_key=b"other" * 8)
    with pytest.raises(SigningKeyUnreadable, match="CONVENE_ADDRESS_KEY"):
        keys.check(accounts.database, other)
    with pytest.raises(SigningKeyUnreadable), accounts.database.transaction() as session:
        keys.signing_key(session, other)


def test_the_key_set_over_http(accounts: Any) -> None:
    _signer(accounts)
    answer = accounts.client.get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    (key,) = (answer.json or {})["keys"]
    assert {name: key[name] for name in ("kty", "crv", "use", "alg")} == {
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "alg": "ES256",
    }
    assert "d" not in key
    again = accounts.client.get("/.well-known/jwks.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
