"""Progress: reports for a period, and the values that indicators have reached.

They are part of the record's content and versions. Whether a report was on time, or is overdue, depends on today and is worked out
when it is read.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from schemas import partial_dates
from schemas.documents import StoredDocument
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError
from services.chassis.identity import Principal
from services.registry.authority import Authority
from services.registry.errors import ReferenceUnknown
from services.registry.partnerships import recording, service, views
from services.registry.partnerships.content import Content, give_ids, ids_in, without_ids
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.recording import Change, author_for

OF_REPORT = ("period", "due", "submitted", "url", "narrative", "next_plan", "explanation")


def report(
    database: Database, principal: Principal, partnership_id: str, command: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Add a report, or fill in one that was due. `command`: a loaded `ReportCommand`.

    Raises NotKnown, NotAllowed, WrongStanding, PreconditionFailed, ReferenceUnknown.
    """
    with database.transaction() as session:
        row, actor = service.editable(session, principal, partnership_id, expected, "partnership.report")
        content = with_actuals(row.content, command.get("actuals") or ())
        content = {**content, "reports": _reports(content.get("reports") or [], command)}
        if "next_due" in command:
            content["next_due"] = command["next_due"]
        return _progress(session, row, actor, content)


def results(
    database: Database, principal: Principal, partnership_id: str, command: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Add values reached. `command`: a loaded `ResultsCommand`. Raises what `report` raises."""
    with database.transaction() as session:
        row, actor = service.editable(session, principal, partnership_id, expected, "partnership.report")
        return _progress(session, row, actor, with_actuals(row.content, command["actuals"]))


def _progress(session: Session, row: Partnership, actor: Authority, content: Content) -> StoredDocument:
    give_ids(content, ids_in(row.content))
    row.content = content
    row.authors = list(dict.fromkeys([*row.authors, actor.person_id]))
    author = author_for(actor, row.lead_organization_id)
    return recording.publish(session, row, Change("report_submitted", author))


def _reports(before: Sequence[Mapping[str, Any]], command: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = {name: command[name] for name in OF_REPORT if name in command}
    if command.keys() & {"url", "narrative", "actuals"}:
        said.setdefault("submitted", clock.today().isoformat())
    report_id = command.get("report_id")
    if report_id is None:
        return [*(dict(each) for each in before), said]
    if report_id not in {each["id"] for each in before}:
        errors = [FieldError("/report_id", "no report of this record has this identifier")]
        raise ReferenceUnknown("Name a report of this record, or none.", errors=errors)
    return [{**each, **said} if each["id"] == report_id else dict(each) for each in before]


def with_actuals(content: Mapping[str, Any], actuals: Sequence[Mapping[str, Any]]) -> Content:
    """The content with values reached; a value for a period that has one takes its place. Raises ReferenceUnknown."""
    if not actuals:
        return {**content}
    unknown = {each["indicator_id"]: index for index, each in reversed(list(enumerate(actuals)))}
    deliverables = []
    for deliverable in content.get("deliverables") or []:
        indicators = []
        for indicator in deliverable.get("indicators") or []:
            unknown.pop(indicator["id"], None)
            said = [each for each in actuals if each["indicator_id"] == indicator["id"]]
            indicators.append(_with_values(indicator, said) if said else indicator)
        deliverables.append({**deliverable, "indicators": indicators} if indicators else deliverable)
    if unknown:
        errors = [
            FieldError(f"/actuals/{index}/indicator_id", "no indicator has this id") for index in unknown.values()
        ]
        raise ReferenceUnknown("Name indicators of this record.", errors=errors)
    return {**content, "deliverables": deliverables}


def _with_values(indicator: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    values = list(indicator.get("actuals") or [])
    for each in said:
        value = {name: inner for name, inner in each.items() if name != "indicator_id"}
        period = value.get("period")
        place = next(
            (index for index, known in enumerate(values) if period is not None and known.get("period") == period), None
        )
        if place is None:
            values.append(value)
        elif without_ids(values[place]) != without_ids(value):
            values[place] = {"id": values[place]["id"], **value}
    return {**indicator, "actuals": values}


# Reading


def reports_of(database: Database, principal: Principal | None, partnership_id: str) -> dict[str, Any]:
    """The reports with their lateness (`schemas.partnership_answers.Reports`). Raises NotKnown."""
    with database.reading() as session:
        document = views.current_document(session, views.readable(session, principal, partnership_id))
    today = clock.today()
    items = [{**each, **punctuality(each, today)} for each in document.get("reports") or []]
    next_due = document.get("next_due")
    answer: dict[str, Any] = {"items": items, "overdue": _is_past(next_due, today)}
    return answer | ({"next_due": next_due} if next_due else {})


def results_of(database: Database, principal: Principal | None, partnership_id: str) -> dict[str, Any]:
    """Deliverables with their indicators and values. Raises NotKnown."""
    with database.reading() as session:
        document = views.current_document(session, views.readable(session, principal, partnership_id))
    return {"items": document.get("deliverables") or []}


def punctuality(report: Mapping[str, Any], today: date) -> dict[str, bool]:
    """`late`: submitted surely after it was due; `overdue`: due by now, and not submitted."""
    due, submitted = report.get("due"), report.get("submitted")
    if submitted is None:
        return {"overdue": _is_past(due, today)}
    found = {"overdue": False}
    return found | ({"late": partial_dates.surely_after(submitted, due)} if due else {})


def _is_past(due: str | None, today: date) -> bool:
    return due is not None and today > partial_dates.latest(due)
