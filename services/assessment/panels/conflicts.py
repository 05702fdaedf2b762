"""Who may not assess a partnership, derived from the register and then from what members declared: each with its rule and source.

Pure: members, a record, and what the register says around it give the exclusions. `service` gathers the register; the forum tells
them to the unit and to the member alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.assessment.evidence import reading as r
from services.assessment.evidence.record import GONE
from services.assessment.panels.funding import FundingLink
from services.assessment.panels.rules import countries_of
from services.assessment.register.organizations import Organization, Unit

YEARS_AFTER = 3
HIDDEN_AMONG = 3
"""Of so many members from a country nobody outside can tell which one withdrew."""

Relation = Literal["own-organization", "parent", "subsidiary", "controller"]

FUNDS, FUNDED = "funds-a-partner", "funded-by-a-partner"
SITS, HOSTS, REGISTERED = "sits-in-its-bodies", "hosts-it", "registered-it"
MUTUAL, DECLARED, LOCAL_AT_RISK = "would-assess-each-other", "declared-interest", "local-member-at-risk"
RULES: tuple[str, ...] = (
    "own-organization-is-partner",
    "parent-is-partner",
    "subsidiary-is-partner",
    "controller-is-partner",
    FUNDS,
    FUNDED,
    SITS,
    HOSTS,
    REGISTERED,
    MUTUAL,
    DECLARED,
    LOCAL_AT_RISK,
)
"""The rules by name. All but the last three hold for a member's own organization, its parents, subsidiaries and controllers."""


@dataclass(frozen=True, slots=True)
class Interest:
    """What a member declared: in an organization or a partnership; paid consultancy, rivalry, anything."""

    id: str
    nature: str
    organization_id: str | None = None
    partnership_id: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member as far as conflicts depend on it: the organizations it belongs to or acts for, where it is from."""

    id: str
    organization_ids: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    interests: tuple[Interest, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A member may not assess this partnership. `source`: a record's id with the JSON Pointer in it, or an interest's id."""

    member_id: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """Another partnership of the same round: its record, and who sits on its panel already."""

    document: Mapping[str, object]
    panel: Sequence[Member] = ()


@dataclass(frozen=True)
class Surroundings:
    """What the register says around a record: organizations, units, who funds whom, and the round's other partnerships by id.

    `at_risk` are countries that are at risk whatever the record says.
    """

    organizations: Mapping[str, Organization] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    funding: Sequence[FundingLink] = ()
    round: Mapping[str, Assessed] = field(default_factory=dict)
    at_risk: frozenset[str] = frozenset()


def exclusions(
    members: Sequence[Member],
    partnership_id: str,
    document: Mapping[str, object],
    around: Surroundings,
    on: date,
) -> list[Exclusion]:
    """Every exclusion, member by member in the order given, rule by rule. A rule is named once for a member."""
    kinship = Kinship(around.organizations)
    found: list[Exclusion] = []
    for member in members:
        seen: set[str] = set()
        for rule, source in _of_member(member, partnership_id, document, around, kinship, on):
            if rule not in seen:
                seen.add(rule)
                found.append(Exclusion(member.id, rule, source))
    excluded = {each.member_id for each in found}
    found += _local_at_risk([each for each in members if each.id not in excluded], partnership_id, document, around)
    place = {member.id: number for number, member in enumerate(members)}
    return sorted(found, key=lambda each: place[each.member_id])


class Kinship:
    """Who is above and below whom, over all levels; a merged organization is the one it lives on as."""

    def __init__(self, organizations: Mapping[str, Organization]) -> None:
        self._organizations = organizations
        self._below: dict[str, list[str]] = {}
        for each in organizations.values():
            for above in (each.parent_id, each.controlled_by):
                if above is not None:
                    self._below.setdefault(self.survivor(above), []).append(self.survivor(each.id))

    def survivor(self, organization_id: str) -> str:
        """The organization under which a merged one lives on."""
        seen: set[str] = set()
        while organization_id not in seen:
            seen.add(organization_id)
            known = self._organizations.get(organization_id)
            organization_id = (known and known.merged_into) or organization_id
        return organization_id

    def relatives(self, organization_ids: Iterable[str]) -> dict[str, Relation]:
        """These organizations, those above and those below them, with what they are; the nearest relation counts."""
        found: dict[str, Relation] = {self.survivor(each): "own-organization" for each in organization_ids}
        own = list(found)
        for relation, attribute in (("parent", "parent_id"), ("controller", "controlled_by")):
            for each in self._above(own, attribute):
                found.setdefault(each, relation)  # type: ignore[arg-type]
        # Whoever controls a parent is a controller, and the other way round.
        for each in self._above(list(found), "parent_id", "controlled_by"):
            found.setdefault(each, "controller")
        for each in self._descendants(own):
            found.setdefault(each, "subsidiary")
        return found

    def _above(self, start: Iterable[str], *attributes: str) -> Iterator[str]:
        waiting = list(start)
        seen = set(waiting)
        while waiting:
            known = self._organizations.get(waiting.pop())
            for attribute in attributes if known else ():
                above = getattr(known, attribute)
                above = None if above is None else self.survivor(above)
                if above is not None and above not in seen:
                    seen.add(above)
                    waiting.append(above)
                    yield above

    def _descendants(self, start: Iterable[str]) -> Iterator[str]:
        waiting = list(start)
        seen = set(waiting)
        while waiting:
            for below in self._below.get(waiting.pop(), ()):
                if below not in seen:
                    seen.add(below)
                    waiting.append(below)
                    yield below


def organizations_in(document: Mapping[str, object]) -> set[str]:
    """The organizations that a record names as partners, in its bodies, or as its host; past ones too."""
    partners = (r.part(entry.get("organization")).get("id") for _, entry in r.items(document.get("partners")))
    nobody = Kinship({})
    bonds = {organization_id for _, organization_id, _ in _bonds(document, {}, nobody)}
    return bonds | {each for each in map(r.text, partners) if each is not None}


Found = Iterator[tuple[str, str]]


def _of_member(
    member: Member,
    partnership_id: str,
    document: Mapping[str, object],
    around: Surroundings,
    kinship: Kinship,
    on: date,
) -> Found:
    """The rules that exclude a member, each with its source."""
    relatives = kinship.relatives(member.organization_ids)
    if not relatives and not member.interests:
        return  # nearly everybody: who belongs to no organization and declared nothing
    partners = _partners(document, kinship, on)
    for organization_id, relation in relatives.items():
        if organization_id in partners:
            yield f"{relation}-is-partner", f"{partnership_id}#{partners[organization_id]}"
    yield from _funding(relatives, partners, around.funding, kinship, on)
    for rule, organization_id, pointer in _bonds(document, around.units, kinship):
        if organization_id in relatives:
            yield rule, f"{partnership_id}#{pointer}"
    yield from _mutual(relatives, partnership_id, partners, around.round, kinship, on)
    involved = partners.keys() | {organization_id for _, organization_id, _ in _bonds(document, around.units, kinship)}
    for interest in member.interests:
        named = [interest.organization_id] if interest.organization_id else []
        if interest.partnership_id == partnership_id or not involved.isdisjoint(kinship.relatives(named)):
            yield DECLARED, interest.id


def _partners(document: Mapping[str, object], kinship: Kinship, on: date) -> dict[str, str]:
    """The organizations that are partners, or were within three years, with the pointer to their entry."""
    since = r.months_before(on, 12 * YEARS_AFTER)
    found: dict[str, str] = {}
    for place, entry in r.items(document.get("partners")):
        organization_id = r.text(r.part(entry.get("organization")).get("id"))
        left = r.day(entry.get("left"))
        declined = r.text(r.part(entry.get("confirmation")).get("state")) == GONE
        if organization_id and not declined and (left is None or r.latest(left) >= since):
            found.setdefault(kinship.survivor(organization_id), f"/partners/{place}")
    return found


def _funding(
    relatives: Mapping[str, Relation],
    partners: Mapping[str, str],
    funding: Sequence[FundingLink],
    kinship: Kinship,
    on: date,
) -> Found:
    """Money between the member's side and a partner, now or within three years, stated by any record of the register."""
    since = r.months_before(on, 12 * YEARS_AFTER).isoformat()
    for link in funding:
        if link.until is not None and link.until < since:
            continue
        giver, receiver = kinship.survivor(link.giver_id), kinship.survivor(link.receiver_id)
        if giver in relatives and receiver in partners:
            yield FUNDS, link.source
        if receiver in relatives and giver in partners:
            yield FUNDED, link.source


def _bonds(
    document: Mapping[str, object], units: Mapping[str, Unit], kinship: Kinship
) -> Iterator[tuple[str, str, str]]:
    """Who sits in its bodies, hosts it or registered it: rule, organization, pointer."""
    for place, body in r.items(document.get("bodies")):
        for name in ("seats", "veto"):
            for index, seat in r.items(body.get(name), repeatable=True):
                holder = r.text(r.part(seat.get("holder")).get("organization_id"))
                if holder:
                    yield SITS, kinship.survivor(holder), f"/bodies/{place}/{name}/{index}"
    host = r.text(r.part(document.get("host")).get("organization_id"))
    if host:
        yield HOSTS, kinship.survivor(host), "/host"
    unit = units.get(r.text(r.part(document.get("registered_by")).get("unit_id")) or "")
    if unit:
        yield REGISTERED, kinship.survivor(unit.organization_id), "/registered_by"


def _mutual(
    relatives: Mapping[str, Relation],
    partnership_id: str,
    partners: Mapping[str, str],
    others: Mapping[str, Assessed],
    kinship: Kinship,
    on: date,
) -> Found:
    """The member's side is a partner of a partnership on whose panel sits somebody of this partnership's side."""
    for other_id, other in sorted(others.items()) if relatives else ():
        if other_id == partnership_id:
            continue
        pointers = _partners(other.document, kinship, on)
        mine = next((pointers[each] for each in relatives if each in pointers), None)
        if mine is None:
            continue
        if any(not partners.keys().isdisjoint(kinship.relatives(each.organization_ids)) for each in other.panel):
            yield MUTUAL, f"{other_id}#{mine}"


def _local_at_risk(
    members: Sequence[Member], partnership_id: str, document: Mapping[str, object], around: Surroundings
) -> list[Exclusion]:
    """In a country at risk no local member sits whose withdrawal could not be hidden: that takes others from there."""
    pointer = _sign_of_risk(document)
    risky = countries_of(document)
    if pointer is None:
        risky &= around.at_risk
        pointer = "/geography/countries"
    local = Counter(country for each in members for country in each.countries & risky)
    return [
        Exclusion(each.id, LOCAL_AT_RISK, f"{partnership_id}#{pointer}")
        for each in members
        if any(local[country] < HIDDEN_AMONG for country in each.countries & risky)
    ]


def _sign_of_risk(document: Mapping[str, object]) -> str | None:
    """Where a record shows that taking part may be dangerous: a partner that is not named, or a silence for safety."""
    for place, entry in r.items(document.get("partners")):
        if r.is_part(entry.get("unnamed")):
            return f"/partners/{place}"
    silences = r.part(document.get("silences"))
    if any(reason == "withheld_for_safety" for reason in silences.values()):
        return "/silences"
    return None
