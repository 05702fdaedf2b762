"""Reference numbers of listed records: `CVN-2026-000001`, per year without a gap and without a double.

The counter is one row per year, raised inside the caller's transaction: what is rolled back gives its numbers back.
"""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.registry.partnerships.models import ReferenceCounter


def allocate(session: Session, year: int, count: int = 1) -> list[str]:
    """The next `count` references of `year`, in order. The year's row stays locked until the transaction ends."""
    if count < 1:
        return []
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(ReferenceCounter).values(year=year, last=count)
    raised = statement.on_conflict_do_update(
        index_elements=["year"], set_={"last": ReferenceCounter.__table__.c.last + count}
    ).returning(ReferenceCounter.__table__.c.last)
    last = int(session.execute(raised).scalar_one())
    return [f"CVN-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]
