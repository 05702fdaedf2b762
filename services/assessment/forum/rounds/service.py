"""Use cases of rounds: open, read, ask, petition, draw, select.

Selection is not the unit's whim: an assessment begins as a request of the partnership, as a petition, by the draw, or because an
earlier one is due to be made again; the unit takes it up, or refuses it with a public reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas import round as contracts
from schemas import rubric
from schemas.documents import StoredDocument
from services.assessment.errors import (
    AlreadyInRound,
    CalendarOutOfOrder,
    GroundMissing,
    PanelRulesImpossible,
    PetitionTooSmall,
    RoundClosed,
    RubricNotFrozen,
)
from services.assessment.evaluations.service import is_due
from services.assessment.forum import course
from services.assessment.forum.assessments import moving, records
from services.assessment.forum.assessments import recording as assessments
from services.assessment.forum.assessments.models import Assessment
from services.assessment.forum.rounds import recording
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rows import acting, decide, known
from services.assessment.panels import seeds
from services.assessment.panels.rules import PanelRules
from services.assessment.register.authority import authority_of, pool
from services.assessment.register.organizations import organization
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import Page, locked, page_of

PETITIONERS, CONSTITUENCIES = 3, 2
DRAW = "draw"
Data = Mapping[str, Any]


# Rounds


def open_round(database: Database, principal: Principal | None, data: Data) -> StoredDocument:
    """Open a round: its seed is drawn and committed to. Raises NotAllowed, RubricNotFrozen, CalendarOutOfOrder,
    PanelRulesImpossible."""
    with database.transaction() as session:
        acting(session, principal, "round.open")
        now = clock.now()
        members = pool(session)
        seed = seeds.draw_seed()
        row = Round(
            id=uuid7(),
            content={
                "title": data["title"],
                "criteria": data.get("criteria"),
                "rubric_version": _rubric_version(data.get("rubric_version")),
                "panel": _panel(data.get("panel") or {}),
                "calibration": data.get("calibration", True),
                "calendar": _calendar(data["calendar"], now),
                "seed_hash": seeds.commitment(seed),
                "pool_digest": seeds.pool_digest(members),
                "pool_size": len(members),
            },
            draws=[],
            seed=seed,
            closed=False,
            version=0,
            revision=0,
            document=b"",
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        recording.record(session, row, "opened", now)
        return recording.stored(row)


def _rubric_version(asked: str | None) -> str:
    """The version that was asked for, else the newest that is frozen: one that can still change is not used."""
    if asked is not None and asked not in rubric.versions():
        known_ones = ", ".join(rubric.versions())
        raise Invalid(
            "There is no such version of the rubric.", errors=[FieldError("/rubric_version", f"one of {known_ones}")]
        )
    frozen = [version for version in rubric.versions() if rubric.is_frozen(version)]
    if asked is None and frozen:
        return str(frozen[-1])
    if asked not in frozen:
        raise RubricNotFrozen(f"Frozen versions: {', '.join(frozen) or 'none'}.", frozen=frozen)
    return str(asked)


def _panel(asked: Data) -> dict[str, int | None]:
    per_chamber = asked.get("per_chamber")
    size = asked.get("size") or contracts.USUAL_SEATS
    try:
        PanelRules(tuple(rubric.rubric(rubric.versions()[-1]).chambers), size, per_chamber)
    except ValueError as error:
        raise PanelRulesImpossible(f"{error}.", errors=[FieldError("/panel", str(error))]) from None
    return {"size": size, "per_chamber": per_chamber}


def _calendar(asked: Data, now: datetime) -> dict[str, Any]:
    """The calendar with its days in order. Raises CalendarOutOfOrder."""
    before, errors = now, []
    for name in ("questions_until", "reviewing_until", "deliberating_until"):
        until = course.ends(asked[name])
        if until <= before:
            errors.append(FieldError(f"/calendar/{name}", f"must be later than {clock.timestamp(before)}"))
        before = max(before, until)
    if errors:
        raise CalendarOutOfOrder("The days of a calendar lie ahead and follow one another.", errors=errors)
    return {**asked, "reply_days": asked.get("reply_days") or contracts.USUAL_REPLY_DAYS}


def read(database: Database, round_id: str) -> StoredDocument:
    """The document. Raises NotKnown."""
    with database.reading() as session:
        return recording.stored(known(session, Round, round_id))


def page(database: Database, after: str | None, limit: int) -> Page:
    """The rounds, the newest first."""
    statement = select(Round.id, Round.document)
    if after is not None:
        statement = statement.where(Round.id < after)
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(Round))
        rows = session.execute(statement.order_by(Round.id.desc()).limit(limit + 1)).all()
    return page_of([(row.document, [row.id]) for row in rows], limit, total)


# Requests and petitions


def request(database: Database, principal: Principal | None, round_id: str, data: Data) -> tuple[StoredDocument, bool]:
    """Ask for an assessment; the document, and whether it is new (another's petition may be signed).

    Raises NotKnown, RecordNotKnown, NotAllowed, PetitionTooSmall, NotAssessable, RoundClosed, AlreadyInRound.
    """
    with database.transaction() as session:
        now, partnership_id = clock.now(), data["partnership_id"]
        present = _present(session, round_id, partnership_id)
        row = _open(session, round_id)
        _, document = records.record(session, partnership_id)
        authority = authority_of(session, principal)
        own = authority.acting_for("focal_point") if authority else frozenset()
        petition: dict[str, list[str]] = {}
        if data["ground"] == "request":
            decide(authority, "round.request", *(["focal_point"] if own & records.leads(document) else []))
        else:
            named = _named(data.get("organization_ids") or [], present)
            decide(authority, "round.petition", *(["petitioner"] if own & set(named) else []))
            _check_petition(session, named)
            petition = {"named": list(named), "signed": [each for each in named if each in own]}
        records.check_assessable(document)
        if present is not None:
            return _signed(session, present, petition, now), False
        if _present(session, round_id, partnership_id) is not None:
            raise AlreadyInRound("This partnership is in the round already.")
        return assessments.stored(_begin(session, row, document, data["ground"], "person", now, petition)), True


def _named(organization_ids: Sequence[str], present: Assessment | None) -> list[str]:
    """The organizations of a petition: whoever signs one that waits for the unit need not repeat the others."""
    before = present.petition.get("named", ()) if present is not None and present.ground == "petition" else ()
    return list(dict.fromkeys([*before, *organization_ids]))


def _check_petition(session: Session, named: Sequence[str]) -> None:
    constituencies: set[str] = set()
    errors = []
    for place, each in enumerate(named):
        found = organization(session, each)
        if found is None:
            errors.append(FieldError(f"/organization_ids/{place}", "is no organization that is known here"))
        elif found.constituency:
            constituencies.add(found.constituency)
    if errors:
        raise Invalid("A petition names organizations of the register.", errors=errors)
    if len(named) < PETITIONERS or len(constituencies) < CONSTITUENCIES:
        raise PetitionTooSmall(
            f"{len(named)} organizations of {len(constituencies)} constituencies; "
            f"{PETITIONERS} of {CONSTITUENCIES} are asked for.",
            errors=[FieldError("/organization_ids", "three organizations at least, of two constituencies at least")],
        )


def _signed(session: Session, row: Assessment, petition: dict[str, list[str]], now: datetime) -> StoredDocument:
    """Another signature under a petition that waits for the unit. Raises AlreadyInRound."""
    new = [each for each in petition.get("signed", ()) if each not in row.petition.get("signed", ())]
    if row.stage != "requested" or row.ground != "petition" or not new:
        raise AlreadyInRound("This partnership is in the round already.", assessment_id=row.id)
    row.petition = {
        "named": list(dict.fromkeys([*row.petition["named"], *petition["named"]])),
        "signed": [*row.petition["signed"], *new],
    }
    assessments.record(session, row, "petition_signed", now)
    return assessments.stored(row)


def _open(session: Session, round_id: str) -> Round:
    row = locked(session, Round, round_id)
    if row.closed:
        raise RoundClosed("Every assessment of this round is over, and its seed is known. Open another round.")
    return row


def _present(session: Session, round_id: str, partnership_id: str) -> Assessment | None:
    """The partnership's assessment in the round, locked: assessments before their round, here as everywhere."""
    own = Assessment.round_id == round_id, Assessment.partnership_id == partnership_id
    return session.scalars(select(Assessment).where(*own).with_for_update()).one_or_none()


def _begin(
    session: Session,
    of: Round,
    document: Data,
    ground: str,
    moved_by: str,
    now: datetime,
    petition: dict[str, list[str]] | None = None,
) -> Assessment:
    """A new assessment, as it is asked for."""
    row = Assessment(
        id=uuid7(),
        round_id=of.id,
        partnership_id=document["id"],
        reference=document.get("reference"),
        title=document.get("title") or {},
        ground=ground,
        petition=petition or {},
        stage="requested",
        stages=[assessments.entered("requested", now, moved_by)],
        balance={},
        edition=0,
        shown=[],
        extended=False,
        version=0,
        revision=0,
        document=b"",
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    assessments.record(session, row, "requested", now)
    return row


# The draw and the selection


def draw(database: Database, principal: Principal | None, round_id: str, count: int) -> list[bytes]:
    """Draw partnerships by the round's seed, out of all records that can be assessed and are not in the round.

    Raises NotKnown, NotAllowed, RoundClosed.
    """
    with database.transaction() as session:
        row = _open(session, round_id)
        acting(session, principal, "round.draw")
        now = clock.now()
        taken = set(session.scalars(select(Assessment.partnership_id).where(Assessment.round_id == round_id)))
        candidates = [each for each in records.candidates(session) if each not in taken]
        drawn = seeds.drawn(row.seed, f"{DRAW}:{len(row.draws)}", candidates, count)
        row.draws = [
            *row.draws,
            {
                "drawn_at": clock.timestamp(now),
                "candidates": len(candidates),
                "candidates_digest": hashlib.sha256(orjson.dumps(candidates)).hexdigest(),
                "partnership_ids": drawn,
            },
        ]
        made = [_begin(session, row, records.record(session, each)[1], "draw", "event", now) for each in drawn]
        recording.record(session, row, "drawn", now)
        return [each.document for each in made]


def select_for(
    database: Database, principal: Principal | None, round_id: str, partnership_ids: Sequence[str]
) -> list[bytes]:
    """Take up assessments that were asked for, drawn, or are due again.

    Raises NotKnown, NotAllowed, RoundClosed, GroundMissing, NotAssessable, AlreadyInRound.
    """
    with database.transaction() as session:
        acting(session, principal, "round.select")
        _asked_for(session, round_id, partnership_ids)
        of, now = _open(session, round_id), clock.now()
        # Once more, now that the round is ours: somebody may have asked meanwhile.
        rows = _asked_for(session, round_id, partnership_ids)
        rows |= {
            each: _again(session, of, each, now)
            for each in partnership_ids
            if each not in rows and is_due(session, each, now.date())
        }
        missing = [place for place, each in enumerate(partnership_ids) if each not in rows]
        if missing:
            raise GroundMissing(
                "An assessment begins with a request, a petition, the draw, or the day on which it is due again.",
                errors=[FieldError(f"/partnership_ids/{place}", "nobody asked for it") for place in missing],
            )
        for each in partnership_ids:
            if rows[each].stage != "requested":
                raise AlreadyInRound(
                    f"It is {rows[each].stage} already.", assessment_id=rows[each].id, stage=rows[each].stage
                )
            moving.enter(session, rows[each], "composing", "unit", now)
        return [rows[each].document for each in partnership_ids]


def _asked_for(session: Session, round_id: str, partnership_ids: Sequence[str]) -> dict[str, Assessment]:
    """The round's assessments of these partnerships, locked: assessments before their round, here as everywhere."""
    statement = select(Assessment).where(
        Assessment.round_id == round_id, Assessment.partnership_id.in_(partnership_ids)
    )
    return {row.partnership_id: row for row in session.scalars(statement.order_by(Assessment.id).with_for_update())}


def _again(session: Session, of: Round, partnership_id: str, now: datetime) -> Assessment:
    _, document = records.record(session, partnership_id)
    records.check_assessable(document)
    return _begin(session, of, document, "due", "unit", now)


def assessments_page(database: Database, round_id: str, after: str | None, limit: int) -> Page:
    """The round's assessments as everybody may see them, the oldest first. Raises NotKnown."""
    with database.reading() as session:
        known(session, Round, round_id)
        of_round = Assessment.round_id == round_id
        statement = select(Assessment.id, Assessment.document).where(of_round)
        if after is not None:
            statement = statement.where(Assessment.id > after)
        total = session.scalar(select(func.count()).select_from(Assessment).where(of_round))
        rows = session.execute(statement.order_by(Assessment.id).limit(limit + 1)).all()
    return page_of([(row.document, [row.id]) for row in rows], limit, total)
