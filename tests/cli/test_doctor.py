"""The doctor says what is so, of a folder that cannot be used too."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from services import doctor

INSIDE = {"address key", "bus", "search engine", *(f"database of {name}" for name in doctor.NAMES)}


def _found(folder: Path, **environ: str) -> dict[str, doctor.Finding]:
    return {each.name: each for each in doctor.examine(environ, folder)}


@pytest.mark.parametrize("under", ["nope", "nope/deeper"])
def test_a_folder_that_cannot_be_made_is_said_and_nothing_in_it_is_well(under: str) -> None:
    found = _found(Path("/proc") / under)
    assert not found["data folder"].ok
    assert found["data folder"].detail.startswith(f"/proc/{under} cannot be made in /proc: ")
    assert not INSIDE & found.keys()


def test_a_folder_that_cannot_be_written_is_said_before_its_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)  # root may write anywhere
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    found = _found(tmp_path)
    assert found["data folder"].detail == f"{tmp_path} cannot be written: Permission denied"
    assert not INSIDE & found.keys()


def test_a_server_is_tried_though_the_folder_cannot_be_used() -> None:
    found = _found(Path("/proc/nope"), CONVENE_SEARCH_URL="http://127.0.0.1:1")
    assert not found["search engine"].ok


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=18 << 20))
    found = _found(tmp_path)
    assert found["data folder"].detail == f"the disk of {tmp_path} has only 18 MiB free"
    assert found["bus"].ok


def test_an_empty_folder_is_well_and_stays_empty(tmp_path: Path) -> None:
    found = _found(tmp_path / "new")
    assert [each for each in found.values() if not each.ok or each.advice] == []
    assert found.keys() >= INSIDE
    assert list(tmp_path.rglob("*.sqlite")) == []


def test_files_that_others_can_read_are_said(convene: Callable) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # the tests' own folders lie where nobody else can go
        folder = Path(place)
        folder.chmod(0o755)
        convene("db", "upgrade", "search", "--data-dir", folder)
        assert _found(folder)["data folder"].advice == ""
        (folder / "search.sqlite").chmod(0o644)
        told = _found(folder)["data folder"]
        assert told.ok
        assert f"chmod -R go= {folder}" in told.advice
        folder.chmod(0o700)
        assert _found(folder)["data folder"].advice == ""
