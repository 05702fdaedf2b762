"""`me`, one's own account, and `roles`, the platform roles that administrators give.

Answers about people are kept by nobody on the way (`no-store`). A person is only ever reached through its own token.
"""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from schemas.account import (
    AccountChange,
    AccountDocument,
    AccountExport,
    PasswordChange,
    RoleGrant,
    RoleHolder,
    RoleHolders,
)
from schemas.documents import StoredDocument
from services.accounts.context import allowed, database, settings
from services.accounts.people import service
from services.chassis import identity
from services.chassis.http import conditions, pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint

me = Blueprint("me", __name__, url_prefix="/me", description="One's own account")
roles = Blueprint("roles", __name__, url_prefix="/roles", description="Platform roles, given by administrators")
SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}]


@me.route("")
@me.doc(security=SIGNED_IN)
@allowed("me.read")
@me.response(200, AccountDocument)
def read() -> Response:
    """One's own account"""
    return _private(service.read(database(), identity.current().person_id))


@me.route("", methods=["PATCH"])
@me.doc(security=SIGNED_IN)
@allowed("me.change")
@me.arguments(AccountChange)
@me.response(200, AccountDocument)
def change(given: dict[str, Any]) -> Response:
    """Change one's display name and language (JSON merge patch); `If-Match` is honoured"""
    person_id = identity.current().person_id
    return _private(service.change(database(), person_id, given, conditions.expected_version()))


@me.route("", methods=["DELETE"])
@me.doc(security=SIGNED_IN)
@allowed("me.erase")
@me.response(204)
def erase() -> Response:
    """Erase one's account: everything but the identifier is deleted, everywhere, and cannot be had back"""
    service.erase(database(), settings(), identity.current().person_id)
    return Response(status=204)


@me.route("/export")
@me.doc(security=SIGNED_IN)
@allowed("me.export")
@me.response(200, AccountExport)
def export() -> Response:
    """Everything that is held about oneself here"""
    response: Response = jsonify(service.export(database(), settings(), identity.current().person_id))
    response.headers["Content-Disposition"] = 'attachment; filename="account.json"'
    return _unstored(response)


@me.route("/password", methods=["PUT"])
@me.doc(security=SIGNED_IN)
@allowed("me.password")
@me.arguments(PasswordChange)
@me.response(204)
def change_password(given: dict[str, Any]) -> Response:
    """Set a new password; every sign-in ends, sign in again"""
    person_id = identity.current().person_id
    service.change_password(database(), settings(), person_id, given["current_password"], given["new_password"])
    return Response(status=204)


@roles.route("")
@roles.doc(security=SIGNED_IN)
@allowed("role.list")
@roles.arguments(pages.PageArgs, location="query")
@roles.response(200, RoleHolders)
def listed(page: dict[str, Any]) -> Response:
    """Everybody who holds a platform role"""
    after = pages.decode_cursor(page["cursor"], [str])
    found = service.role_holders(database(), after[0] if after else None, page["limit"] + 1)
    items = found[: page["limit"]]
    more = len(found) > len(items)
    return _unstored(pages.page_response(items, pages.encode_cursor([items[-1]["person_id"]]) if more else None))


@roles.route("", methods=["POST"])
@roles.doc(security=SIGNED_IN)
@allowed("role.grant")
@roles.arguments(RoleGrant)
@roles.response(201, RoleHolder)
@idempotent
def grant(given: dict[str, Any]) -> Response:
    """Give a platform role to whoever has verified an address"""
    by = identity.current().person_id
    response: Response = jsonify(service.grant_role(database(), settings(), given["email"], given["role"], by))
    response.status_code = 201
    return _unstored(response)


@roles.route("/<string:person_id>", methods=["DELETE"])
@roles.doc(security=SIGNED_IN)
@allowed("role.withdraw")
@roles.response(204)
def withdraw(person_id: str) -> Response:
    """Take a platform role away; access tokens that carry it expire within 15 minutes"""
    service.withdraw_role(database(), person_id)
    return Response(status=204)


def _private(stored: StoredDocument) -> Response:
    return _unstored(document_response(stored))


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
