"""`Idempotency-Key` on POST: the same key, person and route get the first answer again, for 24 hours.

The key is kept in the transaction of the work that it guards, so a kill can never leave the one without the other. Another body
under the same key is 422; while the first is still running, 409. Services need not know: they join the open transaction.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from flask import Response, current_app, request
from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from services.chassis import identity
from services.chassis.database import Database
from services.chassis.errors import Conflict, FieldError, Invalid, ServiceError
from services.chassis.http import problems
from services.chassis.tables import idempotency

KEPT_SECONDS = 24 * 3600
MAX_KEY = 255
# Headers of the first answer that belong to it, and not to the connection on which it went out.
KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Link", "Cache-Control", "WWW-Authenticate", "Retry-After")

View = TypeVar("View", bound=Callable[..., Any])


class KeyReused(Invalid):
    """The key was used with another body."""

    slug, title = "idempotency-key-reused", "This Idempotency-Key was used for another request"


class StillRunning(Conflict):
    """The first request with this key has not ended."""

    slug, title = "idempotency-still-running", "The first request with this Idempotency-Key is still running"


def idempotent(view: View) -> View:
    """Make a POST view honour `Idempotency-Key`. Put it innermost, next to the view."""

    @functools.wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        if not key.strip() or len(key) > MAX_KEY:
            raise Invalid(
                "Idempotency-Key must have 1 to 255 characters.",
                errors=[FieldError("/headers/Idempotency-Key", "1 to 255 characters")],
            )
        database: Database = current_app.extensions["convene_database"]
        with database.transaction() as session:
            return _answer(session, database, key, lambda: current_app.make_response(view(*args, **kwargs)))

    wrapper.idempotent = True  # type: ignore[attr-defined]  # for the OpenAPI document
    return wrapper  # type: ignore[return-value]


def _answer(session: Session, database: Database, key: str, work: Callable[[], Response]) -> Response:
    principal = identity.optional()
    person = principal.person_id if principal else f"anonymous:{request.remote_addr}"
    place = {"person": person, "route": _route(), "key": key}
    body_hash = hashlib.sha256(request.get_data(cache=True)).hexdigest()
    if database.dialect == "postgresql":
        name = hashlib.sha256("\0".join(place.values()).encode()).digest()[:8]
        locked = session.execute(
            text("SELECT pg_try_advisory_xact_lock(:name)"), {"name": int.from_bytes(name, signed=True)}
        ).scalar()
        if not locked:
            raise StillRunning("Wait for the first request to end, then send this one again.")
    known = session.execute(select(idempotency).filter_by(**place)).first()
    if known is not None and known.created_at > time.time() - KEPT_SECONDS:
        return _again(known, body_hash)
    session.execute(delete(idempotency).filter_by(**place))
    response = _first(session, work)
    if response.status_code < 500:
        session.execute(
            insert(idempotency).values(
                **place,
                body_hash=body_hash,
                status=response.status_code,
                body=_with_instance(response, ""),
                created_at=time.time(),
                headers=orjson.dumps(
                    [[name, response.headers[name]] for name in KEPT_HEADERS if name in response.headers]
                ).decode(),
            )
        )
    return response


def _route() -> str:
    """What is kept of the address: a digest of it, and its pattern. The path itself may hold a secret (an invitation's token)."""
    digest = hashlib.sha256(request.path.encode(errors="surrogatepass")).hexdigest()
    rule = request.url_rule.rule if request.url_rule else "unmatched"
    return f"{request.method} {digest} {rule}"[:300]


def _first(session: Session, work: Callable[[], Response]) -> Response:
    """Do the work; a refusal undoes what it did, and is the answer."""
    savepoint = session.begin_nested()
    try:
        response = work()
    except ServiceError as error:
        savepoint.rollback()
        session.expire_all()
        return problems.of_service_error(error)
    if response.status_code >= 400:
        savepoint.rollback()
    else:
        savepoint.commit()
    return response


def _again(known: Any, body_hash: str) -> Response:
    if known.body_hash != body_hash:
        raise KeyReused("Take a new key for a new request; one key stands for one request.")
    response = Response(known.body, known.status)
    response.headers.update(orjson.loads(known.headers))
    response.data = _with_instance(response, problems.instance())
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _with_instance(response: Response, instance: str) -> bytes:
    """The answer's bytes; a problem names the path that was asked for, which is not kept and said again with the answer."""
    if response.mimetype != problems.MEDIA_TYPE:
        return response.get_data()
    return orjson.dumps({**orjson.loads(response.get_data()), "instance": instance})


def forget_old(session: Session, limit: int = 1000) -> int:
    """Delete keys older than 24 hours, at most `limit`; returns how many. Run by each service's clock."""
    old = session.execute(
        select(idempotency.c.person, idempotency.c.route, idempotency.c.key)
        .where(idempotency.c.created_at < time.time() - KEPT_SECONDS)
        .limit(limit)
    ).all()
    for row in old:
        session.execute(delete(idempotency).filter_by(person=row.person, route=row.route, key=row.key))
    return len(old)
