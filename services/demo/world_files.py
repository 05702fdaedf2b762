"""Reads the demo world's files into values. They hold what is said; `register`, `stories` and `assessments` make it happen.

The files are in `world/`; `people`, `stories` and `assessments` say what their fields mean.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).with_name("world")
RECORDS = FOLDER / "records"
ASSESSMENTS = FOLDER / "assessments"
IATI = FOLDER / "iati-activities.xml"


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the world: as it is today in `content` (the shape of `PartnershipInput`, with tokens), and its story."""

    key: str
    lead: str
    content: Mapping[str, Any]
    story: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the world. With a `password` there is an account to sign in to; without `organization` no designation.

    `email` of the one that the person `succeeds`; `day` of the designation, where it was not at the opening of the register.
    """

    name: str
    email: str
    organization: str | None = None
    functions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    term_end: str | None = None
    signed_in: bool = True
    succeeds: str | None = None
    day: int | None = None
    password: str | None = None
    role: str | None = None
    language: str | None = None
    who: str = ""
    attempt: str = ""


def people() -> list[Person]:
    """Everybody, those with an account first, and last those who come by their nomination alone."""
    found = [_person(each) for each in _read("people.json")]
    there = {person.email for person in found}
    nominated = [
        each for network in networks() for each in network.get("nominations", ()) if each["email"] not in there
    ]
    return [*found, *(Person(each["display_name"], each["email"], signed_in=False) for each in nominated)]


def _person(each: dict[str, Any]) -> Person:
    said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in each.items()}
    return Person(attempt=said.pop("try", ""), **said)


@functools.cache
def organizations() -> dict[str, dict[str, Any]]:
    """The organizations by the name that other files use; those above others come first."""
    found: dict[str, dict[str, Any]] = _read("organizations.json")
    return found


@functools.cache
def units() -> dict[str, dict[str, Any]]:
    """The accepting units by the name that other files use."""
    found: dict[str, dict[str, Any]] = _read("units.json")
    return found


def networks() -> list[dict[str, Any]]:
    """The constituency networks (`network`, the shape of `NetworkInput`) with their `nominations`.

    A nomination has the shape of `NominationCommand`, and `named` where the member agrees to be named.
    """
    found: list[dict[str, Any]] = _read("networks.json")
    return found


def records() -> list[Record]:
    """The records, by their keys."""
    return [_record(path) for path in sorted(RECORDS.glob("*.json"))]


def _record(path: Path) -> Record:
    found = orjson.loads(path.read_bytes())
    return Record(path.stem, found["lead"], found["record"], tuple(found["story"]))


@functools.cache
def rounds() -> dict[str, Any]:
    """The forum: `rounds`, `interests`, and what reviews are made of (`patterns` of levels, `reasons`, `words`)."""
    found: dict[str, Any] = _read("rounds.json")
    return found


def assessments(round_key: str) -> list[dict[str, Any]]:
    """The assessments of a round in the order in which panels are composed, each with the `record` that it is about."""
    files = sorted(ASSESSMENTS.glob("*.json"))
    found = [{"record": path.stem, **orjson.loads(path.read_bytes())} for path in files]
    return sorted((each for each in found if each["round"] == round_key), key=lambda each: int(each["order"]))


def _read(name: str) -> Any:
    return orjson.loads((FOLDER / name).read_bytes())
