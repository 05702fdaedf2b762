"""Results of an IATI activity to deliverables with indicators, baselines, targets and values reached.

A value that is no number cannot stand in a record and is reported instead; qualitative results are told in words there.
Values by sex, age, place or disability become the disaggregation of the value of the same period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schemas import fields as f
from services.registry.imports import iati_codes as codes
from services.registry.imports import iati_elements as e
from services.registry.imports.iati_goals import goal_of

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_DELIVERABLES = 5_000
NOTE = 5_000
_SEX = {"sex": "sex", "gender": "sex"}
_DIMENSIONS = {**_SEX, "age": "age", "age group": "age", "disability": "disability", "disability status": "disability"}
_SEXES = {"female": "female", "f": "female", "male": "male", "m": "male"}
_YES, _NO = frozenset({"1", "true"}), frozenset({"0", "false"})


def deliverables(
    results: Sequence[_Element], reading: e.Reading, places: Mapping[str, e.Texts]
) -> list[dict[str, Any]]:
    """One deliverable per result that has a title. `places`: names of the activity's locations by their `ref`."""
    found = [each for result in results if (each := _deliverable(result, reading, places)) is not None]
    return reading.at_most(MOST_DELIVERABLES, found, results[0], "results") if results else []


def _deliverable(result: _Element, reading: e.Reading, places: Mapping[str, e.Texts]) -> dict[str, Any] | None:
    title, description = result.find("title"), result.find("description")
    called = {} if title is None else e.texts(title, reading)
    told = {} if description is None else e.texts(description, reading, f.LONG, one_line=False)
    called = called or {tag: e.shortened(" ".join(text.split()), f.LINE) for tag, text in told.items()}
    if not called:
        reading.warn(result, "a result has no title")
        return None
    indicators = [read for each in result.findall("indicator") if (read := _indicator(each, reading, places))]
    content = {
        "level": _level(result, reading),
        "title": called,
        "description": told,
        "due": max(
            (target["due"] for each in indicators for target in each.get("targets", ()) if "due" in target),
            default=None,
        ),
        "goals": _goals(result, reading),
        "indicators": reading.at_most(f.MANY, indicators, result, "indicators"),
    }
    return {name: value for name, value in content.items() if value}


def _level(result: _Element, reading: e.Reading) -> str:
    """Outcome, or output: that much every result is ("a direct effect of your work"), one of another kind too."""
    stated = (result.get("type") or "").strip()
    if not stated:
        return "output"
    if stated.lower() not in codes.RESULT_TYPES.meanings:
        reading.warn(result, codes.RESULT_TYPES.wrong(stated))
    return codes.RESULT_TYPES.get(stated) or "output"


def _goals(result: _Element, reading: e.Reading) -> list[str]:
    """The SDG indicators that the result's indicators are, where they say so."""
    found: dict[str, None] = {}
    for reference in result.iterfind("indicator/reference"):
        scheme = codes.INDICATOR_GOALS.get((reference.get("vocabulary") or "").strip())
        goal = goal_of(scheme, reference, reading) if scheme else None
        if goal:
            found[f"{goal[0]}:{goal[1]}"] = None
    return list(found)


def _indicator(indicator: _Element, reading: e.Reading, places: Mapping[str, e.Texts]) -> dict[str, Any] | None:
    title = indicator.find("title")
    called = {} if title is None else e.texts(title, reading)
    if not called:
        reading.warn(indicator, "an indicator has no title")
        return None
    periods = indicator.findall("period")
    targets = [target for period in periods for target in _targets(period, reading)]
    actuals = [actual for period in periods for actual in _actuals(period, reading, places)]
    # The first edition of the standard had targets and actual values without periods, told by the year.
    targets += [target for each in indicator.findall("target") if (target := _of_year(each, reading, "due"))]
    content = {
        "title": called,
        "unit": _unit(indicator),
        "direction": _direction(indicator, reading),
        "baseline": _baseline(indicator.findall("baseline"), reading),
        "targets": reading.at_most(f.MANY, targets, indicator, "targets"),
        "actuals": reading.at_most(f.MANY, actuals, indicator, "actual values"),
    }
    return {name: value for name, value in content.items() if value}


def _unit(indicator: _Element) -> str | None:
    stated = e.line(indicator.get("measure"))
    return None if stated is None else codes.MEASURES.get(stated) or stated


def _direction(indicator: _Element, reading: e.Reading) -> str | None:
    """Whether more is better. 1.x says that it is where nothing is said; 2.x no longer does."""
    stated = (indicator.get("ascending") or "").strip().lower()
    if stated in _NO:
        return "decrease"
    if stated in _YES or (not stated and reading.version == 1):
        return "increase"
    return None


def _value(element: _Element, reading: e.Reading) -> str | None:
    raw = element.get("value")
    if raw is None or not raw.strip():
        return None
    found = e.number(raw)
    if found is None:
        reading.warn(element, f"{element.tag} {raw.strip()[:40]!r} is no number")
    return found


def _told_apart(element: _Element) -> bool:
    return element.find("dimension") is not None or element.find("location") is not None


def _of_the_whole(elements: Sequence[_Element], reading: e.Reading) -> list[_Element]:
    """The values of the whole. The only one there is counts, though it says whom or where it is about; of many parts, none."""
    whole = elements if len(elements) == 1 else [each for each in elements if not _told_apart(each)]
    if elements and not whole:
        what = f"{len(elements)} parts have a {elements[0].tag} and the whole has none"
        reading.warn(elements[0], f"{what}: a record takes that of the whole")
    return list(whole)


def _baseline(baselines: Sequence[_Element], reading: e.Reading) -> dict[str, Any] | None:
    for each in _of_the_whole(baselines, reading):
        if (value := _value(each, reading)) is not None:
            date = e.day(each.get("iso-date")) or e.day(each.get("year"))
            return {"value": value, "date": date} if date else {"value": value}
    return None


def _of_year(element: _Element, reading: e.Reading, date: str) -> dict[str, Any] | None:
    value = _value(element, reading)
    year = e.day(element.get("year"))
    return None if value is None else {"value": value} | ({date: year} if year else {})


def _targets(period: _Element, reading: e.Reading) -> list[dict[str, Any]]:
    due = e.date_of(period.find("period-end"), reading)
    whole = _of_the_whole(period.findall("target"), reading)
    values = [value for each in whole if (value := _value(each, reading)) is not None]
    return [{"value": value, "due": due} if due else {"value": value} for value in values]


def _actuals(period: _Element, reading: e.Reading, places: Mapping[str, e.Texts]) -> list[dict[str, Any]]:
    """The values reached in a period. The parts go with the value of the whole; without one, each stands for itself."""
    when = _period(period, reading)
    whole: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for element in period.findall("actual"):
        value = _value(element, reading)
        if value is None:
            continue
        actual = {"period": when, "value": value, "note": _note(element, reading)}
        part = _part(element, value, places)
        if part is None:
            whole.append(actual)
        else:
            parts.append(actual | {"disaggregation": [part]})
    if len(whole) == 1 and parts:
        whole[0]["disaggregation"] = [part for actual in parts for part in actual["disaggregation"]][: f.MANY]
        parts = []
    return [{name: value for name, value in actual.items() if value} for actual in (*whole, *parts)]


def _period(period: _Element, reading: e.Reading) -> dict[str, str] | None:
    start = e.date_of(period.find("period-start"), reading)
    end = e.date_of(period.find("period-end"), reading)
    if start and end and start > end:
        reading.warn(period, f"a period ends ({end}) before it starts ({start})")
        return {"start": start}
    return {name: value for name, value in (("start", start), ("end", end)) if value} or None


def _note(element: _Element, reading: e.Reading) -> e.Texts | None:
    comment = element.find("comment")
    return None if comment is None else e.texts(comment, reading, NOTE, one_line=False) or None


def _part(element: _Element, value: str, places: Mapping[str, e.Texts]) -> dict[str, Any] | None:
    """What part of the whole a value is of, where it is of a part."""
    if not _told_apart(element):
        return None
    part: dict[str, Any] = {"value": value}
    others: list[str] = []
    for dimension in element.findall("dimension"):
        name = (e.line(dimension.get("name")) or "").lower()
        said = e.line(dimension.get("value"), f.SHORT)
        if name in _DIMENSIONS and said:
            part[_DIMENSIONS[name]] = _SEXES.get(said.lower(), said) if name in _SEX else said
        elif said:
            others.append(f"{name}: {said}" if name else said)
    refs = [ref for each in element.findall("location") if (ref := e.line(each.get("ref")))]
    if len(refs) == 1 and refs[0] in places and not others:
        part["place"] = places[refs[0]]
    elif refs or others:
        # What has no member of its own is told in words, so that no two parts look like the same.
        named = [next(iter(places[ref].values())) if ref in places else ref for ref in refs]
        part["place"] = e.shortened("; ".join([*named, *others]), f.LINE)
    return part
