"""The HTTP of the chassis: problems, conditions, pages, idempotency, health, OpenAPI; on a toy service over a real database."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from marshmallow import Schema, fields
from sqlalchemy import func, select

from schemas.documents import StoredDocument
from services.chassis import identity, migrations, rows
from services.chassis.database import Database
from services.chassis.errors import Conflict, FieldError
from services.chassis.http import conditions, documents, pages
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.service_app import create_service_app
from services.chassis.identifiers import uuid7
from services.chassis.identity.keys import FunctionKeys
from services.chassis.identity.verification import Verifier
from services.chassis.settings import Settings
from services.chassis.tables import CHASSIS, idempotency, lease


class Full(Conflict):
    """The toy takes no more."""

    slug, title = "toy-full", "The toy is full"


class Command(Schema):
    name = fields.String(required=True)
    size = fields.Integer()


class ToyPageArgs(pages.PageArgs):
    """A list's parameters."""


def _app(settings: Settings, database: Database) -> Flask:
    blp = Blueprint("toys", __name__, url_prefix="/toys")

    @blp.route("", methods=["POST"])
    @blp.arguments(Command)
    @blp.response(201, Command)
    @idempotent
    def create(command: dict[str, Any]) -> Any:
        with database.transaction() as session:
            session.execute(lease.insert().values(name=command["name"], owner="toy", expires=0.0))
            if command["name"] == "full":
                raise Full("No room.", errors=[FieldError("/name", "is full")], most=3)
        return documents.document_response(StoredDocument("1", 2, 5, orjson.dumps(command)), 201, "/toys/1")

    @blp.route("")
    @blp.arguments(ToyPageArgs, location="query")
    @blp.response(200, Command)
    def listed(page: dict[str, Any]) -> Any:
        after = pages.decode_cursor(page["cursor"], [int]) or [0]
        items = [b'{"n":%d}' % number for number in range(after[0], min(after[0] + page["limit"], 50))]
        last = after[0] + page["limit"]
        return pages.page_response(items, pages.encode_cursor([last]) if last < 50 else None, 50)

    @blp.route("/<toy_id>/uses", methods=["POST"])
    @blp.arguments(Command)
    @blp.response(201, Command)
    @idempotent
    def use(command: dict[str, Any], toy_id: str) -> Any:
        with database.transaction() as session:
            session.execute(lease.insert().values(name=uuid7(), owner="toy", expires=0.0))
            if "full" in toy_id:
                raise Full("No room.")
        return documents.document_response(StoredDocument("1", 1, 1, orjson.dumps(command)), 201)

    @blp.route("/<toy_id>", methods=["PUT"])
    @blp.arguments(Command)
    @blp.response(200, Command)
    def replace(command: dict[str, Any], toy_id: str) -> Any:
        rows.check_version(conditions.required_version(), 2)
        return documents.document_response(StoredDocument(toy_id, 3, 6, orjson.dumps(command)))

    @blp.route("/<toy_id>")
    @blp.response(200, Command)
    def read(toy_id: str) -> Any:
        if toy_id == "broken":
            raise RuntimeError("a secret of the inside")
        return documents.document_response(StoredDocument(toy_id, 2, 5, b'{"name":"x"}'))

    return create_service_app(
        "toy",
        settings,
        database,
        [blp],
        (Full,),
        about="A toy.",
        verifier=Verifier(FunctionKeys(lambda: {"keys": []}), "convene"),
    )


@pytest.fixture
def database(either_database: Settings, monkeypatch: pytest.MonkeyPatch) -> Database:
    either_database.data_dir.mkdir(parents=True, exist_ok=True)
    made = Database.open(either_database, "public")
    with made.engine.begin() as connection:
        CHASSIS.create_all(connection)
    monkeypatch.setattr(migrations, "head", lambda _name: "1")
    monkeypatch.setattr(migrations, "current", lambda _database: "1")
    return made


@pytest.fixture
def app(either_database: Settings, database: Database) -> Flask:
    return _app(either_database, database)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def made(database: Database) -> int:
    with database.reading() as session:
        return int(session.scalar(select(func.count()).select_from(lease)) or 0)


def test_a_rule_is_a_problem_with_its_name_and_pointers(client: FlaskClient) -> None:
    answer = client.post("/toys", json={"name": "full"}, headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json(force=True)
    assert body["type"] == "https://convene.example/api/toy/problems/toy-full"
    assert body["errors"] == [{"pointer": "/name", "detail": "is full"}]
    assert (body["status"], body["most"], body["trace_id"]) == (409, 3, "a" * 32)
    explained = client.get("/problems/toy-full").get_json()
    assert explained["about"] == "The toy takes no more."


def test_bad_content_has_a_pointer_per_field(client: FlaskClient) -> None:
    answer = client.post("/toys", json={"size": "large", "colour": 1})
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.get_json(force=True)["errors"]} == {"/name", "/size", "/colour"}
    answer = client.get("/toys?limit=0&colour=1")
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.get_json(force=True)["errors"]} == {"/query/limit", "/query/colour"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400),
        (b'{"name": "\xed\xa0\x80"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[" * 200 + b"]" * 200, "application/json", 400),
        (b'{"name":' * 60 + b"1" + b"}" * 60, "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b'{"name": 1e999}', "application/json", 400),
        (b"<x/>", "text/xml", 415),
        (b'{"name": "x"}', "", 415),
        (b'"text"', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"name": "' + b"x" * 6_000_000 + b'"}', "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_the_clients_error(client: FlaskClient, body: bytes, kind: str, status: int) -> None:
    answer = client.post("/toys", data=body, content_type=kind or None)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


@given(st.binary(max_size=300))
@hypothesis_settings(max_examples=60, deadline=None)
def test_no_body_makes_us_fail(body: bytes) -> None:
    from flask import Request
    from werkzeug.test import EnvironBuilder

    from services.chassis.errors import ServiceError
    from services.chassis.http.parsing import read_json

    request = Request(EnvironBuilder(method="POST", data=body, content_type="application/json").get_environ())
    try:
        read_json(request)
    except ServiceError as error:
        assert 400 <= error.status < 500


def test_unexpected_errors_tell_nothing_of_the_inside(client: FlaskClient) -> None:
    answer = client.get("/toys/broken")
    assert answer.status_code == 500
    assert b"secret" not in answer.data
    assert answer.get_json(force=True)["trace_id"]


def test_unknown_paths_and_methods_are_problems(client: FlaskClient) -> None:
    assert client.get("/nowhere").mimetype == "application/problem+json"
    answer = client.delete("/toys")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "POST" in answer.headers["Allow"]


def test_etag_and_conditions(client: FlaskClient) -> None:
    answer = client.get("/toys/1")
    assert answer.headers["ETag"] == '"2.5"'
    assert client.get("/toys/1", headers={"If-None-Match": '"2.5"'}).status_code == 304
    assert client.get("/toys/1", headers={"If-None-Match": '"2.4"'}).status_code == 200
    put: Callable[..., Any] = lambda **headers: client.put("/toys/1", json={"name": "x"}, headers=headers).status_code  # noqa: E731
    assert put() == 428
    assert put(**{"If-Match": '"1.9"'}) == 412
    assert put(**{"If-Match": "nonsense"}) == 412
    assert put(**{"If-Match": '"2.1"'}) == 200  # the version counts, not the revision
    assert put(**{"If-Match": "*"}) == 200


def test_pages_link_to_each_other_and_cursors_are_ours(client: FlaskClient) -> None:
    seen, url = [], "/toys?limit=20"
    while url:
        answer = client.get(url)
        body = answer.get_json()
        seen += [item["n"] for item in body["items"]]
        url = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
        assert ("next" in body) == bool(url)
    assert seen == list(range(50))
    for cursor in ("x", "WyJhIl0", "W10", "////", "é", "W251bGxd"):
        assert client.get(f"/toys?cursor={cursor}").status_code == 422


@pytest.mark.parametrize("keys", [[2**63], [2**64 - 1], [-(2**63) - 1], [10**40], [True], ["1"], [1.5], [1, 2], {}])
def test_a_cursor_that_no_database_takes_is_not_ours(client: FlaskClient, keys: Any) -> None:
    made_up = base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")
    answer = client.get(f"/toys?cursor={made_up}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json(force=True)["errors"][0]["pointer"] == "/query/cursor"


def test_the_same_key_gets_the_first_answer_again(client: FlaskClient, database: Database) -> None:
    first = client.post("/toys", json={"name": "a"}, headers={"Idempotency-Key": "k1"})
    again = client.post("/toys", json={"name": "a"}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert (again.headers["ETag"], again.headers["Location"]) == (first.headers["ETag"], first.headers["Location"])
    assert made(database) == 1
    other = client.post("/toys", json={"name": "b"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422
    assert made(database) == 1


def test_a_key_is_of_one_path_and_the_path_is_not_kept(client: FlaskClient, database: Database) -> None:
    headers = {"Idempotency-Key": "k4"}
    toys = ("a-secret-token", "a-full-token", "x" * 400 + "1", "x" * 400 + "2")

    def post() -> list[Any]:
        return [client.post(f"/toys/{toy}/uses", json={"name": "a"}, headers=headers) for toy in toys]

    first, again = post(), post()
    assert [answer.status_code for answer in first] == [201, 409, 201, 201]
    assert [answer.headers["Idempotency-Replayed"] for answer in again] == ["true"] * 4
    assert [answer.data for answer in again] == [answer.data for answer in first]
    assert again[1].get_json(force=True)["instance"] == "/toys/a-full-token/uses"
    assert made(database) == 3
    with database.reading() as session:
        kept = [str(tuple(row)) for row in session.execute(select(idempotency))]
    assert all("/toys/<toy_id>/uses" in row for row in kept)
    assert not any("token" in row or "xxx" in row for row in kept)


def test_a_refusal_is_kept_too_and_leaves_nothing_behind(client: FlaskClient, database: Database) -> None:
    for _ in range(2):
        answer = client.post("/toys", json={"name": "full"}, headers={"Idempotency-Key": "k2"})
        assert answer.status_code == 409
        assert answer.mimetype == "application/problem+json"
    assert made(database) == 0


def test_two_at_once_make_one(app: Flask, database: Database) -> None:
    statuses: list[int] = []

    def post() -> None:
        statuses.append(
            app.test_client().post("/toys", json={"name": "once"}, headers={"Idempotency-Key": "k3"}).status_code
        )

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert made(database) == 1


def test_health_says_what_is_missing(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200
    monkeypatch.setattr(migrations, "current", lambda _database: "0")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "convene db upgrade" in answer.get_json()["checks"][0]["detail"]


def test_metrics_count_requests(client: FlaskClient) -> None:
    client.get("/toys/1")
    text = client.get("/metrics").get_data(as_text=True)
    assert 'convene_http_requests_total{method="GET",route="/toys/<toy_id>",service="toy",status="200"}' in text
    assert 'convene_outbox_depth{service="public"} 0.0' in text


def test_openapi_documents_errors_as_problems(client: FlaskClient) -> None:
    found = client.get("/openapi.json").get_json()
    assert found["openapi"].startswith("3.1")
    responses = found["paths"]["/toys"]["post"]["responses"]
    assert "default" in responses
    assert "application/problem+json" in found["components"]["responses"]["DEFAULT_ERROR"]["content"]
    page = client.get("/docs").get_data(as_text=True)
    assert "/toys/{toy_id}" in page
    assert "<script" not in page


def test_nobody_is_known_without_a_token(app: Flask) -> None:
    with app.test_request_context("/toys"):
        assert identity.optional() is None
