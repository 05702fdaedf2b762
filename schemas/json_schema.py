"""From contracts to JSON Schema (2020-12): for the published files, for AsyncAPI, and for the OpenAPI of the services.

One conversion serves all three, so that what is published and what is checked cannot differ. It reads contracts; it never loads
a document.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import Schema
from marshmallow import fields as base

from schemas.fields import Either, Items, JsonSchema, Object, Stated, Value

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Refer = Callable[[type[Schema]], JsonSchema]


def document_schema(contract: type[Schema]) -> JsonSchema:
    """A whole JSON Schema for documents of a contract, with every nested contract under `$defs`.

    Unknown members are allowed in it: documents grow, and a reader that knows an older schema must take newer ones.
    """
    definitions = components([contract], "#/$defs/")
    own = definitions.pop(contract.__name__)
    head = {"$schema": DIALECT, "$id": f"urn:convene:schema:{contract.__name__}", "title": contract.__name__}
    return head | own | ({"$defs": dict(sorted(definitions.items()))} if definitions else {})


def components(contracts: Sequence[type[Schema]], prefix: str) -> dict[str, JsonSchema]:
    """The schemas of contracts and of all that they hold, by name; they refer to each other as `prefix` and the name."""
    found: dict[str, JsonSchema] = {}
    waiting = list(contracts)

    def refer(contract: type[Schema]) -> JsonSchema:
        if contract.__name__ not in found:
            waiting.append(contract)
        return {"$ref": f"{prefix}{contract.__name__}"}

    while waiting:
        contract = waiting.pop()
        if contract.__name__ not in found:
            found[contract.__name__] = {}  # known from now on, so that contracts may hold each other
            found[contract.__name__] = contract_schema(contract, refer)
    return found


def contract_schema(contract: type[Schema], refer: Refer) -> JsonSchema:
    """The schema of one contract; `refer` says how it points at another."""
    properties: JsonSchema = {}
    required = []
    for field_name, field in contract._declared_fields.items():
        name = field.data_key or field_name
        properties[name] = field_schema(field, refer, nullable=getattr(contract, "null_is_meant", False))
        if field.required:
            required.append(name)
    schema: JsonSchema = {"type": "object"}
    if own_words(contract):
        schema["description"] = own_words(contract)
    schema["properties"] = properties
    if required:
        schema["required"] = required
    return schema


def own_words(contract: type[Schema]) -> str:
    """The contract's docstring, if it has one of its own."""
    return inspect.cleandoc(contract.__doc__) if contract.__doc__ else ""


def field_schema(field: base.Field[Any], refer: Refer, *, nullable: bool = False) -> JsonSchema:
    """The schema of a field. Documents leave out what is not stated, so only inputs and figures are `nullable`."""
    schema = _bare_schema(field, refer)
    if nullable and field.allow_none:
        schema = _or_null(schema)
    about: JsonSchema = {}
    if says := getattr(field, "says", ""):
        about["description"] = says
    if (example := getattr(field, "example", None)) is not None:
        about["examples"] = [example]
    return about | schema


def _bare_schema(field: base.Field[Any], refer: Refer) -> JsonSchema:
    if isinstance(field, Stated):
        return {"anyOf": [refer(field.contract), {"const": False}]}
    if isinstance(field, Object):
        return refer(field.contract)
    if isinstance(field, Items):
        limits = {"minItems": field.least} if field.least else {}
        return {"type": "array", "items": field_schema(field.inner, refer), **limits, "maxItems": field.most}
    if isinstance(field, Either):
        return {"anyOf": [field_schema(alternative, refer) for alternative in field.alternatives]}
    if isinstance(field, Value):
        return field.json_schema()
    raise TypeError(f"contracts are made of schemas.fields, not of {type(field).__name__}")


def _or_null(schema: JsonSchema) -> JsonSchema:
    if not schema.keys() & {"type", "$ref", "anyOf"}:
        return schema
    if "enum" in schema or not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def openapi_property(converter: Any, field: base.Field[Any], ret: JsonSchema) -> JsonSchema:
    """What apispec needs to describe our fields: give it to `converter.add_attribute_function` of the marshmallow plugin.

    It takes the place of what apispec found out by itself; fields that are not ours stay as they are.
    """
    if not isinstance(field, (Value, Object, Items)):
        return {}

    def refer(contract: type[Schema]) -> JsonSchema:
        return dict(converter.resolve_nested_schema(contract))

    ret.clear()
    return field_schema(field, refer, nullable=True)
