"""`convene events topics`: what the bus holds, and how far each consumer is behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from services.chassis.eventbus.build import topic_specs
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.ports import Record, TopicSpec

ORGANIZATION = "convene.registry.organization"


def _bus(folder: Path) -> LocalBus:
    """Three organizations on the bus, of which search has read all and the others none."""
    bus = LocalBus(folder)
    bus.ensure([*topic_specs(), TopicSpec("convene.retry.search")])
    bus.publisher().publish([Record(ORGANIZATION, key, b"{}", ()) for key in "abc"])
    bus.publisher().publish([Record("convene.retry.search", "a", b"{}", ())])
    reader = bus.subscriber("search", [ORGANIZATION])
    assert len(reader.poll(10, 1.0)) == 3
    reader.commit()
    reader.close()
    return bus


def test_who_is_behind_and_by_how_much(convene: Callable, tmp_path: Path) -> None:
    _bus(tmp_path)
    rows = json.loads(convene("events", "topics", "--json", "--data-dir", tmp_path).out)
    behind = {row["topic"]: row["behind"] for row in rows}
    assert behind[ORGANIZATION] == {"search": 0, "registry": 3, "assessment": 3}
    assert behind["convene.accounts.person"] == {"registry": 0}
    assert behind["convene.retry.search"] == {"search": 1}
    assert behind["convene.dead-letters"] == {}


def test_people_read_it_in_a_table(convene: Callable, tmp_path: Path) -> None:
    _bus(tmp_path)
    lines = convene("events", "topics", "--data-dir", tmp_path).out.splitlines()
    assert lines[0].split()[-2:] == ["records", "behind"]
    [row] = [line for line in lines if line.startswith(ORGANIZATION)]
    assert "registry 3" in row
    assert "search 0" in row
