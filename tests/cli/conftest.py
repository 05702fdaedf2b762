"""The command line as an operator meets it: words in, an exit code and two streams out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from services import cli


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


Convene = Callable[..., Done]


@pytest.fixture(autouse=True)
def _usual_start(monkeypatch: pytest.MonkeyPatch, _as_it_was: None) -> None:
    """No setting of whoever runs the tests, and the usual rights of new files (a fixture for all tests restores them)."""
    for name in [name for name in os.environ if name.startswith("CONVENE_")]:
        monkeypatch.delenv(name)
    os.umask(0o022)


@pytest.fixture
def convene(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Convene:
    """Runs `convene` with these words, from its entry point; an error that it does not explain is raised."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["convene", *map(str, words)])
        code: int | str | None = 0
        try:
            cli.main()
        except SystemExit as leaving:
            code = leaving.code
        captured = capsys.readouterr()
        return Done(int(code or 0), captured.out, captured.err)

    return run
