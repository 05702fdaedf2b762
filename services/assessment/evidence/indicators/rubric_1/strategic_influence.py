"""Strategic influence (¶75): useful goals, ties to plans, a voice in official processes, a real commitment of the agency.

Functions of a record, a date and the pulse; `rubric_1` lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from schemas import vocabulary
from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding, Parts, best, few, stated_none, unknown
from services.assessment.evidence.indicators.rubric_1.graded import RECENT_MONTHS
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Record, parent_of

MOST_PRIMARY = 3
PLANS = frozenset({"national_plan", "local_plan", "cooperation_framework"})
FED = frozenset({"submitted", "cited", "confirmed"})
PUBLIC_CHAMBER = "public"
UN_SYSTEM = "un_system"
MEANS = frozenset({"staff", "funds", "decision"})


def goals_useful(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Are goals coded usefully? A few primary ones, then targets, then indicators; goals that a crosswalk derived do not
    count.
    """
    if not record.goals:
        return stated_none("/goals", lacking=["/goals"]) if r.stated_none(record.get("goals")) else unknown("/goals")
    schemes = {scheme for _, scheme, _, _ in record.goals}
    above = {_goal_of(goal) for goal in record.primary_goals}
    parts = Parts(["/goals"])
    primary = parts.look("primary_goals", bool(above), *(list(record.primary_goals.values()) or ["/goals"]))
    few_enough = parts.look("few_primary", primary and len(above) <= MOST_PRIMARY, "/goals")
    targets = parts.look("targets", bool(schemes & {"sdg-target", "mdg-target"}), "/goals")
    indicators = parts.look("indicators", "sdg-indicator" in schemes, "/goals")
    if not primary:
        return parts.finding(0 if _all_goals(record) else 1)
    if not few_enough:
        return parts.finding(1)
    return parts.finding(2 if not targets else 4 if indicators else 3)


def _goal_of(reference: str) -> str:
    """The goal above a target or indicator."""
    above = parent_of(reference)
    return reference if above is None else _goal_of(above)


def _all_goals(record: Record) -> bool:
    stated = {code for _, scheme, code, _ in record.goals if scheme == "sdg"}
    return stated >= set(vocabulary.scheme("sdg").codes)


def tied_to_plan(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Is it tied to a national, local or United Nations plan? Graded by the plan of which most is said."""
    found = []
    for place, process in r.items(record.get("processes")):
        if r.text(process.get("kind")) not in PLANS:
            continue
        at = f"/processes/{place}"
        parts = Parts()
        parts.look("plan", True, at)
        named = parts.look("plan_name", r.says(process.get("name")), f"{at}/name")
        proven = parts.look("proof", _is_dated_and_public(process, on), f"{at}/url")
        confirmed = parts.look("authority", process.get("relation") == "confirmed", f"{at}/relation")
        found.append(parts.finding(4 if confirmed else 1 if not named else 3 if proven else 2))
    return _of_processes(record, found)


def fed_processes(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Has it fed official processes within 24 months? Graded by the process of which most is said."""
    found = []
    for place, process in r.items(record.get("processes")):
        relation = r.text(process.get("relation"))
        if relation not in FED:
            continue
        at = f"/processes/{place}"
        parts = Parts()
        parts.look("submitted", True, f"{at}/relation")
        recent = parts.look("recent", r.within(process.get("year"), RECENT_MONTHS, on), f"{at}/year")
        confirmed = relation == "confirmed"
        proven = parts.look(
            "proof", confirmed or _is_dated_and_public(process, on), f"{at}/relation" if confirmed else f"{at}/url"
        )
        cited = parts.look("cited", relation == "cited", f"{at}/relation")
        found.append(parts.finding(1 if not recent else 2 if not proven else 4 if cited else 3))
    return _of_processes(record, found)


def _is_dated_and_public(process: Part, on: date) -> bool:
    return r.text(process.get("url")) is not None and r.begun(process.get("year"), on)


def _of_processes(record: Record, found: Sequence[Finding]) -> Finding:
    if found:
        return best(found)
    if r.stated_none(record.get("processes")):
        return stated_none("/processes", lacking=["/processes"])
    return unknown("/processes")


def agency_commitment(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """How firmly is the UN agency, or where none takes part the sponsoring public body, committed? Registering the record is
    no commitment and is not here.

    Graded by the commitment of which most is said. A promise of means that is stated not to be delivered is no more than
    words.
    """
    commitments = [
        (f"/agency_commitments/{place}", item)
        for place, item in r.items(record.get("agency_commitments"))
        if _is_of_the_agency(record, item)
    ]
    if not commitments:
        if r.stated_none(record.get("agency_commitments")):
            return stated_none("/agency_commitments", lacking=["/agency_commitments"])
        return unknown("/agency_commitments")
    real = [_committed(record, at, item, on) for at, item in commitments if item.get("kind") != "logo"]
    if not real:
        return Finding(0, "only_a_logo", evidence=few([at for at, _ in commitments]), lacking=("/agency_commitments",))
    return best(real)


def _is_of_the_agency(record: Record, item: Part) -> bool:
    """Whether it is the commitment of a UN agency among the partners, or where none is, of the sponsoring public body.

    That sponsor need be no partner: who is none is taken for it, as the record says so. Who left or declined is nobody.
    """
    if record.is_gone(item):
        return False
    identifier = r.text(item.get("organization_id"))
    agencies = {each.organization_id for each in record.partners if each.named and each.constituency == UN_SYSTEM}
    if agencies:
        return identifier in agencies
    said = record.organizations.get(identifier or "")
    constituency = None if said is None else r.text(said.get("constituency"))
    return constituency is None or vocabulary.chamber_of(constituency) in (PUBLIC_CHAMBER, None)


def _committed(record: Record, at: str, item: Part, on: date) -> Finding:
    parts = Parts([at])
    kind, delivered = r.text(item.get("kind")), item.get("delivered")
    serving = parts.look(
        "focal_point_or_means", kind == "focal_point" or (kind in MEANS and delivered is not False), at
    )
    means = parts.look("means", kind in MEANS, f"{at}/kind")
    public = r.text(item.get("url")) is not None and r.begun(item.get("date"), on)
    signed = r.says(item.get("signed_off_by"))
    agency = record.borne_out_by(r.texts([item.get("organization_id")]))
    proof = f"{at}/url" if public else agency
    proven = parts.look("proof", proof is not None, proof or f"{at}/url")
    parts.look("delivered", delivered is True, f"{at}/delivered", denied=delivered is False)
    parts.look("signed_off", signed, f"{at}/signed_off_by")
    recent = parts.look("recent", r.within(item.get("date"), RECENT_MONTHS, on), f"{at}/date")
    if not serving:
        return parts.finding(1)
    if not (means and proven):
        return parts.finding(2)
    return parts.finding(4 if delivered is True and signed and recent else 3)
