"""Balance with the private sector (¶75 and ¶76: welcome, not dominant): named, in balance in votes and money, and looked at
first.

Functions of a record, a date and the pulse; `rubric_1` lists them. Affiliates count with whoever controls them. Where no
business takes part and the record says why, only the first indicator applies.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from services.assessment.evidence import money, voting
from services.assessment.evidence import reading as r
from services.assessment.evidence.bodies import Body
from services.assessment.evidence.findings import (
    Finding,
    Parts,
    few,
    not_applicable,
    nothing_to_count,
    share,
    stated_none,
    unknown,
)
from services.assessment.evidence.indicators.rubric_1.graded import RECENT_MONTHS, graded
from services.assessment.evidence.money import NoRate
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import BUSINESS, Record

SMALL = frozenset({"micro", "sme"})
ABSENT = "business_absent"


def business_named(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Are kinds of business and interests stated, or the reason for absence?"""
    private_sector = record.get("private_sector")
    stated = r.part(private_sector)
    kinds = set(r.texts(stated.get("kinds"))) | {each.size for each in record.business if each.size}
    if record.business_is_absent:
        return Finding(2, ABSENT, found=("absence_reason",), evidence=("/private_sector/absence_reason",))
    if not kinds and not record.business:
        if r.stated_none(private_sector):
            return stated_none("/private_sector", lacking=["/private_sector"])
        if r.stated_none(stated.get("kinds")):
            return stated_none("/private_sector/kinds", lacking=["/private_sector/absence_reason"])
        return unknown("/private_sector")
    places = [each.at for each in record.business]
    parts = Parts(places or ["/private_sector"])
    named = parts.look("kinds", bool(kinds), "/private_sector/kinds" if stated.get("kinds") else "", *places)
    in_roles = parts.look(
        "roles",
        bool(record.business) and all(each.roles for each in record.business),
        *([f"{each.at}/roles" for each in record.business] or ["/partners"]),
    )
    proof = _proof(record)
    proven = parts.look("proof", proof is not None, proof or "/due_diligence")
    said = stated.get("interests_declared")
    declared = parts.look("interests", said is True, "/private_sector/interests_declared", denied=said is False)
    small = parts.look(
        "small_firms",
        bool(kinds & SMALL) or r.says(stated.get("absence_reason")),
        *(_small(record, kinds) or ["/private_sector/absence_reason"]),
    )
    if not (named and in_roles):
        return parts.finding(1)
    return parts.finding(2 if not proven else 4 if declared and small else 3)


def _small(record: Record, kinds: set[str]) -> list[str]:
    """Where small firms are named."""
    if not kinds & SMALL:
        return []
    found = [each.at for each in record.business if each.size in SMALL]
    return found or ["/private_sector/kinds"]


def _proof(record: Record) -> str | None:
    """A business that is of another constituency than the lead bears it out, or a dated public check of one does."""
    confirmed = (each.at for each in record.business if each.confirmed and record.is_another(each))
    businesses = {each.organization_id for each in record.business if each.organization_id}
    checked = (
        f"/due_diligence/{place}"
        for place, check in r.items(record.get("due_diligence"))
        if r.text(check.get("organization_id")) in businesses
        and r.text(check.get("url"))
        and r.begun(check.get("date"), record.on)
    )
    return next(confirmed, None) or next(checked, None)


def business_power(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """The larger of its share of seats and of voting power, the largest over the bodies; a veto counts as all."""
    if record.business_is_absent:
        return not_applicable(ABSENT, "/private_sector/absence_reason")
    bodies = record.bodies
    for body in bodies:
        for at, holder in body.vetoes:
            if record.voice_of_holder(holder) == BUSINESS:
                return Finding(0, "business_veto", evidence=(at,))
    found = [(figures, body) for body in bodies if (figures := _in_body(record, body)) is not None]
    if not found:
        if r.stated_none(record.get("bodies")):
            return nothing_to_count("/bodies")
        seated = [f"{body.at}/seats" for body in bodies if body.seats]
        return unknown(*seated, reason="holders_unknown") if seated else unknown("/bodies")
    (seats, power), body = max(found, key=lambda each: (_larger(each[0]), each[1].at))
    larger = _larger((seats, power))
    return Finding(
        graded("business_power", larger),
        "business_power" if power is not None else "business_seats",
        value=larger,
        unit="share",
        figures=(("seats", seats or Fraction(0)), ("power", power or Fraction(0))),
        evidence=(body.at,),
        lacking=tuple(each.at for each in bodies if all(each is not known for _, known in found)),
    )


Figures = tuple[Fraction | None, Fraction | None]


def _larger(figures: Figures) -> Fraction:
    return max((each for each in figures if each is not None), default=Fraction(0))


def _in_body(record: Record, body: Body) -> Figures | None:
    """Its share of seats and of voting power in a body; `None` where it is not known who holds them."""
    voices = [record.voice_of_holder(seat.holder) for seat in body.seats]
    if None in voices:
        return None
    seats = Fraction(voices.count(BUSINESS), len(voices)) if voices else None
    power = voting.power(record, body, record.voice_of_holder)
    own = power.shares.get(BUSINESS, Fraction(0)) if power.lacking is None else None
    return None if seats is None and own is None else (seats, own)


def business_money(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Its share of the money that partners give, in the reference currency; the largest giver and the Herfindahl index
    beside it.
    """
    if record.business_is_absent:
        return not_applicable(ABSENT, "/private_sector/absence_reason")
    try:
        gifts = money.gifts(record)
    except NoRate:
        return unknown("/partners", reason="no_rate")
    whole = sum((gift.worth for gift in gifts), Fraction(0))
    if not whole:
        return unknown("/partners")
    givers: dict[str, Fraction] = {}
    for gift in gifts:
        givers[gift.partner.at] = givers.get(gift.partner.at, Fraction(0)) + gift.worth / whole
    own = sum((gift.worth for gift in gifts if gift.partner.is_business), Fraction(0)) / whole
    return Finding(
        graded("business_money", own),
        "business_money",
        value=own,
        unit="share",
        figures=(("share", own), ("largest", max(givers.values())), ("herfindahl", money.herfindahl(givers.values()))),
        evidence=few([gift.at for gift in gifts]),
    )


def due_diligence(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """For how many business partners was due diligence done? All within 24 months, and exclusions published, for the top."""
    if record.business_is_absent:
        return not_applicable(ABSENT, "/private_sector/absence_reason")
    if not record.business:
        return unknown("/private_sector/absence_reason", reason="no_business")
    checks = _checks(record)
    if not checks and not isinstance(record.get("due_diligence"), list):
        return unknown("/due_diligence")
    checked = [each for each in record.business if each.organization_id in checks]
    recent = len(checked) == len(record.business) and all(
        any(r.within(check.get("date"), RECENT_MONTHS, on) for _, check in checks[each.organization_id or ""])
        for each in checked
    )
    published = r.text(r.part(record.get("private_sector")).get("exclusions_url")) is not None
    level = graded("due_diligence", Fraction(len(checked), len(record.business)))
    return share(
        "due_diligence",
        level if recent and published else min(level, 3),
        len(checked),
        len(record.business),
        evidence=[f"/due_diligence/{place}" for each in checked for place, _ in checks[each.organization_id or ""]]
        or ["/due_diligence"],
        lacking=(["/due_diligence"] if not recent else []) + ([] if published else ["/private_sector/exclusions_url"]),
        missing=[*([] if recent else ["recent_checks"]), *([] if published else ["exclusions"])],
    )


def _checks(record: Record) -> dict[str, list[tuple[int, Part]]]:
    found: dict[str, list[tuple[int, Part]]] = {}
    for place, check in r.items(record.get("due_diligence")):
        identifier = r.text(check.get("organization_id"))
        if identifier is not None and not r.ahead(check.get("date"), record.on):
            found.setdefault(identifier, []).append((place, check))
    return found
