"""Real records, written by others: every one gets a profile that its contract knows, and nothing is taken from silence."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from schemas.documents import load
from schemas.evidence import EvidenceProfile, render
from services.assessment.evidence.profile import findings, profile
from tests.assessment.evidence.documents import ON
from tests.benchmarks.evidence import collections


@pytest.mark.parametrize(("name", "count"), [("IATI", 577), ("climate", 288)])
def test_real_records_have_profiles(shared_data: Path, name: str, count: int) -> None:
    documents = dict(collections(shared_data))[name]
    assert len(documents) == count
    for document in documents[:: len(documents) // 40]:
        load(EvidenceProfile, orjson.loads(render(profile(document, ON, languages=["en"]))))
    for document in documents:
        found = findings(document, ON)
        for code, said in {"complaints": "can_complain", "bodies": "power_gap", "safeguarding": "safeguards"}.items():
            if document.get(code) is None:
                assert found[said].level is None
