"""Who somebody is to the assessment: the one place that answers it (`authority_of`), from what the registry told.

Authority comes from designations and nominations, never from a claim in a token; a token carries a platform role at most. The
registry binds a designation when its person first calls; until that has arrived here, the hash of the address says the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from schemas.authority import widened
from services.assessment.register.models import RegisteredAuthority, RegisteredOrganization
from services.chassis import clock
from services.chassis.identity import Principal

FORUM_MEMBER = "forum_member"
RUNNING = ("designated", "nominated", "bound")


@dataclass(frozen=True, slots=True)
class Nomination:
    """A person whom a network nominated. `person_id` is None until the registry has bound it, `address_hash` from then on.

    `constituency` is the network's; `organization_id` None for people who belong to no organization. `countries` are those that
    the nomination names, else that of the organization.
    """

    id: str
    network_id: str
    constituency: str
    organization_id: str | None
    roles: tuple[str, ...]
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    person_id: str | None = None
    address_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """What the assessment knows of a person, today (lapsed and ended terms are not in it).

    `organizations` gives the functions by organization id; `lead` is already widened to focal_point and confirmer.
    """

    person_id: str
    role: str | None = None
    organizations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    nominations: tuple[Nomination, ...] = ()

    def has(self, function: str, organization_id: str | None) -> bool:
        """Whether the person has that function in that organization."""
        return organization_id is not None and function in self.organizations.get(organization_id, frozenset())

    def acting_for(self, function: str) -> frozenset[str]:
        """The organizations in which the person has that function."""
        return frozenset(each for each, held in self.organizations.items() if function in held)

    @property
    def memberships(self) -> tuple[Nomination, ...]:
        """The nominations as a member of the forum, the oldest first."""
        return tuple(each for each in self.nominations if FORUM_MEMBER in each.roles)


def authority_of(session: Session, principal: Principal | None) -> Authority | None:
    """What the person who calls is to the assessment, today; None for nobody."""
    if principal is None:
        return None
    functions: dict[str, frozenset[str]] = defaultdict(frozenset)
    nominations: list[Nomination] = []
    for row in _rows_of(session, principal):
        if row.kind == "nomination":
            nominations.extend(_nominations(session, [row]))
        elif row.kind == "designation" and row.organization_id is not None and _within_term(row):
            functions[row.organization_id] |= widened(row.functions)
    return Authority(
        person_id=principal.person_id,
        role=principal.role,
        organizations=dict(functions),
        nominations=tuple(nominations),
    )


def pool(session: Session) -> list[Nomination]:
    """Everybody nominated as a member of the forum, in the order of nominations; who is not bound yet has no `person_id`."""
    rows = session.scalars(
        select(RegisteredAuthority)
        .where(RegisteredAuthority.kind == "nomination", RegisteredAuthority.state.in_(("nominated", "bound")))
        .order_by(RegisteredAuthority.id)
    ).all()
    return [each for each in _nominations(session, rows) if FORUM_MEMBER in each.roles]


def nomination(session: Session, nomination_id: str) -> Nomination | None:
    """A nomination that runs; None where there is none, or it was withdrawn."""
    row = session.get(RegisteredAuthority, nomination_id)
    if row is None or row.kind != "nomination" or row.state not in RUNNING:
        return None
    return next(iter(_nominations(session, [row])), None)


def nominations_of_same_person(session: Session, nomination_id: str) -> list[str]:
    """The ids of all nominations of whoever has that one: two networks may have nominated the same person."""
    row = session.get(RegisteredAuthority, nomination_id)
    if row is None or row.person_id is None:
        return [nomination_id]
    own = RegisteredAuthority.kind == "nomination", RegisteredAuthority.person_id == row.person_id
    return list(session.scalars(select(RegisteredAuthority.id).where(*own).order_by(RegisteredAuthority.id)))


def _rows_of(session: Session, principal: Principal) -> Sequence[RegisteredAuthority]:
    own = RegisteredAuthority.person_id == principal.person_id
    if principal.address_hashes:
        unbound = RegisteredAuthority.person_id.is_(None)
        by_address = RegisteredAuthority.address_hash.in_(sorted(principal.address_hashes))
        own = or_(own, unbound & by_address)
    statement = select(RegisteredAuthority).where(own, RegisteredAuthority.state.in_(RUNNING))
    return session.scalars(statement.order_by(RegisteredAuthority.id)).all()


def _within_term(row: RegisteredAuthority) -> bool:
    """Whether the term has begun and is not over; both of its ends belong to it."""
    today = clock.today().isoformat()
    return (row.term_start or today) <= today <= (row.term_end or today)


def _nominations(session: Session, rows: Sequence[RegisteredAuthority]) -> list[Nomination]:
    homes = _countries(session, {row.organization_id for row in rows if row.organization_id and not row.countries})
    return [
        Nomination(
            id=row.id,
            network_id=row.network_id,
            constituency=row.constituency,
            organization_id=row.organization_id,
            roles=tuple(row.roles),
            languages=tuple(row.languages),
            countries=tuple(row.countries) or homes.get(row.organization_id or "", ()),
            person_id=row.person_id,
            address_hash=row.address_hash,
        )
        for row in rows
        if row.network_id is not None and row.constituency is not None
    ]


def _countries(session: Session, organization_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    if not organization_ids:
        return {}
    stated = RegisteredOrganization.country.is_not(None)
    rows = session.execute(
        select(RegisteredOrganization.id, RegisteredOrganization.country).where(
            RegisteredOrganization.id.in_(organization_ids), stated
        )
    )
    return {row.id: (row.country,) for row in rows}
