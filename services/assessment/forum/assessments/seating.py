"""Who sits on a panel: the pool, the conflicts and the round put together for `panels`, seats filled, freed and filled again.

The use cases of panels call it, and `moving`, which looks at conflicts again as the course goes on. The caller has locked the
assessment.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from schemas import vocabulary
from schemas.rubric import rubric
from services.assessment.errors import PanelImpossible
from services.assessment.evidence.models import Evidence
from services.assessment.forum import course
from services.assessment.forum.assessments import publishing, recording, records
from services.assessment.forum.assessments.models import Assessment, Excluded, Seat
from services.assessment.forum.assessments.seats import counts, judging, sitting
from services.assessment.forum.members.models import Interest
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rows import Json
from services.assessment.panels import conflicts
from services.assessment.panels.composition import Composition, CompositionImpossible
from services.assessment.panels.composition import compose as composed_by
from services.assessment.panels.rules import Candidate, PanelRules, region_of, written_in
from services.assessment.panels.service import excluded
from services.assessment.register.authority import RUNNING, Nomination, pool
from services.assessment.register.models import RegisteredAuthority
from services.chassis import clock
from services.chassis.identifiers import uuid7
from services.chassis.rows import locked

# Trees, because they belong to nobody. Drawn without the round's seed: that is revealed, and these stay drawn.
PSEUDONYMS = (
    "Acacia", "Alder", "Almond", "Ash", "Aspen", "Balsa", "Bamboo", "Banyan", "Baobab", "Beech", "Birch", "Cedar", "Cherry",
    "Chestnut", "Cypress", "Ebony", "Elder", "Elm", "Fig", "Fir", "Ginkgo", "Hawthorn", "Hazel", "Hickory", "Holly", "Juniper",
    "Larch", "Laurel", "Lime", "Linden", "Magnolia", "Mango", "Mangrove", "Maple", "Medlar", "Mulberry", "Myrtle", "Neem",
    "Oak", "Olive", "Palm", "Pear", "Pine", "Plane", "Poplar", "Quince", "Rowan", "Sandalwood", "Spruce", "Sycamore",
    "Tamarind", "Teak", "Walnut", "Willow", "Yew",
)  # fmt: skip


def vacate(
    session: Session,
    row: Assessment,
    leaving: Sequence[tuple[Seat, str]],
    now: datetime,
    *,
    by_themselves: bool = False,
) -> None:
    """Free seats, each with its reason, and fill them where the stage allows it; else the quorum is counted again.

    Once the profile has been shown, the judgement of who leaves by themselves stays; where somebody else's is taken out, the
    partnership is shown what is left.
    """
    for seat, reason in leaving:
        seat.left_at, seat.reason = now, reason
        seat.judgement_stays = by_themselves and bool(row.shown)
    session.flush()
    if row.stage in course.REPLACEABLE:
        _replace(session, row, now)
    elif row.stage in course.SHOWING and not by_themselves and records.is_public(session, row.partnership_id):
        publishing.show_anew(session, row, session.get_one(Round, row.round_id), now)
    recording.record(session, row, "panel_changed", now)


def recheck(session: Session, row: Assessment, now: datetime) -> bool:
    """Look at the conflicts of those who sit again, as things now stand; returns whether somebody had to leave."""
    if row.stage not in course.ON_PANEL:
        return False
    seats = judging(session, row.id)
    if not seats:
        return False
    members = {each.id: each for each in pool(session)}
    nominated = [members[each.member_id] for each in seats if each.member_id in members]
    staying = {each.id for each in _once_each(nominated)}
    found = {each.member_id: each for each in exclusions_of(session, row, nominated, now) if _is_of_member(each)}
    reasons = {each.member_id: f"A conflict of interest appeared: {each.rule}." for each in found.values()}
    reasons |= {each.id: "The same person sits here already." for each in nominated if each.id not in staying}
    gone = [each for each in seats if each.member_id not in members and each.left_at is None]
    reasons |= {each.member_id: "The nomination was withdrawn." for each in gone}
    leaving = [(seat, reasons[seat.member_id]) for seat in seats if seat.member_id in reasons]
    if not leaving:
        return False
    keep_exclusions(session, row.id, [*found.values()], add=True)
    vacate(session, row, leaving, now)
    return True


def _is_of_member(exclusion: conflicts.Exclusion) -> bool:
    """Whether it follows from the member: that nobody could hide a withdrawal depends on who else is there."""
    return exclusion.rule != conflicts.LOCAL_AT_RISK


def impossible(error: CompositionImpossible) -> PanelImpossible:
    """The refusal that names the rule and what would mend it."""
    return PanelImpossible(" ".join(error.mends), rule=error.rule, rules=list(error.rules), mends=list(error.mends))


# What composing needs


def members_of_pool(session: Session) -> dict[str, Nomination]:
    """Everybody who may be asked, by id: of somebody nominated more than once the oldest nomination."""
    return {each.id: each for each in _once_each(pool(session))}


def _once_each(nominations: Iterable[Nomination]) -> list[Nomination]:
    """Of each person the first nomination; before it is bound the hash of its address stands for the person."""
    found: dict[str, Nomination] = {}
    for each in nominations:
        found.setdefault(each.person_id or each.address_hash or each.id, each)
    return list(found.values())


def exclusions_of(
    session: Session, row: Assessment, members: Iterable[Nomination], now: datetime
) -> list[conflicts.Exclusion]:
    """Who of them may not assess this partnership: derived first, then declared."""
    known = list(members)
    document = _document_of(session, row)
    everybody = {each.id: each for each in pool(session)}
    acting, interests = _acting_for(session, everybody.values()), _interests(session, everybody.values())
    values = {each.id: _member(each, acting, interests) for each in known}
    others = _others(session, row, everybody, acting, interests)
    return excluded(session, list(values.values()), row.partnership_id, document, others, now.date())


def _document_of(session: Session, row: Assessment) -> Json:
    """The newest record, or while it is suspended the one that is judged: of a suspended one nobody sees the partners."""
    _, newest = records.record(session, row.partnership_id)
    if newest.get("standing") in records.GONE and row.judged_document is not None:
        frozen: Json = orjson.loads(row.judged_document)
        return frozen
    return newest


def _member(
    nomination: Nomination,
    acting: Mapping[str, frozenset[str]],
    interests: Mapping[str, tuple[conflicts.Interest, ...]],
) -> conflicts.Member:
    own = {nomination.organization_id} if nomination.organization_id else set()
    return conflicts.Member(
        id=nomination.id,
        organization_ids=frozenset(own) | acting.get(nomination.id, frozenset()),
        countries=frozenset(nomination.countries),
        interests=interests.get(nomination.id, ()),
    )


def _acting_for(session: Session, members: Iterable[Nomination]) -> dict[str, frozenset[str]]:
    """By member the organizations that the same person is designated or nominated for: by the person, or by the hash of an
    address that both still wait for."""
    by_whom: dict[str, set[str]] = defaultdict(set)
    rows = session.execute(
        select(
            RegisteredAuthority.person_id, RegisteredAuthority.address_hash, RegisteredAuthority.organization_id
        ).where(RegisteredAuthority.state.in_(RUNNING), RegisteredAuthority.organization_id.is_not(None))
    )
    for person_id, address_hash, organization_id in rows:
        whom = person_id or address_hash
        if whom and organization_id:
            by_whom[whom].add(organization_id)
    whose = {each.id: each.person_id or each.address_hash for each in members}
    return {member: frozenset(by_whom.get(whom, ())) for member, whom in whose.items() if whom}


def _interests(session: Session, members: Iterable[Nomination]) -> dict[str, tuple[conflicts.Interest, ...]]:
    """By nomination the interests that its person declared, by whichever nomination."""
    whose = {each.id: each.person_id or each.id for each in members}
    found: dict[str, list[conflicts.Interest]] = defaultdict(list)
    for each in session.scalars(select(Interest).order_by(Interest.id)):
        found[whose.get(each.member_id, each.member_id)].append(
            conflicts.Interest(each.id, each.nature, each.organization_id, each.partnership_id)
        )
    return {member: tuple(found[person]) for member, person in whose.items() if person in found}


def _others(
    session: Session,
    row: Assessment,
    members: Mapping[str, Nomination],
    acting: Mapping[str, frozenset[str]],
    interests: Mapping[str, tuple[conflicts.Interest, ...]],
) -> dict[str, conflicts.Assessed]:
    """The round's other partnerships, and whose judgement counts there."""
    running = (
        select(Assessment.id, Assessment.partnership_id, Evidence.document)
        .join(Evidence, Evidence.partnership_id == Assessment.partnership_id)
        .where(Assessment.round_id == row.round_id, Assessment.id != row.id, Assessment.stage != "abandoned")
    )
    others = {each.id: each for each in session.execute(running) if each.document is not None}
    seats = select(Seat.assessment_id, Seat.member_id).where(Seat.assessment_id.in_(others), counts())
    panels: dict[str, list[conflicts.Member]] = defaultdict(list)
    for seat in session.execute(seats.order_by(Seat.pseudonym)):
        if seat.member_id in members:
            panels[seat.assessment_id].append(_member(members[seat.member_id], acting, interests))
    return {
        each.partnership_id: conflicts.Assessed(orjson.loads(each.document), tuple(panels[each.id]))
        for each in others.values()
    }


def composed(
    session: Session,
    row: Assessment,
    of: Round,
    members: Mapping[str, Nomination],
    out: set[str],
    staying: Sequence[Seat],
) -> Composition:
    document = _document_of(session, row)
    known = rubric(of.content["rubric_version"])
    rules = PanelRules(
        chambers=tuple(known.chambers),
        size=of.content["panel"]["size"],
        per_chamber=of.content["panel"].get("per_chamber"),
        languages=written_in(document),
        region=region_of(document),
    )
    load = _reviews(session, row)
    stay = {each.member_id for each in staying}
    candidates = [
        _candidate(each, chamber, load[each.id])
        for each in members.values()
        if (chamber := vocabulary.chamber_of(each.constituency)) and (each.id not in out or each.id in stay)
    ]
    return composed_by(candidates, rules, of.seed, sorted(stay), row.partnership_id)


def _candidate(nomination: Nomination, chamber: str, reviews: int) -> Candidate:
    return Candidate(
        id=nomination.id,
        chamber=chamber,
        constituency=nomination.constituency,
        network_id=nomination.network_id,
        organization_id=nomination.organization_id,
        countries=frozenset(nomination.countries),
        languages=frozenset(nomination.languages),
        reviews=reviews,
    )


def _reviews(session: Session, row: Assessment) -> Counter[str]:
    """How many other panels of the round each member sits on."""
    statement = (
        select(Seat.member_id)
        .join(Assessment, Assessment.id == Seat.assessment_id)
        .where(
            Assessment.round_id == row.round_id,
            Assessment.id != row.id,
            Assessment.stage != "abandoned",
            Seat.left_at.is_(None),
        )
    )
    return Counter(session.scalars(statement))


def _replace(session: Session, row: Assessment, now: datetime) -> None:
    """Fill the free seats by the same rules; where that is not possible, the panel is smaller."""
    of = locked(session, Round, row.round_id)
    members = members_of_pool(session)
    staying = [each for each in sitting(session, row.id) if each.member_id in members]
    sat = select(Seat.member_id).where(Seat.assessment_id == row.id, Seat.left_at.is_not(None))
    out = {each.member_id for each in exclusions_of(session, row, members.values(), now)} | set(session.scalars(sat))
    try:
        made = composed(session, row, of, members, out, staying)
    except CompositionImpossible:
        return
    stay = {each.member_id for each in staying}
    seat_members(session, row.id, [members[each] for each in made.members if each not in stay], now)
    row.balance = made.balance


# Seats


def seat_members(session: Session, assessment_id: str, members: Sequence[Nomination], now: datetime) -> None:
    used = set(session.scalars(select(Seat.pseudonym).where(Seat.assessment_id == assessment_id)))
    free = [each for each in PSEUDONYMS if each not in used]
    names = secrets.SystemRandom().sample(free, len(members))
    for member, pseudonym in zip(members, names, strict=True):
        session.add(
            Seat(
                id=uuid7(),
                assessment_id=assessment_id,
                member_id=member.id,
                chamber=str(vocabulary.chamber_of(member.constituency)),
                constituency=member.constituency,
                pseudonym=pseudonym,
                joined_at=now,
            )
        )
    session.flush()


def keep_exclusions(
    session: Session, assessment_id: str, found: Iterable[conflicts.Exclusion], *, add: bool = False
) -> None:
    """Keep the first rule of each; the rest would say more of a member than the unit needs."""
    if not add:
        session.execute(delete(Excluded).where(Excluded.assessment_id == assessment_id))
    for each in found:
        if session.get(Excluded, (assessment_id, each.member_id)) is None:
            session.add(
                Excluded(assessment_id=assessment_id, member_id=each.member_id, rule=each.rule, source=each.source)
            )
    session.flush()


def document_of(session: Session, row: Assessment) -> Json:
    """The panel as the unit sees it: who sits, who left, who may not and why, how it is balanced."""
    seats = session.scalars(
        select(Seat).where(Seat.assessment_id == row.id).order_by(Seat.chamber, Seat.member_id)
    ).all()
    out = session.scalars(select(Excluded).where(Excluded.assessment_id == row.id).order_by(Excluded.member_id))
    return {
        "members": [_seat_document(each) for each in seats if each.left_at is None],
        "left": [
            _seat_document(each) | {"left_at": clock.timestamp(each.left_at), "reason": each.reason}
            for each in seats
            if each.left_at is not None
        ],
        "excluded": [{"member_id": each.member_id, "rule": each.rule, "source": each.source} for each in out],
        "balance": row.balance,
    }


def _seat_document(seat: Seat) -> Json:
    return {
        "member_id": seat.member_id,
        "chamber": seat.chamber,
        "constituency": seat.constituency,
        "pseudonym": seat.pseudonym,
        "joined_at": clock.timestamp(seat.joined_at),
    }


def of_nobody() -> Json:
    return {"members": [], "excluded": [], "balance": {}}
