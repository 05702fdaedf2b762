"""The throttle against guessing passwords: failed tries per address and per client, with a pause that doubles.

Counts stand in the database, so that all web processes share them and a restart forgets nothing. A try is counted before the
password is looked at: tries that run side by side cannot slip past the count. `tokens` and `people` call it; who is throttled
is named by a keyed hash, never by address or network address.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.accounts.errors import TooManyTries
from services.accounts.tokens.models import Throttle
from services.chassis import clock


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries are free, how long the longest pause is, and after what time without a failure all is forgotten."""

    free: int
    longest: timedelta
    memory: timedelta


_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1",
        "fc00::/7",
        "fe80::/10",
    )
)
_MOST_PROXIES = 8

# An address: a person mistypes a few times; a guesser gets about a hundred tries a day.
ADDRESS = Limit(free=5, longest=timedelta(minutes=15), memory=timedelta(days=1))
# A client may be a school or an office behind one network address.
CLIENT = Limit(free=50, longest=timedelta(minutes=5), memory=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is throttled, and by which limit."""

    name: str
    limit: Limit


def subjects(key: bytes, email: str, client: str | None) -> list[Subject]:
    """The subjects of a try: the address as typed (normal form where it has one), and the client's network address."""
    found = [Subject(f"address:{_hash(key, 'address', email)}", ADDRESS)]
    if client:
        found.append(Subject(f"client:{_hash(key, 'client', _network(client))}", CLIENT))
    return found


def client_of(peer: str | None, forwarded: str | None) -> str | None:
    """The network address of who calls: the peer of the connection, or what proxies inside say (`X-Forwarded-For`).

    Read from the right, as far as addresses are of inner networks: those are our proxies, and only what the outermost of them
    saw can be believed. None when nothing but inner addresses is known; a limit on a proxy would be one on everybody.
    """
    for text in reversed([*(forwarded or "").split(",")[-_MOST_PROXIES:], peer or ""]):
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return None
        if not any(address in network for network in _INSIDE):
            return str(address)
    return None


def pause_after(failures: int, limit: Limit) -> timedelta:
    """The pause that follows the given number of failures: none while they are free, then 1 s, 2 s, 4 s … to the longest."""
    if failures < limit.free:
        return timedelta(0)
    exponent = min(failures - limit.free, 32)
    return min(timedelta(seconds=2**exponent), limit.longest)


def count_try(session: Session, those: Sequence[Subject]) -> None:
    """Count a try of each subject as failed (`forgive` takes it back). Raises `TooManyTries` and counts nothing in a pause."""
    now = clock.now()
    rows = [_locked(session, each, now) for each in sorted(those, key=lambda each: each.name)]
    wait = max((row.blocked_until - now for row, _ in rows if row.blocked_until), default=timedelta(0))
    if wait > timedelta(0):
        seconds = math.ceil(wait.total_seconds())
        raise TooManyTries(f"Wait {seconds} seconds, then try again.", retry_after=seconds)
    for row, limit in rows:
        row.failures += 1
        row.blocked_until = now + pause_after(row.failures, limit)
        row.forget_at = row.blocked_until + limit.memory


def forgive(session: Session, those: Sequence[Subject]) -> None:
    """The try was good: forget the address's failures, and take this one back from the client's count.

    The client's other failures stay: who guesses at others must not wipe the slate by signing in to an account of its own.
    """
    now = clock.now()
    for each in those:
        row, limit = _locked(session, each, now)
        row.failures = 0 if limit is ADDRESS else max(0, row.failures - 1)
        row.blocked_until = None
        if row.failures == 0:
            session.delete(row)


def failures_of(session: Session, key: bytes, email: str) -> int:
    """How many tries failed for an address, for the person's own export."""
    row = session.get(Throttle, subjects(key, email, None)[0].name)
    return row.failures if row else 0


def forget_address(session: Session, key: bytes, email: str) -> None:
    """Forget what is counted for an address."""
    session.execute(delete(Throttle).where(Throttle.subject == subjects(key, email, None)[0].name))


def forget_old(session: Session, now: datetime, limit: int = 500) -> int:
    """Clock job: delete up to `limit` counts that have been quiet long enough. Returns how many."""
    names = session.scalars(select(Throttle.subject).where(Throttle.forget_at <= now).limit(limit)).all()
    if names:
        session.execute(delete(Throttle).where(Throttle.subject.in_(names)))
    return len(names)


def _locked(session: Session, subject: Subject, now: datetime) -> tuple[Throttle, Limit]:
    """The subject's row, made where it is missing, locked; begun anew when all is to be forgotten."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = {"subject": subject.name, "failures": 0, "forget_at": now + subject.limit.memory}
    # Changed by nothing, thus locked: of a row that is only found another may make an end before the lock is had.
    unchanged = {"failures": Throttle.failures}
    session.execute(insert(Throttle).values(fresh).on_conflict_do_update(index_elements=["subject"], set_=unchanged))
    row = session.execute(
        select(Throttle).where(Throttle.subject == subject.name).execution_options(populate_existing=True)
    ).scalar_one()
    if row.forget_at <= now:
        row.failures, row.blocked_until = 0, None
    return row, subject.limit


def _hash(key: bytes, kind: str, text: str) -> str:
    return hmac.new(key, f"throttle {kind} {text}".encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def _network(client: str) -> str:
    """The client's address; of IPv6 the first 64 bits, which is what one subscriber has."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
