"""Answers that the views of the forum have in common. For the `api.py` modules only."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from schemas import documents
from schemas.documents import Contract, StoredDocument
from services.assessment.forum.rows import Json, Page
from services.chassis.http import pages
from services.chassis.http.documents import bytes_response, document_response


def created(stored: StoredDocument, at: str) -> Response:
    """201 with the document, its ETag and where it is: below this service's root."""
    return document_response(stored, 201, f"{request.script_root}/{at}/{stored.id}")


def page_reply(page: Page) -> Response:
    """A page with its cursor."""
    cursor = None if page.next is None else pages.encode_cursor(page.next)
    return pages.page_response(page.items, cursor, page.total)


def whole_list(contract: type[Contract], items: Sequence[Json], status: int = 200) -> Response:
    """A list that is never long, as one page."""
    body = b'{"items":[' + b",".join(documents.render(contract, each) for each in items) + b"]}"
    return private(bytes_response(body, status))


def plain(contract: type[Contract], document: Json, status: int = 200) -> Response:
    """A document that depends on who reads it: nobody keeps it for another."""
    return private(bytes_response(documents.render(contract, document), status))


def private(response: Response) -> Response:
    """What one reader may see, and the next may not."""
    response.headers["Cache-Control"] = "no-store"
    return response
