"""The normal form of addresses, and the hash in which they travel."""

from __future__ import annotations

import contextlib
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.identity.addresses import AddressError, hash_address, normalise

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Sok.Dara@Example.ORG", "sok.dara@example.org"),
        ("  a@example.org ", "a@example.org"),
        ("leïla@exämple.org", "leïla@xn--exmple-cua.org"),
        ("a@EXÄMPLE.org", "a@xn--exmple-cua.org"),
        ("a+tag@example.org", "a+tag@example.org"),
        ("postmaster@ministry.local", "postmaster@ministry.local"),
        ("a@example.invalid", "a@example.invalid"),
        ("a@mail.test", "a@mail.test"),
    ],
)
def test_normal_form(typed: str, normal: str) -> None:
    assert normalise(typed) == normal


@pytest.mark.parametrize(
    "typed", ["", "a", "@example.org", "a@", "a@b@c.org", "a b@example.org", "a@example..org", "x" * 400]
)
def test_what_is_no_address_is_refused_with_a_reason(typed: str) -> None:
    with pytest.raises(AddressError, match=r"\w"):
        normalise(typed)


@pytest.mark.parametrize(
    ("one", "other"), [("ſmith@example.org", "smith@example.org"), ("ß@example.org", "ss@example.org")]
)
def test_letters_that_look_alike_are_other_people(one: str, other: str) -> None:
    """A mailbox named with a long s must not stand for the one named with an s: whoever has it would inherit authority."""
    assert hash_address(KEY, one) != hash_address(KEY, other)


def test_the_hash_is_keyed_and_of_the_normal_form() -> None:
    expected = hmac.new(KEY, b"a@example.org", hashlib.sha256).hexdigest()
    assert hash_address(KEY, " A@Example.org") == expected
    assert hash_address(b"other" * 8, "a@example.org") != expected


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with contextlib.suppress(AddressError):
        normalise(text)


LOCAL = st.text("abcdefghijklmnopqrstuvwxyzABCDEFÄÖéИж0123456789_+-", min_size=1, max_size=20)


@given(LOCAL, st.sampled_from(["example.org", "Exämple.ORG", "mail.test", "Inside.LOCAL"]))
def test_the_normal_form_is_its_own_normal_form_and_case_does_not_count(local: str, domain: str) -> None:
    normal = normalise(f"{local}@{domain}")
    assert normalise(normal) == normal
    assert normalise(f"{local.upper().lower()}@{domain.upper()}") == normal
