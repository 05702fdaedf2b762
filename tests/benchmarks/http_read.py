"""`http-read`: reading a partnership over HTTP, beside the same bytes from a bare Flask view under the same server.

Both are gunicorn with the same workers, asked by the same client over loopback, in turns; the figure is answers per second.
"""

from __future__ import annotations

import http.client
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from services.chassis.settings import Settings
from services.chassis.web import listen, serve
from tests.benchmarks.rows import Row, rate
from tests.system.load import answered, cast, record
from tests.system.running import Embedded, running, wait

ROUNDS = 7
SECONDS = 1.5


def run() -> Iterator[Row]:
    """One row: the share of the bare view's rate."""
    with tempfile.TemporaryDirectory() as folder, running(Embedded(Path(folder))) as system:
        people = cast(system)
        made = people.focal_point.post("/api/registry/partnerships", json=record(people, "Wells"))
        path = f"/api/registry/partnerships/{answered(made)['id']}"
        listed = people.focal_point.post(
            f"{path}/transitions", json={"to": "listed"}, headers={"If-Match": made.headers["ETag"]}
        )
        answered(listed)
        with _bare(listed.content) as bare:
            yield _measure(f"{system.url}{path}", bare)


class _bare:  # noqa: N801 - used as a function
    """A Flask app whose one view returns the bytes, served as the system serves itself."""

    def __init__(self, body: bytes) -> None:
        self._listener = listen("127.0.0.1", 0)
        self._process = multiprocessing.get_context("fork").Process(target=self._serve, args=(body,))

    def _serve(self, body: bytes) -> None:
        from flask import Flask, Response

        app = Flask("bare")

        @app.get("/document")
        def document() -> Response:
            return Response(body, mimetype="application/json")

        serve(lambda: app, self._listener, Settings())

    def __enter__(self) -> str:
        self._process.start()
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/document"
        wait(lambda: _requests(url, 0.05) > 0, 30, "the bare view")
        return url

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._listener.close()


def _requests(url: str, seconds: float) -> float:
    """Answers per second to one client that asks again as soon as it has an answer."""
    parts = urlsplit(url)
    until = time.perf_counter() + seconds
    began, count = time.perf_counter(), 0
    while time.perf_counter() < until:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80, timeout=10)
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{url} answered {answer.status}")
        count += 1
    return count / (time.perf_counter() - began)


def _measure(ours: str, bare: str) -> Row:
    pairs = [(_requests(ours, SECONDS), _requests(bare, SECONDS)) for _ in range(ROUNDS)]
    return rate(
        "http-read: answers/s", statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), 0.75
    )
