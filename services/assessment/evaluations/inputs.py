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

ORGANIZATIONS = frozenset({"organization", "recipient", "provider", "receiver"})
"""The members of a record that hold the name of an organization beside its id."""
NAMELESS = "-"


def written(assessed: Assessed) -> bytes:
    """The bytes of an assessment's inputs."""
    return orjson.dumps(asdict(_settled(assessed)), default=_plain, option=orjson.OPT_SORT_KEYS)


def _settled(assessed: Assessed) -> Assessed:
    """With its reviews in one order, and its records without names, which may have to be forgotten and are in no figure."""
    judged, evidence = (
        replace(each, document=without_names(each.document)) for each in (assessed.judged, assessed.evidence)
    )
    reviews = sorted(assessed.reviews, key=lambda each: each.member)
    return replace(assessed, reviews=reviews, judged=judged, evidence=evidence)


def without_names(node: Any, of: str = "") -> Any:
    """A record, or the part of it that is called `of`, with a dash for the names of persons and organizations."""
    if isinstance(node, list):
        return [without_names(each, of) for each in node]
    if not isinstance(node, Mapping):
        return NAMELESS if of == "display_name" else node
    found = {name: without_names(value, name) for name, value in node.items()}
    if of in ORGANIZATIONS and "name" in found:
        found["name"] = {"en": NAMELESS}
    return found


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
