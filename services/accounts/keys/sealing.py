"""Sealing of private keys at rest: AES-256-GCM under a key derived from the address key (HKDF-SHA256, RFC 5869).

Whoever has the database and not the settings can sign nothing. Called by `keys/service.py` alone.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
# A label of its own keeps this key apart from the hashes that the same secret keys.
_LABEL = b"convene accounts signing keys v1"


class SealError(Exception):
    """The sealed bytes were sealed with another secret, for another key id, or have been changed."""


def seal(secret: bytes, key_id: str, private: bytes) -> bytes:
    """`private`, sealed for that key id: 12 bytes of nonce, then ciphertext and tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_derived(secret)).encrypt(nonce, private, key_id.encode())


def unseal(secret: bytes, key_id: str, sealed: bytes) -> bytes:
    """What was sealed. Raises `SealError`."""
    try:
        return AESGCM(_derived(secret)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key_id.encode())
    except (InvalidTag, ValueError):
        raise SealError from None


def _derived(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_LABEL).derive(secret)
