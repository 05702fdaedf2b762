"""Cursor pages: `{"items": […], "total"?, "next"?}` with `limit`, `cursor` and a `Link` header (RFC 8288).

A cursor is opaque to clients: the stored sort keys of the last item. It names a place, not a number of items to skip, so a list
that grows meanwhile neither repeats nor skips.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request
from marshmallow import Schema, fields, validate

from services.chassis.errors import FieldError, Invalid

MAX_LIMIT = 200
DEFAULT_LIMIT = 20
MAX_CURSOR = 2000


class PageArgs(Schema):
    """The parameters of every list."""

    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, MAX_LIMIT),
        metadata={"description": "Items per page, 1 to 200."},
    )
    cursor = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MAX_CURSOR),
        metadata={"description": "Where the page begins: the `next` of the page before it."},
    )


def encode_cursor(keys: Sequence[Any]) -> str:
    """The cursor after an item with these sort keys (JSON values)."""
    return base64.urlsafe_b64encode(orjson.dumps(list(keys))).decode().rstrip("=")


def decode_cursor(cursor: str | None, kinds: Sequence[type] | None = None) -> list[Any] | None:
    """The sort keys of a cursor made by `encode_cursor`, of these types if given; raises `Invalid` for anything else."""
    if not cursor:
        return None
    try:
        keys = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        raise _not_ours() from None
    # The very types: a boolean is an int to Python, and not to PostgreSQL.
    fits = isinstance(keys, list) and (kinds is None or list(map(type, keys)) == list(kinds))
    if not fits or not all(map(_is_storable, keys)):
        raise _not_ours()
    return list(keys)


def _is_storable(key: Any) -> bool:
    """Whether a database takes the value: no text holds a NUL, no number has more than 64 bits with its sign."""
    return "\0" not in key if isinstance(key, str) else not isinstance(key, int) or -(2**63) <= key < 2**63


def _not_ours() -> Invalid:
    return Invalid(
        "The cursor is not one that this list gave out; begin without one.",
        errors=[FieldError("/query/cursor", "is not a cursor of this list")],
    )


def page_response(
    items: Sequence[bytes | dict[str, Any]], next_cursor: str | None, total: int | None = None, **more: Any
) -> Response:
    """A page; items given as bytes are put in as they are."""
    parts = [item if isinstance(item, bytes) else orjson.dumps(item) for item in items]
    tail: dict[str, Any] = dict(more)
    if total is not None:
        tail["total"] = total
    if next_cursor:
        tail["next"] = next_cursor
    rest = b"," + orjson.dumps(tail)[1:] if tail else b"}"
    response = Response(b'{"items":[' + b",".join(parts) + b"]" + rest, mimetype="application/json")
    if next_cursor:
        response.headers["Link"] = f'<{_url_of(next_cursor)}>; rel="next"'
    return response


def _url_of(cursor: str) -> str:
    parameters = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.script_root}{request.path}?{urlencode([*parameters, ('cursor', cursor)])}"
