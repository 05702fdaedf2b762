"""HTTP of the partner pulse: the unit asks, partners answer in confidence, everybody reads distributions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from schemas import fields as f
from schemas.pulse import PulseAnswerCommand, PulseCommand, PulseDocument, PulsePage
from services.assessment.context import address_key, database
from services.assessment.pulses import service
from services.chassis import identity
from services.chassis.http import pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply

blp = Blueprint(
    "pulses", __name__, url_prefix="/pulses", description="What partners say of their partnership, in confidence"
)


class PulseQuery(pages.PageArgs):
    """Which pulses; a repeated parameter means or."""

    partnership = f.Items(f.Identifier(), most=50)


@blp.route("")
@blp.arguments(PulseQuery, location="query")
@blp.response(200, PulsePage)
def listed(query: dict[str, Any]) -> Response:
    """The pulses, the newest first; distributions from five answers on"""
    keys = pages.decode_cursor(query["cursor"], [str])
    after = keys[0] if keys else None
    return page_reply(service.listed(database(), query.get("partnership") or (), after, query["limit"]))


@blp.route("", methods=["POST"])
@blp.arguments(PulseCommand)
@blp.response(201, PulseDocument)
@idempotent
def open_pulse(data: dict[str, Any]) -> Response:
    """Ask the confirmed partners of a partnership [officer of the PDU]"""
    made = service.open_pulse(database(), identity.current(), data)
    return created(made)


@blp.route("/<uuid:pulse_id>")
@blp.response(200, PulseDocument)
def read(pulse_id: UUID) -> Response:
    """A pulse"""
    return document_response(service.read(database(), str(pulse_id)))


# Not idempotent by a key: that would keep a fingerprint of the answers beside the person. A second answer is refused anyway.
@blp.route("/<uuid:pulse_id>/answers", methods=["POST"])
@blp.arguments(PulseAnswerCommand)
@blp.response(201, PulseDocument)
def answer(data: dict[str, Any], pulse_id: UUID) -> Response:
    """Answer for a confirmed partner, once [its focal points and confirmers; not the lead's]"""
    done = service.answer(database(), address_key(), identity.current(), str(pulse_id), data)
    return document_response(done, 201)
