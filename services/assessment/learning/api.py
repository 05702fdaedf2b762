"""HTTP of lessons learned: aggregates, their exports, and the yearly report. Everybody may read them."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app

from schemas.learning import AggregateQuery, Aggregates, YearlyReport
from services.assessment.context import database
from services.assessment.learning import exports, service
from services.chassis import clock
from services.chassis.http.documents import bytes_response
from services.chassis.http.parsing import Blueprint

FIRSTS_OF = "convene_first_submissions_of"

blp = Blueprint(
    "learning", __name__, description="What evaluations teach together: distributions and counts, never a ranking"
)


@blp.route("/aggregates")
@blp.arguments(AggregateQuery, location="query")
@blp.response(200, Aggregates)
@blp.alt_response(422)
def aggregates(query: dict[str, Any]) -> Response:
    """Levels, gaps, costs and recommendations over evaluations: by goal, country, chamber or year"""
    return bytes_response(service.aggregates(database(), query, clock.today()))


@blp.route("/aggregates.json")
@blp.arguments(AggregateQuery, location="query")
@blp.response(200, Aggregates)
@blp.alt_response(422)
def aggregates_json(query: dict[str, Any]) -> Response:
    """The same as a file"""
    return _file(bytes_response(service.aggregates(database(), query, clock.today())), "json")


@blp.route("/aggregates.csv")
@blp.arguments(AggregateQuery, location="query")
@blp.response(200, description="A figure in a row, under a line of names", content_type="text/csv")
@blp.alt_response(422)
def aggregates_csv(query: dict[str, Any]) -> Response:
    """The same as a table (RFC 4180)"""
    body = exports.table(service.aggregates(database(), query, clock.today()))
    return _file(bytes_response(body, mimetype="text/csv"), "csv")


@blp.route("/reports/<int:year>")
@blp.response(200, YearlyReport)
@blp.alt_response(404)
def report(year: int) -> Response:
    """What a year of assessments taught, as one document"""
    firsts_of = current_app.extensions.get(FIRSTS_OF, service.no_firsts)
    return bytes_response(service.yearly_report(database(), year, clock.today(), firsts_of))


def _file(response: Response, kind: str) -> Response:
    name = f"convene-aggregates-{clock.today().isoformat()}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
