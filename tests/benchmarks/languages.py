"""`languages`: is a text found first by its own rarest words, in seven languages, on both engines?

Each of the 169 targets in each language is a record of its own in a temporary index. The four words of a text that the
fewest texts of its language have are the query; words are cut by ICU here, not by the analysis that is measured.
"""

from __future__ import annotations

import collections
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import yaml
from icu4py.breakers import WordBreaker

from schemas.documents import render
from schemas.partnership import PartnershipDocument
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.search import projections
from services.search.criteria import Criteria
from services.search.index.ports import Change, Index
from services.search.indexing import with_generation
from services.search.service import Page, Search
from tests.benchmarks import engines
from tests.benchmarks.rows import Row, at_least

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"en": "en", "fr": "fr", "es": "es", "ru": "ru", "ar": "ar", "zh": "zh-Hans", "km": "km"}
WORDS = 4
GOAL = 0.90


def run() -> Iterator[Row]:
    """A row per engine and language: the share of targets that their rarest words find first."""
    texts = {language: _targets(folder) for language, folder in FOLDERS.items()}
    for name, engine in (("embedded", engines.embedded), ("real", engines.real)):
        with engine() as index:
            ids = _fill(index, texts)
            for language, targets in texts.items():
                yield at_least(f"languages-{name}: {language} found first", _share(index, ids, language, targets), GOAL)


def _targets(folder: str) -> dict[str, str]:
    data = Path(os.environ.get("CONVENE_DATA", ROOT.parent / "shared" / "data"))
    path = data / "goals" / "open-sdg-translations" / folder / "global_targets.yml"
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {key.removesuffix("-title"): text for key, text in found.items() if key.endswith("-title")}


def _fill(index: Index, texts: dict[str, dict[str, str]]) -> dict[tuple[str, str], str]:
    ids: dict[tuple[str, str], str] = {}
    changes = []
    for language, targets in texts.items():
        for key, text in targets.items():
            id = ids[language, key] = str(uuid.uuid4())
            fields = projections.record_fields("partnerships", _document(id, language, text))
            changes.append(Change(id, 1, with_generation(fields, 1)))
    index.write("partnerships", changes)
    index.refresh("partnerships")
    return ids


def _document(id: str, language: str, text: str) -> bytes:
    record: dict[str, Any] = {
        "id": id,
        "version": 1,
        "revision": 1,
        "kind": "project",
        "standing": "reported",
        "phase": "active",
        "title": {language: "169"},
        "summary": {language: text},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    return render(PartnershipDocument, record)


def _share(index: Index, ids: dict[tuple[str, str], str], language: str, targets: dict[str, str]) -> float:
    words = {key: _words(text, language) for key, text in targets.items()}
    frequency = collections.Counter(word for found in words.values() for word in found)
    search = Search(Database.open(Settings(), "search"), index)  # nothing here needs its tables
    right = 0
    for key, found in words.items():
        rarest = sorted(found, key=lambda word: (frequency[word], word))[:WORDS]
        asked = Criteria(today=clock.today(), q=" ".join(rarest))
        items = search.partnerships(asked, Page("relevance", limit=1)).items
        right += bool(items) and orjson.loads(items[0])["id"] == ids[language, key]
    return right / len(targets)


def _words(text: str, language: str) -> list[str]:
    words = (word.lower() for word in WordBreaker(text, language) if any(map(str.isalnum, word)))
    return list(dict.fromkeys(words))


__all__ = ["run"]
