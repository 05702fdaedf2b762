"""What happens around every request: its trace, one log line, its metrics. No body, address or query is logged.

Kept lean on purpose: this is what a read costs beside a bare view (`make bench ONLY=http-read`).
"""

from __future__ import annotations

import functools
import time
from typing import Any

from flask import Flask, Response, g, request

from services.chassis import metrics, telemetry
from services.chassis.telemetry import log


def install(app: Flask, service: str) -> None:
    """Trace, count and log the requests of the app."""

    bound = log.bind(service=service)

    def begin() -> None:
        g.began = time.perf_counter()
        telemetry.continue_trace(request.headers.get("traceparent"))

    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        rule, method = request.url_rule, request.method
        route = rule.rule if rule else "unmatched"
        count, duration = _instruments(service, method, route, response.status_code)
        count.inc()
        duration.observe(seconds)
        trace = telemetry.traceparent()
        if trace:
            response.headers["traceparent"] = trace
        response.headers["X-Content-Type-Options"] = "nosniff"
        if not route.startswith(("/health", "/metrics")):
            ms = round(seconds * 1000, 2)
            bound.info("request", method=method, route=route, status=response.status_code, ms=ms)
        return response

    app.before_request(begin)
    app.after_request(end)


@functools.lru_cache(maxsize=4096)
def _instruments(service: str, method: str, route: str, status: int) -> tuple[Any, Any]:
    return metrics.REQUESTS.labels(service, method, route, str(status)), metrics.REQUEST_SECONDS.labels(service, route)
