"""Serves WSGI apps with gunicorn: sync workers, forked after loading, on a socket that outlives a killed server.

Called by `convene up` (all services) and `convene service` (one). The socket is bound by the caller, so that connections wait
instead of failing while a server that was killed starts again.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from services.chassis.settings import Settings, SettingsError


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

    class Server(BaseApplication):  # type: ignore[misc, unused-ignore]
        def load_config(self) -> None:
            options = {
                "bind": [f"fd://{listener.fileno()}"],
                "workers": settings.workers,
                "worker_class": "sync",
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
            return load()

    Server().run()
