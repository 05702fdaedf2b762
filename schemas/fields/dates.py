"""Dates and moments that exist. Dates may be partial where a contract says so; see `schemas.partial_dates`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schemas import partial_dates
from schemas.fields.values import SHORT, JsonSchema, Value, refuse


class PartialDate(Value):
    """A date that exists: a year, a month of it, or a day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or not partial_dates.is_real(value):
            raise refuse("must be a date that exists: 2014, 2014-05 or 2014-05-22")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": partial_dates.PATTERN}


class FullDate(PartialDate):
    """A day that exists."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or len(value) != len("2014-05-22") or not partial_dates.is_real(value):
            raise refuse("must be a day that exists, like 2014-05-22")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date"}


class Timestamp(Value):
    """A moment, RFC 3339, with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if isinstance(value, str) and len(value) <= SHORT and value.isascii() and value[10:11] in ("T", "t"):
            try:
                if datetime.fromisoformat(value).tzinfo is not None:
                    return value
            except ValueError:
                pass
        raise refuse("must be a moment with its offset, like 2026-03-01T09:30:00Z")

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date-time"}
