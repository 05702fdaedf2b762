"""Codes that an operator adds for a whole process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import vocabulary
from services.chassis import process
from services.chassis.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def _none_afterwards() -> Iterator[None]:
    yield
    vocabulary.use_additions(None)


def file_of(folder: Path, document: object) -> Path:
    path = folder / "codes.json"
    path.write_text(json.dumps(document))
    return path


def test_added_codes_are_known_everywhere_and_gone_without_the_file(tmp_path: Path) -> None:
    path = file_of(tmp_path, {"role": {"translator": {"labels": {"en": "Translator"}}}})
    process.begin(Settings.from_env({"CONVENE_CODES": str(path)}))
    assert "translator" in vocabulary.scheme("role")
    assert vocabulary.scheme("role").label("translator", "km") == "Translator"
    assert "lead" in vocabulary.scheme("role")
    vocabulary.use_additions(None)
    assert "translator" not in vocabulary.scheme("role")


@pytest.mark.parametrize(
    "document",
    [
        {"role": {"lead": {"labels": {"en": "Boss"}}}},
        {"sdg": {"18": {"labels": {"en": "More"}}}},
        {"rolle": {}},
        [],
        {"role": {"x": {}}},
        "text",
    ],
)
def test_a_file_that_changes_a_meaning_refuses_to_start(tmp_path: Path, document: object) -> None:
    path = file_of(tmp_path, document)
    with pytest.raises(SettingsError, match="CONVENE_CODES"):
        process.begin(Settings.from_env({"CONVENE_CODES": str(path)}))
    assert "translator" not in vocabulary.scheme("role")
