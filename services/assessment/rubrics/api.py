"""HTTP of the rubric: everybody reads by what partnerships are assessed."""

from __future__ import annotations

from typing import Any

from flask import Response

from schemas import fields as f
from schemas.documents import Contract
from schemas.rubric import RubricDocument
from schemas.vocabulary import LANGUAGES
from services.assessment.rubrics import service
from services.chassis.http.documents import constant_response
from services.chassis.http.parsing import Blueprint

KEPT_SECONDS = 300

blp = Blueprint(
    "rubrics", __name__, url_prefix="/rubrics", description="By what partnerships are assessed; no account needed"
)


class RubricQuery(Contract):
    """In which language to answer."""

    lang = f.Choice(LANGUAGES, "One language for all texts; all seven where it is not said.")


class RubricPage(Contract):
    """All versions, the newest first."""

    items = f.Items(RubricDocument, required=True)
    total = f.Count(required=True)


@blp.route("")
@blp.arguments(RubricQuery, location="query")
@blp.response(200, RubricPage)
def listed(query: dict[str, Any]) -> Response:
    """The versions of the rubric, the newest first"""
    return constant_response(service.listed(query.get("lang")), KEPT_SECONDS)


@blp.route("/<string:version>")
@blp.arguments(RubricQuery, location="query")
@blp.response(200, RubricDocument)
@blp.alt_response(404)
def read(query: dict[str, Any], version: str) -> Response:
    """A version: chambers, lessons, indicators with their questions and levels, the partner pulse"""
    return constant_response(service.version(version, query.get("lang")), KEPT_SECONDS)
