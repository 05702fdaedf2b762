"""The parameters of search, as they come in a request: every value is checked here, and a wrong code names the nearest.

A repeated parameter means or, different ones mean and; a blank one (of an HTML form) is none. `api.py` uses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args
from urllib.parse import unquote_to_bytes

from marshmallow import Schema, ValidationError, fields, pre_load
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict

from schemas import fields as f
from schemas import vocabulary
from services.chassis.errors import FieldError
from services.chassis.http import pages
from services.search import facets
from services.search.criteria import PLAIN, Criteria, SortName
from services.search.errors import BadParameter
from services.search.projections import HAS, counted
from services.search.waiting import Awaited

MOST_VALUES = 100
LONGEST_TEXT = 500
LEVELS = 4
_WAIT_FOR = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@([0-9]{1,15})(?:\.([0-9]{1,15}))?"
)


class GoalCode(f.Value):
    """A goal: `6`, `mdg:7`, `agenda21:18`, `plan:khm-nsdp:3`; as the index has it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        scheme, code = _reference(value)
        if scheme in ("sdg-target", "mdg-target", "sdg-indicator"):
            raise f.refuse(f"{f.shown(value)} is a target: ask for it with target=")
        return code if scheme == "sdg" else f"{scheme}:{code}"

    def json_schema(self) -> f.JsonSchema:
        return {"type": "string", "examples": ["6", "mdg:7"]}


class TargetCode(f.Value):
    """A target: `6.1`, `mdg:7.C`; as the index has it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        text = str(value)
        scheme, code = _reference(f"mdg-target:{text[4:]}" if text.startswith("mdg:") else text, "sdg-target")
        if scheme not in ("sdg-target", "mdg-target"):
            raise f.refuse(f"{f.shown(value)} is no target, like 6.1 or mdg:7.C")
        return code if scheme == "sdg-target" else f"mdg:{code}"

    def json_schema(self) -> f.JsonSchema:
        return {"type": "string", "examples": ["6.1", "mdg:7.C"]}


def _reference(value: Any, scheme: str | None = None) -> tuple[str, str]:
    text = str(value)[:200]
    if scheme is not None and ":" not in text:
        text = f"{scheme}:{text}"
    try:
        return vocabulary.goal_reference(text)
    except (vocabulary.UnknownCode, vocabulary.UnknownScheme) as error:
        raise f.unknown_code(value, error.nearest) from error


class LessonLevel(f.Value):
    """A lesson that was judged, at least so: `inclusive:3`; `inclusive` alone is judged at all."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        lesson, colon, level = str(value).partition(":")
        known = vocabulary.scheme("lesson")
        if lesson not in known:
            raise f.unknown_code(value, known.nearest(lesson[: f.SHORT]))
        if colon and level not in map(str, range(LEVELS + 1)):
            raise f.refuse(f"must be a lesson and a level from 0 to {LEVELS}, like inclusive:3")
        return f"{lesson}:{level or 0}"

    def json_schema(self) -> f.JsonSchema:
        return {"type": "string", "examples": ["inclusive:3"]}


class Free(f.Line):
    """A name as records have it, in any spelling."""


class Year(f.Value):
    """A year."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        text = str(value)
        if not re.fullmatch(r"[12][0-9]{3}", text):
            raise f.refuse("must be a year, like 2024")
        return int(text)

    def json_schema(self) -> f.JsonSchema:
        return {"type": "integer", "minimum": 1000, "maximum": 2999}


class WaitFor(f.Value):
    """A version that must be searchable before the answer: `id@version`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Awaited:
        found = _WAIT_FOR.fullmatch(str(value).lower())
        if found is None:
            raise f.refuse("must be an id and a version, like 0195000d-9223-7193-80dd-000000c65d67@3")
        return Awaited(found[1], int(found[2]), int(found[3] or 0))

    def json_schema(self) -> f.JsonSchema:
        return {"type": "string", "pattern": _WAIT_FOR.pattern}


class Parameters(Schema):
    """The base: what is blank counts as not given; what takes one value is given once."""

    @pre_load
    def leave_out_blanks(self, data: Any, **_: object) -> Any:
        if not isinstance(data, MultiDictProxy):
            return data
        parameters = MultiDict(data.data)
        given = MultiDict((name, value) for name, value in parameters.items(multi=True) if value.strip())
        found = MultiDictProxy(given, self)
        twice = [name for name, values in given.lists() if len(values) > 1 and name not in found.multiple_keys]
        if twice:
            raise ValidationError({name: ["is given more than once, and takes one value"] for name in twice})
        return found


def refuse_what_is_not_utf_8(query: bytes) -> None:
    """Raises `BadParameter` for a query string that is no text: it would be searched for as something else."""
    if _is_utf_8(query):
        return
    pair = next((each for each in query.split(b"&") if not _is_utf_8(each)), query)
    name = unquote_to_bytes(pair.partition(b"=")[0].replace(b"+", b" ")).decode(errors="replace")[: f.SHORT]
    raise BadParameter("A parameter is not UTF-8.", errors=[FieldError(f"/query/{name}", "is not UTF-8")])


def _is_utf_8(quoted: bytes) -> bool:
    try:
        unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        return False
    return True


def _many(field: fields.Field[Any], says: str) -> fields.List[Any]:
    return f.Items(field, says, most=MOST_VALUES, unique=True)


class PartnershipFilters(Parameters):
    """Which partnerships."""

    q = f.Line('Words, "phrases" and -exclusions, in any language.', limit=LONGEST_TEXT)
    goal = _many(GoalCode(), "A goal: `6`, `mdg:7`, `agenda21:18`, `plan:…`.")
    derived = fields.Boolean(
        load_default=False,
        metadata={"description": "Find goals derived by the MDG crosswalk too; never counted as stated."},
    )
    target = _many(TargetCode(), "A target: `6.1`.")
    country = _many(f.Country().for_input(), "ISO 3166-1, alpha-3 or alpha-2.")
    region = _many(f.Region(), "UN M49; a region holds its countries.")
    place = _many(Free(limit=200), "A place's name or code, or a value of the facet: `KHM:kampot`.")
    constituency = _many(f.Code("constituency"), "A constituency among the partners.")
    organization = _many(f.Identifier(), "The id of a partner.")
    affiliates = fields.Boolean(
        load_default=False,
        metadata={"description": "With `organization`: also what is part of it or controlled by it."},
    )
    role = _many(f.Code("role"), "A role among the partners.")
    confirmed = _many(f.Choice(("true", "false")), "Whether the tier *confirmed* is met.")
    kind = _many(f.Code("kind", closed=True), "What it is.")
    standing = _many(f.Code("standing", closed=True), "The standing of the record.")
    phase = _many(f.Code("phase", closed=True), "The phase of the partnership.")
    scope = _many(f.Code("scope"), "How far it reaches.")
    process = _many(Free(limit=300), "An official process: its name, its name and year, its kind (`vnr`) or id.")
    overdue = fields.Boolean(
        load_default=None, metadata={"description": "Whether something promised was due before today and is open."}
    )
    beneficiary = _many(Free(limit=300), "A group of people reached.")
    lesson = _many(LessonLevel(), "A lesson judged so high or higher: `inclusive:3`.")
    language = _many(f.Language(), "A language that it works in or can be read in.")
    year = _many(Year(), "A year that it worked in.")
    has = _many(f.Choice(HAS), "What the record has to show.")
    lang = f.Language("The language of labels; English where it has none.")


def criteria_of(data: Mapping[str, Any], today: date) -> Criteria:
    """What loaded parameters ask for."""
    names = (*PLAIN, "goal", "organization", "place", "process")
    values = {name: tuple(data[name]) for name in names if data.get(name)}
    if "beneficiary" in values:
        values["beneficiary"] = tuple(term for value in values["beneficiary"] for term in (value, counted(value)))
    return Criteria(
        today=today,
        q=data.get("q") or "",
        values=values,
        years=tuple(data.get("year") or ()),
        derived=data["derived"],
        overdue=data["overdue"],
        affiliates=data["affiliates"],
    )


class Paged(pages.PageArgs, Parameters):
    """Pages, with blanks left out."""


class PartnershipQuery(PartnershipFilters, Paged):
    """A page of partnerships."""

    sort = f.Choice(get_args(SortName), "By default `relevance` with words, `updated` without.")
    facet = _many(f.Choice((*facets.NAMES, "none")), "The facets to count; all where it is left out.")
    wait_for = WaitFor("`id@version`: answer when that version or a later one is searchable, after 5 s at the latest.")


class FeedQuery(PartnershipFilters, Paged):
    """A page of the feed."""


class AggregateQuery(PartnershipFilters):
    """Which partnerships are counted, and by what."""

    by = _many(f.Choice(("goal", "country", "constituency")), "By default all three.")


class OrganizationQuery(Paged):
    """A page of organizations."""

    q = f.Line("Words of the name, or an identifier, in any language.", limit=LONGEST_TEXT)
    constituency = _many(f.Code("constituency"), "The kind of stakeholder.")
    country = _many(f.Country().for_input(), "ISO 3166-1, alpha-3 or alpha-2.")
    standing = _many(
        f.Choice(("proposed", "accepted", "refused", "merged")), "Proposed and accepted ones where it is left out."
    )
    sort = f.Choice(("relevance", "title", "updated"), "By default `relevance` with words, `title` without.")
    wait_for = WaitFor("`id@version`, as for partnerships.")


class SuggestionQuery(Parameters):
    """What was typed."""

    q = f.Line("The beginning of what is looked for.", limit=100)
    lang = f.Language("The language of labels.")


class SimilarQuery(Parameters):
    """How many."""

    limit = fields.Integer(
        load_default=5, validate=lambda value: _between(value, 1, 50), metadata={"description": "1 to 50."}
    )


def _between(value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValidationError(f"must lie between {least} and {most}")
