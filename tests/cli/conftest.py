"""The command line as an operator meets it: words in, an exit code and two streams out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
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
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of whoever runs the tests, and the rights of new files as they were: a process of Convene narrows them."""
    for name in [name for name in os.environ if name.startswith("CONVENE_")]:
        monkeypatch.delenv(name)
    mask = os.umask(0o022)
    yield
    os.umask(mask)


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
