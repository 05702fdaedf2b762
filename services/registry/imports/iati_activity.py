"""One `iati-activity` element to what the register takes of it: a record's content, its organizations, what was left out.

Not taken over: contacts (they name people), planned disbursements, forecasts and loan terms, budget lines of countries,
conditions, legacy data, and documents whose category is none of our kinds. `iati.read` calls `activity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas import fields as f
from services.chassis import clock
from services.registry.imports import iati_codes as codes
from services.registry.imports import iati_elements as e
from services.registry.imports import iati_money, iati_results
from services.registry.imports.iati_goals import Goals
from services.registry.imports.iati_organizations import Parties
from services.registry.imports.iati_places import Children, Classifications, geography
from services.registry.imports.matching import ImportedOrganization, context_of

if TYPE_CHECKING:
    from lxml.etree import _Element

SUMMARY, MOST_PARTNERS, MOST_BENEFICIARIES = 2_000, 2_000, 100
MOST_YEARS_AHEAD = 100
_OBJECTIVES, _TARGET_GROUPS, _OTHER = "2", "3", "4"
_CLASSIFYING = {
    "collaboration-type": "dac-collaboration-type",
    "default-flow-type": "dac-flow-type",
    "default-finance-type": "dac-finance-type",
    "default-aid-type": "dac-aid-type",
    "default-tied-status": "dac-tied-status",
}
_SENTENCE_ENDS = (". ", ".\n", "! ", "? ", "。", "។", "؟ ", "\n")


class NoRecord(Exception):
    """The activity cannot be a record; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity as the register takes it.

    `content` is the writable part of a record, but that its partners' organizations and the parties of its transactions are
    places in `organizations`; `record` puts ids in. `lead` is such a place. `parent` is the identifier of the activity that
    this one is a part of.
    """

    identifier: str
    line: int
    phase: str
    url: str | None
    content: dict[str, Any]
    organizations: tuple[ImportedOrganization, ...]
    lead: int
    parent: str | None
    warnings: tuple[e.Warned, ...]

    def record(self, organization_ids: Sequence[str]) -> dict[str, Any]:
        """The content with the ids of its organizations, in the shape of `PartnershipInput`."""
        content = dict(self.content)
        content["partners"] = [
            partner | {"organization": {"id": organization_ids[partner["organization"]]}}
            for partner in content["partners"]
        ]
        if "transactions" in content:
            content["transactions"] = [_with_ids(each, organization_ids) for each in content["transactions"]]
        return content


def _with_ids(transaction: dict[str, Any], organization_ids: Sequence[str]) -> dict[str, Any]:
    parties = {}
    for side in ("provider", "receiver"):
        if (party := transaction.get(side)) is not None and "place" in party:
            rest = {name: value for name, value in party.items() if name != "place"}
            parties[side] = {"organization_id": organization_ids[party["place"]]} | rest
    return transaction | parties if parties else transaction


def identifier_of(element: _Element) -> str | None:
    """The activity's identifier without blanks around it; `None` where it is blank."""
    found = element.find("iati-identifier")
    return None if found is None else e.line(e.plain(found), 10_000)


def activity(element: _Element, identifier: str, version: int, language: str | None) -> Activity:
    """Read one activity. Raises `NoRecord` where it has no title, or no organization that could lead it."""
    children = _children(element)
    own = e.language(element.get(e.XML_LANG)) or language or e.UNDETERMINED
    reading = e.Reading(version, own, e.line(element.get("default-currency"), 20))
    title = _title(children, reading)
    reporting = next(iter(children.get("reporting-org", ())), None)
    others = Classifications(e.line(reporting.get("ref") if reporting is not None else None) or "reporting-org")
    where = geography(children, reading, others)
    parties = Parties(context_of(where.countries))
    goals = Goals()
    _classify(children, reading, others, goals)
    money, roles, reporter = _take_part(children, reading, parties, reporting)
    lead = _lead(roles, reporter)
    if reporting is not None and reporter not in roles and reporter != lead:
        others.add("iati-reporting-organization", reporting.get("ref"), e.texts(reporting, reading))
    partners, chosen = _partners(roles, lead, money, parties, reading, element)
    status, phase = _status(children, reading)
    dates = _dates(children, reading)
    content = {
        "kind": "project",
        "title": title,
        **_descriptions(children, reading),
        "website": _website(children),
        "geography": where.content(),
        **_start_and_end(dates, reading, element),
        "dates": dates,
        "source_status": status,
        "goals": goals.goals(),
        "classifications": reading.at_most(f.MANY, list(others.found.values()), element, "classifications"),
        "budget": _budget(money, goals),
        "partners": partners,
        "documents": _documents(children, reading, element),
        "transactions": _transactions(money, chosen, reading, element),
        "deliverables": iati_results.deliverables(children.get("result", ()), reading, where.names),
    }
    return Activity(
        identifier=identifier,
        line=e.line_of(element),
        phase=phase or _phase_by_events(dates, money),
        url=e.web_address(element.get("linked-data-uri")),
        content={name: value for name, value in content.items() if value},
        organizations=tuple(parties.found[place] for place in chosen),
        lead=chosen[lead],
        parent=_parent(children),
        warnings=tuple(dict.fromkeys(reading.warnings)),
    )


def _children(element: _Element) -> Children:
    """The child elements by name. Those of other namespaces are extensions that only their makers understand."""
    children: dict[str, list[_Element]] = {}
    for child in element:
        if not child.tag.startswith("{"):
            children.setdefault(child.tag, []).append(child)
    return children


def _title(children: Children, reading: e.Reading) -> e.Texts:
    title: e.Texts = {}
    for element in children.get("title", ()):  # 1.x repeats the element per language
        title = e.texts(element, reading) | title
    if not title:
        raise NoRecord("it has no title")
    return title


def _descriptions(children: Children, reading: e.Reading) -> dict[str, Any]:
    """General descriptions to `summary`, objectives to `purpose`, target groups to `beneficiaries`.

    A summary takes 2,000 characters: of a longer description it has the beginning, and the whole stands in `purpose`.
    """
    told: dict[str, e.Texts] = {}
    for element in children.get("description", ()):
        kind = (element.get("type") or "").strip()
        into = told.setdefault(kind if kind in (_OBJECTIVES, _TARGET_GROUPS, _OTHER) else "", {})
        for language, text in e.texts(element, reading, f.LONG, one_line=False).items():
            into[language] = f"{into[language]}\n\n{text}" if language in into else text
    general = told.get("") or told.get(_OTHER) or {}
    purpose = dict(told.get(_OBJECTIVES, {}))
    for language, text in general.items():
        if len(text) > SUMMARY:
            purpose[language] = f"{text}\n\n{purpose[language]}" if language in purpose else text
    anywhere = next(iter(children.get("description", ())), None)
    if anywhere is not None:
        purpose = e.bounded(purpose, reading, anywhere, f.LONG)
    groups = {language: e.shortened(text, f.LINE) for language, text in told.get(_TARGET_GROUPS, {}).items()}
    return {
        "summary": {language: opening(text, SUMMARY) for language, text in general.items()},
        "purpose": purpose,
        "beneficiaries": [{"group": groups}] if groups else [],
    }


def opening(text: str, limit: int) -> str:
    """The first sentences of a text, as many as fit into `limit` characters."""
    if len(text) <= limit:
        return text
    last = max(text.rfind(end, limit // 2, limit - 1) for end in _SENTENCE_ENDS)
    return text[: last + 1].rstrip() if last > 0 else e.shortened(text, limit)


def _classify(children: Children, reading: e.Reading, others: Classifications, goals: Goals) -> None:
    """Sectors, tags, markers and types: to goals where they are SDGs in so many words, else to classifications."""
    for element in children.get("sector", ()):
        _sector(element, reading, others, goals, shared=True)
    for transaction in children.get("transaction", ()):
        for element in transaction.findall("sector"):
            _sector(element, reading, others, goals, shared=False)
    for element in children.get("tag", ()):
        vocabulary = (element.get("vocabulary") or "").strip()
        if vocabulary in codes.TAG_GOALS:
            goals.add(codes.TAG_GOALS[vocabulary], element, reading, shared=False)
        else:
            scheme = codes.TAG_SCHEMES.get(vocabulary) or others.own("tag", vocabulary)
            others.add(scheme or f"iati-tag-{vocabulary}", element.get("code"), e.texts(element, reading))
    for element in children.get("policy-marker", ()):
        vocabulary = (element.get("vocabulary") or "1").strip().lower()
        if (element.get("significance") or "").strip() != "0":  # 0: looked at, and not targeted
            scheme = codes.POLICY_MARKER_SCHEMES.get(vocabulary) or others.own("policy-marker", vocabulary)
            others.add(scheme or f"iati-policy-marker-{vocabulary}", element.get("code"), e.texts(element, reading))
    for element in children.get("humanitarian-scope", ()):
        vocabulary = (element.get("vocabulary") or "").strip()
        scheme = codes.HUMANITARIAN_SCHEMES.get(vocabulary) or others.own("humanitarian-scope", vocabulary)
        others.add(scheme or f"iati-humanitarian-{vocabulary}", element.get("code"), e.texts(element, reading))
    _classify_plainly(children, others)


def _sector(element: _Element, reading: e.Reading, others: Classifications, goals: Goals, *, shared: bool) -> None:
    vocabulary = (element.get("vocabulary") or "").strip().lower() or "1"
    if vocabulary in codes.SECTOR_GOALS:
        goals.add(codes.SECTOR_GOALS[vocabulary], element, reading, shared=shared)
        return
    scheme = codes.SECTOR_SCHEMES.get(vocabulary) or others.own("sector", vocabulary) or f"iati-sector-{vocabulary}"
    others.add(scheme, element.get("code"), e.texts(element, reading))


def _classify_plainly(children: Children, others: Classifications) -> None:
    """What is a code and nothing more; and the activities that this one is related to, by their identifiers."""
    for name, scheme in _CLASSIFYING.items():
        for element in children.get(name, ()):
            if element.get("code") and (element.get("vocabulary") or "1") == "1":
                others.add(scheme, element.get("code"))
    for element in children.get("related-activity", ()):
        relation = codes.RELATIONS.get(element.get("type") or "") or "other"
        if element.get("ref"):
            others.add(f"iati-related-{relation}", element.get("ref"))


def _parent(children: Children) -> str | None:
    for element in children.get("related-activity", ()):
        if codes.RELATIONS.get(element.get("type") or "") == codes.PARENT and (ref := e.line(element.get("ref"))):
            return ref
    return None


def _take_part(
    children: Children, reading: e.Reading, parties: Parties, reporting: _Element | None
) -> tuple[iati_money.Money, dict[int, dict[str, None]], int | None]:
    """All money, the roles of every organization that takes part, and which one reports."""
    reporter = None if reporting is None else parties.place_of(reporting, reading)
    roles: dict[int, dict[str, None]] = {}
    for element in children.get("participating-org", ()):
        place = parties.place_of(element, reading)
        if place is None:
            reading.warn(element, "a participating organization has neither name nor reference")
            continue
        role = codes.ROLES.get(element.get("role") or "")
        if role is None:
            reading.warn(element, codes.ROLES.wrong(element.get("role") or ""))
        roles.setdefault(place, {}).update({} if role is None else {role: None})
    earmarking = iati_money.earmarked(children.get("default-aid-type", ()))
    money = iati_money.Money(
        iati_money.transactions(children.get("transaction", ()), reading, parties, reporter, earmarking),
        iati_money.budgets(children.get("budget", ()), reading),
    )
    for giver in money.givers():
        roles.setdefault(giver, {}).setdefault("funder")
    return money, roles, reporter


def _lead(roles: dict[int, dict[str, None]], reporter: int | None) -> int:
    """Who leads: the accountable organization, else the implementing one, else the one that reports (the first of each)."""
    for wanted in ("accountable", "implementer"):
        for place, own in roles.items():
            if wanted in own:
                return place
    if reporter is None:
        raise NoRecord("it names no accountable, implementing or reporting organization, and a record needs one")
    return reporter


def _partners(
    roles: dict[int, dict[str, None]],
    lead: int,
    money: iati_money.Money,
    parties: Parties,
    reading: e.Reading,
    element: _Element,
) -> tuple[list[dict[str, Any]], dict[int, int]]:
    """The partners, the lead first, and for each of their places in `parties` the place among the organizations."""
    order = [lead, *(place for place in roles if place != lead)]
    order = reading.at_most(MOST_PARTNERS, order, element, "partners")
    chosen = {place: number for number, place in enumerate(order)}
    partners = []
    for place in order:
        own = [*(["lead"] if place == lead else []), *roles.get(place, {})]
        partner: dict[str, Any] = {"organization": chosen[place], "roles": own}
        given = iati_money.contributions(money, place)
        if given:
            partner["contributions"] = given
        partners.append(partner)
    return partners, chosen


def _transactions(
    money: iati_money.Money, chosen: dict[int, int], reading: e.Reading, element: _Element
) -> list[dict[str, Any]]:
    """All transactions; a party that is a partner is told by its place, another by what the source calls it."""
    kept = [each.content for each in money.transactions]
    for content in kept:
        for side in ("provider", "receiver"):
            party = content.get(side)
            if party is None:
                continue
            place = chosen.get(party.pop("place"))
            if place is not None:
                party["place"] = place
            if not party:
                del content[side]
    return reading.at_most(iati_money.MOST_TRANSACTIONS, kept, element, "transactions")


def _budget(money: iati_money.Money, goals: Goals) -> dict[str, Any]:
    budget = {"totals": iati_money.totals(money), "by_goal": goals.shares()}
    return {name: value for name, value in budget.items() if value}


def _status(children: Children, reading: e.Reading) -> tuple[str | None, str | None]:
    """The status as the source has it, and the phase that it means."""
    for element in children.get("activity-status", ()):
        stated = e.line(element.get("code") or e.plain(element), f.SHORT)
        if stated is None:
            continue
        phase = codes.STATUSES.get(stated)
        if phase is None:
            reading.warn(element, codes.STATUSES.wrong(stated))
        return stated, phase
    return None, None


def _phase_by_events(dates: Iterable[dict[str, str]], money: iati_money.Money) -> str:
    """The phase of an activity without a status (1.x asked for none): what has actually ended or begun, money spent too.

    An "actual" date that lies ahead is none: files write 9999 for an end that nobody knows.
    """
    today = clock.today().isoformat()
    types = {date["type"] for date in dates if date["date"] <= today}
    if "actual_end" in types:
        return "completed"
    return "active" if "actual_start" in types or iati_money.is_spending(money) else "forming"


def _dates(children: Children, reading: e.Reading) -> list[dict[str, str]]:
    dates = []
    for element in children.get("activity-date", ()):
        stated = (element.get("type") or "").strip()
        kind = codes.DATE_TYPES.get(stated)
        date = e.date_of(element, reading)
        if kind is None and (stated or date):
            reading.warn(element, codes.DATE_TYPES.wrong(stated))
        elif kind is not None and date is not None:
            dates.append({"type": kind, "date": date})
    unique = [dict(each) for each in dict.fromkeys(tuple(sorted(date.items())) for date in dates)]
    return [{"type": date["type"], "date": date["date"]} for date in unique[: f.MANY]]


def _start_and_end(dates: Iterable[dict[str, str]], reading: e.Reading, element: _Element) -> dict[str, str | None]:
    """Start and end: the actual ones, else the planned. Where the end lies before the start, the file contradicts itself; one
    that lies generations ahead stands for none."""
    first: dict[str, str] = {}
    for date in dates:
        first.setdefault(date["type"], date["date"])
    start = first.get("actual_start") or first.get("planned_start")
    end = first.get("actual_end") or first.get("planned_end")
    if start and end and end < start:
        reading.warn(element, f"it ends ({end}) before it starts ({start}): the end is kept among its dates only")
        end = None
    if end and int(end[:4]) > clock.today().year + MOST_YEARS_AHEAD:
        reading.warn(element, f"it ends in {end[:4]}: the end is kept among its dates only")
        end = None
    return {"start": start, "end": end}


def _website(children: Children) -> str | None:
    """The activity's page: an element of its own in 1.x, a category of documents in 2.x."""
    for element in children.get("activity-website", ()):
        if (address := e.web_address(e.plain(element))) is not None:
            return address
    for element in children.get("document-link", ()):
        if codes.ACTIVITY_WEB_PAGE in _categories(element) and (address := e.web_address(element.get("url"))):
            return address
    return None


def _categories(element: _Element) -> list[str]:
    return [(each.get("code") or "").strip().upper() for each in element.findall("category")]


def _documents(children: Children, reading: e.Reading, activity_element: _Element) -> list[dict[str, Any]]:
    found = []
    for element in children.get("document-link", ()):
        kind = next((codes.DOCUMENT_KINDS[each] for each in _categories(element) if each in codes.DOCUMENT_KINDS), None)
        if kind is None:
            continue
        address = e.web_address(element.get("url"))
        if address is None:
            reading.warn(element, f"{(element.get('url') or '')[:80]!r} is no address on the web")
            continue
        title: e.Texts = {}
        for each in element.findall("title"):
            title = e.texts(each, reading) | title
        date = e.date_of(element.find("document-date"), reading)
        paper = {"kind": kind, "title": title, "date": date, "url": address}
        found.append({name: value for name, value in paper.items() if value})
    return reading.at_most(f.MANY, found, activity_element, "documents")
