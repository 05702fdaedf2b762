"""SIGKILL to the clock of the one-machine system while terms lapse and records go in: each term lapses exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.faults import terms_lapse_while
from tests.system.load import Load, cast, check
from tests.system.running import Embedded, running

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("embedded")]


def test_terms_lapse_once_each_though_the_engine_is_killed(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    with running(Embedded(tmp_path, environ={"CONVENE_CLOCK": f"file:{clock}"})) as system:
        with Load(system, cast(system)) as load:
            load.reach(5)
            terms_lapse_while(system, lambda: system.kill("engine"))
            load.reach(5)
        check(system, load)
