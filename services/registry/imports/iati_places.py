"""Where an IATI activity takes place: scope, countries, regions, places; and the classifications of what fits none of them.

A region of the DAC becomes a region of UN M49 only where the two hold the same countries. A place has a country only where
the file says so for that place: files name places that lie outside of their recipient countries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas import fields as f
from services.registry.imports import iati_codes as codes
from services.registry.imports import iati_elements as e

if TYPE_CHECKING:
    from lxml.etree import _Element

Children = Mapping[str, Sequence["_Element"]]
_CLASSES = {"1": "administrative area", "2": "populated place", "3": "structure", "4": "topographical feature"}
_DAC, _M49 = "1", "2"
_ISO = "iso-3166-1"


@dataclass(slots=True)
class Classifications:
    """Codes of other classifications, each once, in the order of the file. `publisher` names its own vocabularies."""

    publisher: str
    found: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def add(self, scheme: str, code: str | None, label: e.Texts | None = None) -> None:
        """Note a code; without one (1.x) its label serves."""
        named = e.line(scheme, f.SHORT)
        said = e.line(code, f.SHORT) or e.line(next(iter((label or {}).values()), None), f.SHORT)
        if named and said and (named, said) not in self.found:
            self.found[(named, said)] = {"scheme": named, "code": said} | ({"label": label} if label else {})

    def own(self, what: str, vocabulary: str) -> str | None:
        """The scheme of a vocabulary that the reporting organization keeps itself; `None` for another vocabulary."""
        suffix = codes.OWN_VOCABULARIES.get(vocabulary.lower())
        return None if suffix is None else f"{self.publisher[:80]}:{what}{suffix}"


@dataclass(slots=True)
class Geography:
    """The geography of one activity, and the names of its locations by their `ref`."""

    countries: dict[str, None] = field(default_factory=dict)
    regions: dict[str, None] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, e.Texts] = field(default_factory=dict)
    scope: str | None = None

    def content(self) -> dict[str, Any]:
        """As a record has it; empty where nothing is stated."""
        stated = {
            "scope": self.scope,
            "countries": list(self.countries)[: f.MANY],
            "regions": list(self.regions),
            "places": self.places,
        }
        return {name: value for name, value in stated.items() if value}


def geography(children: Children, reading: e.Reading, others: Classifications) -> Geography:
    """The geography of an activity; of its transactions only where the activity itself names no country and no region."""
    found = Geography()
    countries, regions = children.get("recipient-country", ()), children.get("recipient-region", ())
    if not countries and not regions:
        transactions = children.get("transaction", ())
        countries = [each for one in transactions for each in one.findall("recipient-country")]
        regions = [each for one in transactions for each in one.findall("recipient-region")]
    for element in countries:
        _add_country(found, element, reading, others)
    for element in regions:
        _add_region(found, element, reading, others)
    for element in children.get("activity-scope", ()):
        found.scope = _scope(element, reading, others)
    locations = list(children.get("location", ()))
    if locations:
        found.places = [place for each in locations if (place := _place(each, reading, found.names))]
        found.places = reading.at_most(f.MANY, found.places, locations[0], "places")
    return found


def _add_country(found: Geography, element: _Element, reading: e.Reading, others: Classifications) -> None:
    raw = (element.get("code") or "").strip()
    if not raw:
        if e.line(e.plain(element)):
            reading.warn(element, "a recipient country has no code")
        return
    code = e.country(raw)
    if code is not None:
        found.countries[code] = None
        return
    reading.warn(element, f"{raw[:20]!r} is no country of ISO 3166-1{e.nearest('country', raw)}")
    others.add("iati-recipient-country", raw, e.texts(element, reading))


def _add_region(found: Geography, element: _Element, reading: e.Reading, others: Classifications) -> None:
    raw = (element.get("code") or "").strip()
    vocabulary = (element.get("vocabulary") or "").strip() or _DAC
    code = codes.DAC_REGIONS.get(raw) if vocabulary == _DAC else e.region(raw) if vocabulary == _M49 else None
    if code is not None:
        found.regions[code] = None
        return
    label = e.texts(element, reading)
    if vocabulary == _M49:
        reading.warn(element, f"{raw[:20]!r} is no region of UN M49{e.nearest('region', raw)}")
        others.add("un-m49", raw, label)
    elif vocabulary == _DAC:
        others.add("dac-region", raw, label)
    else:
        others.add(others.own("region", vocabulary) or f"iati-region-{vocabulary}", raw, label)


def _scope(element: _Element, reading: e.Reading, others: Classifications) -> str | None:
    code = (element.get("code") or "").strip()
    if not code:
        return None
    if code not in codes.SCOPES.meanings:
        reading.warn(element, codes.SCOPES.wrong(code))
        return None
    scope = codes.SCOPES.get(code)
    if scope is None:
        others.add("iati-activity-scope", code)
    return scope


def _place(location: _Element, reading: e.Reading, names: dict[str, e.Texts]) -> dict[str, Any] | None:
    gazetteers = [entry for each in location if (entry := _gazetteer_entry(each))]
    name = _name(location, reading)
    if not name and gazetteers:
        name = {e.UNDETERMINED: gazetteers[0][1]}
    if not name:
        return None
    ref = e.line(location.get("ref"))
    if ref:
        names[ref] = name
    named_countries = [e.country(code) for scheme, code in _areas(location) + gazetteers if scheme == _ISO]
    code = next((f"{scheme}:{code}" for scheme, code in gazetteers if scheme != _ISO), ref)
    place = {
        "country": next(filter(None, named_countries), None),
        "name": name,
        "code": e.line(code, f.SHORT),
        "level": _level(location),
    }
    return {member: value for member, value in place.items() if value}


def _name(location: _Element, reading: e.Reading) -> e.Texts:
    """The name of a place; where it has none, what is said of it, or the area that it lies in."""
    for tag in ("name", "description", "administrative"):
        for element in location.findall(tag):
            found = e.texts(element, reading, f.LONG)
            if found:
                return {language: e.shortened(text, f.LINE) for language, text in found.items()}
    return {}


def _gazetteer_entry(element: _Element) -> tuple[str, str] | None:
    """The scheme and code of a `location-id` (1.04 on) or `gazetteer-entry` (to 1.03)."""
    if element.tag == "location-id":
        vocabulary, code = element.get("vocabulary"), element.get("code")
    elif element.tag == "gazetteer-entry":
        vocabulary, code = element.get("gazetteer-ref"), e.plain(element)
    else:
        return None
    said = e.line(code, f.SHORT)
    scheme = e.line(vocabulary, f.SHORT)
    return (codes.GAZETTEERS.get(scheme.lower(), scheme), said) if said and scheme else None


def _areas(location: _Element) -> list[tuple[str, str]]:
    """The administrative areas that hold the place, as far as they are countries (a country's code stood alone to 1.03)."""
    found = []
    for element in location.findall("administrative"):
        vocabulary = codes.GAZETTEERS.get((element.get("vocabulary") or "").strip().lower())
        code = element.get("code") if vocabulary == _ISO else element.get("country")
        if code:
            found.append((_ISO, code))
    return found


def _level(location: _Element) -> str | None:
    """The level of a place: administrative level, or what kind of place it is, or the source's own type of it (to 1.03)."""
    place_class = location.find("location-class")
    kind = _CLASSES.get((place_class.get("code") or "").strip()) if place_class is not None else None
    levels = [each.get("level") or "" for each in location.findall("administrative")]
    numbers = [int(level) for level in levels if level.isascii() and level.isdigit() and len(level) < 3]
    if numbers and kind in (None, _CLASSES["1"]):
        return f"administrative level {max(numbers)}"
    location_type = location.find("location-type")
    return kind or (None if location_type is None else e.line(location_type.get("code"), f.SHORT))
