"""Clear purpose and roles (¶75): SMART deliverables, measured results, a role and a contribution for every partner, reports
in time.

Functions of a record, a date and the pulse; `rubric_1` lists them.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding, share, stated_none, unknown
from services.assessment.evidence.indicators.rubric_1.graded import graded
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Contribution, Partner, Record

STAGES = ("pledged", "confirmed", "delivered")


def deliverables_smart(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """How many deliverables are SMART? What a deliverable does not say, it lacks."""
    if not record.deliverables:
        return _no_deliverables(record)
    lacking = {at: lacking_to_be_smart(item) for at, item in record.deliverables}
    smart = [at for at, names in lacking.items() if not names]
    return share(
        "deliverables_smart",
        graded("deliverables_smart", Fraction(len(smart), len(lacking))),
        len(smart),
        len(lacking),
        evidence=smart or ["/deliverables"],
        lacking=[f"{at}/{name}" for at, names in lacking.items() for name in names],
    )


def _no_deliverables(record: Record) -> Finding:
    if r.stated_none(record.get("deliverables")):
        return stated_none("/deliverables", lacking=["/deliverables"])
    return unknown("/deliverables")


def lacking_to_be_smart(deliverable: Part) -> list[str]:
    """Specific: title and description. Measurable: an indicator with a target; an activity is one event, which has a date.
    Assigned: responsible and resources. Relevant: goals. Timed: due.
    """
    due = r.day(deliverable.get("due")) is not None
    has_target = any(_targets(indicator) for _, indicator in r.items(deliverable.get("indicators")))
    there = {
        "title": r.says(deliverable.get("title")),
        "description": r.says(deliverable.get("description")),
        "indicators": has_target or (deliverable.get("level") == "activity" and due),
        "responsible": bool(r.texts(deliverable.get("responsible"))),
        "resources": r.says(deliverable.get("resources")),
        "goals": bool(r.texts(deliverable.get("goals"))),
        "due": due,
    }
    return [name for name, is_there in there.items() if not is_there]


def _targets(indicator: Part) -> bool:
    return any(r.number(target.get("value")) is not None for _, target in r.items(indicator.get("targets")))


def results_measured(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """How many deliverables have an indicator with a baseline, a target and a dated result?"""
    if not record.deliverables:
        return _no_deliverables(record)
    if not any(isinstance(item.get("indicators"), list) for _, item in record.deliverables):
        return unknown(*(f"{at}/indicators" for at, _ in record.deliverables))
    measured = {at: place for at, item in record.deliverables if (place := _measured(item, on)) is not None}
    return share(
        "results_measured",
        graded("results_measured", Fraction(len(measured), len(record.deliverables))),
        len(measured),
        len(record.deliverables),
        evidence=[f"{at}/indicators/{place}" for at, place in measured.items()] or ["/deliverables"],
        lacking=[f"{at}/indicators" for at, _ in record.deliverables if at not in measured],
    )


def _measured(deliverable: Part, on: date) -> int | None:
    for place, indicator in r.items(deliverable.get("indicators")):
        baseline = r.number(r.part(indicator.get("baseline")).get("value")) is not None
        if baseline and _targets(indicator) and any(_dated(each, on) for _, each in r.items(indicator.get("actuals"))):
            return place
    return None


def _dated(actual: Part, on: date) -> bool:
    """Whether it is a result with a date: of a period that has begun."""
    period = r.part(actual.get("period"))
    return r.number(actual.get("value")) is not None and any(r.begun(period.get(name), on) for name in ("start", "end"))


def roles_and_contributions(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Has every partner a role and a contribution? One that is not even pledged takes a record no further than 1; the top
    asks that more than half of what was due is delivered.
    """
    partners = record.partners
    if not partners and r.stated_none(record.get("partners")):
        return stated_none("/partners", lacking=["/partners"])
    silent = [
        name
        for name, is_stated in (
            ("roles", any(each.states_roles for each in partners)),
            ("contributions", any(each.states_contributions for each in partners)),
        )
        if not is_stated
    ]
    if silent:
        return unknown(*([f"{each.at}/{name}" for each in partners for name in silent] or ["/partners"]))
    both = [each for each in partners if each.roles and each.contributions]
    pledged = [each for each in both if not _lacking(each)]
    by_words = min(graded("roles_and_contributions", Fraction(len(both), len(partners))), 1)
    level = max(graded("roles_and_contributions", Fraction(len(pledged), len(partners))), by_words)
    kept = _more_than_half_delivered(partners, on)
    return share(
        "roles_and_contributions",
        level if kept else min(level, 3),
        len(pledged),
        len(partners),
        evidence=[each.at for each in pledged or both or partners],
        lacking=[pointer for each in partners for pointer in _lacking(each)],
        missing=[] if kept else ["due_delivered"],
    )


def _is_pledged(given: Contribution) -> bool:
    return any(r.is_part(given.part.get(name)) for name in STAGES)


def _more_than_half_delivered(partners: tuple[Partner, ...], on: date) -> bool:
    """Of the contributions that were delivered or whose period is over, more than half were delivered."""
    delivered = due = 0
    for partner in partners:
        for given in partner.contributions:
            if r.is_part(given.part.get("delivered")):
                delivered += 1
                due += 1
            elif r.passed(r.part(given.part.get("period")).get("end"), on):
                due += 1
    return 2 * delivered > due


def _lacking(partner: Partner) -> list[str]:
    names = [] if partner.roles else [f"{partner.at}/roles"]
    if not partner.contributions:
        return [*names, f"{partner.at}/contributions"]
    if not any(_is_pledged(given) for given in partner.contributions):
        names += [f"{given.at}/pledged" for given in partner.contributions]
    return names


def reports_on_time(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """How many of the reports that were due came in time, or explain why not?"""
    reports = list(r.items(record.get("reports")))
    if not reports and r.stated_none(record.get("reports")):
        return stated_none("/reports", lacking=["/reports"])
    due = [(place, report) for place, report in reports if _was_due(report, on)]
    if not due:
        return unknown("/reports", reason="nothing_due" if reports else "not_stated")
    kept = [place for place, report in due if _in_time(report) or r.says(report.get("explanation"))]
    return share(
        "reports_on_time",
        graded("reports_on_time", Fraction(len(kept), len(due))),
        len(kept),
        len(due),
        evidence=[f"/reports/{place}" for place in kept or [place for place, _ in due]],
        lacking=[f"/reports/{place}/explanation" for place, _ in due if place not in kept],
    )


def _was_due(report: Part, on: date) -> bool:
    """What is submitted counts too where it came before it was due."""
    due = r.day(report.get("due"))
    return due is not None and (r.passed(due, on) or r.begun(report.get("submitted"), on))


def _in_time(report: Part) -> bool:
    due, submitted = r.day(report.get("due")), r.day(report.get("submitted"))
    return due is not None and submitted is not None and r.earliest(submitted) <= r.latest(due)
