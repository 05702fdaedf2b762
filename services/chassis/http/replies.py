"""Answers that views have in common: a page, something created, the path of a document. For the `api.py` modules only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from schemas.documents import StoredDocument
from services.chassis.http import pages
from services.chassis.http.documents import document_response
from services.chassis.rows import Page


def path_of(*parts: str) -> str:
    """The path of something in this service, as clients reach it."""
    return "/".join([request.script_root, *parts])


def created(stored: StoredDocument, *parts: str) -> Response:
    """201 with the document, its ETag and where it is: below the path that was posted to, unless `parts` say otherwise."""
    location = path_of(*parts, stored.id) if parts else f"{request.script_root}{request.path.rstrip('/')}/{stored.id}"
    return document_response(stored, 201, location)


def page_reply(
    page: Page, *, with_links: Callable[[dict[str, Any]], dict[str, Any]] | None = None, **more: Any
) -> Response:
    """A page with its cursor; `with_links` adds to items what only the view knows: addresses."""
    cursor = None if page.next is None else pages.encode_cursor(page.next)
    items = [with_links(item) if with_links is not None and isinstance(item, dict) else item for item in page.items]
    return pages.page_response(items, cursor, page.total, **more)
