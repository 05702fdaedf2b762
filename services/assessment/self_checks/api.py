"""HTTP of the self-check: the worksheet of a partnership, and its page to print. For focal points of its confirmed partners."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from flask import Response, render_template_string

from schemas import fields as f
from schemas.documents import Contract
from schemas.self_check import SelfCheckDocument, SelfCheckInput
from schemas.vocabulary import LANGUAGES
from services.assessment.context import database
from services.assessment.self_checks import service
from services.chassis import identity
from services.chassis.http import conditions
from services.chassis.http.documents import document_response
from services.chassis.http.parsing import Blueprint

RIGHT_TO_LEFT = frozenset({"ar"})

blp = Blueprint(
    "self-checks",
    __name__,
    description="The rubric as a private worksheet of a partnership",
)


class PageQuery(Contract):
    """In which language the page is."""

    lang = f.Choice(LANGUAGES, "English where it is not said.")


@blp.route("/partnerships/<uuid:partnership_id>/self-check")
@blp.response(200, SelfCheckDocument)
def read(partnership_id: UUID) -> Response:
    """The worksheet [focal points of confirmed partners]"""
    return _private(document_response(service.read(database(), identity.current(), str(partnership_id))))


@blp.route("/partnerships/<uuid:partnership_id>/self-check", methods=["PUT"])
@blp.arguments(SelfCheckInput)
@blp.response(200, SelfCheckDocument)
def write(data: dict[str, Any], partnership_id: UUID) -> Response:
    """Fill in the worksheet: what is sent takes the place of what was there [focal points of confirmed partners]"""
    who, expected = identity.current(), conditions.expected_version()
    return _private(document_response(service.write(database(), who, str(partnership_id), data, expected)))


@blp.route("/partnerships/<uuid:partnership_id>/self-check/page")
@blp.arguments(PageQuery, location="query")
@blp.response(200, content_type="text/html")
def page(query: dict[str, Any], partnership_id: UUID) -> Response:
    """The worksheet as a page to print [focal points of confirmed partners]"""
    rubric, entries, stored = service.page(database(), identity.current(), str(partnership_id))
    language = query.get("lang") or "en"
    text = render_template_string(
        _template(),
        rubric=rubric,
        entries=entries,
        version=stored.version,
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        words={name: said[language] for name, said in _words().items()},
    )
    return _private(Response(text, mimetype="text/html"))


def _private(response: Response) -> Response:
    """Nobody keeps it for another."""
    response.headers["Cache-Control"] = "no-store"
    return response


@cache
def _template() -> str:
    return (Path(__file__).parent / "page.html").read_text("utf-8")


@cache
def _words() -> dict[str, dict[str, str]]:
    return cast("dict[str, dict[str, str]]", json.loads((Path(__file__).parent / "words.json").read_text("utf-8")))
