"""Where the files of others are that the tests compare with; they are no part of the project."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data; its absence skips a test, except in continuous integration."""
    folder = Path(os.environ.get("CONVENE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        reason = f"the data to compare with is not at {folder} (CONVENE_DATA names another place)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
