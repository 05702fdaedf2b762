"""Builds the Flask app of a service from its blueprints: the same surroundings for every service.

Called by each service's `app.py`. The app knows paths below its own root; the composition mounts it under `/api/{service}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider

from services.chassis import identity
from services.chassis.database import Database
from services.chassis.errors import CHASSIS_PROBLEMS, ServiceError
from services.chassis.http import access, health, openapi, problems
from services.chassis.http.parsing import MAX_BODY_BYTES, Blueprint
from services.chassis.identity.verification import InvalidToken, Verifier
from services.chassis.settings import Settings

API_VERSION = "1"


class OrjsonProvider(JSONProvider):
    """JSON by orjson."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Text of `obj`."""
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Value of `s`."""
        return orjson.loads(s)


def create_service_app(
    name: str,
    settings: Settings,
    database: Database,
    blueprints: Sequence[Blueprint],
    problem_types: Sequence[type[ServiceError]],
    *,
    about: str,
    verifier: Verifier,
    ready: Sequence[health.Check] = (),
) -> Flask:
    """The app of service `name`: its blueprints under problem details, identity, telemetry, health and OpenAPI.

    `problem_types` is the service's table of errors; `ready` are checks beside the database's.
    """
    app = Flask(f"services.{name}", template_folder=None, static_folder=None)
    app.json = OrjsonProvider(app)
    app.jinja_loader = _templates()
    app.config.update(
        PUBLIC_URL=settings.public_url,
        PROBLEMS_AT=f"{settings.public_url}/api/{name}/problems",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        API_TITLE=f"Convene: {name}",
        API_VERSION=API_VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": about, "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"}},
            "servers": [{"url": f"/api/{name}"}],
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
        },
    )
    app.url_map.strict_slashes = False
    app.extensions["convene_settings"] = settings
    app.extensions["convene_database"] = database
    access.install(app, name)
    problems.install(app, (*CHASSIS_PROBLEMS, InvalidToken, *problem_types))
    identity.install(app, verifier)
    health.install(app, database, ready)
    api = openapi.Api(app)
    app.extensions["convene_api"] = api
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    openapi.install(app)
    return app


def _templates() -> Any:
    from jinja2 import PackageLoader

    return PackageLoader("services.chassis.http")
