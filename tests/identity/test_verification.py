"""Which tokens are good. Everything else is refused, in whatever way it is not one of ours (RFC 8725)."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from services.chassis import clock
from services.chassis.identity import Principal
from services.chassis.identity.verification import InvalidToken, verifier
from services.chassis.settings import Settings, SettingsError


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_good_token_becomes_a_principal(issuer: Any) -> None:
    token = issuer.token(role="pdu_officer", adr=["h1", "h2"])
    principal = issuer.verifier().verify(token)
    assert principal == Principal("0190-person", "pdu_officer", frozenset({"h1", "h2"}))
    assert principal.person_token == token
    assert token not in repr(principal)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"exp": None},
        {"exp": "never"},
        {"exp": int(time.time()) - 60},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"role": ["administrator"]},
        {"adr": "h1"},
        {"adr": [1]},
    ],
)
def test_wrong_claims_are_refused(issuer: Any, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        issuer.verifier().verify(issuer.token(**changed))


def test_an_audience_among_several_is_good(issuer: Any) -> None:
    assert issuer.verifier().verify(issuer.token(aud=["other", "convene"]))


def test_without_a_signature_a_token_is_nothing(issuer: Any) -> None:
    header = {"alg": "none", "kid": issuer.key.thumbprint(), "typ": "at+jwt"}
    for name in ("none", "None", "NONE"):
        for signature in ("", "AAAA"):
            token = f"{_part(header | {'alg': name})}.{_part(issuer.claims())}.{signature}"
            with pytest.raises(InvalidToken):
                issuer.verifier().verify(token)


def test_the_public_key_is_no_shared_secret(issuer: Any) -> None:
    """Algorithm confusion: HS256 keyed with what everybody can read."""
    header = {"alg": "HS256", "kid": issuer.key.thumbprint(), "typ": "at+jwt"}
    for public in (
        issuer.key.as_pem(private=False),
        issuer.key.as_der(private=False),
        json.dumps(issuer.jwks()).encode(),
    ):
        signed = f"{_part(header)}.{_part(issuer.claims())}"
        signature = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).decode().rstrip("=")
        token = f"{signed}.{signature}"
        with pytest.raises(InvalidToken):
            issuer.verifier().verify(token)


def test_other_algorithms_are_refused_even_with_a_right_key(issuer: Any) -> None:
    strong = ECKey.generate_key("P-384")
    issuer.published.append(strong)
    header = {"alg": "ES384", "kid": strong.thumbprint(), "typ": "at+jwt"}
    token = jwt.encode(header, issuer.claims(), strong, algorithms=["ES384"])
    with pytest.raises(InvalidToken):
        issuer.verifier().verify(token)


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"kid": "unknown"},
        {"jku": "https://attacker.example/jwks.json"},
        {"x5u": "https://attacker.example/cert"},
        {"cty": "JWT"},
    ],
)
def test_other_headers_are_refused(issuer: Any, header: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        issuer.verifier().verify(issuer.token(header=header))


def test_a_key_in_the_header_is_not_listened_to(issuer: Any) -> None:
    attacker = ECKey.generate_key("P-256")
    for header in ({"jwk": attacker.as_dict(private=False)}, {"kid": issuer.key.thumbprint()}):
        with pytest.raises(InvalidToken):
            issuer.verifier().verify(issuer.token(key=attacker, header=header))


def test_critical_headers_are_refused(issuer: Any) -> None:
    header = {"alg": "ES256", "kid": issuer.key.thumbprint(), "typ": "at+jwt", "crit": ["b64"], "b64": True}
    token = jws.serialize_compact(header, json.dumps(issuer.claims()), issuer.key, algorithms=["ES256"])
    with pytest.raises(InvalidToken):
        issuer.verifier().verify(token)


def test_a_signed_payload_that_is_no_object_is_refused(issuer: Any) -> None:
    header = {"alg": "ES256", "kid": issuer.key.thumbprint(), "typ": "at+jwt"}
    for payload in (b"[]", b"text", b"\xff", b"[" * 4000):
        token = jws.serialize_compact(header, payload, issuer.key, algorithms=["ES256"])
        with pytest.raises(InvalidToken):
            issuer.verifier().verify(token)


@given(st.text(max_size=60), st.integers(0, 400), st.sampled_from(["replace", "insert", "cut"]))
def test_a_changed_token_is_refused(text: str, place: int, how: str) -> None:
    token, check = _example()
    place %= len(token)
    changed = {
        "replace": token[:place] + text + token[place + len(text) :],
        "insert": token[:place] + text + token[place:],
        "cut": token[:place],
    }[how]
    if changed == token:
        assert check.verify(changed)
        return
    try:
        check.verify(changed)
    except InvalidToken:
        return
    # The last character of a part may hold bits that base64 does not use.
    assert _bytes(changed) == _bytes(token)


_made: list[Any] = []


def _example() -> tuple[str, Any]:
    if not _made:
        key = ECKey.generate_key("P-256")
        published = {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint()}]}
        from services.chassis.identity.keys import FunctionKeys
        from services.chassis.identity.verification import Verifier

        now = int(time.time())
        claims = {"iss": "convene", "aud": "convene", "sub": "p", "iat": now, "exp": now + 900}
        header = {"alg": "ES256", "kid": key.thumbprint(), "typ": "at+jwt"}
        _made.extend(
            [
                jwt.encode(header, claims, key, algorithms=["ES256"]),
                Verifier(FunctionKeys(lambda: published), "convene"),
            ]
        )
    return _made[0], _made[1]


def _bytes(token: str) -> list[bytes]:
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]


# ---- what is remembered


def test_a_token_is_verified_once(issuer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    check, token = issuer.verifier(), issuer.token()
    first = check.verify(token)
    monkeypatch.setattr(jwt, "decode", None)
    assert check.verify(token) is first


def test_what_is_remembered_expires_all_the_same(issuer: Any) -> None:
    check, token = issuer.verifier(), issuer.token()
    check.verify(token)
    clock.use("offset:1000")
    with pytest.raises(InvalidToken, match="expired"):
        check.verify(token)


def test_a_withdrawn_key_takes_its_tokens_with_it(issuer: Any) -> None:
    check, token = issuer.verifier(), issuer.token()
    check.verify(token)
    issuer.published.clear()
    check._keys._fetched = -1e9
    with pytest.raises(InvalidToken):
        check.verify(token)


def test_memory_is_bounded(issuer: Any) -> None:
    check = issuer.verifier(capacity=3)
    tokens = [issuer.token(jti=str(number)) for number in range(5)]
    for token in tokens:
        check.verify(token)
    assert len(check._verified) == 3


def test_bad_tokens_are_not_remembered(issuer: Any) -> None:
    check = issuer.verifier()
    for number in range(10):
        with pytest.raises(InvalidToken):
            check.verify(f"bad.{number}.token")
    assert not check._verified


# ---- the verifier of a process


def test_a_process_without_keys_does_not_start() -> None:
    with pytest.raises(SettingsError, match="CONVENE_ACCOUNTS_URL"):
        verifier(Settings.from_env({"CONVENE_ADDRESS_KEY": "a" * 64}))
