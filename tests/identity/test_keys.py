"""When the public keys are asked for, and what happens when they cannot be had."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from services.chassis.errors import Unavailable
from services.chassis.identity.keys import FunctionKeys, HttpKeys, KeyRing, KeySourceError


class Time:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """A source that counts, and fails on request."""

    def __init__(self, issuer: Any) -> None:
        self._issuer = issuer
        self.fails = False
        self.asked = 0

    def fetch(self) -> Any:
        self.asked += 1
        if self.fails:
            raise KeySourceError("away")
        return self._issuer.jwks()


@pytest.fixture
def ticks() -> Time:
    return Time()


@pytest.fixture
def source(issuer: Any) -> Source:
    return Source(issuer)


@pytest.fixture
def ring(source: Source, ticks: Time) -> KeyRing:
    return KeyRing(source, ticks=ticks)


def test_keys_are_fetched_once_and_again_when_old(issuer: Any, source: Source, ring: KeyRing, ticks: Time) -> None:
    for _ in range(10):
        assert ring.get(issuer.key.thumbprint()) is not None
    assert source.asked == 1
    ticks.now += 301
    ring.get(issuer.key.thumbprint())
    assert source.asked == 2


def test_an_unknown_key_is_asked_for_at_once(issuer: Any, source: Source, ring: KeyRing) -> None:
    assert ring.get("later") is None
    fresh = type(issuer)().key
    issuer.published.append(fresh)
    assert ring.get(fresh.thumbprint()) is not None


def test_made_up_key_ids_cannot_make_us_ask_without_end(source: Source, ring: KeyRing, ticks: Time) -> None:
    for number in range(1000):
        assert ring.get(f"made up {number}") is None
    assert source.asked == 5
    ticks.now += 25
    for number in range(1000):
        ring.get(f"made up {number}")
    assert source.asked == 7


def test_held_keys_stay_good_while_the_source_is_away(issuer: Any, source: Source, ring: KeyRing, ticks: Time) -> None:
    ring.get(issuer.key.thumbprint())
    source.fails = True
    ticks.now += 3600
    for _ in range(10):
        assert ring.get(issuer.key.thumbprint()) is not None
    assert source.asked == 2


def test_a_key_that_was_withdrawn_is_gone_after_the_next_fetch(issuer: Any, ring: KeyRing, ticks: Time) -> None:
    ring.get(issuer.key.thumbprint())
    issuer.published.clear()
    ticks.now += 301
    assert ring.get(issuer.key.thumbprint()) is None


def test_without_any_answer_nobody_can_be_recognised(source: Source, ring: KeyRing, ticks: Time) -> None:
    source.fails = True
    with pytest.raises(Unavailable):
        ring.get("any")
    source.fails = False
    ticks.now += 11
    assert ring.get("any") is None


def test_keys_of_other_kinds_are_left_aside(issuer: Any, ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    good = issuer.jwks()["keys"][0]
    odd = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "symmetric"},
        {**good, "kid": "for encryption", "use": "enc"},
        {**good, "kid": "not on the curve", "x": good["y"]},
        {**issuer.key.as_dict(private=True), "kid": "private"},
        {name: value for name, value in good.items() if name != "kid"},
    ]
    monkeypatch.setattr(issuer, "jwks", lambda: {"keys": [*odd, good]})
    assert ring.get(good["kid"]) is not None
    assert [ring.get(str(each.get("kid"))) for each in odd] == [None] * len(odd)


def test_a_function_that_fails_is_a_source_that_is_away() -> None:
    with pytest.raises(KeySourceError, match="ZeroDivisionError"):
        FunctionKeys(lambda: 1 / 0).fetch()  # type: ignore[arg-type,return-value]


@pytest.fixture
def served() -> Iterator[tuple[str, dict[str, Any]]]:
    """A real HTTP server, and what it answers."""
    answer: dict[str, Any] = {"status": 200, "body": b"{}"}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer["path"] = self.path
            self.send_response(answer["status"])
            for name, value in answer.get("headers", {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/accounts", answer
    server.shutdown()
    server.server_close()


def test_keys_over_http(issuer: Any, served: tuple[str, dict[str, Any]]) -> None:
    url, answer = served
    answer["body"] = json.dumps(issuer.jwks()).encode()
    assert KeyRing(HttpKeys(f"{url}/")).get(issuer.key.thumbprint()) is not None
    assert answer["path"] == "/api/accounts/.well-known/jwks.json"


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 500},
        {"body": b"<html>"},
        {"body": b"[]"},
        {"body": b'{"keys": 1}'},
        {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}},
    ],
)
def test_an_answer_that_is_no_key_set_is_said_so(wrong: dict[str, Any], served: tuple[str, dict[str, Any]]) -> None:
    url, answer = served
    answer.update(wrong)
    with pytest.raises(KeySourceError, match=r"jwks\.json"):
        HttpKeys(url).fetch()


def test_a_service_that_does_not_listen_is_away() -> None:
    with pytest.raises(KeySourceError, match="ConnectError"):
        HttpKeys("http://127.0.0.1:9").fetch()
