"""`convene search status` as people read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def test_what_the_index_has_not_is_said_in_words(convene: Callable, tmp_path: Path) -> None:
    lines = convene("search", "status", "--data-dir", tmp_path).out.splitlines()
    assert {"generation: none", "rebuild: none"} <= set(lines)
    assert not any("None" in line for line in lines)
