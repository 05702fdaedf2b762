"""`token` and `token/revocation`: OAuth 2.0's token endpoint for people, in our error shape.

Bodies are JSON or forms (RFC 6749 asks for forms). These views look at no access token (an expired one may still be sent), and
take no `Idempotency-Key`: a stored answer would be a stored secret.
"""

from __future__ import annotations

from typing import Any

from flask import Request, Response, jsonify, request

from schemas.account import RevocationRequest, TokenAnswer, TokenRequest
from services.accounts.context import allowed, database, settings
from services.accounts.errors import UnsupportedGrantType
from services.accounts.tokens import service
from services.accounts.tokens.throttle import client_of
from services.chassis.errors import FieldError, Invalid
from services.chassis.http.parsing import Blueprint, Parser, read_json
from services.chassis.identity import anonymous

FORM = "application/x-www-form-urlencoded"
SUPPORTED = ("password", "refresh_token")


class TokenParser(Parser):
    """Reads JSON, or a form into the same object."""

    def load_json(self, req: Request, schema: Any) -> Any:
        """The members of the body. Raises what `read_json` raises."""
        return req.form.to_dict() if req.mimetype == FORM else read_json(req)


class TokenBlueprint(Blueprint):
    """A blueprint whose bodies may be forms."""

    ARGUMENTS_PARSER = TokenParser()


blp = TokenBlueprint("token", __name__, url_prefix="/token", description="Signing in, renewing, signing out")


@blp.route("", methods=["POST"])
@allowed("token.issue")
@blp.doc(requestBody={"content": {FORM: {"schema": TokenRequest}}})
@blp.arguments(TokenRequest)
@blp.response(200, TokenAnswer)
@anonymous
def issue(given: dict[str, Any]) -> Response:
    """Tokens for an address and a password, or for a refresh token"""
    grant = given["grant_type"]
    if grant == "password":
        email = given.get("username") or _required(given, "email", "username")
        client = client_of(request.remote_addr, request.headers.get("X-Forwarded-For"))
        made = service.sign_in(database(), settings(), email, _required(given, "password"), client)
    elif grant == "refresh_token":
        made = service.renew(database(), settings(), _required(given, "refresh_token"))
    else:
        raise UnsupportedGrantType(
            f"Offered are {' and '.join(SUPPORTED)}.",
            errors=[FieldError("/grant_type", f"must be {' or '.join(SUPPORTED)}")],
            error="unsupported_grant_type",
            supported=SUPPORTED,
        )
    return _unstored(
        {
            "access_token": made.access_token,
            "token_type": "Bearer",
            "expires_in": made.expires_in,
            "refresh_token": made.refresh_token,
            "refresh_expires_in": made.refresh_expires_in,
        }
    )


@blp.route("/revocation", methods=["POST"])
@allowed("token.revoke")
@blp.doc(requestBody={"content": {FORM: {"schema": RevocationRequest}}})
@blp.arguments(RevocationRequest)
@blp.response(200)
@anonymous
def revoke(given: dict[str, Any]) -> Response:
    """Sign out: the refresh token's sign-in ends; the answer is the same for an unknown token"""
    service.revoke(database(), given["token"])
    return _unstored({})


def _required(given: dict[str, Any], name: str, pointer: str | None = None) -> str:
    value = given.get(name)
    if value is None:
        pointer = pointer or name
        errors = [FieldError(f"/{pointer}", "is needed for this grant_type")]
        raise Invalid(f"{pointer} is missing.", errors=errors, error="invalid_request")
    return str(value)


def _unstored(body: dict[str, Any]) -> Response:
    response: Response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response
