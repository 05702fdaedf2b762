"""What is asked for in a search, as a value; and the filters that it means.

`parameters.py` reads it from a request, `service.py` answers it. Everything is checked before it comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from schemas import vocabulary
from services.search.index.fields import NOT_STATED
from services.search.projections import canonical, counted
from services.search.query import All, Everything, Node, Range, Some, Terms

SortName = Literal["relevance", "updated", "title", "start"]
Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search. `values` has the codes per parameter: of one parameter any, of different ones all.

    `goal` codes are those of the index (`6`, `mdg:7`); `today` decides what is overdue and what still goes on.
    `organizations` stands for the values of `organization` as the index has them: as they live on after being merged,
    with their affiliates where those were asked for.
    """

    today: date
    q: str = ""
    values: Mapping[str, Values] = field(default_factory=dict)
    years: tuple[int, ...] = ()
    derived: bool = False
    overdue: bool | None = None
    affiliates: bool = False
    organizations: Values | None = None


PLAIN = (
    "target", "country", "region", "constituency", "role", "confirmed", "kind", "standing", "phase", "scope",
    "beneficiary", "lesson", "language", "has",
)  # fmt: skip
"""The parameters whose values are the terms of the field of the same name."""


def filters(criteria: Criteria) -> dict[str, Node]:
    """The filters by name; a facet of the same name leaves its own out."""
    found: dict[str, Node] = {}
    for name in PLAIN:
        if values := criteria.values.get(name):
            found[name] = Terms(name, values)
    for name, node_of in _OTHERS.items():
        if values := criteria.values.get(name):
            found[name] = node_of(criteria, values)
    if criteria.years:
        found["year"] = _any(_in_year(year, criteria.today) for year in criteria.years)
    if criteria.overdue is not None:
        late = Range("due", below=int(criteria.today.strftime("%Y%m%d")))
        found["overdue"] = late if criteria.overdue else All((Everything(),), without=(late,))
    return found


def _goals(criteria: Criteria, values: Values) -> Node:
    """Stated goals; those derived by the crosswalk only where they are asked for."""
    stated = Terms("goal", values)
    return Some((stated, Terms("goal_derived", values))) if criteria.derived else stated


def _organizations(criteria: Criteria, values: Values) -> Node:
    return Terms("organization", criteria.organizations or values)


def _places(_: Criteria, values: Values) -> Node:
    """A place by a facet's value (`KHM:kampot`), or by a name or code in whatever spelling."""
    return _named("place", values, is_place_value)


def is_place_value(value: str) -> bool:
    """Whether a value is a facet's: three letters of a country or none, a colon, a name."""
    country, colon, _ = value.partition(":")
    return bool(colon) and (not country or (len(country) == 3 and country.isalpha() and country.isupper()))


def _processes(_: Criteria, values: Values) -> Node:
    """A process by a facet's value (`vnr:review 2025`), or by its name with or without the year, its kind or its id."""
    return _named("process", values, _is_process_value)


def _is_process_value(value: str) -> bool:
    """Whether a value is a facet's: a kind of process, a colon, a name."""
    kind, colon, _ = value.partition(":")
    return bool(colon) and kind in vocabulary.scheme("process-kind")


def _named(name: str, values: Values, is_counted: Callable[[str], bool]) -> Node:
    """A facet's values are these very terms; whatever else is asked for finds what has such a name."""
    exact: dict[str, None] = {}
    loose: dict[str, None] = {}
    for value in values:
        if is_counted(value):
            before, colon, rest = value.partition(":")
            exact |= {value: None, counted(rest, before + colon): None}
        else:
            loose |= {term: None for term in (value, canonical(value)) if term}
    found = ((name, tuple(exact)), (f"{name}_name", tuple(loose)))
    return _any(Terms(field, terms) for field, terms in found if terms)


_OTHERS: Mapping[str, Callable[[Criteria, Values], Node]] = {
    "goal": _goals,
    "organization": _organizations,
    "place": _places,
    "process": _processes,
}


def _in_year(year: int, today: date) -> Node:
    """Records that worked in a year; what goes on counts for every year until this one."""
    ended = Terms("year", (str(year),))
    return Some((ended, Range("open_from", below=year + 1))) if year <= today.year else ended


def _any(nodes: Iterable[Node]) -> Node:
    found = tuple(nodes)
    return found[0] if len(found) == 1 else Some(found) if found else Terms("id", (NOT_STATED,))
