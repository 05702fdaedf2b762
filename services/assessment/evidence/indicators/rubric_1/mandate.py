"""Mandate (¶75 and ¶70): goals inside a mandate, deliverables traced to targets, money on the main goals, scope and exit
settled.

Functions of a record, a date and the pulse; `rubric_1` lists them. Where no UN agency takes part, the mandate is that of the
sponsoring public body: the record has one place for both.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding, Parts, few, nothing_to_count, share, stated_none, unknown
from services.assessment.evidence.indicators.rubric_1.graded import graded
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.record import Record, inside

TARGETS = ("sdg-target:", "sdg-indicator:", "mdg-target:", "plan:")


def goals_in_mandate(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """How many primary goals lie inside a cited mandate? The source linked for the top; without any source no more than 2."""
    mandate = record.get("mandate")
    if r.stated_none(mandate):
        return stated_none("/mandate", lacking=["/mandate"])
    goals = r.part(mandate).get("goals")
    if not isinstance(goals, list):
        return unknown("/mandate/goals")
    if not record.primary_goals:
        return unknown("/goals")
    covered = [at for goal, at in record.primary_goals.items() if inside(goal, r.texts(goals))]
    level = graded("goals_in_mandate", Fraction(len(covered), len(record.primary_goals)))
    source = r.part(r.part(mandate).get("source"))
    linked, titled = r.text(source.get("url")) is not None, r.says(source.get("title"))
    most = 4 if linked else 3 if titled else 2
    return share(
        "goals_in_mandate",
        min(level, most),
        len(covered),
        len(record.primary_goals),
        evidence=covered or ["/mandate/goals"],
        lacking=[] if linked else ["/mandate/source/url"],
        missing=[] if linked else ["source_link"],
    )


def traced_to_targets(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """How many deliverables are traced to targets (of the SDGs, the MDGs or a plan)?"""
    if not record.deliverables:
        if r.stated_none(record.get("deliverables")):
            return stated_none("/deliverables", lacking=["/deliverables"])
        return unknown("/deliverables")
    if not any(isinstance(item.get("goals"), list) for _, item in record.deliverables):
        return unknown(*(f"{at}/goals" for at, _ in record.deliverables))
    traced = {at for at, item in record.deliverables if any(_is_target(goal) for goal in r.texts(item.get("goals")))}
    places = [f"{at}/goals" for at, _ in record.deliverables if at in traced]
    return share(
        "traced_to_targets",
        graded("traced_to_targets", Fraction(len(traced), len(record.deliverables))),
        len(traced),
        len(record.deliverables),
        evidence=places or ["/deliverables"],
        lacking=[f"{at}/goals" for at, _ in record.deliverables if at not in traced],
    )


def _is_target(goal: str) -> bool:
    return goal.startswith(TARGETS)


def money_on_goals(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Share of the budget that goes to primary goals, their targets included."""
    by_goal = r.part(record.get("budget")).get("by_goal")
    if r.stated_none(record.get("budget")):
        return nothing_to_count("/budget")
    if not isinstance(by_goal, list):
        return unknown("/budget/by_goal")
    if not record.primary_goals:
        return unknown("/goals")
    spent = [
        (f"/budget/by_goal/{place}", percent)
        for place, item in r.items(by_goal)
        if (goal := r.text(item.get("goal"))) and inside(goal, record.primary_goals)
        if (percent := r.percent(item.get("percent"))) is not None
    ]
    # A goal and its own targets may both be named: together they are no more than everything.
    own = min(sum((percent for _, percent in spent), Fraction(0)), Fraction(1))
    return Finding(
        graded("money_on_goals", own),
        "money_on_goals",
        value=own,
        unit="share",
        figures=(("share", own),),
        evidence=few([at for at, _ in spent]) or ("/budget/by_goal",),
    )


def scope_and_exit(record: Record, _on: date, _pulse: Pulse | None) -> Finding:
    """Are changes of scope logged (or stated as none), and is the exit defined? Both decided by the partners for the top."""
    mandate = record.get("mandate")
    if r.stated_none(mandate):
        return stated_none("/mandate", lacking=["/mandate/scope_changes", "/mandate/exit"])
    stated = r.part(mandate)
    changes, way_out = stated.get("scope_changes"), stated.get("exit")
    logged = isinstance(changes, list)
    if not logged and way_out is False:
        return stated_none("/mandate/exit", lacking=["/mandate/scope_changes", "/mandate/exit"])
    if not logged and not r.is_part(way_out):
        return unknown("/mandate/scope_changes", "/mandate/exit")
    parts = Parts(["/mandate/exit"])
    parts.look("scope_changes", logged, "/mandate/scope_changes")
    defined = parts.look("exit", r.says(r.part(way_out).get("criteria")), "/mandate/exit", denied=way_out is False)
    decided = parts.look(
        "decided_by_partners",
        r.says(r.part(way_out).get("decided_by"))
        and all(r.says(change.get("decided_by")) for _, change in r.items(changes)),
        "/mandate/exit/decided_by",
    )
    if not (logged and defined):
        return parts.finding(2 if logged or defined else 1)
    return parts.finding(4 if decided else 3)
