"""Reads requests: JSON bodies and query parameters, with an error for whatever cannot be read, before a schema sees it.

`Blueprint` is flask-smorest's with this parser; every service uses it. A body that is malformed, too deep, too large or not
UTF-8 is the client's error (4xx), never ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import flask_smorest
import orjson
from flask import Request
from marshmallow import Schema, missing
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from services.chassis.errors import FieldError, Invalid, ServiceError

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 48


class MalformedBody(ServiceError):
    """The body is not JSON (RFC 8259) that we can read."""

    slug, title, status = "malformed-body", "The body cannot be read as JSON", 400


class WrongMediaType(ServiceError):
    """The body is of a type that this operation does not take."""

    slug, title, status = "unsupported-media-type", "Send the body as application/json", 415


class Parser(FlaskParser):
    """webargs' parser with our reading of JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - webargs declares it so
        "json": None,
        "query": "raise",
        "query_string": "raise",
        "form": None,
    }

    def parse(self, argmap: Any, req: Request | None = None, *, location: str | None = None, **options: Any) -> Any:
        """As webargs does; of a query's schema only the fields that were sent or that have a default: few of many."""
        if location == "query" and isinstance(argmap, Schema):
            req = req or self.get_default_request()
            kind = type(argmap)
            argmap = _asked_for(kind, _names(kind).intersection(req.args))
        return super().parse(argmap, req, location=location, **options)

    def load_json(self, req: Request, schema: Any) -> Any:
        """The body as plain values; raises `MalformedBody` or `WrongMediaType`."""
        return read_json(req)

    def load_querystring(self, req: Request, schema: Any) -> Any:
        """The query parameters; repeated ones as lists where the schema takes many."""
        refuse_control_characters(req)
        return MultiDictProxy(req.args, schema)


@cache
def _names(schema: type[Schema]) -> frozenset[str]:
    """What the parameters of a schema are called."""
    return frozenset(field.data_key or name for name, field in schema().fields.items())


@lru_cache(maxsize=256)
def _asked_for(schema: type[Schema], sent: frozenset[str]) -> Schema:
    """The schema for a query that has these of its names; a name that is none of its own is refused as ever."""
    return schema(
        only=[
            name
            for name, field in schema().fields.items()
            if field.required or field.load_default is not missing or (field.data_key or name) in sent
        ]
    )


def read_json(req: Request) -> Any:
    """The JSON body of a request."""
    body = req.get_data(cache=True)
    media_type = (req.mimetype or "").lower()
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise WrongMediaType(f"This operation takes application/json, not {media_type[:100]}.")
    if not body.strip():
        raise MalformedBody("The body is empty; send a JSON object.")
    if not media_type:
        raise WrongMediaType("Say what the body is, with Content-Type: application/json.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"The body is not JSON in UTF-8: {error}") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise MalformedBody(f"The body is nested more than {MAX_DEPTH} levels deep.")
    return value


def _deeper_than(value: Any, limit: int) -> bool:
    """Whether lists and objects are nested more than `limit` deep; level by level, without recursion."""
    level = [value]
    for _ in range(limit + 1):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(child for child in item.values() if isinstance(child, dict | list))
            elif isinstance(item, list):
                below.extend(child for child in item if isinstance(child, dict | list))
        if not below:
            return False
        level = below
    return True


def refuse_control_characters(req: Request) -> None:
    """No database takes a NUL in a text, and no client means one."""
    for name, value in req.args.items(multi=True):
        if "\0" in value or "\0" in name:
            raise Invalid(
                "A parameter holds a NUL character.",
                errors=[FieldError(f"/query/{name[:50]}", "holds a NUL character")],
            )


if TYPE_CHECKING:

    class _Blueprint:
        """flask-smorest has no types: what its decorators take and give back."""

        def __init__(self, name: str, import_name: str, *, url_prefix: str = "", description: str = "") -> None: ...

        def route(self, rule: str, **options: Any) -> Callable[[View], View]: ...

        def arguments(self, schema: Any, *, location: str = "json", **options: Any) -> Callable[[View], View]: ...

        def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]: ...

        def alt_response(
            self, status_code: int, response: str | None = None, **options: Any
        ) -> Callable[[View], View]: ...

        def doc(self, **options: Any) -> Callable[[View], View]: ...

        def before_request(self, function: Callable[[], Any]) -> Callable[[], Any]: ...
else:
    _Blueprint = flask_smorest.Blueprint


class Blueprint(_Blueprint):
    """flask-smorest's blueprint with our parser."""

    ARGUMENTS_PARSER = Parser()
