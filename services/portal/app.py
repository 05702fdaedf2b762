"""The front page: what this is, and where the APIs and their documentation are. The pages for people come later.

It needs no service and no database; compositions mount it at the root of the origin.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from flask import Flask, Response, render_template, request

from services.chassis.settings import Settings

SERVICES: tuple[tuple[str, str], ...] = (
    ("registry", "Organizations, units, focal points, networks and partnerships; every version and who made it."),
    (
        "search",
        "Partnerships and organizations by goal, country, constituency and words in many languages. No account needed.",
    ),
    (
        "assessment",
        "What any public record shows by itself of the Panel's eight lessons, with the gaps that could be filled.",
    ),
    ("accounts", "Signing in, tokens, and what is kept about a person."),
)


def create_app(settings: Settings, services: Sequence[tuple[str, str]] = SERVICES) -> Flask:
    """The app of the pages."""
    app = Flask("services.portal", static_folder=None)

    @app.get("/")
    def front() -> str:
        return render_template("front.html", services=services, source_url=settings.source_url)

    @app.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nAllow: /\n", mimetype="text/plain")

    @app.errorhandler(404)
    def not_found(_error: Exception) -> tuple[str, int] | Response:
        if request.path.startswith("/api/"):  # whoever asks for a service that is none is a program
            problem = {"type": "about:blank", "title": "There is no such service here", "status": 404}
            return Response(orjson.dumps(problem), 404, mimetype="application/problem+json")
        return render_template("not_found.html"), 404

    return app
