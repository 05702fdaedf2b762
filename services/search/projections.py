"""From documents to what the index needs of them. Pure functions: bytes in, the JSON object of index fields out.

The documents themselves are kept beside the fields as the same bytes. Nothing here depends on today's date: what does
(overdue, years of what goes on) is stored as dates and compared when asked. `consumers.py` and `rebuild.py` call it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from schemas import partial_dates, vocabulary
from services.search import analysis
from services.search.index.fields import NOT_STATED, Collection

Json = dict[str, Any]

TOMBSTONES = frozenset({"suspended", "withdrawn"})
ENDED = frozenset({"completed", "ended_early"})
"""Phases in which nothing goes on: what was not delivered by then is a result, and is not awaited any more."""
MOST_ITEM_PARTNERS = 12
"""Partners shown in an item of a list; `partner_count` says how many there are."""
MOST_YEARS = 150
MOST_TEXT = 400_000
"""Letters of a record's text that are indexed; no honest record comes near."""
MOST_SHOWN_TEXT = 40_000
"""Letters of a record's text that are kept for highlighting, beside the document: a document may have megabytes of payments."""
MOST_COUNTED = 190
"""Letters of a name that is counted: with what is before it, no more than the parameters of the same name take."""
_SORT_TITLE_BYTES = 48

# The texts of a record that are searched: a name in lower case leads to a text, a table to the members of an object or
# of every item of a list.
_TEXT: Mapping[str, Any] = {
    "acronym": {},
    "former_titles": {},
    "summary": {},
    "purpose": {},
    "reference": {},
    "legal_form": {},
    "source": {"identifier": {}},
    "geography": {"places": {"name": {}}, "headquarters": {"name": {}}},
    "classifications": {"label": {}},
    "partners": {
        "organization": {"name": {}},
        "group": {"name": {}},
        "contributions": {"description": {}},
        "comment": {},
    },
    "stakeholders": {"group": {}, "effect": {}, "places": {"name": {}}},
    "beneficiaries": {"group": {}},
    "needs": {"description": {}},
    "offers": {"description": {}},
    "bodies": {"name": {}},
    "decisions": {"title": {}, "outcome": {}, "dissent": {}},
    "documents": {"title": {}},
    "private_sector": {"absence_reason": {}},
    "mandate": {
        "source": {"title": {}},
        "scope_changes": {"description": {}},
        "exit": {"criteria": {}},
    },
    "processes": {"name": {}},
    "deliverables": {"title": {}, "description": {}, "resources": {}, "indicators": {"title": {}}},
    "reports": {"narrative": {}, "next_plan": {}, "explanation": {}},
    "funding": {"revisions": {"description": {}}},
    "standing_reason": {"reason": {}},
    "phase_reason": {"reason": {}},
}
_ORGANIZATION_TEXT: Mapping[str, Any] = {"former_names": {}, "domains": {}, "identifiers": {"value": {}}}

Text = tuple[str | None, str]
"""A language, if the document says which, and a text."""


def record_fields(collection: Collection, document: bytes, evaluation: bytes | None = None) -> bytes:
    """The index fields of a record, as JSON: those of `index.fields.FIELDS[collection]` but for the generation.

    Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for what is not such a document.
    """
    content: Json = orjson.loads(document)
    if collection == "organizations":
        fields = _organization_fields(content)
    else:
        fields = _partnership_fields(content, orjson.loads(evaluation) if evaluation else None)
    fields["version"] = content["version"]
    fields["revision"] = content["revision"]
    fields["digest"] = digest(document, evaluation)
    fields["document"] = base64.b64encode(document).decode()
    return orjson.dumps(fields)


def _kept(value: Any) -> str:
    """Bytes of JSON, as a field of kept bytes takes them."""
    return base64.b64encode(orjson.dumps(value)).decode()


def digest(document: bytes, evaluation: bytes | None = None) -> int:
    """A number that stands for what a record was made from: two indices that hold the same ones hold the same records."""
    hashed = hashlib.blake2b(document, digest_size=8)
    if evaluation:
        hashed.update(b"\0" + evaluation)
    return int.from_bytes(hashed.digest()) >> 1


# Partnerships


def _partnership_fields(record: Json, evaluation: Json | None) -> Json:
    constituencies = _constituencies(record)
    item: Json = {
        name: record[name]
        for name in ("id", "reference", "title", "summary", "kind", "standing", "phase", "updated_at")
        if name in record
    }
    item["goals"] = [
        {name: goal[name] for name in ("scheme", "code", "weight", "derived_from") if name in goal}
        for goal in record.get("goals") or ()
    ]
    item["countries"] = _countries(record)
    item["partners"] = [_shown_partner(partner) for partner in (record.get("partners") or ())[:MOST_ITEM_PARTNERS]]
    item["partner_count"] = len(record.get("partners") or ())
    item["constituencies"] = constituencies
    if evaluation is not None:
        item["evaluation"] = _shown_evaluation(evaluation, record["version"])
    if "standing_reason" in record:
        item["standing_reason"] = record["standing_reason"]
    words = _words(record["title"], _within(record, _TEXT))
    words.lines += [_country_names(code) for code in item["countries"]]
    fields: Json = {"id": record["id"], **words.fields(), "texts": _kept(words.texts)}
    fields.update(_sort_keys(record["id"], record["title"], record["updated_at"]))
    fields["by_start"] = f"{(record.get('start') or '0').replace('-', ''):0<8}{_key_of(record['id'])}"
    fields["item"] = _kept(item)
    for name in ("kind", "standing", "phase"):
        fields[name] = [record[name]]
    if record["standing"] not in TOMBSTONES:
        fields |= _codes(record, item["countries"], constituencies, evaluation)
        due = earliest_open_due(record)
        if due is not None:
            fields["due"] = int(due.strftime("%Y%m%d"))
    return fields


def _codes(record: Json, countries: list[str], constituencies: list[str], evaluation: Json | None) -> Json:
    """What records are filtered by and counted: with `NOT_STATED` where the record does not say. `labels` has what the
    values that are no codes are called."""
    goals, derived, targets = _goals(record)
    geography = record.get("geography") or {}
    years, open_since = _years(record)
    places, processes = list(_places(geography)), list(_processes(record))
    groups = list(_beneficiaries(record))
    partners = record.get("partners")
    stated: dict[str, Iterable[str]] = {
        "goal": goals,
        "target": targets,
        "country": countries,
        "region": _regions(countries, geography.get("regions") or ()),
        "place": (place.value for place in places),
        "constituency": constituencies,
        "organization": _organizations(partners),
        "role": (role for partner in partners or () for role in partner.get("roles") or ()),
        "scope": [geography["scope"]] if "scope" in geography else (),
        "process": (process.value for process in processes),
        "beneficiary": (group.value for group in groups),
        "lesson": _lessons(evaluation),
        "year": years,
    }
    codes: Json = {}
    silent = {"place": geography.get("places"), "country": geography.get("countries"), "role": partners}
    for name, values in stated.items():
        found = list(dict.fromkeys(values))
        if not found and not _states_none(record, name, silent) and not (name == "year" and open_since):
            found = [NOT_STATED]
        codes[name] = found
    codes["goal_derived"] = [goal for goal in derived if goal not in codes["goal"]]
    codes["place_name"] = list(dict.fromkeys(name for place in places for name in place.names))
    codes["process_name"] = list(dict.fromkeys(name for process in processes for name in process.names))
    if places or processes or groups:
        own = {"place": _labels(places), "process": _labels(processes), "beneficiary": _labels(groups)}
        codes["labels"] = _kept(own)
    codes["open_since"] = [str(open_since)] if open_since else []
    if open_since:
        codes["open_from"] = open_since
    codes["language"] = _languages(record)
    codes["has"] = [name for name, holds in _HAS.items() if holds(record)] + (["evaluation"] if evaluation else [])
    tiers = record.get("tiers")
    codes["confirmed"] = ["true" if tiers["confirmed"]["met"] else "false"] if tiers else [NOT_STATED]
    return codes


_LIST_OF = {
    "goal": "goals",
    "target": "goals",
    "organization": "partners",
    "constituency": "partners",
    "process": "processes",
    "beneficiary": "beneficiaries",
}


def _states_none(record: Json, name: str, silent: Mapping[str, Any]) -> bool:
    """Whether an empty field is stated to be empty: `[]` says that there are none, absence says nothing."""
    value = silent[name] if name in silent else record.get(_LIST_OF.get(name, ""))
    return isinstance(value, list) and (not value or name not in ("target", "role"))


def _goals(record: Json) -> tuple[list[str], list[str], list[str]]:
    """Goals stated, goals derived by the crosswalk, targets stated. A target states its goal too."""
    stated: list[str] = []
    derived: list[str] = []
    targets: list[str] = []
    for goal in record.get("goals") or ():
        scheme, code = goal["scheme"], goal["code"]
        if scheme == "sdg-indicator":
            scheme, code = "sdg-target", code.rpartition(".")[0]
        into = derived if "derived_from" in goal else stated
        if scheme in ("sdg-target", "mdg-target"):
            prefix = "" if scheme == "sdg-target" else "mdg:"
            into.append(prefix + code.partition(".")[0])
            if into is stated:
                targets.append(prefix + code)
        else:
            into.append(code if scheme == "sdg" else f"{scheme}:{code}")
    return stated, derived, targets


def _countries(record: Json) -> list[str]:
    return list((record.get("geography") or {}).get("countries") or ())


def _regions(countries: Iterable[str], regions: Iterable[str]) -> Iterator[str]:
    """The regions stated and those that hold them or the countries; a region is found by what lies in it."""
    for region in regions:
        yield from _region_and_above(region)
    for country in countries:
        yield from _regions_of_country(country)


@cache
def _regions_of_country(country: str) -> tuple[str, ...]:
    return vocabulary.regions_of(country) if country in vocabulary.scheme("country") else ()


@cache
def _region_and_above(region: str) -> tuple[str, ...]:
    regions = vocabulary.scheme("region")
    found: list[str] = []
    above: str | None = region
    while above is not None:
        found.append(above)
        above = regions.parent(above) if above in regions else None
    return tuple(found)


@cache
def _country_names(country: str) -> str:
    """A country's names in the seven languages, so that a record is found by the country that it states as a code."""
    countries = vocabulary.scheme("country")
    names = countries.labels(country).values() if country in countries else ()
    return " ".join(dict.fromkeys(word for name in names for word in analysis.surfaces(name)))


def canonical(text: str) -> str:
    """Free text as it is counted and compared: its folded words."""
    return " ".join(analysis.surfaces(text))


def counted(text: str, before: str = "") -> str:
    """The value by which a name is counted and asked for: its folded words, with what it lies in or is before them.

    Names that differ only after `MOST_COUNTED` letters are counted as one.
    """
    return f"{before}{canonical(text)[:MOST_COUNTED]}".rstrip()


@dataclass(frozen=True, slots=True)
class Named:
    """What a record calls something: the value that it is counted by, its names as written, and the terms that find it."""

    value: str
    label: Any
    names: tuple[str, ...] = ()


def _labels(found: Iterable[Named]) -> Json:
    """What the values are called, in whatever languages the record says it; of two of the same value the first."""
    labels: Json = {}
    for each in found:
        labels.setdefault(each.value, each.label)
    return labels


def _places(geography: Json) -> Iterator[Named]:
    """Places, counted by country and name (`KHM:kampot`; `:kampot` where no country is stated), so that one of each can
    be asked for: a plain name finds those of all countries."""
    for place in geography.get("places") or ():
        names = [canonical(text) for _, text in _leaves(place.get("name"))]
        if names:
            names += [canonical(place["code"])] if place.get("code") else []
            value = counted(preferred(place["name"]), f"{place.get('country') or ''}:")
            yield Named(value, place["name"], tuple(names))


def _processes(record: Json) -> Iterator[Named]:
    """Processes, counted by kind and name with the year (`vnr:review of cambodia 2025`): a plain name finds those of all
    kinds and years."""
    for process in record.get("processes") or ():
        kind, year, stated = process["kind"], str(process.get("year") or ""), process.get("name")
        label = _with_year(stated or _labels_of_kind(kind), year)
        value = counted(preferred(label), f"{kind}:") if stated else f"{kind}:{year}"
        names = [canonical(text) for each in (stated, label) for _, text in _leaves(each)]
        names += [kind, f"{kind} {year}".rstrip(), *([process["id"]] if "id" in process else [])]
        yield Named(value, label, tuple(names))


def _labels_of_kind(kind: str) -> Any:
    kinds = vocabulary.scheme("process-kind")
    return dict(kinds.labels(kind)) if kind in kinds else kind


def _with_year(text: Any, year: str) -> Any:
    """A text, or every text of a language map, with the year unless that is in it."""
    if isinstance(text, dict):
        return {language: _with_year(each, year) for language, each in text.items()}
    return text if not year or year in canonical(text).split() else f"{text} {year}"


def _organizations(partners: Iterable[Json] | None) -> list[str]:
    return [partner["organization"]["id"] for partner in partners or () if "organization" in partner]


def _constituencies(record: Json) -> list[str]:
    found: dict[str, None] = {}
    for partner in record.get("partners") or ():
        who = partner.get("organization") or partner.get("group") or partner.get("unnamed") or {}
        if "constituency" in who:
            found[who["constituency"]] = None
    return list(found)


def _beneficiaries(record: Json) -> Iterator[Named]:
    """Groups of people, each under every name that it has."""
    for group in record.get("beneficiaries") or ():
        for language, text in _leaves(group.get("group")):
            if value := counted(text):
                yield Named(value, {language: text} if language else text)


def _languages(record: Json) -> list[str]:
    """The languages that it works in, and those in which its title or summary can be read."""
    stated = record.get("languages")
    readable = [language for name in ("title", "summary") for language in record.get(name) or ()]
    return [*dict.fromkeys([*(stated or ()), *readable]), *([NOT_STATED] if stated is None else ())]


def _years(record: Json) -> tuple[list[str], int | None]:
    """The years that it worked in, where that has an end; else the year since which it does."""
    start, end = record.get("start"), record.get("end")
    first, last = (int(text[:4]) if text else None for text in (start, end))
    if first is None:
        return ([str(last)] if last else []), None
    if last is not None:
        return [str(year) for year in range(first, max(first, min(last, first + MOST_YEARS)) + 1)], None
    if record["phase"] in ENDED:
        return [str(first)], None
    return [], first


def _any_actual(record: Json) -> bool:
    indicators = (each for item in record.get("deliverables") or () for each in item.get("indicators") or ())
    return any(each.get("actuals") for each in indicators)


_HAS: Mapping[str, Callable[[Json], bool]] = {
    "results": _any_actual,
    "deliverables": lambda record: bool(record.get("deliverables")),
    "reports": lambda record: any("submitted" in report for report in record.get("reports") or ()),
    "needs": lambda record: bool(record.get("needs")),
    "offers": lambda record: bool(record.get("offers")),
    "budget": lambda record: bool(record.get("budget") and record["budget"].get("totals")),
    "contributions": lambda record: any(partner.get("contributions") for partner in record.get("partners") or ()),
    "transactions": lambda record: bool(record.get("transactions")),
    "agreement": lambda record: bool(record.get("agreement") and record["agreement"].get("type") != "none"),
    "stakeholders": lambda record: bool(record.get("stakeholders")),
    "beneficiaries": lambda record: bool(record.get("beneficiaries")),
    "bodies": lambda record: bool(record.get("bodies")),
    "decisions": lambda record: bool(record.get("decisions")),
    "documents": lambda record: bool(record.get("documents")),
    "complaints": lambda record: bool(record.get("complaints")),
    "safeguarding": lambda record: bool(record.get("safeguarding")),
    "mandate": lambda record: bool(record.get("mandate")),
    "processes": lambda record: bool(record.get("processes")),
    "commitments": lambda record: bool(record.get("agency_commitments")),
    "independent_evaluation": lambda record: bool(record.get("independent_evaluation")),
    "mutual_review": lambda record: bool(record.get("mutual_review")),
    "website": lambda record: bool(record.get("website")),
}
HAS = (*_HAS, "evaluation")
"""The values of the parameter `has`."""


def _shown_partner(partner: Json) -> Json:
    shown: Json = {name: partner[name] for name in ("id", "group", "unnamed", "roles") if name in partner}
    if "organization" in partner:
        organization = partner["organization"]
        shown["organization"] = {
            name: organization[name] for name in ("id", "name", "constituency", "country") if name in organization
        }
    if "confirmation" in partner:
        shown["confirmation"] = {"state": partner["confirmation"]["state"]}
    return shown


# Evaluations are published by the assessment; a record is found by them as soon as their events come.


def evaluation_profile(document: bytes) -> tuple[str, str, bytes]:
    """Of an evaluation: the partnership's id, when it was published (text that sorts), and what is found and shown, as JSON.

    Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for what is not such a document.
    """
    content: Json = orjson.loads(document)
    published = datetime.fromisoformat(content["published_at"]).astimezone(UTC).isoformat(timespec="microseconds")
    profile = {name: content[name] for name in ("id", "version", "published_at", "judged_version", "evidence_version")}
    profile["lessons"] = [
        {"lesson": str(each["lesson"]), "level": _level(each["judged"]["level"])} for each in content["lessons"]
    ]
    return str(content["partnership"]["id"]), published, orjson.dumps(profile)


def _level(value: Any) -> float | None:
    return None if value is None else float(value)


def _shown_evaluation(evaluation: Json, version: int) -> Json:
    """As the record's item shows it: `current` is false where the record has been edited since it was judged."""
    return evaluation | {"current": version <= evaluation["judged_version"]}


def _lessons(evaluation: Json | None) -> Iterator[str]:
    """A lesson judged 3 is found by 3 or more, by 2 or more and so on: `inclusive:0` to `inclusive:3`."""
    for lesson in (evaluation or {}).get("lessons") or ():
        if lesson.get("level") is not None:
            for level in range(int(Decimal(str(lesson["level"]))) + 1):
                yield f"{lesson['lesson']}:{level}"


# Due dates


def earliest_open_due(record: Json) -> date | None:
    """The last day of the earliest date that something was promised for and that has not been met.

    Open are a deliverable whose indicators do not all reach their targets (or that has none), a report not submitted,
    and the next report. A partial date is due on its last day. Of a partnership that has ended nothing is open.
    """
    if record.get("phase") in ENDED:
        return None
    dues = [item["due"] for item in record.get("deliverables") or () if "due" in item and not _is_met(item)]
    dues += [report["due"] for report in record.get("reports") or () if "due" in report and "submitted" not in report]
    if "next_due" in record:
        dues.append(record["next_due"])
    return min(map(partial_dates.latest, dues), default=None)


def _is_met(deliverable: Json) -> bool:
    indicators = deliverable.get("indicators") or ()
    return bool(indicators) and all(map(_reaches_target, indicators))


def _reaches_target(indicator: Json) -> bool:
    actuals = [Decimal(actual["value"]) for actual in indicator.get("actuals") or ()]
    targets = indicator.get("targets") or ()
    if not actuals or not targets:
        return bool(actuals)
    target = Decimal(max(targets, key=lambda each: each.get("due") or "")["value"])
    if _falls(indicator, target):
        return min(actuals) <= target
    return max(actuals) >= target


def _falls(indicator: Json, target: Decimal) -> bool:
    """Whether less is better: as stated, else where the target lies below the baseline."""
    if "direction" in indicator:
        return str(indicator["direction"]) == "decrease"
    baseline = indicator.get("baseline") or None
    return baseline is not None and Decimal(baseline["value"]) > target


# Organizations


def _organization_fields(organization: Json) -> Json:
    item = {
        name: organization[name]
        for name in ("id", "standing", "name", "constituency", "country", "parent_id", "merged_into", "updated_at")
        if name in organization
    }
    words = _words(organization["name"], _within(organization, _ORGANIZATION_TEXT))
    fields: Json = {"id": organization["id"], **words.fields()}
    fields.update(_sort_keys(organization["id"], organization["name"], organization["updated_at"]))
    fields["item"] = _kept(item)
    fields["standing"] = [organization["standing"]]
    fields["constituency"] = [organization["constituency"]]
    fields["country"] = [organization.get("country", NOT_STATED)]
    fields["family"] = [organization[name] for name in ("parent_id", "controlled_by") if name in organization]
    fields["identifier"] = [
        code
        for identifier in organization.get("identifiers") or ()
        for code in (identifier["value"], f"{identifier['scheme']}:{identifier['value']}")
    ]
    return fields


# Text


def _within(value: Any, table: Mapping[str, Any]) -> Iterator[Text]:
    """The texts of a part of a document, by a table like `_TEXT`."""
    if isinstance(value, list):
        for item in value:
            yield from _within(item, table)
    elif isinstance(value, dict):
        for name, inner in table.items():
            found = value.get(name)
            if found:
                yield from _within(found, inner) if inner else _leaves(found)


def _leaves(value: Any) -> Iterator[Text]:
    """The texts of a text field: a plain text, a language map, or a list of these."""
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)


@dataclass(slots=True)
class _Words:
    """The words of a record: of all texts the surfaces (a line each) and the stems, of its title both; and the texts."""

    lines: list[str] = field(default_factory=list)
    stems: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    letters: int = 0

    def take(self, language: str | None, text: str) -> tuple[str, str]:
        """Add a text."""
        line, stems = analysis.index_lines(text, language)
        self.lines.append(line)
        self.stems.append(stems)
        if self.letters < MOST_SHOWN_TEXT:
            self.texts.append((language, text))
        self.letters += len(text)
        return line, stems

    def fields(self) -> Json:
        """As the index takes them."""
        return {"words": self.lines, "stems": " ".join(self.stems), "title": " ".join(self.title)}


def _words(title: Any, others: Iterator[Text]) -> _Words:
    words = _Words()
    for language, text in _leaves(title):
        words.title += words.take(language, text)
    for language, text in others:
        if words.letters >= MOST_TEXT:
            break
        words.take(language, text[:MOST_TEXT])
    return words


def preferred(text: Any, language: str = "en") -> str:
    """One text of a language map: in `language`, else in English, else the first; a plain text as it is."""
    if isinstance(text, dict):
        return str(text.get(language) or text.get("en") or next(iter(text.values()), ""))
    return str(text or "")


def language_preferred(text: Any, language: str = "en") -> str | None:
    """The language of that text; none where the document says none."""
    if not isinstance(text, dict):
        return None
    return next((each for each in (language, "en") if text.get(each)), next(iter(text), None))


# Sorting


def _sort_keys(id: str, title: Any, updated_at: str) -> Json:
    key = _key_of(id)
    moment = int(datetime.fromisoformat(updated_at).timestamp() * 1000)
    shown = canonical(preferred(title)).encode()[:_SORT_TITLE_BYTES].hex()
    return {"by_updated": f"{moment:012x}{key}", "by_title": f"{shown}00{key}"}


def _key_of(id: str) -> str:
    """The id as the end of a sort key, in hexadecimal digits: it makes the key another for every record."""
    return id.replace("-", "") if len(id) == 36 else id.encode().hex()


__all__ = [
    "HAS",
    "TOMBSTONES",
    "canonical",
    "counted",
    "digest",
    "earliest_open_due",
    "evaluation_profile",
    "language_preferred",
    "preferred",
    "record_fields",
]
