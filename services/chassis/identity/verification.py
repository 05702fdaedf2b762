"""Verification of access tokens: JWT (RFC 7519, RFC 9068) signed by the accounts with ES256, for the audience `convene`.

The algorithm, the type of token, the audience and the issuer are pinned; whatever the token says about how to verify it, but
its key id, is not listened to (RFC 8725). Verified tokens are remembered by digest until they expire, so that the reading
path pays for a signature once.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError

from services.chassis import clock
from services.chassis.errors import Unauthenticated
from services.chassis.identity.keys import HttpKeys, KeyRing, KeySource
from services.chassis.identity.principal import Principal
from services.chassis.settings import Settings, SettingsError

ALGORITHM = "ES256"
AUDIENCE = "convene"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of RFC 9068 §2.1, not a secret
LEEWAY_SECONDS = 10
MAX_TOKEN_CHARACTERS = 8192
_HEADERS = frozenset({"alg", "kid", "typ"})


class InvalidToken(Unauthenticated):
    """The access token sent is not good: expired, of somebody else, changed, or no token at all (RFC 6750 §3.1)."""

    slug, title = "invalid-token", "The access token is not good"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, www_authenticate=f'Bearer error="invalid_token", error_description="{detail}"')


@dataclass(frozen=True, slots=True)
class _Verified:
    principal: Principal
    expires: float
    key_id: str


class Verifier:
    """Turns a token into a `Principal`. One per process and issuer; safe for threads.

    `capacity` bounds the remembered tokens (about 1 kB each); the one used longest ago is forgotten first.
    """

    def __init__(self, source: KeySource, issuer: str, *, capacity: int = 4096) -> None:
        self._keys = KeyRing(source)
        self._capacity = capacity
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()
        self._lock = threading.Lock()
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )

    def verify(self, token: str) -> Principal:
        """The person whose token this is. Raises `InvalidToken`; `Unavailable` when no key can be had."""
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        known = self._recall(digest)
        if known is not None:
            return known
        verified = self._check(token)
        with self._lock:
            self._verified[digest] = verified
            while len(self._verified) > self._capacity:
                self._verified.popitem(last=False)
        return verified.principal

    def _recall(self, digest: bytes) -> Principal | None:
        with self._lock:
            known = self._verified.get(digest)
            if known is None:
                return None
            self._verified.move_to_end(digest)
        # The key is looked up again, because one that was withdrawn takes the tokens verified before with it.
        if known.expires + LEEWAY_SECONDS > clock.now().timestamp() and self._keys.get(known.key_id):
            return known.principal
        with self._lock:
            self._verified.pop(digest, None)
        return None

    def _check(self, token: str) -> _Verified:
        key_id = _key_id(token)
        key = self._keys.get(key_id)
        if key is None:
            raise InvalidToken("The token is signed with a key that the accounts do not have.")
        try:
            claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
        except ExpiredTokenError:
            raise InvalidToken("The token has expired: get a new one.") from None
        # ValueError, RecursionError: a signed payload that is no JSON, or absurdly deep.
        except (JoseError, ValueError, RecursionError):
            raise InvalidToken("The token is not one of ours: wrong signature, issuer, audience or time.") from None
        return _Verified(_principal(token, claims), float(claims["exp"]), key_id)


def issuer(settings: Settings) -> str:
    """Who issues the tokens of this installation (docs/decisions/0007): the accounts write it, verifiers ask for it."""
    return settings.issuer


def verifier(settings: Settings, source: KeySource | None = None) -> Verifier:
    """The verifier of a process: with the keys of `source`, else with those that the accounts publish over HTTP.

    Raises `SettingsError` when there are neither: a process without keys could recognise nobody, and must not start.
    """
    if source is None:
        if not settings.accounts_url:
            raise SettingsError(
                "CONVENE_ACCOUNTS_URL is not set: this process has to ask the accounts for their public keys."
            )
        source = HttpKeys(settings.accounts_url)
    return Verifier(source, issuer(settings))


def _key_id(token: str) -> str:
    """The key id in the token's header, after the header has been found to be exactly of our kind."""
    refused = InvalidToken("This is no access token of this system.")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise refused
    try:
        header: Any = jws.extract_compact(token.encode("ascii")).protected
    except (JoseError, ValueError, RecursionError):
        raise refused from None
    usual = isinstance(header, dict) and set(header) == _HEADERS and header["alg"] == ALGORITHM
    if not usual or str(header["typ"]).lower() != TOKEN_TYPE or not isinstance(header["kid"], str):
        raise refused
    return header["kid"]


def _principal(token: str, claims: dict[str, Any]) -> Principal:
    person_id, role, hashes = claims["sub"], claims.get("role"), claims.get("adr", [])
    well_formed = (
        isinstance(person_id, str)
        and bool(person_id)
        and (role is None or isinstance(role, str))
        and isinstance(hashes, list)
        and all(isinstance(each, str) for each in hashes)
    )
    if not well_formed:
        raise InvalidToken("The token does not say who it is for.")
    return Principal(person_id, role, frozenset(hashes), token)
