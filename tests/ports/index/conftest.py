"""The index port on both engines: every test here runs once with each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.search.index.ports import Index


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.real)])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    """An index with one empty edition, which is current."""
    made = _embedded(tmp_path) if request.param == "embedded" else _elasticsearch(request)
    made.create("first")
    made.switch("first")
    yield made
    if request.param == "elasticsearch":
        _remove_everything(made)
    made.close()


def _embedded(folder: Path) -> Index:
    from services.search.index.tantivy import TantivyIndex

    return TantivyIndex(folder / "index")


def _elasticsearch(request: pytest.FixtureRequest) -> Index:
    from services.search.index.elasticsearch import ElasticsearchIndex

    url = request.getfixturevalue("elasticsearch_url")
    return ElasticsearchIndex(url, prefix=f"test-{uuid.uuid4().hex}")


def _remove_everything(index: Index) -> None:
    from services.search.index.elasticsearch import ElasticsearchIndex

    assert isinstance(index, ElasticsearchIndex)
    index.remove_everything()
