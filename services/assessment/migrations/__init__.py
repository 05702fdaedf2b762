"""The assessment's migrations (Alembic). `HEAD` is the newest revision: a start compares it before Alembic is loaded at all."""

HEAD = "0006"
