"""Reference numbers of listed records: `CVN-2026-000001`, per year without a gap and without a double.

The counter is one row per year, raised inside the caller's transaction: what is rolled back gives its numbers back.
"""

import functools
from typing import Any, cast

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.registry.partnerships.models import ReferenceCounter


def allocate(session: Session, year: int, count: int = 1) -> list[str]:
    """The next `count` references of `year`, in order. The year's row stays locked until the transaction ends."""
    if count < 1:
        return []
    raised = session.execute(_raise(session.get_bind().dialect.name), {"year": year, "last": count})
    last = int(raised.scalar_one())
    return [f"CVN-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]


@functools.cache
def _raise(dialect: str) -> Any:
    """The statement that raises the counter of a year by so many and returns it."""
    table = cast(Table, ReferenceCounter.__table__)
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    values = statement.values(year=bindparam("year"), last=bindparam("last"))
    raised = {"last": table.c.last + values.excluded.last}
    return values.on_conflict_do_update(index_elements=["year"], set_=raised).returning(table.c.last)
