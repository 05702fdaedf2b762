"""`providers`: the outside ways to sign in (OpenID Connect). The list is empty until they come, with the pages."""

from __future__ import annotations

from flask import Response

from schemas.account import Providers
from services.accounts.context import allowed
from services.chassis.http.pages import page_response
from services.chassis.http.parsing import Blueprint
from services.chassis.identity import anonymous

blp = Blueprint("providers", __name__, url_prefix="/providers", description="Outside ways to sign in")


@blp.route("")
@allowed("providers.list")
@blp.response(200, Providers)
@anonymous
def listed() -> Response:
    """The outside ways to sign in that this installation offers"""
    return page_response([], None)
