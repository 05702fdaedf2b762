"""Serves WSGI apps with gunicorn: sync workers, forked after loading, on a socket that outlives a killed server.

Called by `convene up` (all services) and `convene service` (one). The socket is bound by the caller, so that connections wait
instead of failing while a server that was killed starts again.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

import orjson

from services.chassis import process
from services.chassis.settings import Settings, SettingsError

LONGEST_REQUEST_LINE = 65_536


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `SettingsError` that says what to do when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port} ({error.strerror}): choose another with --port or CONVENE_PORT"
        ) from None
    listener.listen(512)
    listener.set_inheritable(True)
    return listener


def serve(load: Callable[[], Any], listener: socket.socket, settings: Settings) -> None:
    """Serve the app that `load` builds, until SIGTERM. `load` runs once, before the workers are forked."""
    # Loaded here: only the process that serves needs gunicorn.
    from gunicorn.app.base import BaseApplication
    from gunicorn.http import message

    # The server's own ceiling is 8 KiB; a long query is answered by the service that can say which parameter is absurd.
    message.MAX_REQUEST_LINE = LONGEST_REQUEST_LINE

    class Server(BaseApplication):  # type: ignore[misc, unused-ignore]
        def load_config(self) -> None:
            options = {
                "bind": [f"fd://{listener.fileno()}"],
                "workers": settings.workers,
                "worker_class": _worker_class(),
                "limit_request_line": LONGEST_REQUEST_LINE,
                "preload_app": True,
                "timeout": 60,
                "graceful_timeout": 10,
                "max_requests": 0,
                "errorlog": "-",
                "loglevel": "warning",
                "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108, PTH112
                "control_socket_disable": True,
            }
            for name, value in options.items():
                if name in self.cfg.settings and value is not None:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            app = load()
            process.settle()
            return app

    Server().run()


def _worker_class() -> Any:
    """gunicorn's sync worker, which answers what is no HTTP in the same shape as every other error (RFC 9457)."""
    from gunicorn.http import errors
    from gunicorn.workers.sync import SyncWorker

    refusals = (
        (errors.LimitRequestLine, 414, "URI Too Long"),
        (errors.LimitRequestHeaders, 431, "Request Header Fields Too Large"),
        (errors.UnsupportedTransferCoding, 501, "Not Implemented"),
        (errors.ParseException, 400, "Bad Request"),
    )

    class Worker(SyncWorker):  # type: ignore[misc, unused-ignore]
        def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
            ours = isinstance(exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
            for kind, status, title in refusals:
                if isinstance(exc, kind) and not ours:
                    with contextlib.suppress(OSError):  # the client may be gone
                        client.sendall(_refusal(status, title))
                    return
            super().handle_error(req, client, addr, exc)

    return Worker


def _refusal(status: int, title: str) -> bytes:
    """A whole HTTP answer for what never became a request."""
    body = orjson.dumps({"type": "about:blank", "title": title, "status": status})  # RFC 9457 §4.2.1
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
