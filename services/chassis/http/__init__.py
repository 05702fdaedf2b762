"""HTTP for services: one error shape, conditional requests, cursor pages, idempotency keys, health, OpenAPI, telemetry.

Views live in each service's `api.py`; this package knows none of them. One module per concern of HTTP.
"""
