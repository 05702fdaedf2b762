"""Aggregates as a table: one figure in a row, for spreadsheets and statistics. Pure; `api` gives it as CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

Json = Mapping[str, Any]
COLUMNS = (
    "rubric_version",
    "by",
    "key",
    "assessments",
    "lesson",
    "indicator",
    "figure",
    "band_from",
    "band_to",
    "value",
)
Row = tuple[str, str, str, object, object, object]


def table(body: bytes) -> bytes:
    """The rows of rendered aggregates under a line of names, in UTF-8. What is null has no row; what is 0 has one."""
    aggregates = orjson.loads(body)
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for group in aggregates["items"]:
        begins = (aggregates["rubric_version"], aggregates["by"] or "", group["key"] or "", group["assessments"])
        writer.writerows((*begins, *row) for row in _rows(group))
    return written.getvalue().encode()


def _rows(group: Json) -> Iterator[Row]:
    for lesson in group["lessons"]:
        code = lesson["lesson"]
        yield from _distribution(code, "", "judged", lesson["judged"])
        if lesson.get("evidence"):
            yield from _distribution(code, "", "evidence", lesson["evidence"])
        for flag in lesson.get("flags") or ():
            yield code, "", flag["flag"], "", "", flag["count"]
        for indicator in lesson.get("indicators") or ():
            yield from _distribution(code, indicator["code"], indicator["kind"], indicator["levels"])
            for name in ("not_known", "not_applicable"):
                if indicator.get(name) is not None:
                    yield code, indicator["code"], name, "", "", indicator[name]
    costs = group.get("costs") or {}
    for total in costs.get("money", ()):
        yield "", "", f"money_{total['currency']}_counted", "", "", total["counted"]
        if total["total"] is not None:
            yield "", "", f"money_{total['currency']}", "", "", total["total"]
    for name, value in [*costs.items(), *(group.get("recommendations") or {}).items()]:
        if name != "money" and value is not None:
            yield "", "", name, "", "", value


def _distribution(lesson: str, indicator: str, figure: str, said: Json) -> Iterator[Row]:
    yield lesson, indicator, f"{figure}_counted", "", "", said["counted"]
    for each in said["bands"] or ():
        yield lesson, indicator, figure, each["band"][0], each["band"][1], each["count"]
