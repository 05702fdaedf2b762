"""The one-machine system: every service in one web server and one engine process, under a small supervisor.

The same system as the distributed one (same relay, same delivery, same offsets), composed in two processes. `cli` calls `up`.
"""

from __future__ import annotations

import functools
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.chassis import migrations, process, telemetry
from services.chassis.locks import Locked, file_lock
from services.chassis.service import Service
from services.chassis.settings import Settings, SettingsError
from services.chassis.supervisor import Child, Supervisor, once

if TYPE_CHECKING:
    from services.chassis.eventbus.local import LocalBus

NAMES = ("accounts", "registry", "assessment", "search")
COMPACT_EVERY_SECONDS = 60.0
READY_SECONDS = 120.0


def build(settings: Settings, names: tuple[str, ...] = NAMES) -> list[Service]:
    """The services, sharing the accounts' keys within the process. `settings` must have its address key."""
    from services.accounts import app as accounts
    from services.assessment import app as assessment
    from services.registry import app as registry
    from services.search import app as search

    keys = accounts.key_source(settings)
    builders: dict[str, Callable[[], Service]] = {
        "accounts": lambda: accounts.build(settings, keys),
        "registry": lambda: registry.build(settings, keys),
        "assessment": lambda: assessment.build(settings, keys),
        "search": lambda: search.build(settings, keys),
    }
    return [builders[name]() for name in names]


def wsgi(settings: Settings, services: list[Service]) -> Any:
    """All services behind one origin: the front page at the root, each service under `/api/{name}`."""
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from services.chassis import processes
    from services.chassis.eventbus.build import build_bus
    from services.chassis.http.health import readings_of
    from services.portal.app import create_app as create_portal

    apps = {service.name: service.create_app() for service in services}
    # The engine has no address of its own: what it is behind is read here. Opened at the first reading, after the fork.
    bus = functools.cache(lambda: build_bus(settings))
    for service in services:
        read_by = {each.name: each.read for each in service.subscriptions}
        readings_of(apps[service.name]).add(processes.lag_readings(read_by, bus))
    return DispatcherMiddleware(create_portal(settings), {f"/api/{name}": app for name, app in apps.items()})


def up(settings: Settings, *, demo: bool) -> int:
    """Run the one-machine system until SIGTERM or SIGINT; returns an exit code. Raises `SettingsError`."""
    if not settings.one_machine:
        raise SettingsError(
            "`convene up` is the one-machine system: unset CONVENE_DATABASE_URL and CONVENE_BUS_URL, or run the "
            "services one by one with `convene service`, `relay`, `consume` and `clock` (docs/operations.md)"
        )
    _make_folder(settings.data_dir)
    try:
        with file_lock(settings.data_dir / "up.lock"):
            return _supervise(settings, demo=demo)
    except Locked:
        raise SettingsError(
            f"another `convene up` runs on {settings.data_dir}: stop it, or choose another folder with --data-dir"
        ) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"the data folder {folder} cannot be written ({error.strerror}): choose another with --data-dir"
        ) from None


def _supervise(settings: Settings, *, demo: bool) -> int:
    listener = _listen(settings)
    settings = replace(settings, port=listener.getsockname()[1])
    if not settings.public_url or settings.public_url.endswith(":0"):
        settings = replace(settings, public_url=f"http://{settings.host}:{settings.port}")
    settings = settings.with_address_key()
    telemetry.share_metrics(settings.data_dir / "run" / "metrics")
    process.begin(settings)
    _load()
    services = build(settings)
    for service in services:
        old = migrations.current_or_none(service.database) != migrations.head(service.name)
        if old and once(functools.partial(_upgrade, service)):
            raise SettingsError(f"the tables of {service.name} could not be brought up to date; the log above says why")
        service.database.close()
    children = [
        Child("web", run=lambda: _serve(services, listener, settings)),
        Child("engine", run=lambda: _work(services, settings)),
        Child("announcer", run=lambda: _announce(services, settings, demo=demo), once=True),
    ]
    process.settle()
    return Supervisor(children).run()


def _load() -> None:
    """Load what every child needs, before any is forked."""
    import services.chassis.processes
    import services.chassis.web
    import services.portal.app  # noqa: F401


def _listen(settings: Settings) -> socket.socket:
    from services.chassis.web import listen

    return listen(settings.host, settings.port)


def _upgrade(service: Service) -> None:
    try:
        migrations.upgrade(service.database)
    except SettingsError as error:
        sys.stderr.write(f"convene: {error}\n")
        raise SystemExit(1) from None


def _serve(services: list[Service], listener: socket.socket, settings: Settings) -> None:
    from services.chassis.web import serve

    serve(lambda: wsgi(settings, services), listener, settings)


def _work(services: list[Service], settings: Settings) -> None:
    """The engine: all relays, consumers and clocks as threads of one process."""
    from services.chassis import processes
    from services.chassis.eventbus.build import build_bus

    bus = build_bus(settings)
    tasks = [
        task
        for service in services
        for task in (processes.relay(service, bus), *processes.consumers(service, bus), processes.clock(service))
    ]
    tasks.append(processes.Task("compaction", lambda stopped: _compact(bus, services, stopped), lambda: None))  # type: ignore[arg-type]
    processes.run(tasks, settings, bus)


def _compact(bus: LocalBus, services: list[Service], stopped: Any) -> None:
    """Keep the local log compacted; what was redacted is gone from it, and from the databases' files, within minutes."""
    while not stopped.wait(COMPACT_EVERY_SECONDS):
        while bus.compact() and not stopped.is_set():
            pass
        bus.checkpoint()
        for service in services:
            service.database.checkpoint()


def _announce(services: list[Service], settings: Settings, *, demo: bool) -> None:
    """Make the demo world if asked for, wait until all can be used, and say `ready http://…`. A process of its own."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    url = f"http://{host}:{settings.port}"
    table = ""
    if demo:
        from services import demo as world

        marker = settings.data_dir / "run" / "demo"
        everybody = world.seed(services, settings, marker)
        world.assess(services, settings, marker, everybody)
        table = world.accounts_table()
        wanted = marker.read_text().split()
    else:
        wanted = []
    until = time.monotonic() + READY_SECONDS
    while not (_answers(services, url) and _searchable(wanted, url)):
        if time.monotonic() > until:
            sys.stderr.write("convene: not ready after two minutes; the log above says why\n")
            raise SystemExit(1)
        time.sleep(0.03)
    sys.stdout.write(f"{table}ready {url}\n")
    sys.stdout.flush()


def _answers(services: list[Service], url: str) -> bool:
    return all(_get(f"{url}/api/{service.name}/health/ready") is not None for service in services)


def _searchable(wanted: list[str], url: str) -> bool:
    """Whether search has these versions (`id@version`); takes out of the list what it has."""
    while wanted:
        body = _get(f"{url}/api/search/partnerships?limit=1&wait_for={wanted[-1]}")
        if body is None or b'"stale":true' in body:
            return False
        wanted.pop()
    return True


def _get(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=6) as answer:  # noqa: S310 - our own address
            return bytes(answer.read())
    except (urllib.error.URLError, OSError):
        return None
