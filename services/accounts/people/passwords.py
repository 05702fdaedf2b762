"""Local passwords: what may become one, and how it is kept (Argon2id, RFC 9106) and compared.

The policy follows NIST SP 800-63B: length, no well-known ones, nothing taken from the account; no rules about kinds of
characters, no forced changes. Called by `people` and `tokens`; a password is never logged, stored or repeated in an error.
"""

from __future__ import annotations

import functools
import itertools
import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from services.accounts.errors import PasswordRefused
from services.chassis.errors import FieldError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 256

# OWASP's parameters for Argon2id with little memory: the one-machine system has 300 MB for everything, and two cores.
TIME_COST, MEMORY_KIB, PARALLELISM = 2, 19_456, 1

# A hash, with these parameters, of random bytes that nobody kept: compared with when there is no such person, so that the
# answer takes as long as for a wrong password.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$i1pwUx+yLY9sepzhXflU8Q$qb12iW0m4f2TCzTq30fQIEh3eIwziA33+/fn/+Xacn0"


def check_policy(password: str, *, email: str, display_name: str | None, pointer: str = "/password") -> None:
    """Returns when `password` may become the password of that person; raises `PasswordRefused`, pointing at `pointer`."""
    reason = _reason(prepared(password), email, display_name)
    if reason:
        raise PasswordRefused("Choose another password.", errors=[FieldError(pointer, reason)])


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, with its parameters and a random salt in it."""
    return _hasher().hash(prepared(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether `password` is the one whose hash is `stored`; with None, no, after the same work."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(NOBODY if stored is None else stored, prepared(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's, so that it should be made again at the next sign-in."""
    return _hasher().check_needs_rehash(stored)


def prepared(password: str) -> str:
    """The password as it is hashed: NFKC (SP 800-63B §5.1.1.2), so that every keyboard gives the same characters."""
    return unicodedata.normalize("NFKC", password)


@functools.cache
def _hasher() -> PasswordHasher:
    # Loaded here because only the processes that check passwords need it.
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)


@functools.cache
def _well_known() -> frozenset[str]:
    """Well-known passwords of twelve characters and more, in lower case."""
    return frozenset(json.loads(Path(__file__).with_name("well_known_passwords.json").read_text()))


def _reason(password: str, email: str, display_name: str | None) -> str | None:
    folded = "".join(password.casefold().split())
    local_part, _, domain = email.casefold().partition("@")
    own = [email.casefold(), local_part, domain, "".join((display_name or "").casefold().split())]
    if len(password) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"must have at most {LONGEST} characters"
    # What remains beside the address or name must still be a password's worth of characters.
    if any(len(word) >= 4 and word in folded and len(folded.replace(word, "")) < 8 for word in own):
        return "must not be the address or the name, or nearly"
    if folded in _well_known() or _is_pattern(folded):
        return "is one of the first that somebody would try"
    return None


def _is_pattern(text: str) -> bool:
    """Few different characters, a short piece repeated, or a run such as 123… or abc…"""
    if len(set(text)) < 5:
        return True
    if any(len(text) % size == 0 and text == text[:size] * (len(text) // size) for size in range(1, 5)):
        return True
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(text)}
    return len(steps) == 1 and steps <= {1, -1}
