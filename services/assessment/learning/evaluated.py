"""An evaluation as learning reads it: the published document, and from the partnership's public record its goals and countries.

Pure. Goals and countries are those of the record as it now is; a target or indicator counts for its goal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.assessment.evidence import reading as r

GOAL_OF = {
    "sdg": "sdg",
    "sdg-target": "sdg",
    "sdg-indicator": "sdg",
    "mdg": "mdg",
    "mdg-target": "mdg",
    "agenda21": "agenda21",
}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A published evaluation that none corrects. `year` is that of the first publication of its assessment."""

    document: Mapping[str, Any]
    year: int
    goals: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()

    @property
    def rubric_version(self) -> str:
        version: str = self.document["rubric_version"]
        return version

    @property
    def lessons(self) -> Mapping[str, Mapping[str, Any]]:
        """The lessons by code."""
        return {each["lesson"]: each for each in self.document["lessons"]}


def goals_of(record: Mapping[str, object]) -> frozenset[str]:
    """The goals that a record states, as `scheme:code`; those that a crosswalk derived are not stated."""
    found = set()
    for _, item in r.items(record.get("goals")):
        scheme, code = GOAL_OF.get(r.text(item.get("scheme")) or ""), r.text(item.get("code"))
        if scheme and code and item.get("derived_from") is None:
            found.add(f"{scheme}:{code if scheme == 'agenda21' else code.split('.')[0]}")
    return frozenset(found)


def countries_of(record: Mapping[str, object]) -> frozenset[str]:
    """The countries that a record states."""
    return frozenset(r.texts(r.part(record.get("geography")).get("countries")))
