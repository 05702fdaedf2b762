"""SIGKILL on one machine while records go in: nothing acknowledged is lost, nothing applied twice, search catches up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.load import Load, cast, check
from tests.system.running import Embedded, running

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("embedded")]


@pytest.mark.parametrize("victim", ["web", "engine"])
def test_a_killed_process_starts_again_and_nothing_is_lost(tmp_path: Path, victim: str) -> None:
    with running(Embedded(tmp_path)) as system:
        with Load(system, cast(system)) as load:
            load.reach(15)
            system.kill(victim)
            load.reach(25)
        check(system, load)


def test_all_killed_at_once_and_started_again(tmp_path: Path) -> None:
    system = Embedded(tmp_path, environ={"CONVENE_PUBLIC_URL": "http://127.0.0.1"})
    system.start()
    try:
        with Load(system, cast(system)) as load:
            load.reach(15)
            system.kill_all()
            system.start()  # at once: locks and leases are free within seconds; on another port, which the writers follow
            load.reach(15)
        check(system, load)
    finally:
        assert system.stop() == 0


def test_a_second_up_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running(Embedded(tmp_path)) as system:
        found = system.command("up", "--port", "0", check=False)
        assert found.returncode == 2
        assert "another `convene up`" in found.stderr
