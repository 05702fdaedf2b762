"""A copy of the newest rubric that a test may change: as files, to be read again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.rubric import Rubric, read
from schemas.rubric.reading import VERSIONS

Change = Callable[[Any], None]


class Draft:
    """A copy of version 1 in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def change(self, name: str, change: Change) -> Draft:
        """Apply `change` to what a file holds: `lessons`, or a language."""
        path = self.folder / ("lessons.json" if name == "lessons" else f"text.{name}.json")
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return self

    def read(self) -> Rubric:
        return read(self.folder)


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    folder = tmp_path / "1"
    shutil.copytree(VERSIONS / "1", folder)
    return Draft(folder)
