"""Signing in, renewing, signing out: access tokens that any service verifies, refresh tokens that only the accounts know.

A refresh token is good once. One that comes a second time has been copied, and which of the two is the thief cannot be known:
the whole sign-in is revoked (RFC 9700 §4.14.2). Refusals are raised after the transaction, so that what was counted or
revoked stays. Called by `api` and by `people`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from services.accounts.errors import RefreshTokenRefused, WrongCredentials
from services.accounts.keys.service import signing_key
from services.accounts.people import passwords
from services.accounts.people.models import Address, Password, Person
from services.accounts.tokens import throttle
from services.accounts.tokens.models import RefreshFamily, RefreshToken
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.identifiers import uuid7
from services.chassis.identity.addresses import AddressError, hash_address, normalise
from services.chassis.identity.verification import ALGORITHM, AUDIENCE, TOKEN_TYPE, issuer
from services.chassis.rows import locked_or_none
from services.chassis.settings import Settings
from services.chassis.telemetry import log

ACCESS_LIFETIME = timedelta(minutes=15)
MAX_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=30)
SIGN_IN_LIFETIME = timedelta(days=90)
# Lets scanners of repositories and logs recognise a token that leaked.
REFRESH_PREFIX = "cvr_"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a renewal gives; lifetimes in seconds. `repr` shows no token."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int

    def __repr__(self) -> str:
        return f"Tokens(expires_in={self.expires_in})"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is held about who signs in, read before the password is compared."""

    person_id: str
    hash: str


def sign_in(database: Database, settings: Settings, email: str, password: str, client: str | None) -> Tokens:
    """Tokens for the person with that verified address and password. `client` is the network address of the caller.

    Raises `TooManyTries`, `WrongCredentials`. The comparison stands between two transactions, since it takes long on purpose.
    """
    email = _normal_or_raw(email)
    tried = throttle.subjects(settings.address_key, email, client)
    with database.transaction() as session:
        throttle.count_try(session, tried)
        known = _find(session, settings, email)
    if not passwords.matches(password, known.hash if known else None) or known is None:
        log.info("sign-in refused")
        raise WrongCredentials("Check the address and the password.", error="invalid_grant")
    renewed = passwords.hash_password(password) if passwords.is_outdated(known.hash) else None
    with database.transaction() as session:
        person = locked_or_none(session, Person, known.person_id)
        held = session.get(Password, known.person_id)
        # Erased, or another password set, while this one was compared.
        unchanged = person is not None and person.state == "active" and held is not None and held.hash == known.hash
        if unchanged and person is not None and held is not None:
            held.hash = renewed or held.hash
            throttle.forgive(session, tried)
            tokens = _begin(session, settings, person)
    if not unchanged:
        raise WrongCredentials("Check the address and the password.", error="invalid_grant")
    log.info("signed in")
    return tokens


def renew(database: Database, settings: Settings, refresh_token: str) -> Tokens:
    """New tokens for a refresh token, which is used up by it. Raises `RefreshTokenRefused`."""
    now = clock.now()
    with database.transaction() as session:
        family, token = _locked(session, refresh_token)
        reason = _refusal(family, token, now)
        person = session.get(Person, family.person_id) if family else None
        if reason == "reused" and family is not None:
            family.revoked_at, family.revoked_because = now, "reused"
            log.warning("refresh token used twice; the sign-in is revoked")
        if reason is None and family is not None and token is not None and person is not None:
            token.used_at = now
            family.renewed_at = now
            tokens = _issue(session, settings, person, family)
    if reason is not None:
        raise RefreshTokenRefused("Sign in again.", error="invalid_grant")
    return tokens


def revoke(database: Database, refresh_token: str) -> None:
    """Sign out: revoke the sign-in that the refresh token belongs to. Unknown tokens are nothing to do (RFC 7009 §2.2)."""
    with database.transaction() as session:
        family, _ = _locked(session, refresh_token)
        if family is not None and family.revoked_at is None:
            family.revoked_at, family.revoked_because = clock.now(), "signed_out"
            log.info("signed out")


def revoke_all(session: Session, person_id: str, because: str) -> None:
    """Revoke every sign-in of a person."""
    session.execute(
        update(RefreshFamily)
        .where(RefreshFamily.person_id == person_id, RefreshFamily.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_because=because)
    )


def forget_all(session: Session, person_id: str) -> None:
    """Delete everything that is held about a person's sign-ins (erasure)."""
    families = select(RefreshFamily.id).where(RefreshFamily.person_id == person_id)
    session.execute(delete(RefreshToken).where(RefreshToken.family_id.in_(families)))
    session.execute(delete(RefreshFamily).where(RefreshFamily.person_id == person_id))


def forget_expired(session: Session, now: datetime, limit: int = 500) -> int:
    """Clock job: delete up to `limit` expired refresh tokens, and sign-ins that have ended. Returns how many rows."""
    digests = session.scalars(select(RefreshToken.digest).where(RefreshToken.expires_at <= now).limit(limit)).all()
    if digests:
        session.execute(delete(RefreshToken).where(RefreshToken.digest.in_(digests)))
    ended = session.scalars(
        select(RefreshFamily.id)
        .where(or_(RefreshFamily.expires_at <= now, RefreshFamily.revoked_at <= now - ACCESS_LIFETIME))
        .limit(limit)
    ).all()
    if ended:
        session.execute(delete(RefreshToken).where(RefreshToken.family_id.in_(ended)))
        session.execute(delete(RefreshFamily).where(RefreshFamily.id.in_(ended)))
    return len(digests) + len(ended)


def access_token(
    session: Session,
    settings: Settings,
    person: Person,
    *,
    lifetime: timedelta = ACCESS_LIFETIME,
    role: str | None = None,
) -> str:
    """A signed access token of that person (RFC 9068) with its own platform role, or with `role`.

    Claims: `iss`, `aud`, `sub`, `iat`, `exp`, `jti`, `role` (at most one), `adr` (hashes of the verified addresses). Raises
    `ValueError` for a lifetime of more than an hour, since retired keys stay published no longer than that.
    """
    if not timedelta(0) < lifetime <= MAX_LIFETIME:
        raise ValueError(f"an access token lives an hour at most, not {lifetime}")
    key = signing_key(session, settings)
    now = int(clock.now().timestamp())
    hashes = session.scalars(
        select(Address.address_hash).where(Address.person_id == person.id, Address.verified_at.is_not(None))
    )
    claims: dict[str, Any] = {
        "iss": issuer(settings),
        "aud": AUDIENCE,
        "sub": person.id,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
        "jti": uuid7(),
        "adr": sorted(hashes),
    }
    if role or person.role:
        claims["role"] = role or person.role
    return jwt.encode(
        {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": TOKEN_TYPE}, claims, key, algorithms=[ALGORITHM]
    )


def _normal_or_raw(email: str) -> str:
    """The normal form; what is no address stays as it is, to be throttled and refused like an unknown one."""
    try:
        return normalise(email)
    except AddressError:
        return email


def _find(session: Session, settings: Settings, email: str) -> _Known | None:
    try:
        address_hash = hash_address(settings.address_key, email)
    except AddressError:
        return None
    row = session.execute(
        select(Password.person_id, Password.hash)
        .join(Address, Address.person_id == Password.person_id)
        .where(Address.address_hash == address_hash, Address.verified_at.is_not(None))
    ).first()
    return _Known(row.person_id, row.hash) if row else None


def _begin(session: Session, settings: Settings, person: Person) -> Tokens:
    now = clock.now()
    family = RefreshFamily(
        id=uuid7(), person_id=person.id, started_at=now, renewed_at=now, expires_at=now + REFRESH_LIFETIME
    )
    session.add(family)
    session.flush()
    return _issue(session, settings, person, family)


def _issue(session: Session, settings: Settings, person: Person, family: RefreshFamily) -> Tokens:
    now = clock.now()
    secret = REFRESH_PREFIX + secrets.token_urlsafe(32)
    family.expires_at = min(now + REFRESH_LIFETIME, family.started_at + SIGN_IN_LIFETIME)
    session.add(RefreshToken(digest=_digest(secret), family_id=family.id, expires_at=family.expires_at))
    return Tokens(
        access_token(session, settings, person),
        int(ACCESS_LIFETIME.total_seconds()),
        secret,
        int((family.expires_at - now).total_seconds()),
    )


def _locked(session: Session, refresh_token: str) -> tuple[RefreshFamily | None, RefreshToken | None]:
    """The sign-in and the row of a refresh token, read under the lock of the sign-in: of two renewals at once one is later."""
    digest = _digest(refresh_token)
    family_id = session.scalar(select(RefreshToken.family_id).where(RefreshToken.digest == digest))
    if family_id is None:
        return None, None
    family = locked_or_none(session, RefreshFamily, family_id)
    token = session.get(RefreshToken, digest, populate_existing=True)
    return family, token


def _refusal(family: RefreshFamily | None, token: RefreshToken | None, now: datetime) -> str | None:
    if family is None or token is None:
        return "unknown"
    if family.revoked_at is not None:
        return "revoked"
    if token.used_at is not None:
        return "reused"
    return "expired" if token.expires_at <= now else None


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode(errors="surrogatepass")).hexdigest()
