"""A valid example for each event type: the whole document as the event carries it. Everything in them is invented."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import orjson

from schemas.topics import EventType

FOLDER = Path(__file__).parent


@functools.cache
def _read(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def example(event_type: EventType) -> dict[str, Any]:
    """The example of an event type; each call makes a new one."""
    document: dict[str, Any] = orjson.loads(_read(event_type.name))
    return document
