"""The clock: shifted time, and work that falls due exactly once."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from services.chassis import clock, processes
from services.chassis.clock import Clock, Job
from services.chassis.database import Database
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.tables import CHASSIS


def test_time_can_be_shifted(tmp_path: Path) -> None:
    clock.use("offset:86400")
    assert timedelta(hours=23) < clock.now() - datetime.now(UTC) < timedelta(hours=25)
    clock.use("2031-05-01T00:00:00Z")
    assert clock.today().isoformat() == "2031-05-01"
    file = tmp_path / "clock"
    clock.use(f"file:{file}")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    file.write_text("2040-01-02T00:00:00Z")
    assert clock.today().isoformat() == "2040-01-02"
    file.write_text("offset:-864000")
    os.utime(file, (0, 0))
    assert clock.now() < datetime.now(UTC) - timedelta(days=9)


def _database(settings: Settings) -> Database:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings, "public")
    with database.engine.begin() as connection:
        CHASSIS.create_all(connection)
    return database


def test_one_clock_works_at_a_time_and_a_failing_job_does_not_stop_the_others(either_database: Settings) -> None:
    database = _database(either_database)
    done: list[str] = []

    def failing(_session: Session, _now: datetime) -> int:
        raise RuntimeError("no")

    def job(name: str) -> Job:
        return Job(name, lambda _session, _now: done.append(name) or 0)  # type: ignore[func-returns-value]

    first = Clock(database, [Job("bad", failing), job("first")])
    second = Clock(database, [job("second")])
    stopped = threading.Event()
    threads = [threading.Thread(target=each.run, args=(stopped,)) for each in (first, second)]
    threads[0].start()
    _until(lambda: "first" in done)
    threads[1].start()
    _until(lambda: done.count("first") >= 3)
    assert "second" not in done
    stopped.set()
    for thread in threads:
        thread.join()
    third = threading.Event()
    thread = threading.Thread(target=Clock(database, [job("third")]).run, args=(third,))
    thread.start()
    _until(lambda: "third" in done)  # the lease was released
    third.set()
    thread.join()


def test_a_failing_job_is_the_clocks_problem_until_it_succeeds(either_database: Settings) -> None:
    database = _database(either_database)
    fails = [True]
    done: list[str] = []

    def sometimes(_session: Session, _now: datetime) -> int:
        if fails:
            raise RuntimeError("the row 7 is bad")
        return 0

    def other(_session: Session, _now: datetime) -> int:
        done.append("other")
        return 0

    service = Service("toy", database, Flask, jobs=(Job("sometimes", sometimes), Job("other", other)))
    task, stopped = processes.clock(service), threading.Event()
    thread = threading.Thread(target=task.run, args=(stopped,))
    thread.start()
    try:
        _until(task.problem)
        assert task.problem() == "the job 'sometimes' fails: RuntimeError: the row 7 is bad"
        _until(lambda: len(done) >= 3)
        assert task.problem()  # turns in which others succeeded have not made it well
        fails.clear()
        _until(lambda: task.problem() is None)
    finally:
        stopped.set()
        thread.join()
        database.close()


def _until(condition: object) -> None:
    for _ in range(2000):
        if condition():  # type: ignore[operator]
            return
        threading.Event().wait(0.01)
    raise AssertionError("not in time")
