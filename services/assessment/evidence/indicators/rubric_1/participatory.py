"""Participatory (¶75): rules that can be read, power that matches numbers, power for those affected, and what partners say
of it.

Functions of a record, a date and the pulse; `rubric_1` lists them. Voting power is worked out in `voting`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction

from services.assessment.evidence import reading as r
from services.assessment.evidence import voting
from services.assessment.evidence.bodies import LEAD, Body
from services.assessment.evidence.findings import Finding, Parts, best, nothing_to_count, share, stated_none, unknown
from services.assessment.evidence.indicators.rubric_1.graded import RECENT_MONTHS, graded
from services.assessment.evidence.pulse import LEAST_ANSWERS, Pulse
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Record

RULES_ARE_IN = ("agreement", "policy", "minutes")
AFFECTED = "affected"


def rules_stated(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Are bodies, seats and rules stated? Graded by the body of which most is said."""
    bodies = record.stated_bodies
    if not bodies:
        if r.stated_none(record.get("bodies")):
            return stated_none("/bodies", lacking=["/bodies"])
        return unknown("/bodies")
    if all(body.lead_decides for body in bodies):
        return Finding(0, "lead_decides", evidence=tuple(f"{body.at}/rule" for body in bodies))
    return best([_ruled(record, body, on) for body in bodies if not body.lead_decides])


def _ruled(record: Record, body: Body, on: date) -> Finding:
    parts = Parts([body.at])
    rule = parts.look("rule", r.text(body.part.get("rule")) is not None, f"{body.at}/rule")
    no_seats = r.stated_none(body.part.get("seats"))
    seats = parts.look("seats", body.states_seats, f"{body.at}/seats", denied=no_seats)
    published = _published(record)
    proven = parts.look("proof", bool(published), *(published or ["/documents"]))
    minutes = [
        at for at, kind, paper in record.papers if kind == "minutes" and r.within(paper.get("date"), RECENT_MONTHS, on)
    ]
    no_papers = r.stated_none(record.get("documents"))
    used = parts.look("recent_minutes", bool(minutes), *(minutes or ["/documents"]), denied=no_papers)
    if not (rule and seats):
        return parts.finding(1)
    return parts.finding(2 if not proven else 4 if used else 3)


def _published(record: Record) -> list[str]:
    """Where the rules can be read: dated public papers."""
    agreement = r.part(record.get("agreement"))
    found = ["/agreement"] if r.text(agreement.get("url")) and r.begun(agreement.get("signed"), record.on) else []
    return found + [at for at, kind, paper in record.papers if kind in RULES_ARE_IN and r.day(paper.get("date"))]


def power_gap(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """By how much does the strongest constituency's voting power pass its share of partners? The largest over the bodies."""
    bodies = record.bodies
    if not bodies:
        return nothing_to_count("/bodies") if r.stated_none(record.get("bodies")) else unknown("/bodies")
    shares = _shares_of_partners(record)
    if not shares:
        return unknown("/partners")
    found: list[tuple[Fraction, Fraction, Fraction, str, Body]] = []
    lacking: list[tuple[Body, str]] = []
    for body in bodies:
        power = voting.power(record, body, record.voice_of_holder)
        if power.lacking is not None:
            lacking.append((body, power.lacking))
            continue
        for voice, own in power.strongest():
            found.append((own - shares.get(voice, Fraction(0)), own, shares.get(voice, Fraction(0)), voice, body))
    if not found:
        return _no_power(lacking)
    gap, own, part, voice, body = max(found, key=lambda each: (each[0], each[3], each[4].at))
    points = 100 * gap
    return Finding(
        graded("power_gap", points),
        "power_gap",
        value=points,
        unit="points",
        figures=(("constituency", voice), ("power", own), ("share", part)),
        evidence=(body.at,),
        lacking=tuple(each.at for each, why in lacking if why != voting.BY_CONSENSUS),
    )


def _shares_of_partners(record: Record) -> dict[str, Fraction]:
    voices = Counter(each.voice for each in record.partners if each.voice)
    return {voice: Fraction(count, voices.total()) for voice, count in voices.items()}


def _is_played(body: Body) -> bool:
    return bool(body.seats) or body.rule == LEAD


def _no_power(lacking: list[tuple[Body, str]]) -> Finding:
    """Why no body has a figure: the reason that could be mended first."""
    order = (voting.SEATS_UNKNOWN, voting.HOLDERS_UNKNOWN, voting.RULE_UNKNOWN, voting.BY_CONSENSUS)
    body, reason = min(lacking, key=lambda each: order.index(each[1]))
    if reason == voting.BY_CONSENSUS:
        return unknown(f"{body.at}/fallback", reason=reason, evidence=[body.at])
    if reason == voting.SEATS_UNKNOWN:
        return unknown(f"{body.at}/seats")
    return unknown(f"{body.at}/{'rule' if reason == voting.RULE_UNKNOWN else 'seats'}", reason=reason)


def affected_hold_power(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """What voting power have those affected, if they vote as one? The largest over the bodies; who can block has the top."""
    bodies = record.bodies
    if not bodies:
        if r.stated_none(record.get("bodies")):
            return stated_none("/bodies", lacking=["/bodies"])
        return unknown("/bodies")
    for body in bodies:
        if voting.can_block(body, record.is_affected):
            seats = [seat.at for seat in body.seats if record.is_affected(seat.holder)]
            return Finding(4, "affected_can_block", evidence=tuple(seats) or (body.at,))
    played = [body for body in bodies if _is_played(body)]
    if not played:
        return unknown(*(f"{body.at}/seats" for body in bodies))
    if not _affected_are_known(record, played):
        return unknown("/stakeholders")
    powers = [(_power_of_affected(record, body), body) for body in played]
    known = [(own, body) for own, body in powers if isinstance(own, Fraction)]
    if not known:
        return _no_power([(body, why) for why, body in powers if isinstance(why, str)])
    own, body = max(known, key=lambda each: (each[0], each[1].at))
    return Finding(
        graded("affected_hold_power", own),
        "affected_hold_power",
        value=own,
        unit="share",
        figures=(("power", own),),
        evidence=tuple(seat.at for seat in body.seats if record.is_affected(seat.holder)) or (body.at,),
        lacking=tuple(each.at for why, each in powers if isinstance(why, str) and why != voting.BY_CONSENSUS),
    )


def _affected_are_known(record: Record, bodies: list[Body]) -> bool:
    """Whether the record names those affected, states that there are none, or gives them seats."""
    return (
        bool(record.affected)
        or r.stated_none(record.get("stakeholders"))
        or any(record.is_affected(seat.holder) for body in bodies for seat in body.seats)
    )


def _power_of_affected(record: Record, body: Body) -> Fraction | str:
    """Their share of power in a body, or why there is none."""

    def player(holder: Part) -> str | None:
        return AFFECTED if record.is_affected(holder) else record.voice_of_holder(holder)

    if body.seats and not any(record.is_affected(seat.holder) for seat in body.seats):
        # Without a seat there is no power, whatever the rule; as long as it is known who sits there.
        if all(record.voice_of_holder(seat.holder) for seat in body.seats):
            return Fraction(0)
        return voting.HOLDERS_UNKNOWN
    power = voting.power(record, body, player)
    return power.lacking if power.lacking is not None else power.shares.get(AFFECTED, Fraction(0))


def partners_say_they_decide(_record: Record, _on: date, pulse: Pulse | None) -> Finding:
    """Do partners say that they could influence the last large decision? From five who can say; "partly" counts half."""
    if pulse is None:
        return unknown(reason="no_pulse")
    if pulse.could_say < LEAST_ANSWERS:
        return unknown(reason="few_answers")
    could = Fraction(2 * pulse.yes + pulse.partly, 2)
    return share(
        "partners_say_they_decide",
        graded("partners_say_they_decide", could / pulse.could_say),
        could,
        pulse.could_say,
    )
