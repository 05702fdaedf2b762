"""With which unit a submission lies, and when another may take it (record.md; Panel ¶74: registration is decentralised).

Pure functions on what units answer for. Public holidays differ by country and are not counted: a working day is Monday to Friday.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.registry.authority import UnitAuthority

WORKING_DAYS = 15
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Ground:
    """What a record is about, as far as units divide the world: ISO 3166-1 alpha-3 countries and `scheme:code` goals."""

    countries: frozenset[str]
    goals: frozenset[str]


def ground_of(content: Mapping[str, Any]) -> Ground:
    """The countries and goals of a record; a target counts for its goal too."""
    geography = content.get("geography") or {}
    places = geography.get("places") or []
    countries = {*(geography.get("countries") or []), *(place["country"] for place in places if place.get("country"))}
    goals: set[str] = set()
    for goal in content.get("goals") or []:
        goals.add(f"{goal['scheme']}:{goal['code']}")
        if goal["scheme"] in ("sdg-target", "sdg-indicator", "mdg-target"):
            goals.add(f"{goal['scheme'].partition('-')[0]}:{goal['code'].partition('.')[0]}")
    return Ground(frozenset(countries), frozenset(goals))


def covers(unit: UnitAuthority, ground: Ground) -> bool:
    """Whether the record lies in the unit's field: its countries and its goals, where an empty list means all."""
    return (not unit.countries or bool(unit.countries & ground.countries)) and (
        not unit.goals or bool(unit.goals & ground.goals)
    )


def shares(unit: UnitAuthority, ground: Ground) -> bool:
    """Whether the unit is "of the same goal or country": it may take over what has waited too long."""
    named = bool(unit.countries & ground.countries) or bool(unit.goals & ground.goals)
    return named or covers(unit, ground)


def closest(units: Iterable[UnitAuthority], ground: Ground) -> UnitAuthority | None:
    """The unit of the record's country and goal; naming the country counts for more than naming the goal, then the older unit."""
    fitting = [unit for unit in units if covers(unit, ground)]
    return min(fitting, key=lambda unit: (not unit.countries, not unit.goals, unit.unit_id), default=None)


def of_country(units: Iterable[UnitAuthority], ground: Ground) -> list[UnitAuthority]:
    """The units that decide on claims: those of one of the record's countries, all that cover it where none is named."""
    fitting = [unit for unit in units if covers(unit, ground)]
    return [unit for unit in fitting if unit.countries] or fitting


def waits_until(submitted_at: datetime) -> datetime:
    """Fifteen working days after the submission, to the hour. Its day is the due day, which counts to its end (`is_overdue`)."""
    moment = submitted_at.astimezone(UTC)
    left = WORKING_DAYS
    while left:
        moment += timedelta(days=1)
        left -= moment.weekday() < SATURDAY
    return moment


def is_overdue(submitted_at: datetime, moment: datetime) -> bool:
    """Whether the due day of a submission has passed, in UTC: from then on a second unit may take it."""
    return moment.astimezone(UTC).date() > waits_until(submitted_at).date()


def second_units(
    units: Sequence[UnitAuthority], ground: Ground, first: str | None, submitted_at: datetime | None, moment: datetime
) -> frozenset[str]:
    """The other units that may decide on a submission now; none before its fifteen working days are over."""
    if submitted_at is None or not is_overdue(submitted_at, moment):
        return frozenset()
    return frozenset(unit.unit_id for unit in units if unit.unit_id != first and shares(unit, ground))
