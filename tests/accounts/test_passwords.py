"""What may become a password, and how it is kept."""

from __future__ import annotations

import argon2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.errors import PasswordRefused
from services.accounts.people import passwords

EMAIL = "sok.dara@ministry.example"


def _check(password: str) -> None:
    passwords.check_policy(password, email=EMAIL, display_name="Sok Dara")


@pytest.mark.parametrize(
    "password",
    [
        "seven otters swim upstream",
        "ប្រាំពីរភេសមុជទឹក",
        "Tr4in-Cloud-9-Mango",
        "sok.dara@ministry.example likes rice",
        "x7#kQ2!mPz9w",
    ],
)
def test_good_passwords(password: str) -> None:
    _check(password)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "elevenchars",
        "sok.dara@ministry.example",
        "Sok.Dara@Ministry.Example!",
        "SokDara 2026",
        "password1234",
        "Password 1234",
        "QWERTYUIOP123",
        "aaaaaaaaaaaa",
        "abababababab",
        "123412341234",
        "abcdefghijkl",
        "zyxwvutsrqpo",
        "ééééééééééééé",
        "x" * 257,
    ],
)
def test_passwords_that_are_easy_to_guess(password: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        _check(password)
    assert refused.value.errors[0].pointer == "/password"
    assert not password or password not in str(refused.value)


@given(st.text(min_size=12, max_size=256).filter(lambda text: len(passwords.prepared(text)) <= 256))
def test_a_password_that_is_accepted_is_not_the_account(password: str) -> None:
    try:
        _check(password)
    except PasswordRefused:
        return
    assert password.casefold().strip() not in (EMAIL, "sok dara", "sokdara")
    assert len(set(password)) >= 5


def test_the_same_characters_from_another_keyboard_match() -> None:
    stored = passwords.hash_password("caf\u00e9 \u2160 and more")
    assert passwords.matches("cafe\u0301 I and more", stored)
    assert not passwords.matches("cafe I and more", stored)


def test_hashes_are_salted_argon2id() -> None:
    one, other = passwords.hash_password("the same thing"), passwords.hash_password("the same thing")
    assert one != other
    assert one.startswith("$argon2id$")
    assert not passwords.is_outdated(one)


def test_hashes_with_other_parameters_are_outdated() -> None:
    assert passwords.is_outdated(argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))


def test_nobody_is_compared_with_the_same_work() -> None:
    """The hash for unknown people has today's parameters, and no password matches it."""
    assert not passwords.is_outdated(passwords.NOBODY)
    assert not passwords.matches("anything", None)


def test_a_damaged_hash_matches_nothing() -> None:
    assert not passwords.matches("anything", "damaged")
