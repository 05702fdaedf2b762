"""Logs, traces and metrics: structured log lines with the trace they belong to, W3C trace context, Prometheus metrics.

Used by every layer. It never logs a body, an address or a token: a log line carries ids, versions, counts and times.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import structlog

if TYPE_CHECKING:
    from services.chassis.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
_trace: ContextVar[str | None] = ContextVar("traceparent", default=None)

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def continue_trace(received: str | None) -> str:
    """Make the received `traceparent` (W3C Trace Context) this context's, or begin a new trace when it is absent or bad.

    Returns the traceparent in force, with a span of our own.
    """
    match = _TRACEPARENT.match(received or "")
    trace_id, flags = (match[1], match[3]) if match and match[1] != "0" * 32 else (secrets.token_hex(16), "01")
    value = f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
    _trace.set(value)
    return value


def traceparent() -> str | None:
    """The `traceparent` of this context, if a trace is under way."""
    return _trace.get()


def trace_id() -> str | None:
    """The trace id (32 hexadecimal digits) of this context."""
    value = _trace.get()
    return value[3:35] if value else None


def _add_trace(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    value = _trace.get()
    if value:
        event.setdefault("trace_id", value[3:35])
    return event


def _render_bytes(_logger: Any, _name: str, event: dict[str, Any]) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def _render_json(logger: Any, name: str, event: dict[str, Any]) -> str:
    return _render_bytes(logger, name, event).decode()


def configure(settings: Settings) -> None:
    """Write logs to standard error in the chosen format; library logs at warning and above take the same way."""
    renderer: Any = _render_bytes
    library_renderer: Any = _render_json
    factory: Any = structlog.BytesLoggerFactory(sys.stderr.buffer)
    if settings.log_format == "text":
        renderer = library_renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        factory = structlog.PrintLoggerFactory(sys.stderr)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.log_level]),
        logger_factory=factory,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=library_renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, LEVELS[settings.log_level]))


def share_metrics(folder: Path) -> None:
    """Let the processes of the one-machine system add up their metrics through files in `folder`.

    Must run before anything is counted: a metric takes its values from where the library says when it is first labelled.
    """
    from prometheus_client import values

    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    # The library looks at the environment once, when it is imported, which is long before the folder is known here.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
