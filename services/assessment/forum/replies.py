"""Answers that the views of the forum have in common. For the `api.py` modules only."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from schemas import documents
from schemas.documents import Contract
from services.assessment.forum.rows import Json
from services.chassis.http.documents import bytes_response


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
