"""What a database says of a statement that failed names the rule, never the values: they may be private, and errors are logged."""

from __future__ import annotations

import traceback

import pytest
import sqlalchemy as sa
import sqlalchemy.exc

from services.chassis.database import Database
from services.chassis.settings import Settings

PRIVATE = "somebody@example.org"
TABLE = sa.Table("person_to_be", sa.MetaData(), sa.Column("email", sa.String, unique=True, nullable=False))


@pytest.fixture
def database(either_database: Settings) -> Database:
    either_database.data_dir.mkdir(parents=True, exist_ok=True)
    opened = Database.open(either_database, "public")
    TABLE.metadata.create_all(opened.engine)
    return opened


@pytest.mark.parametrize(
    "rows", [[{"email": PRIVATE}] * 2, [{"email": PRIVATE}, {"email": None}]], ids=["twice", "none"]
)
def test_a_row_that_is_refused_is_not_repeated(database: Database, rows: list[dict[str, str | None]]) -> None:
    with pytest.raises(sqlalchemy.exc.IntegrityError) as refused, database.transaction() as session:
        for row in rows:
            session.execute(sa.insert(TABLE), row)
    said = "".join(traceback.format_exception(refused.value))
    assert PRIVATE not in said
    assert "email" in said
    assert "person_to_be" in said
    database.close()
