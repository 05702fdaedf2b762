"""The index of the one-machine system is rebuilt, beside the living one, while records go in and people read; and is cut short.

No read fails or is wrong meanwhile. What a killed rebuild has left is gone on with or begun anew.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.search.models import Rebuild
from tests.system.load import Load, Readers, answered, cast, check, every
from tests.system.running import CONVENE, ROOT, Embedded, client, running, wait

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("embedded"), pytest.mark.timeout(600)]

COUNT = 577
RARE = "Malakal"
SEARCH = "/api/search/partnerships"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Embedded]:
    """A running system with 577 real records in it."""
    with running(Embedded(tmp_path_factory.mktemp("rebuild"))) as found:
        assert isinstance(found, Embedded)
        found.command("import", "iati", str(shared_data / "iati" / "iom-577-activities-2.03.xml"))
        wait(lambda: _settled(found), 90, "577 searchable records")
        yield found


@pytest.mark.parametrize("options", [(), ("--from-topics",)], ids=["from the table", "from the topics"])
def test_a_rebuild_under_load_is_not_noticed(system: Embedded, options: tuple[str, ...]) -> None:
    before = system.status()["generation"]
    beside = _held(system)
    with Load(system, cast(system), writers=2) as load, Readers(system, _judge(system)) as readers:
        load.reach(5)
        outcome = system.command("search", "rebuild", *options).stdout
        load.reach(5)
        readers.reach(5)
    assert "counts and contents compared" in outcome
    assert system.status()["generation"] != before
    check(system, load, beside, rebuilt=True)


@pytest.mark.parametrize("state", ["reading", "copying", "comparing"])
def test_the_engine_killed_in_the_middle_goes_on_where_it_was(system: Embedded, state: str) -> None:
    with Readers(system, _judge(system)) as readers:
        number = _caught_in(system, state, lambda: system.kill("engine"))
        wait(lambda: _rebuild(system, number).ended_at is not None, 90, "the end of the rebuild")
        readers.reach(3)
    assert _rebuild(system, number).state == "done", _rebuild(system, number).outcome
    assert _settled(system)


def test_a_rebuild_where_nothing_runs(system: Embedded) -> None:
    judge = _judge(system)
    system.stop()
    try:
        before = system.json("search", "status")["generation"]
        _killed_while_copying(system)
        assert system.json("search", "status")["generation"] == before, "a killed rebuild changes nothing"
        assert "counts and contents compared" in system.command("search", "rebuild").stdout
        assert system.json("search", "status")["generation"] != before
    finally:
        system.start()
    with Readers(system, judge) as readers:
        readers.reach(3)
    assert _settled(system)


def _caught_in(system: Embedded, state: str, harm: Callable[[], None]) -> int:
    """Ask for a rebuild and do harm while it is in that state; returns its number. One that was too quick is asked for again."""
    for _ in range(10):
        system.command("search", "rebuild", "--no-wait", "--from-topics")
        number = _newest(system)
        wait(lambda number=number: _rebuild(system, number).state in (state, "done", "failed"), 60, state)
        if _rebuild(system, number).state == state:
            harm()
            return number
    raise AssertionError(f"no rebuild was seen {state}")


def _killed_while_copying(system: Embedded) -> None:
    command = [CONVENE, "search", "rebuild", "--from-topics"]
    last = _newest(system)
    with subprocess.Popen(command, env=system.environ, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        wait(lambda: _newest(system) != last and _rebuild(system, _newest(system)).read > 0, 60, "a rebuild under way")
        process.send_signal(signal.SIGKILL)
    assert _rebuild(system, _newest(system)).ended_at is None


def _newest(system: Embedded) -> int:
    with system.database("search").reading() as session:
        return session.scalar(select(Rebuild.number).order_by(Rebuild.number.desc()).limit(1)) or 0


def _rebuild(system: Embedded, number: int) -> Rebuild:
    with system.database("search").reading() as session:
        found = session.get(Rebuild, number)
    assert found is not None
    return found


def _held(system: Embedded) -> int:
    with client(system) as reader:
        return len(every(reader, "/api/registry/partnerships"))


def _settled(system: Embedded) -> bool:
    found = system.status()
    counts: dict[str, int] = found["records"]["partnerships"]
    return found["behind"] == 0 and counts["register"] == counts["index"] >= COUNT


def _judge(system: Embedded) -> Callable[[httpx.Client], None]:
    """What readers must see at any time: every record that was there before, counted rightly, and the one with a rare word."""
    with client(system) as reader:
        before = {each["id"] for each in every(reader, SEARCH)}
        rare = _found(reader)
    assert len(rare) >= 1

    def judge(reader: httpx.Client) -> None:
        assert before <= {each["id"] for each in every(reader, SEARCH)}
        reported = answered(reader.get(SEARCH, params={"standing": "reported", "limit": 1}))
        assert reported["total"] == COUNT
        assert _found(reader) == rare

    return judge


def _found(reader: httpx.Client) -> list[Any]:
    return [each["id"] for each in answered(reader.get(SEARCH, params={"q": RARE, "facet": "none"}))["items"]]
