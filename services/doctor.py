"""`convene doctor`: tries each setting and connection, and says what to do about what is not well.

It changes nothing but making the data folder's probe file. `cli` prints what it finds.
"""

from __future__ import annotations

import functools
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from services.chassis import migrations
from services.chassis.database import Database
from services.chassis.eventbus.build import build_bus
from services.chassis.settings import SETTINGS, Settings, SettingsError

NAMES = ("accounts", "registry", "assessment", "search")
LEAST_FREE_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """What was tried, whether it is well, what was seen, and what to do."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


def examine(environ: Mapping[str, str], data_dir: Path | None) -> list[Finding]:
    """Everything that can be tried with these settings, in the order in which things depend on each other."""
    found = _settings_one_by_one(environ)
    try:
        settings = Settings.from_env(environ, data_dir=data_dir)
    except SettingsError as error:
        return [
            *found,
            Finding("settings", False, str(error), "Correct or unset it; docs/operations.md lists all settings."),
        ]
    found.append(Finding("settings", True, "one machine" if settings.one_machine else "distributed"))
    if settings.one_machine:
        found.append(_data_folder(settings.data_dir))
    found += _parts(settings, usable=not settings.one_machine or _can_be_used(settings.data_dir))
    if settings.accounts_url:
        found.append(
            _tried(
                "keys of the accounts",
                lambda: _keys(str(settings.accounts_url)),
                "Check CONVENE_ACCOUNTS_URL; it ends in /api/accounts.",
            )
        )
    return found


def _parts(settings: Settings, *, usable: bool) -> list[Finding]:
    """What is kept in the data folder or on servers; in a folder that is not `usable` nothing is looked at or said to be well."""
    found = []
    if usable:
        advice = "Set CONVENE_ADDRESS_KEY to the same secret everywhere."
        found.append(_tried("address key", lambda: _address_key(settings), advice))
        for name in NAMES:
            look = functools.partial(_tables, settings, name)
            found.append(_tried(f"database of {name}", look, _database_advice(settings, name)))
        advice = "Check CONVENE_BUS_URL, and that the brokers run and can be reached from here."
        found.append(_tried("bus", lambda: _bus(settings), advice))
    if usable or not settings.search_url.startswith("local:"):
        advice = "Check CONVENE_SEARCH_URL, and that Elasticsearch runs."
        found.append(_tried("search engine", lambda: _engine(settings), advice))
    return found


def _settings_one_by_one(environ: Mapping[str, str]) -> list[Finding]:
    """Each setting that is set, read alone, so that one bad value does not hide the next."""
    found = []
    for setting in SETTINGS:
        value = environ.get(setting.name)
        if not value:
            continue
        try:
            setting.value(value)
        except ValueError as error:
            found.append(Finding(setting.name, False, str(error), setting.about))
        else:
            found.append(Finding(setting.name, True, "set" if setting.secret else setting.shown(value)))
    return found


def _tried(name: str, attempt: Callable[[], str], advice: str) -> Finding:
    try:
        return Finding(name, True, attempt())
    except Exception as error:  # whatever it is, it is what the operator must know
        first = (str(error).splitlines() or [type(error).__name__])[0]
        return Finding(name, False, first[:300], advice)


def _address_key(settings: Settings) -> str:
    if settings.address_key:
        return "set"
    if not settings.one_machine:
        settings.with_address_key()
    kept = (settings.data_dir / "keys" / "address.key").exists()
    return "kept in the data folder" if kept else "will be made in the data folder at first start"


def _data_folder(folder: Path) -> Finding:
    advice = (
        "Choose a folder that you may write in with --data-dir or CONVENE_DATA_DIR, or free some space on its disk."
    )
    found = _tried("data folder", lambda: _folder(folder), advice)
    if found.ok and _others_can_read(folder):
        return replace(found, advice=f"Others on this machine can read files in it: chmod -R go= {folder}")
    return found


def _folder(folder: Path) -> str:
    _probe(folder)
    at = _nearest(folder)
    free = shutil.disk_usage(at).free
    if free < LEAST_FREE_BYTES:
        raise OSError(f"the disk of {at} has only {free // 1024 // 1024} MiB free")
    return f"{folder}{'' if at == folder else ' (will be made)'}, {free // 1024**3} GiB free"


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _probe(folder: Path) -> None:
    """Make a file in the folder, or in the one in which it would be made; raises `OSError` with a sentence."""
    at = _nearest(folder)
    probe = at / ".convene-doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        what = "cannot be written" if at == folder else f"cannot be made in {at}"
        raise OSError(f"{folder} {what}: {error.strerror}") from None


def _others_can_read(folder: Path) -> bool:
    """Whether any user of the machine can read a database: its file is open, and so are all folders on the way."""
    files = list(folder.glob("*.sqlite*"))
    open_way = all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents) if each.exists())
    return open_way and any(each.stat().st_mode & stat.S_IROTH for each in files)


def _can_be_used(folder: Path) -> bool:
    try:
        _probe(folder)
    except OSError:
        return False
    return True


def _tables(settings: Settings, name: str) -> str:
    database = Database.open(settings, name)
    try:
        found, wanted = migrations.current_or_none(database), migrations.head(name)
    finally:
        database.close()
    if found is None and settings.one_machine:
        return "empty; made at first start"
    if found != wanted:
        raise RuntimeError(f"tables are at revision {found or 'none'}; this program needs {wanted}")
    return f"answers; tables at {wanted}"


def _database_advice(settings: Settings, name: str) -> str:
    if settings.one_machine:
        file = Path(settings.database_url.removeprefix("sqlite:"), f"{name}.sqlite")
        if file.exists() and not os.access(file, os.R_OK | os.W_OK):
            return f"See that you may read and write {file}."
        return "A newer version's data? Run that version. Otherwise: convene db upgrade."
    return f"Check CONVENE_DATABASE_URL and that PostgreSQL runs; make the tables with: convene db upgrade {name}"


def _bus(settings: Settings) -> str:
    if (
        settings.bus_url.startswith("local:")
        and not Path(settings.bus_url.removeprefix("local:"), "bus.sqlite").exists()
    ):
        return "local; made at first start"
    bus = build_bus(settings)
    bus.check()
    return f"answers; {len(bus.topics())} topics"


def _engine(settings: Settings) -> str:
    from services.search.index.build import build_index

    index = build_index(settings)
    current = index.current()
    return f"answers; current edition {current}" if current else "answers; no index yet, made at first start"


def _keys(accounts_url: str) -> str:
    from services.chassis.identity.keys import HttpKeys

    return f"{len(list(HttpKeys(accounts_url).fetch()['keys']))} keys"
