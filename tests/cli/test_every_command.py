"""What holds for every command: the option that all of them take, wherever they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from schemas import publishing
from services import cli


def _commands(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word, each in command.commands.items():
        yield from _commands(each, f"{name} {word}".strip())


def test_every_command_takes_the_data_folder() -> None:
    without = [
        name
        for name, command in _commands(cli.convene)
        if not any("--data-dir" in parameter.opts for parameter in command.params)
    ]
    assert without == []


def test_contracts_are_checked_and_written_from_anywhere(
    convene: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere than in a clone the program's own are meant."""
    monkeypatch.chdir(tmp_path)
    asked: list[Path] = []
    monkeypatch.setattr(cli, "_openapi_documents", dict)
    monkeypatch.setattr(publishing, "check", lambda folder, _extra: asked.append(folder) or [])
    monkeypatch.setattr(publishing, "export", lambda folder, _extra, **_: asked.append(folder))
    assert convene("schemas", "check", "--data-dir", tmp_path).code == 0
    assert convene("schemas", "export", "--data-dir", tmp_path).code == 0
    assert convene("schemas", "export", tmp_path / "out").code == 0
    assert asked == [publishing.FOLDER, publishing.FOLDER, tmp_path / "out"]
    assert (asked[0] / "asyncapi.json").is_file()
