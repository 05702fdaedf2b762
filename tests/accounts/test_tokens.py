"""Signing in, renewing, signing out, over HTTP."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import func, select, update

from services.accounts.errors import AddressRefused, RefreshTokenRefused
from services.accounts.people import passwords
from services.accounts.people import service as people
from services.accounts.people.models import Password
from services.accounts.tokens import service as tokens
from services.accounts.tokens.models import RefreshFamily, RefreshToken
from services.chassis import clock


def test_from_password_to_sign_out(either_accounts: Any, problem_slug: Any) -> None:
    accounts = either_accounts
    person_id = accounts.user()
    answer = accounts.sign_in(" Dara@Example.org")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.json
    assert given["token_type"] == "Bearer"
    assert given["expires_in"] == 900
    assert accounts.me(given["access_token"]).json["id"] == person_id
    renewed = accounts.renew(given["refresh_token"])
    assert renewed.status_code == 200
    assert accounts.me(renewed.json["access_token"]).status_code == 200
    for _ in range(2):
        ended = accounts.client.post("/token/revocation", json={"token": renewed.json["refresh_token"]})
        assert ended.status_code == 200
    refused = accounts.renew(renewed.json["refresh_token"])
    assert (refused.status_code, problem_slug(refused), refused.json["error"]) == (
        401,
        "refresh-token-refused",
        "invalid_grant",
    )


def test_what_is_in_an_access_token(accounts: Any) -> None:
    person_id = accounts.user(role="pdu_officer")
    given = accounts.sign_in().json["access_token"]
    published = KeySet.import_key_set(accounts.client.get("/.well-known/jwks.json").json)
    token = jwt.decode(given, published, algorithms=["ES256"])
    assert set(token.claims) == {"iss", "aud", "sub", "iat", "exp", "jti", "role", "adr"}
    assert token.claims["sub"] == person_id
    assert token.claims["aud"] == "convene"
    assert token.claims["role"] == "pdu_officer"
    assert token.claims["exp"] - token.claims["iat"] == 900
    assert [len(each) for each in token.claims["adr"]] == [64]
    assert "dara" not in str(token.claims)


def test_forms_are_taken_as_oauth_asks(accounts: Any, password: str) -> None:
    accounts.user()
    form = {
        "grant_type": "password",
        "username": "dara@example.org",
        "password": password,
        "scope": "all",
        "client_id": "x",
    }
    given = accounts.client.post("/token", data=form)
    assert given.status_code == 200
    renewed = accounts.client.post(
        "/token", data={"grant_type": "refresh_token", "refresh_token": given.json["refresh_token"]}
    )
    assert renewed.status_code == 200
    assert accounts.client.post("/token/revocation", data={"token": renewed.json["refresh_token"]}).status_code == 200
    assert accounts.renew(renewed.json["refresh_token"]).status_code == 401


def test_email_is_another_name_for_username(accounts: Any, password: str) -> None:
    accounts.user()
    body = {"grant_type": "password", "email": "dara@example.org", "password": password}
    assert accounts.client.post("/token", json=body).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "slug", "pointer"),
    [
        ({"grant_type": "authorization_code", "code": "x"}, 422, "unsupported-grant-type", "/grant_type"),
        ({}, 422, "invalid", "/grant_type"),
        ({"grant_type": 7}, 422, "invalid", "/grant_type"),
        ({"grant_type": "password"}, 422, "invalid", "/username"),
        ({"grant_type": "password", "username": "a@example.org"}, 422, "invalid", "/password"),
        ({"grant_type": "password", "username": "a@example.org", "password": ["x"]}, 422, "invalid", "/password"),
        ({"grant_type": "password", "username": "a@example.org", "password": "x" * 2000}, 422, "invalid", "/password"),
        ({"grant_type": "refresh_token"}, 422, "invalid", "/refresh_token"),
    ],
)
def test_what_cannot_be_meant_is_said(
    accounts: Any, problem_slug: Any, body: dict[str, Any], status: int, slug: str, pointer: str
) -> None:
    answer = accounts.client.post("/token", json=body)
    assert (answer.status_code, problem_slug(answer)) == (status, slug)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_the_ways_that_are_offered_are_named(accounts: Any) -> None:
    answer = accounts.client.post("/token", json={"grant_type": "authorization_code"})
    assert answer.json["error"] == "unsupported_grant_type"
    assert answer.json["supported"] == ["password", "refresh_token"]


def test_wrong_credentials_look_alike_whoever_it_is(accounts: Any, password: str) -> None:
    accounts.user()
    people.issue_token(accounts.database, accounts.settings, "no.password@example.org")
    tries = [
        ("dara@example.org", "a wrong password"),
        ("nobody@example.org", password),
        ("no.password@example.org", password),
        ("no address", password),
        ("\ud7ff@\u2028", password),
    ]
    answers = [accounts.sign_in(*each) for each in tries]
    bodies = [{name: value for name, value in each.json.items() if name != "trace_id"} for each in answers]
    assert [each.status_code for each in answers][:4] == [401] * 4
    assert bodies[0] == bodies[1] == bodies[2] == bodies[3]
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_person_costs_the_same_comparison(accounts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One comparison of the same cost each; the time that it takes is measured nowhere."""
    accounts.user()
    compared: list[str] = []
    hasher = passwords._hasher()

    class Counting:
        def verify(self, stored: str, given: str) -> bool:
            compared.append(stored)
            return hasher.verify(stored, given)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    for email in ("dara@example.org", "nobody@example.org", "no address"):
        accounts.sign_in(email, "a wrong password")
    assert len(compared) == 3
    assert {stored.rsplit("$", 2)[0] for stored in compared} == {"$argon2id$v=19$m=19456,t=2,p=1"}


def test_an_outdated_hash_is_made_again_at_sign_in(accounts: Any, password: str) -> None:
    import argon2

    person_id = accounts.user()
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(password)
    with accounts.database.transaction() as session:
        session.execute(update(Password).values(hash=old))
    assert accounts.sign_in().status_code == 200
    with accounts.database.reading() as session:
        stored = session.get(Password, person_id).hash
    assert stored != old
    assert not passwords.is_outdated(stored)
    assert accounts.sign_in().status_code == 200


# ---- expiry


def test_an_access_token_lives_a_quarter_of_an_hour(accounts: Any, problem_slug: Any) -> None:
    accounts.user()
    token = accounts.sign_in().json["access_token"]
    accounts.travel(minutes=14)
    assert accounts.me(token).status_code == 200
    accounts.travel(minutes=2)
    refused = accounts.me(token)
    assert (refused.status_code, problem_slug(refused)) == (401, "invalid-token")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    public = accounts.client.get("/.well-known/jwks.json", headers={"Authorization": f"Bearer {token}"})
    assert public.status_code == 200, "verifiers and clients renew whatever they still send"


def test_a_sign_in_lives_a_month_after_its_last_use_and_three_at_most(accounts: Any) -> None:
    accounts.user()
    refresh = accounts.sign_in().json["refresh_token"]
    accounts.travel(days=31)
    assert accounts.renew(refresh).status_code == 401
    refresh, answers = accounts.sign_in().json["refresh_token"], []
    for _ in range(5):
        accounts.travel(days=20)
        answer = accounts.renew(refresh)
        answers.append(answer.status_code)
        refresh = (answer.json or {}).get("refresh_token", "")
    assert answers == [200, 200, 200, 200, 401]


def test_what_has_expired_is_forgotten_in_batches(accounts: Any) -> None:
    accounts.user()
    for _ in range(3):
        accounts.renew(accounts.sign_in().json["refresh_token"])
    accounts.travel(days=31)
    with accounts.database.transaction() as session:
        assert tokens.forget_expired(session, clock.now(), limit=2) == 4
    while accounts.run_jobs():
        pass
    with accounts.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RefreshToken)) == 0
        assert session.scalar(select(func.count()).select_from(RefreshFamily)) == 0


# ---- rotation and reuse


def test_a_refresh_token_that_comes_twice_ends_the_sign_in(either_accounts: Any) -> None:
    accounts = either_accounts
    accounts.user()
    stolen = accounts.sign_in().json["refresh_token"]
    other_device = accounts.sign_in().json["refresh_token"]
    thief = accounts.renew(stolen).json["refresh_token"]
    assert accounts.renew(stolen).status_code == 401
    assert accounts.renew(thief).status_code == 401, "the thief's token died with it"
    assert accounts.renew(other_device).status_code == 200, "another sign-in did not"


def test_of_two_renewals_at_once_at_most_one_is_good(either_accounts: Any) -> None:
    accounts = either_accounts
    accounts.user()
    refresh = accounts.sign_in().json["refresh_token"]
    barrier = threading.Barrier(4)
    answers: list[tokens.Tokens | None] = []

    def renew() -> None:
        barrier.wait()
        try:
            answers.append(tokens.renew(accounts.database, accounts.settings, refresh))
        except RefreshTokenRefused:
            answers.append(None)

    threads = [threading.Thread(target=renew) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [each for each in answers if each is not None]
    assert len(good) == 1
    assert accounts.renew(good[0].refresh_token).status_code == 401, "the others were reuse"


@pytest.mark.parametrize("wrong", ["", "x", "cvr_" + "A" * 43, "é"])
def test_made_up_refresh_tokens_are_refused(accounts: Any, wrong: str) -> None:
    assert accounts.renew(wrong).status_code in (401, 422)
    if wrong:
        assert accounts.client.post("/token/revocation", json={"token": wrong}).status_code == 200


def test_refresh_tokens_are_not_in_the_database(accounts: Any) -> None:
    accounts.user()
    refresh = accounts.sign_in().json["refresh_token"]
    with accounts.database.reading() as session:
        digests = session.scalars(select(RefreshToken.digest)).all()
    assert len(digests) == 1
    assert refresh not in digests[0]


# ---- roles, and tokens from the operator


def test_a_role_granted_later_comes_with_the_next_token(accounts: Any) -> None:
    accounts.user()
    refresh = accounts.sign_in().json["refresh_token"]
    accounts.user(role="administrator", email="root@example.org")
    headers = accounts.issued("root@example.org")
    assert (
        accounts.client.post(
            "/roles", json={"email": "dara@example.org", "role": "pdu_officer"}, headers=headers
        ).status_code
        == 201
    )
    renewed = accounts.renew(refresh).json["access_token"]
    assert accounts.me(renewed).json["role"] == "pdu_officer"


def test_a_token_from_the_operator(either_accounts: Any) -> None:
    accounts = either_accounts
    token = people.issue_token(accounts.database, accounts.settings, "New@example.org")
    person = accounts.me(token).json
    assert [each["email"] for each in person["addresses"]] == ["new@example.org"]
    assert person["addresses"][0]["verified_at"]
    assert person["has_password"] is False
    again = people.issue_token(accounts.database, accounts.settings, "new@example.org")
    assert accounts.me(again).json["id"] == person["id"]
    accounts.travel(minutes=59)
    assert accounts.me(token).status_code == 200
    accounts.travel(minutes=2)
    assert accounts.me(token).status_code == 401


def test_the_role_of_an_issued_token_is_in_that_token_alone(accounts: Any) -> None:
    headers = accounts.issued("dara@example.org", "administrator")
    assert accounts.client.get("/roles", headers=headers).status_code == 200
    assert accounts.client.get("/me", headers=headers).json.get("role") is None
    assert accounts.client.get("/roles", headers=accounts.issued("dara@example.org")).status_code == 403


def test_what_an_operator_cannot_issue(accounts: Any) -> None:
    with pytest.raises(ValueError, match="platform roles"):
        people.issue_token(accounts.database, accounts.settings, "dara@example.org", "owner")
    for lifetime in (0, -1, 3601):
        with pytest.raises(ValueError, match="an hour at most"):
            people.issue_token(accounts.database, accounts.settings, "dara@example.org", lifetime=lifetime)
    with pytest.raises(AddressRefused):
        people.issue_token(accounts.database, accounts.settings, "no address")


def test_the_same_new_address_at_once_is_one_person(either_accounts: Any) -> None:
    accounts = either_accounts
    barrier, found = threading.Barrier(6), []

    def issue() -> None:
        barrier.wait()
        token = people.issue_token(accounts.database, accounts.settings, "new@example.org")
        found.append(token)

    threads = [threading.Thread(target=issue) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({accounts.me(token).json["id"] for token in found}) == 1
    assert len(found) == 6
