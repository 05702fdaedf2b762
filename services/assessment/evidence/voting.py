"""Voting power in the bodies of a record: who holds the seats, what a decision needs, and the Banzhaf shares that follow.

Players are constituencies, affiliates joined with whoever controls them, as if each voted as one (Banzhaf 1965). A body that
decides by consensus, or under a veto, with no other rule to fall back on, has no such figure. The indicators of decisions
call it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from services.assessment.evidence import reading as r
from services.assessment.evidence.bodies import CONSENSUS, LEAD, MAJORITY, QUALIFIED, Body
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Record
from services.assessment.indices import banzhaf

BY_CONSENSUS, RULE_UNKNOWN, HOLDERS_UNKNOWN = "by_consensus", "rule_unknown", "holders_unknown"
SEATS_UNKNOWN = "not_stated"
"""Why a body has no figure."""


@dataclass(frozen=True, slots=True)
class Power:
    """The share of voting power of each player, or why there is none."""

    shares: Mapping[str, Fraction]
    lacking: str | None = None

    def strongest(self) -> list[tuple[str, Fraction]]:
        """The players with the most power, and how much it is."""
        most = max(self.shares.values(), default=Fraction(0))
        return [(player, own) for player, own in self.shares.items() if own == most > 0]


Player = Callable[[Part], str | None]
"""From the holder of a seat to the player that it belongs to; `None` where the record does not tell."""


def power(record: Record, body: Body, player: Player) -> Power:
    """The voting power of the players in a body."""
    rule = body.rule
    if rule is None and (body.vetoes or r.text(body.part.get("rule")) == CONSENSUS):
        return Power({}, BY_CONSENSUS)
    if rule is None:
        return Power({}, RULE_UNKNOWN)
    if rule == LEAD:
        return _of_the_lead(record, player)
    if not body.seats:
        return Power({}, SEATS_UNKNOWN)
    weights: dict[str, Fraction] = {}
    for seat in body.seats:
        holder = player(seat.holder)
        if holder is None:
            return Power({}, HOLDERS_UNKNOWN)
        weights[holder] = weights.get(holder, Fraction(0)) + seat.votes
    needed = quota(body, rule, sum(weights.values(), Fraction(0)))
    if needed is None:
        return Power({}, RULE_UNKNOWN)
    return Power(_shares(weights, needed))


def _of_the_lead(record: Record, player: Player) -> Power:
    """All power where the lead decides."""
    leads = [each for each in record.partners if each.leads]
    players = {player({"organization_id": each.organization_id}) for each in leads}
    only = players.pop() if len(players) == 1 else None
    return Power({}, HOLDERS_UNKNOWN) if only is None else Power({only: Fraction(1)})


@dataclass(frozen=True, slots=True)
class Quota:
    """The votes that a decision needs: so many at least, or more than that."""

    votes: Fraction
    more: bool = False

    def met_by(self, votes: Fraction) -> bool:
        return votes > self.votes if self.more else votes >= self.votes


def quota(body: Body, rule: str, total: Fraction) -> Quota | None:
    """The quota of a rule for a total of votes; `None` where the record does not say it so that it can be counted."""
    if total <= 0:
        return None
    if rule == MAJORITY:
        return Quota(total / 2, more=True)
    stated = r.part(body.part.get("quota"))
    value, kind = r.number(stated.get("value")), stated.get("kind")
    if rule != QUALIFIED or value is None or value <= 0 or kind not in ("votes", "share"):
        return None
    votes = value if kind == "votes" else total * _whole_thirds(_percent(value)) / 100
    return Quota(votes) if votes <= total else None


def _percent(share: Fraction) -> Fraction:
    """A share in percent; no decision needs one percent or less, so that up to 1 it was written as a part of one."""
    return 100 * share if share <= 1 else share


def _whole_thirds(percent: Fraction) -> Fraction:
    """A share in percent; 66.67 and the like mean two thirds, and three voters need two, not three."""
    for thirds in (1, 2):
        exact = Fraction(100 * thirds, 3)
        if percent.denominator > 1 and any(round(exact, digits) == percent for digits in range(1, 7)):
            return exact
    return percent


def _shares(weights: Mapping[str, Fraction], needed: Quota) -> Mapping[str, Fraction]:
    """The Banzhaf shares; weights and quota are made whole numbers first, which changes no coalition."""
    players = sorted(weights)
    scale = math.lcm(*(weights[each].denominator for each in players))
    scaled = [int(weights[each] * scale) for each in players]
    step = math.gcd(*scaled)
    steps = needed.votes * scale / step
    least = math.floor(steps) + 1 if needed.more else math.ceil(steps)
    return dict(zip(players, _banzhaf(tuple(each // step for each in scaled), least), strict=True))


@lru_cache(maxsize=4096)
def _banzhaf(weights: tuple[int, ...], needed: int) -> tuple[Fraction, ...]:
    return tuple(banzhaf(weights, needed))


def can_block(body: Body, holds: Callable[[Part], bool]) -> bool:
    """Whether nothing can be decided against those whom `holds` names: by consensus or a veto, where that is the last word,
    or by their votes alone.
    """
    final = not r.says(body.part.get("fallback"))
    if final and any(holds(holder) for _, holder in body.vetoes):
        return True
    own = [seat.votes for seat in body.seats if holds(seat.holder)]
    rule = body.rule or (r.text(body.part.get("rule")) if final else None)
    if not own or rule is None:
        return False
    if rule == CONSENSUS:
        return True
    total = sum((seat.votes for seat in body.seats), Fraction(0))
    needed = quota(body, rule, total)
    return needed is not None and not needed.met_by(total - sum(own, Fraction(0)))
