"""The index on both engines, empty and temporary, for the benchmarks of search."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from services.search.index.elasticsearch import ElasticsearchIndex
from services.search.index.ports import Index
from services.search.index.tantivy import TantivyIndex

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def embedded() -> Iterator[TantivyIndex]:
    """The embedded index, with one current edition."""
    with tempfile.TemporaryDirectory() as folder:
        index = TantivyIndex(Path(folder) / "index")
        _prepare(index)
        yield index
        index.close()


@contextlib.contextmanager
def real() -> Iterator[ElasticsearchIndex]:
    """The index on a real Elasticsearch, with one current edition; all of it is deleted afterwards."""
    with server("elasticsearch") as url:
        index = ElasticsearchIndex(url, prefix=f"bench-{uuid.uuid4().hex}")
        _prepare(index)
        try:
            yield index
        finally:
            index.remove_everything()
            index.close()


VARIABLES = {
    "elasticsearch": "CONVENE_TEST_SEARCH_URL",
    "kafka": "CONVENE_TEST_BUS_URL",
    "postgresql": "CONVENE_TEST_POSTGRESQL_URL",
}


@contextlib.contextmanager
def server(name: str) -> Iterator[str]:
    """The URL of a server: of the variable that names a running one, else of one that is started for this benchmark."""
    given = os.environ.get(VARIABLES[name])
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        command, data = str(ROOT / "deploy" / "stack" / name), ["--data", f"{folder}/{name}"]
        subprocess.run([command, "start", *data, "--port", "0", "--wait"], check=True, stdout=subprocess.DEVNULL)
        try:
            yield subprocess.run([command, "url", *data], capture_output=True, text=True, check=True).stdout.strip()
        finally:
            subprocess.run([command, "remove", *data], check=False, capture_output=True)


def _prepare(index: Index) -> None:
    index.create("bench")
    index.switch("bench")
