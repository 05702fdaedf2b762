"""Flexible funding (¶75: funding that is flexible, and can be moved by experience): free, lasting, quick, and close to
people.

Functions of a record, a date and the pulse; `rubric_1` lists them. The four figures that a record states come first; where
there is none, single payments and contributions are summed (`money`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from services.assessment.evidence import money
from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding, few, not_applicable, nothing_to_count, unknown
from services.assessment.evidence.indicators.rubric_1.graded import graded, settled
from services.assessment.evidence.money import Gift, NoRate, Shared
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Record

SEVERAL_YEARS_MONTHS = 24
_EARMARKING = {"none": Fraction(1), "soft": Fraction(1, 2), "tight": Fraction(0)}
_NOT_APPLICABLE = "not_applicable"

Weight = Callable[[Part], Fraction | None]
"""The share of a contribution that counts; `None` where it does not say."""


def not_earmarked(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Share of money that is not earmarked; softly earmarked money counts half."""
    return _share(
        record,
        "not_earmarked",
        "unearmarked_percent",
        lambda part: _EARMARKING.get(r.text(part.get("earmarking")) or ""),
        "earmarking",
    )


def several_years(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Share of money committed for 24 months or more."""
    return _share(record, "several_years", "multi_year_percent", _lasting, "period")


def _lasting(part: Part) -> Fraction | None:
    months = r.months_long(part.get("period"))
    return None if months is None else Fraction(months >= SEVERAL_YEARS_MONTHS)


def reaches_local(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Share of money that reaches local organizations: as stated, else of single payments, else of contributions."""
    payments = list(r.items(r.part(record.get("funding")).get("payments"), repeatable=True))
    stated = r.percent(r.part(record.get("funding")).get("local_percent"))
    if stated is None and any(_is_local(payment) is not None for _, payment in payments):
        worths = [(money.in_reference(payment), _is_local(payment)) for _, payment in payments]
        if any(worth is None for worth, _ in worths):
            return unknown("/funding/local_percent", reason="no_rate", evidence=["/funding/payments"])
        summed = money.shared((worth, local) for worth, local in worths if worth is not None)
        silent = [f"/funding/payments/{at}/recipient/local" for at, each in payments if _is_local(each) is None]
        if summed.stated:
            return _of_sum("reaches_local", summed, ["/funding/payments"], ["/funding/local_percent", *silent])
    return _share(record, "reaches_local", "local_percent", _is_local, "recipient/local")


def _is_local(part: Part) -> Fraction | None:
    local = r.part(part.get("recipient")).get("local")
    return Fraction(local) if isinstance(local, bool) else None


def _share(record: Record, code: str, stated_in: str, weight: Weight, member: str) -> Finding:
    """The share that the record states, else that of its partners' contributions."""
    stated = r.percent(r.part(record.get("funding")).get(stated_in))
    if stated is not None:
        return _of_share(code, stated, [f"/funding/{stated_in}"])
    try:
        gifts = money.gifts(record)
    except NoRate:
        return unknown(f"/funding/{stated_in}", reason="no_rate")
    if not gifts and r.stated_none(record.get("funding")):
        return nothing_to_count("/funding")
    weighed: list[tuple[Gift, Fraction | None]] = [(gift, weight(gift.part)) for gift in gifts]
    summed = money.shared((gift.worth, share) for gift, share in weighed)
    silent = [f"{gift.at}/{member}" for gift, share in weighed if share is None]
    lacking = [f"/funding/{stated_in}", *silent]
    if not summed.stated:
        return unknown(*lacking)
    return _of_sum(code, summed, [f"{gift.at}/{member}" for gift, share in weighed if share is not None], lacking)


def _of_sum(code: str, summed: Shared, evidence: list[str], lacking: list[str]) -> Finding:
    """The share that is stated to count, of all the money; unknown where the money of which it is not stated could change the
    level.
    """
    if settled(code, summed.least, summed.most) is None:
        return unknown(*lacking, reason="partly_stated", evidence=evidence)
    return _of_share(code, summed.least, evidence, lacking if summed.stated < summed.whole else [])


def _of_share(code: str, share: Fraction, evidence: list[str], lacking: list[str] | None = None) -> Finding:
    return Finding(
        graded(code, share),
        code,
        value=share,
        unit="share",
        figures=(("share", share),),
        evidence=few(evidence),
        lacking=few(lacking or []),
    )


def days_to_payment(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Median days from application to payment: of single payments, pending ones censored, else as stated. Without grants it
    does not apply.
    """
    waited = money.waits(record)
    stated = r.number(r.part(record.get("funding")).get("median_days_to_payment"))
    if not waited and stated is None:
        return _no_days(record)
    if not waited and stated is not None:
        return _of_days("days_to_payment", stated, ["/funding/median_days_to_payment"])
    places = [each.at for each in waited]
    median = money.median_wait(waited)
    if median is not None:
        return _of_days("days_to_payment", Fraction(median), places)
    # More than half still wait: the median lies beyond the longest wait. That grades it only where nothing is left to lose.
    longest = Fraction(max(each.days for each in waited))
    if graded("days_to_payment", longest) == 0:
        return _of_days("days_still_waiting", longest, places)
    return unknown("/funding/payments", reason="mostly_waiting", evidence=places)


def _no_days(record: Record) -> Finding:
    funding = record.get("funding")
    if record.silence("/funding/median_days_to_payment", "/funding/payments") == _NOT_APPLICABLE:
        return not_applicable("without_grants", "/silences")
    if r.stated_none(funding):
        return not_applicable("without_grants", "/funding")
    if r.stated_none(r.part(funding).get("payments")):
        return not_applicable("without_grants", "/funding/payments")
    return unknown("/funding/median_days_to_payment")


def _of_days(reason: str, days: Fraction, evidence: list[str]) -> Finding:
    return Finding(
        graded("days_to_payment", days),
        reason,
        value=days,
        unit="days",
        figures=(("days", days),),
        evidence=few(evidence),
    )
