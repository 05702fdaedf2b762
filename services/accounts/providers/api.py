"""`providers`: the outside ways to sign in (OpenID Connect). The list is empty until they come, with the pages."""

from __future__ import annotations

from flask import Response

from schemas.account import Providers
from services.accounts.policy import decide
from services.chassis.http.pages import page_response
from services.chassis.http.parsing import Blueprint
from services.chassis.identity import anonymous

blp = Blueprint("providers", __name__, url_prefix="/providers", description="Outside ways to sign in")


@blp.route("")
@blp.response(200, Providers)
@anonymous
def listed() -> Response:
    """The outside ways to sign in that this installation offers"""
    decide(None, "providers.list")
    return page_response([], None)
