"""Chance that nobody can steer and everybody can check: a seed drawn by the system, its commitment, and orders that follow from it.

When a round opens, the SHA-256 of its seed and the digest of its pool are published; the seed itself when its evaluations are.
From the seed and the identifiers anybody can work out the same order again. It knows no database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

import orjson

from services.assessment.register.authority import Nomination

SEED_BYTES = 32


def draw_seed() -> str:
    """A new seed: 64 hexadecimal digits from the system's own source of chance."""
    return secrets.token_hex(SEED_BYTES)


def commitment(seed: str) -> str:
    """The SHA-256 of the seed as it is written, in hexadecimal (`printf %s SEED | sha256sum` gives the same)."""
    return hashlib.sha256(seed.encode()).hexdigest()


def pool_digest(pool: Iterable[Nomination]) -> str:
    """The SHA-256 of the pool in canonical JSON: sorted keys, no white space, by identifier. No person is in it."""
    entries = [
        {
            "id": each.id,
            "network_id": each.network_id,
            "constituency": each.constituency,
            "organization_id": each.organization_id,
            "languages": sorted(each.languages),
            "countries": sorted(each.countries),
        }
        for each in sorted(pool, key=lambda each: each.id)
    ]
    return hashlib.sha256(orjson.dumps(entries, option=orjson.OPT_SORT_KEYS)).hexdigest()


def keyed(seed: str, purpose: str, identifier: str) -> bytes:
    """The HMAC-SHA256 of `purpose:identifier` under the seed: what orders, ties and pseudonyms are taken from."""
    return hmac.new(seed.encode(), f"{purpose}:{identifier}".encode(), hashlib.sha256).digest()


def ordered(seed: str, purpose: str, identifiers: Iterable[str]) -> list[str]:
    """The identifiers, each once, in the order of the seed. A purpose of its own gives an order of its own."""
    return sorted(set(identifiers), key=lambda each: (keyed(seed, purpose, each), each))


def drawn(seed: str, purpose: str, identifiers: Iterable[str], count: int) -> list[str]:
    """The first `count` in that order: a draw without putting back."""
    return ordered(seed, purpose, identifiers)[:count]
