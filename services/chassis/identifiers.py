"""Identifiers: UUIDv7 (RFC 9562), so that keys made later sort later and indexes stay compact."""

from __future__ import annotations

import uuid_utils


def uuid7() -> str:
    """A fresh UUIDv7 as lower-case text."""
    return str(uuid_utils.uuid7())
