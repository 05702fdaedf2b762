"""Nobody else on the machine reads what lies in the data folder, whoever made the folder."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path


def test_what_a_command_makes_is_its_owners_alone(convene: Callable, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    for command in ("keys rotate", "search status", "events topics"):
        assert convene(*command.split(), "--data-dir", folder).code == 0
    made = {path.relative_to(folder).as_posix(): path.stat().st_mode for path in folder.rglob("*")}
    assert {"accounts.sqlite", "search.sqlite", "bus.sqlite", "keys", "keys/address.key"} <= made.keys()
    assert {name: oct(mode) for name, mode in made.items() if stat.S_IMODE(mode) & 0o077} == {}


def test_a_folder_that_a_command_makes_is_its_owners_alone(convene: Callable, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    assert convene("db", "upgrade", "search", "--data-dir", folder).code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
