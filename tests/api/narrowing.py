"""OpenAPI documents made narrower, so that what is generated from them gets past the checks of single values.

A contract allows more texts than mean something (codes are `x-vocabulary`, dates are patterns). For generating, such a schema is
replaced by a few values that are right, in the same document; answers are still held against the real document.
"""

from __future__ import annotations

from typing import Any

from schemas import partial_dates, vocabulary
from schemas.fields.numbers import DECIMAL_PATTERN
from schemas.fields.text import LANGUAGE_PATTERN, UUID_PATTERN

TEXT = {"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9 é水ក'-]{0,30}[a-z])?$"}
CODES = 25
ADDRESSES = ["focal_point@example.org", "registrar@example.org", "a@example.org", "B@Example.ORG"]
GOALS = [
    {"scheme": "sdg", "code": "6", "weight": "primary"},
    {"scheme": "sdg-target", "code": "6.1"},
    {"scheme": "mdg", "code": "3", "weight": "secondary"},
    {"scheme": "plan:khm", "code": "1"},
]
PATTERNS: dict[str, list[str]] = {
    partial_dates.PATTERN: ["2014", "2014-05", "2014-05-22", "2031"],
    DECIMAL_PATTERN: ["0", "12.50", "-3", "99999999999999999999"],
}
EITHER = ("organization", "group", "unnamed"), ("organization_id", "constituency", "group")


def narrowed(schema: Any) -> Any:
    """A copy of a document, or of a part of it, with values that are right wherever we know some."""
    if isinstance(schema, list):
        return [narrowed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = _without_null(schema)
    if "x-vocabulary" in schema:
        return {"type": "string", "enum": sorted(vocabulary.scheme(schema["x-vocabulary"]).codes)[:CODES]}
    if schema.get("propertyNames") == {"pattern": LANGUAGE_PATTERN}:
        return {
            "type": "object",
            "properties": dict.fromkeys(("en", "km"), TEXT),
            "required": ["en"],
            "additionalProperties": False,
        }
    if schema.get("type") == "string" and "enum" not in schema:
        return _narrowed_text(schema)
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return _narrowed_object(schema, properties)
    return {name: narrowed(value) for name, value in schema.items()}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """`null` means not stated, which is what leaving a member out says too."""
    kinds, shapes = schema.get("type"), schema.get("anyOf")
    if isinstance(kinds, list):
        left = [each for each in kinds if each != "null"]
        schema = {**schema, "type": left[0] if len(left) == 1 else left}
    if isinstance(shapes, list):
        schema = {**schema, "anyOf": [each for each in shapes if each != {"type": "null"}]}
    return schema


def _narrowed_text(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("pattern") in PATTERNS:
        return {"type": "string", "enum": PATTERNS[schema["pattern"]]}
    if schema.get("format") == "email":
        return {"type": "string", "enum": ADDRESSES}
    if schema.get("format") == "date":
        return {"type": "string", "enum": ["2024-02-29", "2031-12-31"]}
    if schema.get("pattern") == UUID_PATTERN or schema.get("format"):
        return schema
    if "pattern" in schema:
        examples = schema.get("examples") or schema.get("example")
        return (
            {"type": "string", "enum": examples if isinstance(examples, list) else [examples]} if examples else schema
        )
    return TEXT


def _narrowed_object(schema: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    if properties.keys() >= {"scheme", "code", "weight"}:
        return {"enum": GOALS}
    inner = {
        name: narrowed(value)
        for name, value in properties.items()
        if not (isinstance(value, dict) and value.get("readOnly"))
    }
    for names in EITHER:
        if properties.keys() >= set(names):
            shapes = [
                {
                    **schema,
                    "properties": {k: v for k, v in inner.items() if k not in names or k == one},
                    "required": [one],
                }
                for one in names
            ]
            return {"anyOf": shapes}
    return {**schema, "properties": inner}
