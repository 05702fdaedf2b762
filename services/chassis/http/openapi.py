"""OpenAPI 3.1 from the decorators that run: `/openapi.json`, and `/docs`, a page of it without any script.

`document` is also what `convene schemas export` writes. Every operation documents the problem details as its default answer.
"""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask_smorest
import orjson
from flask import Flask, Response, render_template, request

from schemas.json_schema import openapi_property
from schemas.problem import Problem
from services.chassis.http import problems
from services.chassis.identity import asks_who

if TYPE_CHECKING:

    class _Api:
        """flask-smorest has no types: what we use of its Api."""

        spec: Any
        ma_plugin: Any

        def __init__(self, app: Flask) -> None: ...
else:
    _Api = flask_smorest.Api


_PARAMETER = re.compile(r"<(?:[^:<>]*:)?([^:<>]+)>")
_IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string", "examples": ['"3.4"']},
    "description": "The ETag of the document as it was read, or `*`. Its version is compared: 412 where it is not the present one.",
}
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key gets the first answer again, for 24 hours; with another body it is refused.",
}


class Api(_Api):
    """flask-smorest's Api with our error shape, described when somebody first asks.

    Describing all operations costs half a second, which a start need not pay.
    """

    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._described_app = app
        self._undescribed: list[Any] = []
        self._lock = threading.Lock()
        self.ma_plugin.converter.add_attribute_function(openapi_property)

    def register_blueprint(self, blp: Any) -> None:
        """Register the routes now; their description waits."""
        self._described_app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._described_app.register_blueprint(blp)
        self._undescribed.append(blp)

    def described(self) -> dict[str, Any]:
        """The OpenAPI document of all registered blueprints."""
        with self._lock:
            while self._undescribed:
                blp = self._undescribed.pop(0)
                blp.register_views_in_doc(self, self._described_app, self.spec, name=blp.name, parameters=None)
                self.spec.tag({"name": blp.name, "description": blp.description})
            found: dict[str, Any] = self.spec.to_dict()
        return found

    def _register_error_handlers(self) -> None:
        """`problems.install` has done it."""


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of a service's app."""
    found: dict[str, Any] = app.extensions["convene_api"].described()
    for response in found.get("components", {}).get("responses", {}).values():
        _as_problem(response)
    for path in found.get("paths", {}).values():
        for operation in path.values():
            if not isinstance(operation, dict):
                continue
            for status, response in operation.get("responses", {}).items():
                if str(status).startswith(("4", "5")):
                    _as_problem(response)
    for rule in app.url_map.iter_rules():
        operations = found.get("paths", {}).get(_PARAMETER.sub(r"{\1}", rule.rule), {})
        for method in sorted(rule.methods or ()):
            if method.lower() in operations:
                _describe_headers(operations[method.lower()], app.view_functions[rule.endpoint])
    return found


def _describe_headers(operation: dict[str, Any], view: Callable[..., Any]) -> None:
    """Say which headers an operation reads, as its code has it: what the view calls is what is documented."""
    names = inspect.unwrap(view).__code__.co_names
    read = []
    if "required_version" in names or "expected_version" in names:
        read.append({**_IF_MATCH, "required": "required_version" in names})
    if getattr(view, "idempotent", False):
        read.append(_IDEMPOTENCY_KEY)
    if read:
        given = [each for each in operation.get("parameters", []) if each.get("in") != "header"]
        operation["parameters"] = [*given, *read]
    asks, must = asks_who(view)
    if asks and not operation.get("security"):
        operation["security"] = [{"bearer": []}] if must else [{}, {"bearer": []}]


def _as_problem(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if "application/json" in content:
        content[problems.MEDIA_TYPE] = content.pop("application/json")


def install(app: Flask) -> None:
    """Serve the document and its page."""
    made: list[bytes] = []

    @app.get("/openapi.json")
    def openapi_json() -> Response:
        if not made:
            made.append(orjson.dumps(document(app)))
        return Response(made[0], mimetype="application/json")

    @app.get("/docs")
    def docs() -> str:
        return render_template("docs.html", api=document(app), base=request.script_root)
