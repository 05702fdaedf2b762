"""The facets of a search: which there are, how many values they show, and how their values are labelled.

Used by `service.py`. A facet counts what people could filter by next: its values are values of the parameter of the
same name, and its own filter is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from operator import itemgetter
from typing import Any

import orjson

from schemas import vocabulary
from services.search.index.fields import NOT_STATED
from services.search.index.ports import Facet, Index
from services.search.projections import preferred
from services.search.query import Term


@dataclass(frozen=True, slots=True)
class Kind:
    """A facet: how many values are shown at most, and the scheme of its labels (none: in `words.json`, or a value is its own)."""

    size: int
    scheme: str | None = None
    bounded: bool = True


KINDS: Mapping[str, Kind] = {
    "goal": Kind(100, "sdg"),
    "target": Kind(200, "sdg-target"),
    "country": Kind(300, "country"),
    "region": Kind(50, "region"),
    "place": Kind(30, bounded=False),
    "constituency": Kind(50, "constituency"),
    "organization": Kind(30, bounded=False),
    "role": Kind(50, "role"),
    "confirmed": Kind(5),
    "kind": Kind(20, "kind"),
    "standing": Kind(20, "standing"),
    "phase": Kind(20, "phase"),
    "scope": Kind(20, "scope"),
    "process": Kind(30, bounded=False),
    "beneficiary": Kind(30, bounded=False),
    "lesson": Kind(60, "lesson"),
    "language": Kind(300, "language"),
    "year": Kind(300),
    "has": Kind(50),
}
NAMES = tuple(KINDS)
MOST_LABELS = 1_000
MOST_NAMES = 5_000
NAMES_SECONDS = 600.0
"""How long a name is shown as it was first read: its record may be corrected."""
ALWAYS_STATED = frozenset({"kind", "standing", "phase", "has"})
"""Facets of what every record has: nothing of it can be missing."""


def requested(names: Sequence[str]) -> tuple[Facet, ...]:
    """What the index is asked for."""
    asked = [Facet(name, name, KINDS[name].size + 1, name) for name in names]
    if "year" in names:
        asked.append(Facet("open_since", "open_since", KINDS["year"].size, "year"))
    return tuple(asked)


def with_open_years(counts: Mapping[str, Mapping[str, int]], today: date) -> dict[str, dict[str, int]]:
    """The counts with what goes on counted for every year from its start until this one."""
    found = {name: dict(values) for name, values in counts.items()}
    since = found.pop("open_since", None)
    if since:
        years = found["year"]
        running = 0
        for year in range(min(map(int, since)), today.year + 1):
            running += since.get(str(year), 0)
            years[str(year)] = years.get(str(year), 0) + running
    return found


def shown(
    name: str, counts: Mapping[str, int], language: str, own: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """The values of a facet, the most frequent first, years in their order; what is not stated is not among them.

    `own` has what records call the values that they bring with them, by facet and value.
    """
    values = [(value, count) for value, count in counts.items() if value != NOT_STATED]
    values.sort(key=itemgetter(0))
    if name != "year":
        values.sort(key=itemgetter(1), reverse=True)  # stable: values as frequent keep their order
        values = values[: KINDS[name].size]
    if not KINDS[name].bounded:
        return [{"value": value, "label": own.get((name, value), value), "count": count} for value, count in values]
    labels = _labels(name, language)
    return [{"value": value, "label": labels[value], "count": count} for value, count in values]


NAMED = ("place", "process", "beneficiary")
"""Facets whose values are folded names: what they are called stands in the records that have them."""


class Names:
    """What records call the values of such facets. Looked up in the index when first asked for, and kept for a while."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[tuple[str, str], Any] = {}
        self._since = time.monotonic()

    def labels(self, counts: Mapping[str, Mapping[str, int]], language: str) -> dict[tuple[str, str], str]:
        """In a language the label of every value counted, by facet and value."""
        values = [(name, value) for name in NAMED for value in counts.get(name, ()) if value != NOT_STATED]
        known = self._learned(values)
        return {each: preferred(known[each], language) if each in known else _as_counted(*each) for each in values}

    def texts(self, name: str, values: Iterable[str]) -> dict[str, list[str]]:
        """All that each value is called, in whatever language."""
        asked = [(name, value) for value in values]
        known = self._learned(asked)
        found = {each: known.get(each) or _as_counted(*each) for each in asked}
        return {
            value: list(label.values()) if isinstance(label, dict) else [label] for (_, value), label in found.items()
        }

    def _learned(self, values: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Any]:
        now = time.monotonic()
        if now - self._since > NAMES_SECONDS or len(self._known) > MOST_NAMES:
            self._known, self._since = {}, now
        known = self._known
        new = [each for each in values if each not in known]
        if new:
            found = self._index.labels([Term(name, value) for name, value in new])
            for (name, value), labels in zip(new, found, strict=True):
                label = orjson.loads(labels)[name].get(value) if labels else None
                if label:  # none where its record has just gone
                    known[name, value] = label
        return known


def _as_counted(name: str, value: str) -> str:
    """A value without what is before the name."""
    return value if name == "beneficiary" else value.partition(":")[2] or value


class _Labels(dict[str, str]):
    """What the values of a facet are called in a language, each worked out once; for the few that vocabularies have."""

    def __init__(self, name: str, language: str) -> None:
        self._name, self._language = name, language

    def __missing__(self, value: str) -> str:
        label = self._label_of(value)
        if len(self) < MOST_LABELS:
            self[value] = label
        return label

    def _label_of(self, value: str) -> str:
        if self._name == "lesson":
            lesson, _, level = value.partition(":")
            return f"{self._label('lesson', lesson)}: {level}+"
        if self._name in ("goal", "target") and ":" in value:
            scheme, _, code = value.rpartition(":")
            return self._label("mdg-target" if (self._name, scheme) == ("target", "mdg") else scheme, code)
        scheme_name = KINDS[self._name].scheme
        return self._label(scheme_name, value) if scheme_name else _own_label(self._name, value, self._language)

    def _label(self, scheme: str, code: str) -> str:
        if scheme.startswith("plan:") or code not in vocabulary.scheme(scheme):
            return f"{scheme}:{code}" if scheme.startswith("plan:") else code
        return vocabulary.scheme(scheme).label(code, self._language)


def _own_label(name: str, code: str, language: str) -> str:
    """The label of a code that is search's own, else in English; the code itself where it has no words."""
    labels = words().get(name, {}).get(code, {})
    return labels.get(language.partition("-")[0].lower()) or labels.get("en") or code


@cache
def words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Per facet and code the labels by language, of the codes that no vocabulary has, for they are search's own."""
    found: dict[str, dict[str, dict[str, str]]] = orjson.loads(
        (resources.files("services.search") / "words.json").read_bytes()
    )
    return found


@lru_cache(maxsize=200)
def _labels(name: str, language: str) -> _Labels:
    return _Labels(name, language)
