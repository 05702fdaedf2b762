"""The bodies of a record: their seats and votes, their vetoes, and the rule by which decisions come about in the end.

`record` reads them once; `voting` works out who has what power in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from services.assessment.evidence import reading as r
from services.assessment.evidence.reading import Part

MOST_BODIES = 10
"""Bodies that are looked at; exact figures take time."""
MOST_VOTES = 10**9

CONSENSUS, LEAD, MAJORITY, QUALIFIED = "consensus", "lead", "majority", "qualified"
FALLBACKS = (LEAD, MAJORITY, QUALIFIED)


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat: its place, who holds it, and its votes; one where nothing is stated."""

    at: str
    holder: Part
    votes: Fraction


@dataclass(frozen=True, slots=True)
class Body:
    """A body that decides. `states_seats` is false where the record does not say who sits in it; `seats` may be fewer than
    are stated, for who left holds none.
    """

    at: str
    part: Part
    seats: tuple[Seat, ...]
    states_seats: bool
    vetoes: tuple[tuple[str, Part], ...]

    @property
    def rule(self) -> str | None:
        """The rule by which decisions come about where nobody is in the way; `None` where they must all agree."""
        stated = r.text(self.part.get("rule"))
        if stated != CONSENSUS and not self.vetoes:
            return stated
        return next((each for each in FALLBACKS if each in r.words(self.part.get("fallback"))), None)

    @property
    def lead_decides(self) -> bool:
        return r.text(self.part.get("rule")) == LEAD

    def without(self, is_gone: Callable[[Part], bool]) -> Body:
        """The body without the seats and vetoes of those who are gone."""
        return replace(
            self,
            seats=tuple(seat for seat in self.seats if not is_gone(seat.holder)),
            vetoes=tuple((at, holder) for at, holder in self.vetoes if not is_gone(holder)),
        )


def read_bodies(stated: object) -> tuple[Body, ...]:
    """The bodies that a record states."""
    return tuple(_body(f"/bodies/{place}", item) for place, item in r.items(stated))[:MOST_BODIES]


def _body(at: str, item: Part) -> Body:
    seats = tuple(
        Seat(f"{at}/seats/{place}", r.part(seat.get("holder")), _votes(seat.get("votes")))
        for place, seat in r.items(item.get("seats"), repeatable=True)
    )
    vetoes = tuple((f"{at}/veto/{place}", r.part(veto.get("holder"))) for place, veto in r.items(item.get("veto")))
    return Body(at, item, seats, isinstance(item.get("seats"), list) and bool(seats), vetoes)


def _votes(value: object) -> Fraction:
    stated = r.number(value)
    return Fraction(1) if stated is None or not 0 <= stated <= MOST_VOTES else stated
