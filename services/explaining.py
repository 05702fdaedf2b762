"""What an error means to whoever runs Convene: one sentence for what people can mend, none for a fault of the program.

`cli` prints it in place of a traceback. An error seldom knows what it is about; the command notes what it reached for.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy.exc

from services.chassis.database import is_away
from services.chassis.errors import ServiceError
from services.chassis.eventbus.ports import BusUnavailable
from services.chassis.locks import Locked
from services.chassis.settings import Settings, without_password
from services.search.index.ports import IndexUnavailable

TABLES_MISSING = ("42P01", "42703", "3F000")
"""PostgreSQL's codes of an undefined table, column and schema."""
NOT_ALLOWED = "42501"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
WITHOUT_A_NAME = (*NO_SPACE, errno.EROFS, errno.EIO)


@dataclass
class Reached:
    """What the command that runs was given, and the service whose database it opened last."""

    settings: Settings | None = None
    service: str | None = None


def sentence(error: Exception, reached: Reached) -> str | None:
    """What is wrong and what to do; `None` for an error that nobody but a programmer can mend."""
    if isinstance(error, ServiceError):
        return _refused(error)
    if isinstance(error, Locked):
        return f"something else holds {error}; stop it, or let it do this"
    if isinstance(error, BusUnavailable | IndexUnavailable):
        return _away(error, reached.settings)
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        return _database(error, reached)
    if isinstance(error, sqlite3.OperationalError) and reached.settings is not None:
        return f"the local bus in {reached.settings.bus_url.partition(':')[2]} {_unusable(error)}"
    return _file(error, reached.settings) if isinstance(error, OSError) else None


def _refused(error: ServiceError) -> str:
    details = [each for each in error.errors if each.detail != str(error)]
    return str(error) + "".join(f"\n  {each.pointer}: {each.detail}" for each in details)


def _away(error: BusUnavailable | IndexUnavailable, settings: Settings | None) -> str:
    if isinstance(error.__cause__, sqlite3.Error):
        return f"{error}: {_advice(error.__cause__)}"
    url = "" if settings is None else settings.bus_url if isinstance(error, BusUnavailable) else settings.search_url
    if url.startswith("local:"):
        return str(error)
    return f"{error}; see that it runs; `convene doctor` tries every setting and connection"


def _database(error: sqlalchemy.exc.DBAPIError, reached: Reached) -> str | None:
    """Of a database that is away, or on PostgreSQL was never prepared; a wrong statement is the program's fault."""
    if reached.settings is None or reached.service is None:
        return None
    name, url = reached.service, reached.settings.database_url
    if isinstance(error.orig, sqlite3.Error):
        return f"the database {url.partition(':')[2]}/{name}.sqlite {_unusable(error.orig)}" if is_away(error) else None
    said = (str(error.orig).splitlines() or [""])[0].rstrip(": ")
    where = f"the database of {name} at {without_password(url)}"
    state = getattr(error.orig, "sqlstate", None)
    if state in TABLES_MISSING:
        return f"{where} lacks tables of this version ({said}): make them with `convene db upgrade {name}`"
    if state == NOT_ALLOWED:
        return f"{where} refuses its user ({said}): grant the right, or name another user in CONVENE_DATABASE_URL"
    if is_away(error):
        return f"{where} cannot be used ({said}): check CONVENE_DATABASE_URL, and that PostgreSQL runs"
    return None


def _unusable(error: sqlite3.Error) -> str:
    return f"cannot be used ({error}): {_advice(error)}"


def _advice(error: BaseException) -> str:
    """What to do about a file of SQLite."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "free some space on its disk"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process holds it; try again, or stop that process"
    return "see that its disk has space and that you may write in its folder, or choose another with --data-dir"


def _file(error: OSError, settings: Settings | None) -> str | None:
    if not isinstance(error.filename, str | os.PathLike):  # a connection, a descriptor: often a fault of the program
        return f"cannot be written: {error.strerror}" if error.errno in WITHOUT_A_NAME else None
    path = Path(error.filename).absolute()
    said = f"{path} cannot be made, read or written ({error.strerror})"
    if error.errno in NO_SPACE:
        return f"{said}: free some space on its disk"
    if settings is not None and (path.is_relative_to(settings.data_dir) or settings.data_dir.is_relative_to(path)):
        return f"{said}: choose a folder that you may write in with --data-dir"
    return f"{said}: name another, or see that it exists and that you may use it"
