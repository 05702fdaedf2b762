"""The processes behind the web: relay, consumers and clock of a service, as threads that end together.

`convene up` runs those of all services in one process (the engine); `convene relay|consume|clock` runs one kind for one service.
"""

from __future__ import annotations

import os
import signal
import socketserver
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from services.chassis import metrics
from services.chassis.clock import Clock
from services.chassis.eventbus.build import topic_specs
from services.chassis.eventbus.ports import Bus, BusUnavailable
from services.chassis.eventbus.relay import Relay
from services.chassis.eventbus.runner import Runner
from services.chassis.http import health
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.telemetry import log


@dataclass(frozen=True)
class Task:
    """Something that runs until it is told to stop, and can say what keeps it from working now."""

    name: str
    run: Callable[[threading.Event], None]
    problem: Callable[[], str | None]
    runner: Runner | None = None


def relay(service: Service, bus: Bus) -> Task:
    """The relay of a service."""
    made = Relay(service.database, bus)
    return Task(f"relay {service.name}", made.run, lambda: made.problem)


def consumers(service: Service, bus: Bus) -> list[Task]:
    """The consumers of a service."""
    made = [Runner(service.database, bus, subscription) for subscription in service.subscriptions]
    return [Task(f"consumer {runner.name}", runner.run, _problem_of(runner), runner) for runner in made]


def _problem_of(runner: Runner) -> Callable[[], str | None]:
    return lambda: runner.problem


def clock(service: Service) -> Task:
    """The clock of a service."""
    made = Clock(service.database, service.all_jobs())
    return Task(f"clock {service.name}", made.run, lambda: made.problem)


def ensure_topics(bus: Bus, stopped: threading.Event) -> None:
    """Make the topics; while the bus is not there, wait for it."""
    told = False
    while not stopped.is_set():
        try:
            bus.ensure(topic_specs())
            return
        except BusUnavailable as error:
            if not told:
                log.warning("the bus is not there yet", reason=str(error))
                told = True
            stopped.wait(0.5)


def run(tasks: Sequence[Task], settings: Settings, bus: Bus | None, checks: Iterable[health.Check] = ()) -> None:
    """Run the tasks until SIGTERM or SIGINT. A task that fails unexpectedly ends the process, so that it starts afresh."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server = _serve_health(tasks, settings, bus, checks) if settings.health_port else None
    if bus is not None:
        ensure_topics(bus, stopped)
    failed = threading.Event()

    def guarded(task: Task) -> None:
        try:
            task.run(stopped)
        except BaseException:
            log.exception("a task failed", task=task.name)
            failed.set()
            stopped.set()

    threads = [threading.Thread(target=guarded, args=(task,), name=task.name, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    parent = os.getppid()
    while not stopped.wait(1.0):
        if os.getppid() != parent:
            log.warning("the supervisor is gone; stopping")
            stopped.set()
    for thread in threads:
        thread.join(timeout=10)
    if server is not None:
        server.shutdown()
    if failed.is_set():
        raise SystemExit(1)


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Probes are not worth a line."""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


def _serve_health(
    tasks: Sequence[Task], settings: Settings, bus: Bus | None, checks: Iterable[health.Check]
) -> WSGIServer:
    """`/health/live`, `/health/ready` and `/metrics` of a process that serves nothing else."""
    readings = metrics.Readings()
    if bus is not None:
        runners = [task.runner for task in tasks if task.runner is not None]
        readings.add(lag_readings({runner.name: runner.topics for runner in runners}, lambda: bus))
    every = [*checks, *((task.name, _check_of(task)) for task in tasks)]
    if bus is not None:
        every.append(("bus", bus.check))

    def app(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
        path, kind = environ.get("PATH_INFO", ""), "application/json"
        if path == "/health/live":
            status, body = 200, b'{"status":"live"}'
        elif path == "/health/ready":
            status, body = health.readiness(every)
        elif path == "/metrics":
            status, body, kind = 200, metrics.exposition(readings), "text/plain; version=0.0.4; charset=utf-8"
        else:
            status, body = 404, b'{"status":"not found"}'
        start_response(
            f"{status} {'OK' if status == 200 else 'Not OK'}",
            [("Content-Type", kind), ("Content-Length", str(len(body)))],
        )
        return [body]

    server = make_server(settings.host, settings.health_port or 0, app, _Server, _QuietHandler)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _check_of(task: Task) -> Callable[[], None]:
    def check() -> None:
        problem = task.problem()
        if problem:
            raise RuntimeError(problem)

    return check


def lag_readings(read_by: Mapping[str, Sequence[str]], bus: Callable[[], Bus]) -> metrics.Reading:
    """The lag of consumers, given with the topics that they read, asked of the bus when the metrics are read."""

    def ask() -> list[tuple[str, str, dict[str, str], float]]:
        return [
            (
                "convene_consumer_lag",
                "Events that a consumer has not kept a position behind.",
                {"consumer": consumer, "topic": topic},
                float(lag),
            )
            for consumer, topics in read_by.items()
            for topic, lag in bus().lag(consumer, topics).items()
        ]

    return ask
