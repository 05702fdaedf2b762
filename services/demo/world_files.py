"""Reads the demo world's files into values. They hold what is said; `register` and `stories` make it happen.

The files are in `world/`; `people` and `stories` say what their fields mean.
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
    """Everybody, those with an account first."""
    return [_person(each) for each in _read("people.json")]


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
    """The constituency networks (`network`, the shape of `NetworkInput`) with their `nominations`."""
    found: list[dict[str, Any]] = _read("networks.json")
    return found


def records() -> list[Record]:
    """The records, by their keys."""
    return [_record(path) for path in sorted(RECORDS.glob("*.json"))]


def _record(path: Path) -> Record:
    found = orjson.loads(path.read_bytes())
    return Record(path.stem, found["lead"], found["record"], tuple(found["story"]))


def _read(name: str) -> Any:
    return orjson.loads((FOLDER / name).read_bytes())
