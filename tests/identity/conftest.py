"""Makes tokens for the tests of identity: good ones and every kind of bad one, with keys of the test's own."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from services.chassis.identity.keys import FunctionKeys
from services.chassis.identity.verification import Verifier


class Issuer:
    """An issuer of tokens with one key, `key`; `jwks` is what it publishes, and `asked` counts how often."""

    name = "convene"

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256")
        self.published = [self.key]
        self.asked = 0

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        self.asked += 1
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}
                for key in self.published
            ]
        }

    def verifier(self, **options: Any) -> Verifier:
        return Verifier(FunctionKeys(self.jwks), self.name, **options)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Claims of a good token; None takes one away."""
        now = int(time.time())
        usual = {"iss": self.name, "aud": "convene", "sub": "0190-person", "iat": now, "exp": now + 900, "adr": ["h1"]}
        return {name: value for name, value in (usual | changed).items() if value is not None}

    def token(self, key: ECKey | None = None, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token signed with that key, else with the issuer's."""
        key = key or self.key
        usual = {"alg": "ES256", "kid": key.thumbprint(), "typ": "at+jwt"}
        return jwt.encode(usual | (header or {}), self.claims(**changed), key, algorithms=["ES256"])


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()
