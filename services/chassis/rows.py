"""What services do with the rows of an aggregate: one of them under its lock, or a page of many.

Called inside their transactions. Services know no HTTP: views turn the sort keys of a page into a cursor.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import Session

from services.chassis.errors import NotKnown, PreconditionFailed

Row = TypeVar("Row")


def locked(session: Session, model: type[Row], key: str) -> Row:
    """The row with that primary key, locked until the transaction ends and freshly read. Raises NotKnown."""
    row = locked_or_none(session, model, key)
    if row is None:
        raise NotKnown("Nothing is known under this identifier.")
    return row


def locked_or_none(session: Session, model: type[Row], key: str) -> Row | None:
    """As `locked`; None where nothing is there."""
    row: Row | None = session.scalars(_locking(cast(Hashable, model)), {"key": key}).one_or_none()
    return row


def all_locked(session: Session, model: type[Row], keys: Iterable[str]) -> list[Row]:
    """The rows with these primary keys, locked in the order of the keys, so that nobody waits for each other."""
    return [locked(session, model, each) for each in sorted(set(keys))]


@functools.cache
def _locking(model: type[Any]) -> Select[Any]:
    """Built once for each model: almost every write begins with it."""
    statement = select(model).where(inspect(model).primary_key[0] == bindparam("key"))
    return statement.with_for_update().execution_options(populate_existing=True)


def check_version(expected: int | None, current: int) -> None:
    """Raise PreconditionFailed unless the expected version, if any, is the current one."""
    if expected is not None and expected != current:
        raise PreconditionFailed(
            f"You changed version {expected}; the document is now at version {current}. Read it again.",
            current_version=current,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """`items` are documents (bytes) or plain objects; `next` the sort keys of the last one, None on the last page."""

    items: Sequence[bytes | dict[str, Any]]
    next: Sequence[Any] | None = None
    total: int | None = None


def page_of(rows: Sequence[tuple[bytes | dict[str, Any], Sequence[Any]]], limit: int, total: int | None = None) -> Page:
    """A page of `limit` out of the rows `(item, sort keys)`, of which one more than that was asked for."""
    shown = rows[:limit]
    return Page([item for item, _ in shown], shown[-1][1] if len(rows) > limit and shown else None, total)
