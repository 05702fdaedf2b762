"""Use cases of the self-check: read the worksheet, fill it in, put it on a page. For focal points of confirmed partners alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import documents, rubric
from schemas.assessment import CANNOT_JUDGE
from schemas.documents import StoredDocument
from schemas.rubric import Rubric
from schemas.self_check import SelfCheckDocument
from services.assessment.errors import LevelOutOfRange
from services.assessment.pulses.partners import acting, partners_of
from services.assessment.self_checks.models import SelfCheck
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, PreconditionFailed
from services.chassis.identity import Principal

Entry = Mapping[str, Any]
LEVELS = (0, 1, 2, 3, 4, CANNOT_JUDGE)


def read(database: Database, principal: Principal | None, partnership_id: str) -> StoredDocument:
    """The worksheet; an empty one where nothing was written. Raises RecordNotKnown, Unauthenticated, NotAllowed."""
    with database.reading() as session:
        _check_partner(session, principal, partnership_id, "self_check.read")
        row = session.get(SelfCheck, partnership_id)
        return _empty(partnership_id) if row is None else _stored(row)


def write(
    database: Database, principal: Principal | None, partnership_id: str, data: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Put a worksheet in the place of the one there was.

    Raises RecordNotKnown, Unauthenticated, NotAllowed, PreconditionFailed, LevelOutOfRange, Invalid.
    """
    with database.transaction() as session:
        _check_partner(session, principal, partnership_id, "self_check.write")
        version = data.get("rubric_version") or rubric.versions()[-1]
        entries = _entries(version, data["entries"])
        statement = select(SelfCheck).where(SelfCheck.partnership_id == partnership_id).with_for_update()
        row = session.scalars(statement).one_or_none()
        current = row.version if row is not None else 0
        if expected is not None and expected != current:
            raise PreconditionFailed(f"The worksheet is at version {current}. Read it again.", current_version=current)
        if row is None:
            row = SelfCheck(partnership_id=partnership_id, version=0, entries=[], rubric_version=version)
            session.add(row)
        row.version, row.rubric_version, row.entries = current + 1, version, entries
        row.updated_at = clock.now()
        return _stored(row)


def page(
    database: Database, principal: Principal | None, partnership_id: str
) -> tuple[Rubric, Mapping[str, Entry], StoredDocument]:
    """What a printed page shows: the rubric, the entries by indicator, and the worksheet's document. Raises as `read` does."""
    with database.reading() as session:
        _check_partner(session, principal, partnership_id, "self_check.read")
        row = session.get(SelfCheck, partnership_id)
        if row is None:
            return rubric.rubric(rubric.versions()[-1]), {}, _empty(partnership_id)
        return rubric.rubric(row.rubric_version), {each["indicator"]: each for each in row.entries}, _stored(row)


def _check_partner(session: Session, principal: Principal | None, partnership_id: str, action: str) -> None:
    acting(session, principal, action, partners_of(session, partnership_id))


def _entries(version: str, said: Sequence[Entry]) -> list[dict[str, Any]]:
    """The entries in the order of the rubric. Raises Invalid, LevelOutOfRange."""
    if version not in rubric.versions():
        known = ", ".join(rubric.versions())
        raise Invalid("There is no such rubric.", errors=[FieldError("/rubric_version", f"must be one of {known}")])
    codes = [each.code for each in rubric.rubric(version).indicators]
    found: dict[str, dict[str, Any]] = {}
    for place, entry in enumerate(said):
        code, level = entry["indicator"], entry.get("level")
        if code not in codes or code in found:
            detail = "is there twice" if code in found else "is no indicator of this rubric"
            raise Invalid("An entry names no indicator.", errors=[FieldError(f"/entries/{place}/indicator", detail)])
        if level is not None and (isinstance(level, bool) or level not in LEVELS):
            raise LevelOutOfRange(
                "A level lies between 0 and 4, or is cannot_judge.",
                errors=[FieldError(f"/entries/{place}/level", "must be 0, 1, 2, 3, 4 or cannot_judge")],
            )
        found[code] = dict(entry)
    return [found[code] for code in codes if code in found]


def _empty(partnership_id: str) -> StoredDocument:
    return _document(partnership_id, 0, rubric.versions()[-1], None, [])


def _stored(row: SelfCheck) -> StoredDocument:
    return _document(row.partnership_id, row.version, row.rubric_version, clock.timestamp(row.updated_at), row.entries)


def _document(
    partnership_id: str, version: int, rubric_version: str, updated_at: str | None, entries: Sequence[Entry]
) -> StoredDocument:
    document = {
        "partnership_id": partnership_id,
        "version": version,
        "rubric_version": rubric_version,
        "updated_at": updated_at,
        "entries": list(entries),
    }
    return StoredDocument(partnership_id, version, version, documents.render(SelfCheckDocument, document))
