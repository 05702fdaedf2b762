"""How a change of an evaluation is recorded: rendered, kept as a version, said on the bus; and what every change checks first.

`service` and `follow_up` call it inside their transactions, with the row locked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.documents import StoredDocument
from schemas.evaluation import EvaluationDocument
from services.assessment import policy
from services.assessment.errors import EvaluationCorrected
from services.assessment.evaluations import inputs, scheduling
from services.assessment.evaluations.assembling import Assessed, Json
from services.assessment.evaluations.models import Evaluation, EvaluationVersion, RecommendationDue
from services.chassis import clock
from services.chassis.errors import NotAllowed
from services.chassis.eventbus import outbox
from services.chassis.rows import all_locked

EVENT = "org.convene.assessment.evaluation.{}.v1"


def say(session: Session, row: Evaluation, content: Json, happened: str, *, edit: bool) -> StoredDocument:
    """Render the document anew, keep it and write its event. `edit`: somebody changed it, so it has a new version."""
    row.version += edit
    row.revision += 1
    row.document = documents.render(EvaluationDocument, content | {"version": row.version, "revision": row.revision})
    keep_version(session, row, happened)
    name = EVENT.format(happened)
    outbox.announce(session, name, row, row.document)
    return stored(row)


def keep_version(session: Session, row: Evaluation, happened: str = "rerendered") -> None:
    """Keep a rendering: nothing that was public is lost."""
    kept = {"version": row.version, "revision": row.revision, "document": row.document}
    session.add(EvaluationVersion(evaluation_id=row.id, event=happened, at=clock.now(), **kept))


def rendered(row: Evaluation) -> bytes:
    """The document once more, as the contract has it by now, in the row's version and revision."""
    content: Json = orjson.loads(row.document)
    return documents.render(EvaluationDocument, content | {"version": row.version, "revision": row.revision})


def stored(row: Evaluation) -> StoredDocument:
    """The evaluation's document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


def keep_due(session: Session, evaluation_id: str, recommendations: Sequence[Json]) -> None:
    """Remember which recommendations can become overdue, and when."""
    session.execute(delete(RecommendationDue).where(RecommendationDue.evaluation_id == evaluation_id))
    for each in recommendations:
        if each.get("due") and each["status"] not in scheduling.SETTLED and not each.get("overdue_since"):
            session.add(RecommendationDue(id=each["id"], evaluation_id=evaluation_id, due=each["due"]))
    session.flush()


def unname(session: Session, assessment_ids: Iterable[str], name: str) -> None:
    """Take the name of a member who is no longer to be named out of the evaluations of these assessments, and all their versions.

    Once for each evaluation: another member of that name stays named.
    """
    ids = select(Evaluation.id).where(Evaluation.assessment_id.in_(list(assessment_ids))).order_by(Evaluation.id)
    for row in all_locked(session, Evaluation, session.scalars(ids).all()):
        if _names(orjson.loads(row.document), name):
            made_from = inputs.read(row.inputs)
            made_from = replace(made_from, named=_without(made_from.named, name))
            _redact(session, row, made_from, lambda content: _unnamed(content, name))


def retitle(session: Session, partnership_id: str, title: Mapping[str, str]) -> None:
    """Give the evaluations of a partnership, and all their versions, the title from which a name was taken out."""
    ids = select(Evaluation.id).where(Evaluation.partnership_id == partnership_id).order_by(Evaluation.id)
    for row in all_locked(session, Evaluation, session.scalars(ids).all()):
        if orjson.loads(row.document)["partnership"]["title"] != title:
            made_from = inputs.read(row.inputs)
            judged, evidence = (
                replace(each, document={**each.document, "title": title})
                for each in (made_from.judged, made_from.evidence)
            )
            made_from = replace(made_from, judged=judged, evidence=evidence)
            _redact(session, row, made_from, lambda content: _retitled(content, title))


def _redact(session: Session, row: Evaluation, made_from: Assessed, clean: Callable[[Json], Json]) -> None:
    """Keep other inputs, and render the evaluation and all its versions without what `clean` takes out."""
    row.inputs = inputs.written(made_from)
    kept = select(EvaluationVersion).where(EvaluationVersion.evaluation_id == row.id)
    for version in session.scalars(kept):
        version.document = documents.render(EvaluationDocument, clean(orjson.loads(version.document)))
    say(session, row, clean(orjson.loads(row.document)), "redacted", edit=False)


def _names(document: Json, name: str) -> bool:
    return any(each["display_name"] == name for each in document["panel"]["members"])


def _unnamed(content: Json, name: str) -> Json:
    content["panel"]["members"] = _without(content["panel"]["members"], {"display_name": name})
    return content


def _retitled(content: Json, title: Mapping[str, str]) -> Json:
    content["partnership"]["title"] = title
    return content


def _without(some: Iterable[Any], one: Any) -> list[Any]:
    """A list without the first of those equal to `one`."""
    rest = list(some)
    if one in rest:
        rest.remove(one)
    return rest


def decide(action: str, function: str | None) -> None:
    """Raise NotAllowed unless who has this function, or everybody, may do the action (`policy.TABLE`)."""
    if not policy.allowed(frozenset({function or "person", "person", "anyone"}), action):
        raise NotAllowed("This is for others to do.")


def check_current(row: Evaluation) -> None:
    """Raise EvaluationCorrected where another evaluation has taken its place."""
    if row.corrected_by is not None:
        raise EvaluationCorrected("Another evaluation has taken its place.", corrected_by=row.corrected_by)
