"""Alembic's entry: the chassis gives the connection and runs the migrations."""

from services.chassis import migrations

migrations.run()
