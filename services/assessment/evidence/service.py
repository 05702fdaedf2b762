"""The use cases of evidence: the profile of a record that is kept, and of a document that is not.

`api.py` calls it, and whoever in the assessment needs the document of a record as it now is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import evidence
from schemas.documents import StoredDocument
from schemas.vocabulary import LANGUAGES
from services.assessment.errors import RecordNotKnown
from services.assessment.evidence.models import Evidence
from services.assessment.evidence.profile import profile
from services.assessment.evidence.pulse import Pulse
from services.chassis.database import Database

PulseOf = Callable[[Session, str], Pulse | None]
"""The partner pulse of a partnership, as far as there is one that may be counted."""


def no_pulse(_session: Session, _partnership_id: str) -> Pulse | None:
    """Nobody has asked the partners."""
    return None


def document_of(session: Session, partnership_id: str) -> StoredDocument:
    """The newest public document of a partnership that has arrived here. Raises `RecordNotKnown`."""
    row = session.execute(
        select(Evidence.version, Evidence.revision, Evidence.document).where(Evidence.partnership_id == partnership_id)
    ).first()
    if row is None or row.document is None:
        raise RecordNotKnown("There is no public record of this id, or it has not arrived here yet.")
    return StoredDocument(partnership_id, row.version, row.revision, row.document)


def profile_of_record(
    database: Database,
    partnership_id: str,
    on: date,
    *,
    pulse_of: PulseOf = no_pulse,
    languages: Sequence[str] = LANGUAGES,
) -> bytes:
    """The evidence profile of a public record, counted from a day. Raises `RecordNotKnown`."""
    with database.reading() as session:
        stored = document_of(session, partnership_id)
        pulse = pulse_of(session, partnership_id)
    return evidence.render(profile(orjson.loads(stored.body), on, pulse, languages=languages))


def profile_of_document(document: Mapping[str, object], on: date, *, languages: Sequence[str] = LANGUAGES) -> bytes:
    """The evidence profile of a document that is kept nowhere."""
    return evidence.render(profile(document, on, languages=languages))
