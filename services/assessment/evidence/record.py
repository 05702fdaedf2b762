"""A partnership's document as the indicators read it: the partners that count, who is affiliated with whom, who is affected.

Worked out once per document, each part when first asked for. It grades nothing, and raises for nothing that a document holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from schemas import vocabulary
from services.assessment.evidence import reading as r
from services.assessment.evidence.bodies import Body, read_bodies
from services.assessment.evidence.reading import Part

CONFIRMED = frozenset({"confirmed", "corrected"})
GONE = "declined"
LEAD = "lead"
BUSINESS = "private_sector"
COMMUNITY = "community"
AFFECTED_CHAMBER = "affected_groups"
UNSPECIFIED = "unspecified"
REASONS = frozenset({"not_applicable", "withheld_for_safety"})


@dataclass(frozen=True, slots=True)
class Contribution:
    """A contribution and its place in the document."""

    at: str
    part: Part


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner that neither declined nor left. Entries that name the same organization are one partner.

    `constituency` is the partner's own, `voice` that of whoever controls it, as far as the record says: an affiliate speaks
    with its controller's voice.
    """

    at: str
    organization_id: str | None
    named: bool
    constituency: str | None
    voice: str | None
    size: str | None
    roles: frozenset[str]
    state: str | None
    since: str | None
    contributions: tuple[Contribution, ...]
    states_contributions: bool
    states_roles: bool

    @property
    def confirmed(self) -> bool:
        """Whether it confirmed its part, or corrected it. An answer that nobody verified does not count."""
        return self.state in CONFIRMED

    @property
    def leads(self) -> bool:
        return LEAD in self.roles

    @property
    def is_business(self) -> bool:
        return self.voice == BUSINESS


@dataclass(frozen=True, slots=True)
class Group:
    """A group that the record states to be affected."""

    at: str
    part: Part
    represented_by: tuple[str, ...]
    states_represented: bool


class Record:
    """One document on one day."""

    def __init__(self, document: Mapping[str, object], on: date) -> None:
        self.document = document
        self.on = on

    def get(self, name: str) -> object:
        """A member of the document as it is stated, or `None`."""
        return self.document.get(name)

    def silence(self, *pointers: str) -> str | None:
        """Why the record says nothing there: the reason given for one of the pointers or for a part around it."""
        stated = r.part(self.document.get("silences"))
        if not stated:
            return None
        for pointer in pointers:
            steps = pointer.split("/")
            for length in range(len(steps), 1, -1):
                reason = r.text(stated.get("/".join(steps[:length])))
                if reason in REASONS:
                    return reason
        return None

    def is_denied(self, pointer: str) -> bool:
        """Whether the record states that there is none of what is there, or of a part around it."""
        node: object = self.document
        for step in pointer.split("/")[1:]:
            if isinstance(node, list):
                node = node[int(step)] if step.isdecimal() and int(step) < len(node) else None
            else:
                node = r.part(node).get(step)
            if r.stated_none(node):
                return True
        return False

    # partners

    @cached_property
    def _entries(self) -> list[tuple[int, Part]]:
        return list(r.items(self.document.get("partners")))

    @cached_property
    def organizations(self) -> Mapping[str, Part]:
        """What the record says of every organization among its partners, by id; of those who left too."""
        found: dict[str, Part] = {}
        for _, entry in self._entries:
            said = r.part(entry.get("organization"))
            identifier = r.text(said.get("id"))
            if identifier is not None:
                found.setdefault(identifier, said)
        return found

    @cached_property
    def partners(self) -> tuple[Partner, ...]:
        """The partners that count, in the order of the document."""
        entries: dict[str, list[tuple[int, Part]]] = {}
        for place, entry in self._entries:
            if _state(entry) == GONE or r.begun(entry.get("left"), self.on):
                continue
            identity = r.text(r.part(entry.get("organization")).get("id")) or f"#{place}"
            entries.setdefault(identity, []).append((place, entry))
        return tuple(self._partner(each) for each in entries.values())

    def _partner(self, entries: list[tuple[int, Part]]) -> Partner:
        """The partner of one or more entries: what one of them states, it has."""
        place, first = entries[0]
        shown = [_shown(entry) for _, entry in entries]
        organization_id = r.text(r.part(first.get("organization")).get("id"))
        place_of_state, state, since = _strongest(entries)
        constituency = next(filter(None, (_constituency(each) for each in shown)), None)
        return Partner(
            at=f"/partners/{place if place_of_state is None else place_of_state}",
            organization_id=organization_id,
            named=r.is_part(first.get("organization")),
            constituency=constituency,
            voice=self.voice_of(organization_id) if organization_id else self._controlled(shown[0], constituency),
            size=next(filter(None, (r.text(each.get("business_size")) for each in shown)), None),
            roles=frozenset(role for _, entry in entries for role in r.texts(entry.get("roles"))),
            state=state,
            since=since,
            contributions=tuple(_contributions(entries)),
            states_contributions=any(isinstance(entry.get("contributions"), list) for _, entry in entries),
            states_roles=any(isinstance(entry.get("roles"), list) for _, entry in entries),
        )

    def voice_of(self, organization_id: str) -> str | None:
        """The constituency with whose voice an organization speaks: its own, or that of whoever controls it."""
        constituency: str | None = None
        seen: set[str] = set()
        identifier: str | None = organization_id
        while identifier is not None and identifier in self.organizations and identifier not in seen:
            seen.add(identifier)
            said = self.organizations[identifier]
            constituency = _constituency(said) or constituency
            identifier = r.text(said.get("controlled_by"))
        return constituency

    def _controlled(self, said: Part, own: str | None) -> str | None:
        controller = r.text(said.get("controlled_by"))
        return (self.voice_of(controller) if controller else None) or own

    @cached_property
    def lead_constituencies(self) -> frozenset[str]:
        """The constituencies of the partners that lead."""
        return frozenset(each.constituency for each in self.partners if each.leads and each.constituency)

    @cached_property
    def confirmed_organizations(self) -> frozenset[str]:
        """The organizations whose partner entry is confirmed."""
        return frozenset(each.organization_id for each in self.partners if each.confirmed and each.organization_id)

    def borne_out_by(self, organization_ids: Iterable[str]) -> str | None:
        """The place of a confirmed partner among these organizations that is of another constituency than the lead."""
        return next((self._witnesses[each] for each in organization_ids if each in self._witnesses), None)

    @cached_property
    def _witnesses(self) -> Mapping[str, str]:
        confirmed = (each for each in self.partners if each.confirmed and self.is_another(each))
        return {each.organization_id: each.at for each in confirmed if each.organization_id}

    def is_another(self, partner: Partner) -> bool:
        """Whether a partner is of another constituency than the lead: nobody bears out one's own words."""
        return bool(
            partner.constituency and self.lead_constituencies and partner.constituency not in self.lead_constituencies
        )

    # business

    @cached_property
    def business(self) -> tuple[Partner, ...]:
        """The partners that are businesses, or speak with a business's voice."""
        return tuple(each for each in self.partners if each.is_business)

    @cached_property
    def business_is_absent(self) -> bool:
        """Whether no business takes part and the record says why: then most of that lesson does not apply."""
        stated = r.part(self.document.get("private_sector"))
        return r.says(stated.get("absence_reason")) and not self.business and not r.texts(stated.get("kinds"))

    # decisions

    @cached_property
    def stated_bodies(self) -> tuple[Body, ...]:
        """The bodies as they are stated, in the order of the document."""
        return read_bodies(self.document.get("bodies"))

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The bodies as they decide: partners that left or declined have no seat, vote or veto in them any more."""
        if not self.stated_bodies or not self.gone_organizations:
            return self.stated_bodies
        return tuple(body.without(self.is_gone) for body in self.stated_bodies)

    def is_gone(self, holder: Part) -> bool:
        """Whether the organization that is named there is a partner that left or declined; who never was one is not gone."""
        return r.text(holder.get("organization_id")) in self.gone_organizations

    @cached_property
    def gone_organizations(self) -> frozenset[str]:
        """The organizations whose every entry among the partners left or declined."""
        return frozenset(self.organizations) - {each.organization_id for each in self.partners if each.organization_id}

    # papers

    @cached_property
    def papers(self) -> tuple[tuple[str, str | None, Part], ...]:
        """The papers that can be read by now: place, kind, item."""
        return tuple(
            (f"/documents/{place}", r.text(item.get("kind")), item)
            for place, item in r.items(self.document.get("documents"))
            if r.text(item.get("url")) and not r.ahead(item.get("date"), self.on)
        )

    # those affected

    @cached_property
    def affected(self) -> tuple[Group, ...]:
        """The groups that are stated to be affected."""
        return tuple(
            Group(
                f"/stakeholders/{place}",
                item,
                r.texts(item.get("represented_by")),
                isinstance(item.get("represented_by"), list),
            )
            for place, item in r.items(self.document.get("stakeholders"))
            if item.get("affected") is True
        )

    def is_affected(self, holder: Part) -> bool:
        """Whether the holder of a seat is a group that is affected, or stands for one."""
        organization_id = r.text(holder.get("organization_id"))
        if organization_id is not None:
            own = _constituency(self.organizations.get(organization_id, r.NOTHING))
            return own == COMMUNITY or organization_id in self._affected_organizations
        constituency = r.text(holder.get("constituency"))
        if constituency is not None:
            return constituency in self._affected_constituencies
        return not self._affected_words.isdisjoint(r.words(holder.get("group")))

    @cached_property
    def _affected_organizations(self) -> frozenset[str]:
        return frozenset(each for group in self.affected for each in group.represented_by)

    @cached_property
    def _affected_words(self) -> frozenset[str]:
        return frozenset(word for group in self.affected for word in r.words(group.part.get("group")))

    @cached_property
    def _affected_constituencies(self) -> frozenset[str]:
        """The community is those directly affected by definition; others as far as an affected group is of them."""
        stated = (r.text(group.part.get("constituency")) for group in self.affected)
        return frozenset({COMMUNITY}) | {
            each for each in stated if each and vocabulary.chamber_of(each) == AFFECTED_CHAMBER
        }

    def voice_of_holder(self, holder: Part) -> str | None:
        """The constituency with whose voice a seat or veto speaks; `None` where the record does not tell."""
        organization_id = r.text(holder.get("organization_id"))
        if organization_id is not None:
            return self.voice_of(organization_id)
        constituency = r.text(holder.get("constituency"))
        if constituency is not None:
            return None if constituency == UNSPECIFIED else constituency
        return self._voice_of_group(r.words(holder.get("group")))

    def _voice_of_group(self, named: frozenset[str]) -> str | None:
        """The constituency that the record gives a group of these words; `None` where it gives none, or more than one."""
        found = {voice for name in named for voice in self._voices_of_groups.get(name, ())}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def _voices_of_groups(self) -> Mapping[str, set[str]]:
        """By the words for a group, the constituencies that the record gives it among those concerned and among the partners."""
        groups = [(item.get("group"), item) for _, item in r.items(self.document.get("stakeholders"))]
        groups += [(r.part(entry.get("group")).get("name"), r.part(entry.get("group"))) for _, entry in self._entries]
        found: dict[str, set[str]] = {}
        for name, said in groups:
            if constituency := _constituency(said):
                for words in r.words(name):
                    found.setdefault(words, set()).add(constituency)
        return found

    # goals

    @cached_property
    def goals(self) -> tuple[tuple[str, str, str, Part], ...]:
        """The goals that are stated: place, scheme, code, item. Those that a crosswalk derived are not stated."""
        found = (
            (f"/goals/{place}", r.text(item.get("scheme")), r.text(item.get("code")), item)
            for place, item in r.items(self.document.get("goals"))
            if item.get("derived_from") is None
        )
        return tuple((at, scheme, code, item) for at, scheme, code, item in found if scheme and code)

    @cached_property
    def primary_goals(self) -> Mapping[str, str]:
        """The goals stated to be primary, as `scheme:code`, with their places."""
        found: dict[str, str] = {}
        for at, scheme, code, item in self.goals:
            if item.get("weight") == "primary":
                found.setdefault(f"{scheme}:{code}", at)
        return found

    @cached_property
    def deliverables(self) -> tuple[tuple[str, Part], ...]:
        """The deliverables and their places."""
        return tuple((f"/deliverables/{place}", item) for place, item in r.items(self.document.get("deliverables")))


def _state(entry: Part) -> str | None:
    return r.text(r.part(entry.get("confirmation")).get("state"))


def _strongest(entries: list[tuple[int, Part]]) -> tuple[int | None, str | None, str | None]:
    """The place, state and day of the entry that counts: a confirmed one, else one that states anything."""
    best: tuple[int | None, str | None, str | None] = (None, None, None)
    for place, entry in entries:
        state = _state(entry)
        if state is not None and (best[1] is None or (state in CONFIRMED and best[1] not in CONFIRMED)):
            best = (place, state, r.day(r.part(entry.get("confirmation")).get("at")))
    return best


def _shown(entry: Part) -> Part:
    """Who the partner is: an organization, a group or one that is not named."""
    for name in ("organization", "group", "unnamed"):
        if r.is_part(entry.get(name)):
            return r.part(entry.get(name))
    return r.NOTHING


def _constituency(said: Part) -> str | None:
    stated = r.text(said.get("constituency"))
    return None if stated == UNSPECIFIED else stated


def _contributions(entries: list[tuple[int, Part]]) -> list[Contribution]:
    seen: set[str] = set()
    found = []
    for place, entry in entries:
        for index, item in r.items(entry.get("contributions"), repeatable=True):
            identifier = r.text(item.get("id"))
            if identifier is not None and identifier in seen:
                continue
            seen.add(identifier or "")
            found.append(Contribution(f"/partners/{place}/contributions/{index}", item))
    return found


def inside(reference: str, goals: Iterable[str]) -> bool:
    """Whether a goal (`scheme:code`) is one of these, or a target or indicator under one of them."""
    wanted = frozenset(goals)
    above: str | None = reference
    while above is not None:
        if above in wanted:
            return True
        above = parent_of(above)
    return False


def parent_of(reference: str) -> str | None:
    """The goal or target above a reference; `None` above goals and for what the vocabulary does not know."""
    scheme, _, code = reference.rpartition(":")
    if scheme == "sdg-indicator":
        return f"sdg-target:{code.rpartition('.')[0]}" if "." in code else None
    if scheme not in ("sdg-target", "mdg-target") or code not in vocabulary.scheme(scheme):
        return None
    above = vocabulary.scheme(scheme).parent(code)
    return f"{scheme.removesuffix('-target')}:{above}" if above else None
