"""Answers that change only with the program: rendered once per process, with a validator of their bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes of JSON, and a strong validator of them (RFC 9110 §8.8.3)."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, value: Any) -> Rendered:
        """The rendering of plain values."""
        body = orjson.dumps(value)
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
