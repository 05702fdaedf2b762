"""`.well-known/jwks.json`: the public keys that access tokens are verified with. Public, and held by verifiers for five minutes."""

from __future__ import annotations

from flask import Response, jsonify

from schemas.account import KeySet
from services.accounts.context import allowed, database
from services.accounts.keys import service
from services.chassis.http.documents import unless_known
from services.chassis.http.parsing import Blueprint
from services.chassis.identity import anonymous

blp = Blueprint("keys", __name__, url_prefix="/.well-known", description="Public keys")


@blp.route("/jwks.json")
@allowed("keys.read")
@blp.response(200, KeySet)
@anonymous
def jwks() -> Response:
    """The key set (RFC 7517)"""
    response: Response = jsonify(service.public_keys(database()))
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag()
    return unless_known(response)
