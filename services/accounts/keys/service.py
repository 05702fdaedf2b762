"""The life of signing keys: made ahead, published before use, used for 30 days, published until their last token has expired.

Called by `tokens` (which signs), by the view of the key set, by verifiers of the same process, and by the clock. Times are
those of `clock`, so that rotation can be tested by jumps.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from services.accounts.errors import SigningKeyUnreadable
from services.accounts.keys.models import SigningKey
from services.accounts.keys.sealing import SealError, seal, unseal
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.chassis.telemetry import log

LIFE = timedelta(days=30)
# Longer than any verifier holds a key set (5 minutes), so that nobody meets a key that it cannot know.
PUBLISHED_BEFORE_USE = timedelta(days=1)
# The longest life of an access token (`tokens.MAX_LIFETIME`), and time for clocks that differ.
PUBLISHED_AFTER_USE = timedelta(hours=1, minutes=5)


def signing_key(session: Session, settings: Settings) -> ECKey:
    """The private key that signs now; made where there is none yet (so call it in a transaction).

    Raises `SigningKeyUnreadable` when the settings hold another address key than the one it was sealed with.
    """
    now = clock.now()
    return _opened(_active(session, now) or _make(session, settings, now, active_from=now), settings)


def check(database: Database, settings: Settings) -> None:
    """Returns when tokens can be signed (a missing key is made when needed); raises `SigningKeyUnreadable`."""
    with database.reading() as session:
        row = _active(session, clock.now())
        if row is not None:
            _opened(row, settings)


def public_keys(database: Database) -> dict[str, list[dict[str, Any]]]:
    """The key set (RFC 7517 §5) that tokens are verified with: keys to come, in use, and retired with tokens still out."""
    with database.reading() as session:
        keys = session.scalars(
            select(SigningKey.public)
            .where(or_(SigningKey.retires_at.is_(None), SigningKey.retires_at > clock.now() - PUBLISHED_AFTER_USE))
            .order_by(SigningKey.active_from.desc(), SigningKey.id)
        )
        return {"keys": [json.loads(key) for key in keys]}


def rotate_keys(database: Database, settings: Settings, *, withdraw: bool = False) -> str:
    """Sign with a new key from now on; returns its id.

    The former keys stay published until their tokens have expired. With `withdraw` they go at once, and every access token
    signed with them is refused as soon as verifiers have asked again (at most 5 minutes): for a key that leaked.
    """
    with database.transaction() as session:
        now = clock.now()
        if withdraw:
            session.execute(delete(SigningKey))
        row = _make(session, settings, now, active_from=now)
    log.info("signing key rotated", key_id=row.id, withdrawn=withdraw)
    return row.id


def rotate_due(session: Session, settings: Settings, now: datetime) -> int:
    """Clock job: make the next key a day before the present one has signed for 30 days. Returns how many were made."""
    newest = session.scalars(select(SigningKey).order_by(SigningKey.active_from.desc()).limit(1)).first()
    if newest is None:
        _make(session, settings, now, active_from=now)
        return 1
    if newest.active_from + LIFE - PUBLISHED_BEFORE_USE > now:
        return 0
    row = _make(session, settings, now, active_from=max(newest.active_from + LIFE, now + PUBLISHED_BEFORE_USE))
    log.info("signing key made", key_id=row.id, active_from=clock.timestamp(row.active_from))
    return 1


def forget_retired(session: Session, now: datetime) -> int:
    """Clock job: delete keys whose last token has expired. Returns how many."""
    gone = session.scalars(select(SigningKey).where(SigningKey.retires_at <= now - PUBLISHED_AFTER_USE)).all()
    for row in gone:
        session.delete(row)
    return len(gone)


def _active(session: Session, now: datetime) -> SigningKey | None:
    return session.scalars(
        select(SigningKey)
        .where(SigningKey.active_from <= now, or_(SigningKey.retires_at.is_(None), SigningKey.retires_at > now))
        .order_by(SigningKey.active_from.desc(), SigningKey.id)
        .limit(1)
    ).first()


def _opened(row: SigningKey, settings: Settings) -> ECKey:
    try:
        return ECKey.import_key(json.loads(unseal(settings.address_key, row.id, row.sealed)))
    except SealError:
        raise SigningKeyUnreadable(
            "CONVENE_ADDRESS_KEY is not the one that the signing keys were sealed with. Set the former one again."
        ) from None


def _make(session: Session, settings: Settings, now: datetime, *, active_from: datetime) -> SigningKey:
    """A new key; every other one retires when it becomes active (or keeps an earlier retirement)."""
    key = ECKey.generate_key("P-256")
    key_id = key.thumbprint()
    for other in session.scalars(select(SigningKey)):
        if other.retires_at is None or other.retires_at > active_from:
            other.retires_at = active_from
    row = SigningKey(
        id=key_id,
        sealed=seal(settings.address_key, key_id, json.dumps(key.as_dict(private=True)).encode()),
        public=json.dumps({**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": "ES256"}),
        created_at=now,
        active_from=active_from,
    )
    session.add(row)
    session.flush()
    return row
