"""Inclusive (¶75: all key actors, those directly affected, stakeholder analysis): are they named, represented, present, and
do they agree?

Functions of a record, a date and the pulse; `rubric_1` lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding, Parts, best, share, stated_none, unknown
from services.assessment.evidence.indicators.rubric_1.graded import RECENT_MONTHS, graded, settled
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Group, Partner, Record

SILENT_AFTER_DAYS = 60


def affected_named(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Are the affected groups named? Graded by the group of which most is said.

    Groups that are named are named, even where the record admits that nobody analysed who is affected.
    """
    if not record.affected:
        if _no_analysis(record):
            return stated_none("/analysis", lacking=["/stakeholders"])
        if r.stated_none(record.get("stakeholders")):
            return stated_none("/stakeholders", lacking=["/stakeholders"])
        return unknown("/stakeholders")
    return best([_named(record, group, on) for group in record.affected])


def _no_analysis(record: Record) -> bool:
    analysis = record.get("analysis")
    return r.stated_none(analysis) or r.part(analysis).get("done") is False


def _named(record: Record, group: Group, on: date) -> Finding:
    parts = Parts()
    parts.look("group", True, group.at)
    said = group.part.get("places")
    places = parts.look("places", _any(said), f"{group.at}/places", denied=r.stated_none(said))
    proof = _public_analysis(record) or record.borne_out_by(group.represented_by)
    proven = parts.look("proof", proof is not None, proof or "/analysis/url")
    described = [
        parts.look("number", r.number(group.part.get("number")) is not None, f"{group.at}/number"),
        parts.look("effect", r.says(group.part.get("effect")), f"{group.at}/effect"),
        parts.look("recent", r.within(group.part.get("updated"), RECENT_MONTHS, on), f"{group.at}/updated"),
    ]
    if not places:
        return parts.finding(1)
    return parts.finding(2 if not proven else 4 if all(described) else 3)


def _any(value: object) -> bool:
    return bool(r.texts(value)) or any(r.says(item.get("name")) for _, item in r.items(value))


def _public_analysis(record: Record) -> str | None:
    analysis = r.part(record.get("analysis"))
    if analysis.get("done") is False:
        return None
    return "/analysis/url" if r.text(analysis.get("url")) and r.begun(analysis.get("date"), record.on) else None


def affected_represented(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """How many affected groups have a confirmed partner that stands for them? All, and chosen by themselves, for the top."""
    groups = record.affected
    if not groups:
        if r.stated_none(record.get("stakeholders")):
            return stated_none("/stakeholders", lacking=["/stakeholders"])
        return unknown("/stakeholders")
    if not any(group.states_represented for group in groups):
        return unknown(*(f"{group.at}/represented_by" for group in groups))
    speaking = record.confirmed_organizations
    represented = [group for group in groups if not speaking.isdisjoint(group.represented_by)]
    chosen = all(group.part.get("chosen_by") == "themselves" for group in represented)
    silent = [group for group in groups if not group.states_represented]
    evidence = [f"{group.at}/represented_by" for group in represented]
    lacking = [f"{group.at}/represented_by" for group in groups if speaking.isdisjoint(group.represented_by)]
    level = settled(
        "affected_represented",
        Fraction(len(represented), len(groups)),
        Fraction(len(represented) + len(silent), len(groups)),
        top=4 if chosen else 3,
    )
    if level is None:
        return unknown(*lacking, reason="partly_stated", evidence=evidence)
    if not chosen:
        lacking += [f"{each.at}/chosen_by" for each in represented if each.part.get("chosen_by") != "themselves"]
    return share(
        "affected_represented",
        level,
        len(represented),
        len(groups),
        evidence=evidence or [group.at for group in groups],
        lacking=lacking,
        missing=[] if chosen else ["chosen_by_themselves"],
    )


def key_actors_present(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """How many key kinds of actor of the analysis take part?"""
    analysis = record.get("analysis")
    actors = list(r.items(r.part(analysis).get("key_actors")))
    if not actors:
        if _no_analysis(record):
            return stated_none("/analysis", lacking=["/analysis"])
        if r.stated_none(r.part(analysis).get("key_actors")):
            return stated_none("/analysis/key_actors", lacking=["/analysis/key_actors"])
        return unknown("/analysis/key_actors")
    if not any(isinstance(actor.get("present"), bool) for _, actor in actors):
        return unknown(*(f"/analysis/key_actors/{place}/present" for place, _ in actors))
    kinds = _presence([actor for _, actor in actors])
    taking_part, silent = kinds.count(True), kinds.count(None)
    evidence = [f"/analysis/key_actors/{place}" for place, actor in actors if actor.get("present") is True]
    lacking = [f"/analysis/key_actors/{place}/present" for place, actor in actors if actor.get("present") is None]
    level = settled("key_actors_present", Fraction(taking_part, len(kinds)), Fraction(taking_part + silent, len(kinds)))
    if level is None:
        return unknown(*lacking, reason="partly_stated", evidence=evidence)
    return share(
        "key_actors_present",
        level,
        taking_part,
        len(kinds),
        evidence=evidence or ["/analysis/key_actors"],
        lacking=lacking,
    )


def _presence(actors: Sequence[Part]) -> list[bool | None]:
    """For each kind of actor whether it takes part, as far as that is stated; one of a kind is enough."""
    found: dict[str, bool | None] = {}
    for actor in actors:
        kind, said = r.text(actor.get("kind")) or "", actor.get("present")
        earlier = found.get(kind)
        found[kind] = True if said is True or earlier else False if said is False else earlier
    return list(found.values())


def partners_confirmed(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """How many named partners have confirmed? Those asked less than 60 days ago are not counted; the lead's own entry is.

    Unknown as long as nobody beside the lead has answered or had 60 days to do so. Two constituencies for the top.
    """
    named = [each for each in record.partners if each.named]
    if not any(each.state for each in named):
        if r.stated_none(record.get("partners")):
            return stated_none("/partners", lacking=["/partners"])
        return unknown("/partners")
    counted = [each for each in named if each.confirmed or not _still_asked(record, each, on)]
    if all(each.leads for each in counted):
        return unknown("/partners", reason="still_asked", evidence=[each.at for each in counted])
    confirmed = [each for each in counted if each.confirmed]
    level = graded("partners_confirmed", Fraction(len(confirmed), len(counted)))
    one_voice = len({each.constituency for each in confirmed if each.constituency}) < 2
    return share(
        "partners_confirmed",
        min(level, 3) if one_voice else level,
        len(confirmed),
        len(counted),
        evidence=[f"{each.at}/confirmation" for each in confirmed] or [each.at for each in counted],
        lacking=[f"{each.at}/confirmation" for each in counted if not each.confirmed],
        missing=["two_constituencies"] if one_voice else [],
    )


def _still_asked(record: Record, partner: Partner, on: date) -> bool:
    """Whether 60 days have not passed since the partner was named, or since it answered by an address that was not verified."""
    since = partner.since or r.day(record.get("created_at"))
    return since is not None and (on - r.earliest(since)).days < SILENT_AFTER_DAYS
