"""The versions of the rubric as bytes: rendered once per process and language, because they change only with the program."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from schemas import rubric
from services.assessment.errors import NotKnown


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes of JSON, and a strong validator of them (RFC 9110 §8.8.3)."""

    body: bytes
    etag: str


@cache
def listed(language: str | None = None) -> Rendered:
    """All versions, the newest first."""
    items = [_document(version, language) for version in reversed(rubric.versions())]
    return _rendered({"items": items, "total": len(items)})


@cache
def version(number: str, language: str | None = None) -> Rendered:
    """One version. Raises NotKnown."""
    if number not in rubric.versions():
        raise NotKnown(f"There is no rubric {number[:40]!r}; there are: {', '.join(rubric.versions())}.")
    return _rendered(_document(number, language))


def _document(number: str, language: str | None) -> dict[str, Any]:
    return {**rubric.rubric(number).as_document(language), "frozen": rubric.is_frozen(number)}


def _rendered(value: dict[str, Any]) -> Rendered:
    body = orjson.dumps(value)
    return Rendered(body, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
