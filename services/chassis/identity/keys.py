"""The public keys that access tokens are verified with: where they come from, and when they are asked for again.

Two sources, one port: the accounts' JWKS over HTTP (services in processes of their own) and a function (the one-machine
system, and the accounts themselves). No private key is ever here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.chassis.errors import Unavailable
from services.chassis.telemetry import log

Jwks = Mapping[str, Sequence[Mapping[str, Any]]]


class KeySourceError(Exception):
    """The source of keys did not answer, or its answer is no key set."""


class KeySource(Protocol):
    """Where the public keys come from."""

    def fetch(self) -> Jwks:
        """The key set now (RFC 7517 §5). Raises `KeySourceError`."""
        ...


class FunctionKeys:
    """Keys from a function of this process, such as the accounts' own `public_keys`."""

    def __init__(self, function: Callable[[], Jwks]) -> None:
        self._function = function

    def fetch(self) -> Jwks:
        """Call the function; whatever it raises becomes a `KeySourceError`."""
        try:
            return self._function()
        except Exception as error:
            raise KeySourceError(f"{type(error).__name__}: {error}") from error


class HttpKeys:
    """Keys from the accounts service at `{accounts_url}/.well-known/jwks.json`."""

    TIMEOUT_SECONDS = 3.0

    def __init__(self, accounts_url: str) -> None:
        self.url = f"{accounts_url.rstrip('/')}/.well-known/jwks.json"

    def fetch(self) -> Jwks:
        """Ask the service. Redirects are not followed: keys come from the address that the operator named."""
        # Loaded here because the one-machine system never asks over HTTP.
        import httpx

        try:
            answer = httpx.get(self.url, timeout=self.TIMEOUT_SECONDS, headers={"Accept": "application/json"})
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise KeySourceError(f"{self.url}: {type(error).__name__}: {error}") from error
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise KeySourceError(f"{self.url}: the answer is no key set")
        return found


class KeyRing:
    """The keys held by this process, by key id.

    Fetched at first use, again after `max_age` seconds, and when a key id is unknown: `BURST` times at once, then not more
    often than every `pause` seconds, so that made-up key ids cannot make us ask without end. When the source is away, the
    held keys stay good (tokens expire by themselves); before the first answer nobody can be recognised, and `Unavailable`
    says so.
    """

    BURST = 5.0

    def __init__(
        self,
        source: KeySource,
        *,
        max_age: float = 300.0,
        pause: float = 10.0,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._max_age = max_age
        self._pause = pause
        # Time that runs evenly, and not `clock.now()`: this is about asking politely, not about deadlines of the domain.
        self._ticks = ticks
        self._keys: dict[str, ECKey] = {}
        self._fetched: float | None = None
        self._allowance = self.BURST
        self._counted = ticks()
        self._lock = threading.Lock()

    def get(self, key_id: str) -> ECKey | None:
        """The key of that id, or None when the source does not know it either. Raises `Unavailable`."""
        seen = self._fetched
        if seen is None or self._ticks() - seen >= self._max_age or key_id not in self._keys:
            self._refresh(seen)
        if self._fetched is None:
            raise Unavailable("The accounts service cannot be asked for its keys now, so nobody can be recognised.")
        return self._keys.get(key_id)

    def _refresh(self, seen: float | None) -> None:
        with self._lock:
            # Another thread asked while this one waited for the lock: its answer is as good.
            if self._fetched != seen or not self._may_ask():
                return
            try:
                self._keys = _readable(self._source.fetch())
            except KeySourceError as error:
                self._allowance = 0.0
                log.warning("keys of the accounts not fetched", reason=str(error), held=len(self._keys))
                return
            self._fetched = self._ticks()

    def _may_ask(self) -> bool:
        ticks = self._ticks()
        self._allowance = min(self.BURST, self._allowance + (ticks - self._counted) / self._pause)
        self._counted = ticks
        if self._allowance < 1.0:
            return False
        self._allowance -= 1.0
        return True


def _readable(found: Jwks) -> dict[str, ECKey]:
    """The keys of the set that we can use: public P-256 keys for signatures, with an id. Others are left aside."""
    keys: dict[str, ECKey] = {}
    for entry in found["keys"]:
        if entry.get("kty") != "EC" or entry.get("crv") != "P-256" or entry.get("use", "sig") != "sig" or "d" in entry:
            continue
        try:
            key = ECKey.import_key({name: entry[name] for name in ("kty", "crv", "x", "y")})
            keys[str(entry["kid"])] = key
        except (JoseError, KeyError, TypeError, ValueError) as error:
            log.warning("a key of the accounts cannot be read", reason=type(error).__name__)
    return keys
