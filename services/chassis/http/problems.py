"""Problem details (RFC 9457): the one shape of every error, for services' errors, webargs' and Werkzeug's alike.

`type` is an address that names the rule, `errors` has a JSON Pointer per bad field. An unexpected exception is a problem too: it
names the trace to look for in the logs, and nothing of the inside.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from schemas.documents import pointers
from services.chassis import database, telemetry
from services.chassis.errors import FieldError, NotFound, ServiceError, Unavailable
from services.chassis.telemetry import log

MEDIA_TYPE = "application/problem+json"

_LOCATIONS = {
    "json": "",
    "query": "/query",
    "querystring": "/query",
    "form": "",
    "headers": "/headers",
    "path": "/path",
}


def problem(
    status: int,
    slug: str,
    title: str,
    detail: str = "",
    errors: tuple[FieldError, ...] = (),
    extensions: Mapping[str, Any] | None = None,
) -> Response:
    """A problem details response."""
    body: dict[str, Any] = {
        "type": f"{current_app.config['PROBLEMS_AT']}/{slug}",
        "title": title,
        "status": status,
    }
    if detail:
        body["detail"] = detail
    body["instance"] = instance()
    if errors:
        body["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in errors]
    trace = telemetry.trace_id()
    if trace:
        body["trace_id"] = trace
    for name, value in (extensions or {}).items():
        body.setdefault(name, value)
    response = Response(orjson.dumps(body, default=str), status=status, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def instance() -> str:
    """The path that was asked for, by which a problem says where it occurred."""
    return request.script_root + request.path


def install(app: Flask, types: Sequence[type[ServiceError]]) -> None:
    """Answer every error of the app with a problem, and explain each type of problem at its own address."""
    known = {error.slug: error for error in types}

    @app.get("/problems/<slug>")
    def explanation(slug: str) -> Response:
        error = known.get(slug)
        if error is None:
            raise NotFound(f"There is no type of problem named {slug[:80]} here.")
        about = {"type": slug, "title": error.title, "status": error.status, "about": inspect.getdoc(error)}
        return Response(orjson.dumps(about), mimetype="application/json")

    app.register_error_handler(ServiceError, _service_error)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, _unexpected)


def of_service_error(error: ServiceError) -> Response:
    """The problem that stands for a service's error."""
    response = problem(error.status, error.slug, error.title, error.detail, error.errors, _members(error))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = str(error.extensions.get("www_authenticate", "Bearer"))
    if "retry_after" in error.extensions:
        response.headers["Retry-After"] = str(error.extensions["retry_after"])
    return response


def _members(error: ServiceError) -> dict[str, Any]:
    """The extensions that belong into the body: not those that are headers."""
    return {name: value for name, value in error.extensions.items() if name != "www_authenticate"}


def _service_error(error: ServiceError) -> Response:
    return of_service_error(error)


def _http_exception(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    if status < 400:  # a redirect is an answer, not a problem
        return error.get_response(request.environ)
    messages = (getattr(error, "data", None) or {}).get("messages")
    if status == 422 and isinstance(messages, Mapping):
        return problem(
            422, "invalid", "The content is not valid", "See errors for each field.", _field_errors(messages)
        )
    headers = {
        name: value
        for name, value in error.get_headers(request.environ)
        if name not in ("Content-Type", "Content-Length")
    }
    answer = problem(status, error.name.lower().replace(" ", "-"), error.name, _sentence(error))
    answer.headers.extend(headers)
    return answer


def _sentence(error: HTTPException) -> str:
    if error.code == 413:
        return f"The body is larger than {current_app.config['MAX_CONTENT_LENGTH'] // 1024 // 1024} MiB."
    return error.description or ""


def _field_errors(messages: Mapping[str, Any]) -> tuple[FieldError, ...]:
    found = []
    for location, inner in messages.items():
        prefix = _LOCATIONS.get(location, f"/{location}")
        found += [FieldError(prefix + pointer, detail) for pointer, detail in pointers(inner)]
    return tuple(found)


def _route() -> str:
    """What is logged of an address: its pattern, for a path may hold a secret (an invitation's token)."""
    return request.url_rule.rule if request.url_rule else "unmatched"


def _unexpected(error: Exception) -> Response:
    if database.is_away(error):
        log.warning("the database is away", route=_route(), method=request.method, reason=str(error).splitlines()[0])
        away = "The database cannot be used now. Send the request again, with the same Idempotency-Key if it had one."
        return of_service_error(Unavailable(away, retry_after=2))
    log.error("unexpected error", route=_route(), method=request.method, exc_info=error)
    return problem(
        500,
        "internal-error",
        "Something went wrong on our side",
        "Nothing was changed by this request. Give the trace_id to the operator, who finds it in the logs.",
    )
