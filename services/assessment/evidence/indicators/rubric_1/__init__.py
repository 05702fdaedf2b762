"""The 32 computed indicators of rubric 1: a module for each lesson of the Panel (¶75), a function of the same name for each
indicator.

What is not stated is unknown, never 0. Level 0 needs an explicit none or a figure; free text reaches 1, what the lead states
2, a dated public document or the word of another constituency 3, and use within 24 months 4. Shares are linear between the
rubric's anchors and not capped by that ladder. In a share, what an item does not state it lacks only where being stated is
what is asked; else it is neither no nor yes, and the share is unknown where that could change the level.
"""

from __future__ import annotations

from services.assessment.evidence.findings import Function, Indicator
from services.assessment.evidence.indicators.rubric_1 import (
    clear_purpose_and_roles,
    flexible_funding,
    good_governance,
    inclusive,
    mandate,
    participatory,
    private_sector_balance,
    strategic_influence,
)
from services.assessment.evidence.indicators.rubric_1.graded import VERSION as VERSION
from services.assessment.evidence.record import Record

_FUNCTIONS: dict[str, dict[Function, str]] = {
    "inclusive": {
        inclusive.affected_named: "stakeholders analysis partners",
        inclusive.affected_represented: "stakeholders partners",
        inclusive.key_actors_present: "analysis",
        inclusive.partners_confirmed: "partners created_at",
    },
    "clear_purpose_and_roles": {
        clear_purpose_and_roles.deliverables_smart: "deliverables",
        clear_purpose_and_roles.results_measured: "deliverables",
        clear_purpose_and_roles.roles_and_contributions: "partners",
        clear_purpose_and_roles.reports_on_time: "reports",
    },
    "participatory": {
        participatory.rules_stated: "bodies documents agreement",
        participatory.power_gap: "bodies partners stakeholders",
        participatory.affected_hold_power: "bodies stakeholders partners",
        participatory.partners_say_they_decide: "",
    },
    "flexible_funding": {
        flexible_funding.not_earmarked: "funding partners",
        flexible_funding.several_years: "funding partners",
        flexible_funding.days_to_payment: "funding silences",
        flexible_funding.reaches_local: "funding partners",
    },
    "good_governance": {
        good_governance.papers_public: "documents agreement partners",
        good_governance.can_complain: "complaints",
        good_governance.reviewed: "mutual_review independent_evaluation",
        good_governance.safeguards: "safeguarding documents",
    },
    "private_sector_balance": {
        private_sector_balance.business_named: "private_sector partners due_diligence",
        private_sector_balance.business_power: "bodies partners private_sector stakeholders",
        private_sector_balance.business_money: "partners private_sector",
        private_sector_balance.due_diligence: "due_diligence partners private_sector",
    },
    "mandate": {
        mandate.goals_in_mandate: "mandate goals",
        mandate.traced_to_targets: "deliverables",
        mandate.money_on_goals: "budget goals",
        mandate.scope_and_exit: "mandate",
    },
    "strategic_influence": {
        strategic_influence.goals_useful: "goals",
        strategic_influence.tied_to_plan: "processes",
        strategic_influence.fed_processes: "processes",
        strategic_influence.agency_commitment: "agency_commitments partners",
    },
}

INDICATORS: tuple[Indicator, ...] = tuple(
    Indicator(function.__name__, lesson, frozenset(reads.split()), function)
    for lesson, functions in _FUNCTIONS.items()
    for function, reads in functions.items()
)
"""Lesson by lesson, in the order of the rubric, with the members of the document that each reads."""


def judged_not_applicable(record: Record) -> frozenset[str]:
    """The judged indicators that do not apply: those about business, where none takes part and the record says why."""
    return frozenset({"whose_agenda", "conflicts_handled"}) if record.business_is_absent else frozenset()
