"""Answers that are documents: the stored bytes, as they are, with their ETag. Nothing is rendered again.

Called by views only. `304` follows `If-None-Match` (RFC 9110 §13.1.2).
"""

from __future__ import annotations

from flask import Response, request

from schemas.documents import StoredDocument
from services.chassis.rendered import Rendered

JSON = "application/json"


def document_response(stored: StoredDocument, status: int = 200, location: str | None = None) -> Response:
    """The document's bytes with its ETag; `Location` where it was created; 304 without a body where the reader has it."""
    response = Response(stored.body, status, mimetype=JSON)
    response.headers["ETag"] = f'"{stored.version}.{stored.revision}"'
    response.headers["Cache-Control"] = "no-cache"
    if location is not None:
        response.headers["Location"] = location
    return unless_known(response)


def constant_response(found: Rendered, kept_seconds: int) -> Response:
    """What changes only with the program: public, kept by caches for so long; 304 where the reader has it."""
    response = Response(found.body, mimetype=JSON)
    response.headers["ETag"] = found.etag
    response.headers["Cache-Control"] = f"public, max-age={kept_seconds}"
    return unless_known(response)


def bytes_response(body: bytes, status: int = 200, mimetype: str = JSON) -> Response:
    """Bytes of JSON as they are."""
    return Response(body, status, mimetype=mimetype)


def unless_known(response: Response) -> Response:
    """The answer to a reader, 304 without a body where `If-None-Match` names its ETag. (werkzeug's `make_conditional` would also
    refuse `If-Match: *`, which every answer fulfils.)"""
    reading = response.status_code == 200 and request.method in ("GET", "HEAD")
    if reading and _matches(request.headers.get("If-None-Match"), response.headers["ETag"]):
        response.status_code = 304
        response.set_data(b"")
    return response


def _matches(header: str | None, etag: str) -> bool:
    if not header:
        return False
    return header.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in header.split(","))
