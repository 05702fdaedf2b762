"""Goals that an IATI activity states in so many words: SDG tags, and sectors in the vocabularies of the SDGs.

Nothing is guessed: no sector of another vocabulary becomes a goal. A source does not say which goals come first, so that all
are `secondary`; the partnership itself says which are primary once it speaks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from schemas import fields as f
from schemas import vocabulary as v
from services.registry.imports import iati_elements as e

if TYPE_CHECKING:
    from lxml.etree import _Element

WEIGHT = "secondary"
_GOAL = re.compile(r"0?([1-9][0-9]?)")
_TARGET = re.compile(r"0?([1-9][0-9]?)\.0?([1-9][0-9]?|[a-d])")
_INDICATOR = re.compile(r"0?([1-9][0-9]?)\.0?([1-9][0-9]?|[a-d])\.0?([1-9][0-9]?)")
_SHAPES = {"sdg": _GOAL, "sdg-target": _TARGET, "sdg-indicator": _INDICATOR}


def goal_of(scheme: str, element: _Element, reading: e.Reading) -> tuple[str, str] | None:
    """The goal that the element's code names in that scheme; `None`, with a warning, for a wrong one."""
    raw = (element.get("code") or "").strip()
    shape = _SHAPES[scheme].fullmatch(raw.lower())
    code = ".".join(shape.groups()) if shape else raw[: f.SHORT]
    try:
        return v.goal_reference(f"{scheme}:{code}")
    except (v.UnknownCode, v.UnknownScheme) as error:
        near = f"; nearest: {', '.join(error.nearest)}" if error.nearest else ""
        reading.warn(element, f"{raw[:60]!r} is no code of {scheme}{near}")
        return None


class Goals:
    """The goals of one activity, each once, and the shares of its money that go to them."""

    def __init__(self) -> None:
        self.stated: dict[tuple[str, str], str | None] = {}

    def add(self, scheme: str, element: _Element, reading: e.Reading, *, shared: bool) -> None:
        """Note the goal of an element; with `shared`, its percentage of the money too."""
        goal = goal_of(scheme, element, reading)
        if goal is None:
            return
        percent = _percent(element) if shared else None
        self.stated[goal] = self.stated.get(goal) or percent

    def goals(self) -> list[dict[str, Any]]:
        """As a record lists them."""
        return [{"scheme": scheme, "code": code, "weight": WEIGHT} for scheme, code in self.stated]

    def shares(self) -> list[dict[str, Any]]:
        """The shares of the money that the source states per goal, else per target: each of the two adds up by itself."""
        for wanted in _SHAPES:
            shares = [
                {"goal": f"{scheme}:{code}", "percent": percent}
                for (scheme, code), percent in self.stated.items()
                if scheme == wanted and percent is not None
            ]
            if shares:
                return shares
        return []


def _percent(element: _Element) -> str | None:
    found = e.number(element.get("percentage"))
    return found if found is not None and 0 <= float(found) <= 100 else None
