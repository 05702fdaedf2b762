"""The tables that every service's database has: outbox, inbox, idempotency keys, leases.

Defined once; each service's first migration creates them in its own file or schema. The modules that use them are
`eventbus.outbox`, `eventbus.inbox`, `http.idempotency` and `clock`; services never touch them directly.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

CHASSIS = MetaData()

# Constraints of the services' own tables have predictable names, so that a migration can drop what it did not create.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite numbers rows by itself only where the key is exactly INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")

outbox = Table(
    "outbox",
    CHASSIS,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("topic", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("value", LargeBinary),
    Column("created_at", Float, nullable=False),
    Column("published_at", Float),
    sqlite_autoincrement=True,
)
Index(
    "outbox_unpublished",
    outbox.c.id,
    sqlite_where=outbox.c.published_at.is_(None),
    postgresql_where=outbox.c.published_at.is_(None),
)

inbox = Table(
    "inbox",
    CHASSIS,
    Column("consumer", String(100), primary_key=True),
    Column("topic", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("event_id", String(100), nullable=False),
    Column("gone", Integer, nullable=False),
)

idempotency = Table(
    "idempotency",
    CHASSIS,
    Column("person", String(100), primary_key=True),
    Column("route", String(300), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("status", Integer),
    Column("headers", Text),
    Column("body", LargeBinary),
    Column("created_at", Float, nullable=False),
)
Index("idempotency_age", idempotency.c.created_at)

lease = Table(
    "lease",
    CHASSIS,
    Column("name", String(100), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("expires", Float, nullable=False),
)
