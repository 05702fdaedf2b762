"""What an evaluation was made from, as bytes and back: private, kept beside what was published, so that it can be made again.

Canonical JSON (sorted keys): the same assessment gives the same bytes. `service` writes them, `recomputing` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import orjson

from services.assessment.evaluations.assembling import Assessed, Recommended, RecordVersion
from services.assessment.evidence.pulse import Pulse
from services.assessment.figures import Panel, Review


def written(assessed: Assessed) -> bytes:
    """The bytes of an assessment's inputs."""
    return orjson.dumps(asdict(_settled(assessed)), default=_plain, option=orjson.OPT_SORT_KEYS)


def _settled(assessed: Assessed) -> Assessed:
    """With its reviews in one order, whatever order they were read in."""
    return replace(assessed, reviews=sorted(assessed.reviews, key=lambda each: each.member))


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in the inputs of an evaluation")


def read(body: bytes) -> Assessed:
    """The assessment that these bytes were written from."""
    said: dict[str, Any] = orjson.loads(body)
    without, pulse = said["not_applicable"], said["pulse"]
    return Assessed(
        **said
        | {
            "judged": RecordVersion(**said["judged"]),
            "evidence": RecordVersion(**said["evidence"]),
            "as_of": date.fromisoformat(said["as_of"]),
            "panel": Panel(said["panel"]["chambers"]),
            "reviews": [Review(**each) for each in said["reviews"]],
            "not_applicable": None if without is None else frozenset(without),
            "pulse": None if pulse is None else Pulse(**pulse),
            "recommendations": [Recommended(**each) for each in said["recommendations"]],
        }
    )
