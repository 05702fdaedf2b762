"""Who is calling, as views see it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.chassis import clock, identity
from services.chassis.database import Database
from services.chassis.http.parsing import Blueprint
from services.chassis.http.service_app import create_service_app
from services.chassis.settings import Settings


@pytest.fixture
def client(issuer: Any, settings: Settings) -> FlaskClient:
    blueprint = Blueprint("sign-in", "test")

    @blueprint.route("/sign-in", methods=["POST"])
    @blueprint.response(200)
    @identity.anonymous
    def sign_in() -> dict[str, Any]:
        return {}

    database = Database.open(settings, "accounts")
    app = create_service_app(
        "accounts", settings, database, [blueprint], (), about="A test", verifier=issuer.verifier()
    )
    _add_views(app)
    return app.test_client()


def _add_views(app: Flask) -> None:

    @app.get("/open")
    def open_() -> dict[str, Any]:
        principal = identity.optional()
        return {"person": principal.person_id if principal else None}

    @app.get("/closed")
    def closed() -> dict[str, Any]:
        return {"person": identity.current().person_id}

    @app.get("/officers")
    def officers() -> dict[str, Any]:
        return {"role": identity.require_role("pdu_officer").role}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_nobody_may_read_what_is_public(client: FlaskClient) -> None:
    assert client.get("/open").json == {"person": None}


def test_a_token_makes_somebody(client: FlaskClient, issuer: Any) -> None:
    for path in ("/open", "/closed"):
        assert client.get(path, headers=_bearer(issuer.token())).json == {"person": "0190-person"}
    assert client.get("/closed", headers={"Authorization": f"bearer  {issuer.token()} "}).status_code == 200


def test_nobody_is_asked_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/closed")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.mimetype == "application/problem+json"


def test_a_bad_token_is_refused_on_public_reads_too(client: FlaskClient, issuer: Any) -> None:
    expired = issuer.token()
    clock.use("offset:3600")
    for token in (expired, "nonsense", "", "é", "a.b.c"):
        for path in ("/open", "/closed", "/nowhere"):
            answer = client.get(path, headers=_bearer(token))
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
            assert str((answer.json or {})["type"]).endswith("/problems/invalid-token")
            assert token not in answer.text or len(token) < 6


def test_signing_in_works_while_an_expired_token_is_still_sent(client: FlaskClient) -> None:
    assert client.post("/sign-in", headers=_bearer("expired")).status_code == 200


def test_health_is_answered_whatever_is_sent(client: FlaskClient) -> None:
    assert client.get("/health/live", headers=_bearer("nonsense")).status_code == 200


def test_credentials_of_another_scheme_make_nobody(client: FlaskClient) -> None:
    basic = {"Authorization": "Basic dXNlcjpwYXNz"}
    assert client.get("/open", headers=basic).json == {"person": None}
    assert client.get("/closed", headers=basic).status_code == 401


def test_roles(client: FlaskClient, issuer: Any) -> None:
    assert client.get("/officers").status_code == 401
    assert client.get("/officers", headers=_bearer(issuer.token())).status_code == 403
    assert client.get("/officers", headers=_bearer(issuer.token(role="administrator"))).status_code == 403
    assert client.get("/officers", headers=_bearer(issuer.token(role="pdu_officer"))).json == {"role": "pdu_officer"}


def test_one_request_leaves_nothing_to_the_next(client: FlaskClient, issuer: Any) -> None:
    client.get("/open", headers=_bearer(issuer.token()))
    assert client.get("/open").json == {"person": None}


def test_services_can_use_the_values_without_flask() -> None:
    import subprocess
    import sys

    code = (
        "import sys, services.chassis.identity.principal, services.chassis.identity.addresses;"
        "sys.exit(any(name in sys.modules for name in ('flask', 'joserfc', 'email_validator', 'httpx')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
