"""HTTP of members: each reads and writes the own alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from schemas.forum_member import (
    AssignmentDocument,
    AssignmentPage,
    CalibrationCommand,
    CalibrationDocument,
    InterestCommand,
    InterestDocument,
    InterestPage,
    MemberCommand,
    MemberDocument,
    OwnExclusion,
    OwnExclusionPage,
)
from services.assessment.context import database
from services.assessment.forum.members import calibration, service
from services.assessment.forum.replies import plain, private, whole_list
from services.chassis import identity
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint

blp = Blueprint("members", __name__, description="Members of the forum, each for itself")


@blp.route("/members/me")
@blp.response(200, MemberDocument)
def read() -> Response:
    """Me as a member [member]"""
    return plain(MemberDocument, service.read(database(), identity.current()))


@blp.route("/members/me", methods=["PUT"])
@blp.arguments(MemberCommand)
@blp.response(200, MemberDocument)
def change(data: dict[str, Any]) -> Response:
    """May I be named? [member]"""
    return plain(MemberDocument, service.change(database(), identity.current(), data))


@blp.route("/members/me/interests")
@blp.response(200, InterestPage)
def interests() -> Response:
    """What I declared [member]"""
    return whole_list(InterestDocument, service.interests(database(), identity.current()))


@blp.route("/members/me/interests", methods=["POST"])
@blp.arguments(InterestCommand)
@blp.response(201, InterestDocument)
@idempotent
def declare(data: dict[str, Any]) -> Response:
    """Declare an interest; I leave panels that it touches [member]"""
    return plain(InterestDocument, service.declare(database(), identity.current(), data), 201)


@blp.route("/members/me/interests/<uuid:interest_id>", methods=["DELETE"])
@blp.response(204)
def withdraw(interest_id: UUID) -> Response:
    """An interest is over [member]"""
    service.withdraw(database(), identity.current(), str(interest_id))
    return private(Response(status=204))


@blp.route("/members/me/exclusions")
@blp.response(200, OwnExclusionPage)
def exclusions() -> Response:
    """The panels on which I may not sit, and why [member]"""
    return whole_list(OwnExclusion, service.exclusions(database(), identity.current()))


@blp.route("/members/me/calibration")
@blp.response(200, CalibrationDocument)
def anchor_cases() -> Response:
    """Three anchor cases, and what became of them [member]"""
    return plain(CalibrationDocument, calibration.read(database(), identity.current()))


@blp.route("/members/me/calibration", methods=["POST"])
@blp.arguments(CalibrationCommand)
@blp.response(200, CalibrationDocument)
@idempotent
def calibrate(data: dict[str, Any]) -> Response:
    """Answer anchor cases, one or all; the first answer stays [member]"""
    return plain(CalibrationDocument, calibration.answer(database(), identity.current(), data["answers"]))


@blp.route("/assignments")
@blp.response(200, AssignmentPage)
def assignments() -> Response:
    """My work: the panels on which I sit [member]"""
    return whole_list(AssignmentDocument, service.assignments(database(), identity.current()))
