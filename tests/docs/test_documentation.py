"""The documentation is tested against the code: the map, the settings, the commands of the README, the links."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.chassis.settings import SETTINGS
from services.cli import convene

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _map() -> object:
    spec = importlib.util.spec_from_file_location("map", ROOT / "docs" / "map.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_map_is_the_house() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert _map().page_with_map(page) == page, "run `make map`"  # type: ignore[attr-defined]


def test_every_room_says_what_it_is() -> None:
    silent = [
        name
        for name, about in (row for room in ("schemas", "services") for row in _map().rows(ROOT / room))
        if not about
    ]  # type: ignore[attr-defined]
    assert silent == []


def test_every_setting_is_documented_with_what_it_is_for() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [setting.name for setting in SETTINGS if f"| `{setting.name}` | {setting.about} |" not in page]
    assert missing == []


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {setting.name for setting in SETTINGS}
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(CONVENE_[A-Z_]+)` \|", page, re.MULTILINE)) == known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_make_targets_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_documentation_exist(page: Path) -> None:
    runner = CliRunner()
    for line in re.findall(
        r"(?:^|`|/)convene ((?:[a-z][a-z-]*(?: |$|`))+)", page.read_text(encoding="utf-8"), re.MULTILINE
    ):
        words = line.replace("`", " ").split()
        command = convene
        taken: list[str] = []
        for word in words:
            if not hasattr(command, "commands") or word not in command.commands:
                break
            taken.append(word)
            command = command.commands[word]
        assert taken, f"`convene {line}` is no command"
        assert runner.invoke(convene, [*taken, "--help"]).exit_code == 0
