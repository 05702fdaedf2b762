"""The versions of the rubric as bytes: rendered once per process and language, because they change only with the program."""

from __future__ import annotations

from functools import cache
from typing import Any

from schemas import rubric
from services.chassis.errors import NotKnown
from services.chassis.rendered import Rendered


@cache
def listed(language: str | None = None) -> Rendered:
    """All versions, the newest first."""
    items = [_document(version, language) for version in reversed(rubric.versions())]
    return Rendered.of({"items": items, "total": len(items)})


@cache
def version(number: str, language: str | None = None) -> Rendered:
    """One version. Raises NotKnown."""
    if number not in rubric.versions():
        raise NotKnown(f"There is no rubric {number[:40]!r}; there are: {', '.join(rubric.versions())}.")
    return Rendered.of(_document(number, language))


def _document(number: str, language: str | None) -> dict[str, Any]:
    return {**rubric.rubric(number).as_document(language), "frozen": rubric.is_frozen(number)}
