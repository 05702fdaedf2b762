"""HTTP of evidence: the computed profile of a public record, and of a document that is sent in and not kept. Everybody may ask."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, current_app

from schemas import fields as f
from schemas.documents import Contract
from schemas.evidence import EvidenceProfile, EvidenceQuestion
from schemas.vocabulary import LANGUAGES
from services.assessment.context import database
from services.assessment.evidence import service
from services.chassis import clock
from services.chassis.http.documents import bytes_response
from services.chassis.http.parsing import Blueprint

PULSE_OF = "convene_pulse_of"

blp = Blueprint("evidence", __name__, description="What public records say about the eight lessons; no account needed")


class EvidenceQuery(Contract):
    """From which day to count, and in which language to explain."""

    on = f.FullDate("The day from which days and months are counted; today where it is not said.")
    lang = f.Choice(LANGUAGES, "One language for the sentences; all seven where it is not said.")


@blp.route("/partnerships/<uuid:partnership_id>/evidence")
@blp.arguments(EvidenceQuery, location="query")
@blp.response(200, EvidenceProfile)
@blp.alt_response(404)
def of_record(query: dict[str, Any], partnership_id: UUID) -> Response:
    """The evidence profile of a partnership's public record, with the gaps that its focal point could fill"""
    pulse_of = current_app.extensions.get(PULSE_OF, service.no_pulse)
    body = service.profile_of_record(
        database(), str(partnership_id), _day(query), pulse_of=pulse_of, languages=_languages(query)
    )
    return bytes_response(body)


@blp.route("/evidence", methods=["POST"])
@blp.arguments(EvidenceQuery, location="query")
@blp.arguments(EvidenceQuestion)
@blp.response(200, EvidenceProfile)
@blp.alt_response(422)
def of_document(query: dict[str, Any], document: dict[str, Any]) -> Response:
    """The evidence profile of the document in the body, whole or in part; nothing of it is kept"""
    return bytes_response(service.profile_of_document(document, _day(query), languages=_languages(query)))


def _day(query: dict[str, Any]) -> date:
    return date.fromisoformat(query["on"]) if query.get("on") else clock.today()


def _languages(query: dict[str, Any]) -> tuple[str, ...]:
    return (query["lang"],) if query.get("lang") else LANGUAGES
