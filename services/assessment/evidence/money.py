"""Sums of money that may be made, and how long it takes to come.

Amounts are summed in the reference currency alone, and never without a rate: one amount that has none makes the sum unknown.
The indicators of funding and of business call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.assessment.evidence import reading as r
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Contribution, Partner, Record

REFERENCE = "USD"
STAGES = ("delivered", "confirmed", "pledged")
FINANCIAL = "financial"
_FULL_DATE = len("2014-05-22")


class NoRate(Exception):
    """An amount has no value in the reference currency: nothing may be summed."""


@dataclass(frozen=True, slots=True)
class Gift:
    """A contribution of money and what it is worth in the reference currency."""

    at: str
    partner: Partner
    part: Part
    worth: Fraction


def in_reference(amount: Part) -> Fraction | None:
    """An amount in US dollars, as far as the record has a rate; nothing where it is below zero."""
    stated, rate = r.number(amount.get("amount")), r.number(amount.get("rate"))
    worth = r.number(amount.get("reference_amount"))
    if worth is None and stated is not None:
        worth = stated if amount.get("currency") == REFERENCE else stated * rate if rate is not None else None
    return worth if worth is not None and worth >= 0 else None


def gifts(record: Record) -> list[Gift]:
    """All money that partners give: delivered, else confirmed, else pledged. Raises `NoRate`.

    What is stated not to be given, at any stage, is none; what is given without an amount is worth nobody knows what.
    """
    found = []
    for partner in record.partners:
        for contribution in partner.contributions:
            worth = _worth(contribution)
            if worth is not None:
                found.append(Gift(contribution.at, partner, contribution.part, worth))
    return found


def _worth(contribution: Contribution) -> Fraction | None:
    if contribution.part.get("kind") != FINANCIAL:
        return None
    stages = [contribution.part.get(name) for name in STAGES]
    for stage in stages:
        if r.number(r.part(stage).get("amount")) is not None:
            worth = in_reference(r.part(stage))
            if worth is None:
                raise NoRate
            return worth
    if stages and all(stage is False or stage is None for stage in stages) and any(stage is False for stage in stages):
        return None
    raise NoRate


@dataclass(frozen=True, slots=True)
class Shared:
    """A part of a sum: of `whole` it is known of `stated` whether it counts, and `counted` does."""

    counted: Fraction
    stated: Fraction
    whole: Fraction

    @property
    def least(self) -> Fraction:
        """The share that counts if nothing else does."""
        return self.counted / self.whole

    @property
    def most(self) -> Fraction:
        """The share that counts if all else does."""
        return (self.counted + self.whole - self.stated) / self.whole


def shared(weighed: Iterable[tuple[Fraction, Fraction | None]]) -> Shared:
    """The part of a sum that counts, from pairs of a worth and the share of it that counts; `None`: not stated, so neither
    none nor all of it.
    """
    counted = stated = whole = Fraction(0)
    for worth, weight in weighed:
        whole += worth
        if weight is not None:
            stated += worth
            counted += worth * weight
    return Shared(counted, stated, whole)


def herfindahl(shares: Iterable[Fraction]) -> Fraction:
    """The Herfindahl index: the sum of the squared shares; 1 where one gives all."""
    return sum((each * each for each in shares), Fraction(0))


@dataclass(frozen=True, slots=True)
class Waited:
    """Days from an application to its payment; `paid` is false where it still waits (censored)."""

    at: str
    days: int
    paid: bool


def waits(record: Record) -> list[Waited]:
    """The payments of the record that were applied for, with full dates; what was paid later than today still waits today."""
    return list(_waits(r.part(record.get("funding")).get("payments"), record.on))


def _waits(payments: object, on: date) -> Iterator[Waited]:
    for place, payment in r.items(payments, repeatable=True):
        applied, paid = _full(payment.get("applied_on")), _full(payment.get("paid_on"))
        if applied is None or applied > on or (paid is None and payment.get("paid_on") is not None):
            continue
        ended = paid if paid is not None and paid <= on else None
        if ended is not None and ended < applied:
            continue
        yield Waited(f"/funding/payments/{place}", ((ended or on) - applied).days, ended is not None)


def _full(value: object) -> date | None:
    written = r.day(value)
    return r.earliest(written) if written is not None and len(written) == _FULL_DATE else None


def median_wait(waited: Iterable[Waited]) -> int | None:
    """The median of Kaplan and Meier (1958): the first day by which at most half still wait; `None` where more than half do.

    Those who still wait are in the count up to the day on which they were last seen waiting. Exact.
    """
    steps: dict[int, list[int]] = {}
    for each in waited:
        counts = steps.setdefault(each.days, [0, 0])
        counts[not each.paid] += 1
    at_risk = sum(paid + waiting for paid, waiting in steps.values())
    surviving = Fraction(1)
    for days in sorted(steps):
        paid, waiting = steps[days]
        surviving *= 1 - Fraction(paid, at_risk)
        if surviving <= Fraction(1, 2):
            return days
        at_risk -= paid + waiting
    return None
