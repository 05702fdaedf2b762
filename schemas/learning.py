"""Lessons learned over many evaluations: distributions by goal, country, chamber and year, and the yearly report.

The assessment works them out from published evaluations when they are asked for. Distributions and counts, never a ranking: no
partnership, goal or country is ordered by a level, and there is no figure over lessons. `null` is meant where fewer than three
assessments stand behind a figure.
"""

from __future__ import annotations

from typing import Any

from schemas import documents
from schemas import fields as f
from schemas.documents import Contract, Figures
from schemas.evaluation import FLAGS, Costs, PerChamber

LEAST = 3
"""Assessments without which nothing is said."""
DIMENSIONS = ("goal", "country", "chamber", "year")
KINDS = ("computed", "judged")


class Year(f.Line):
    """A year with four digits, as it stands in a query."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if not (len(text) == len("2026") and text.isascii() and text.isdigit()):
            raise f.refuse("must be a year, like 2026")
        return text


class AggregateQuery(Contract):
    """Which evaluations are looked at, and by what they are told apart. A repeated parameter means or; different ones mean and."""

    by = f.Choice(DIMENSIONS, "What they are told apart by; all together where it is left out.")
    lesson = f.Items(f.Code("lesson"), most=20)
    goal = f.Items(f.GoalReference(), most=100)
    country = f.Items(f.Country().for_input(), most=300)
    chamber = f.Code("chamber", "The levels that this chamber alone gave, as far as they are published.")
    year = f.Items(Year(), most=100)
    rubric_version = f.Line("Levels of different versions are not mixed; the newest where it is left out.", limit=20)


class BandCount(Figures):
    """How many lie in a band of levels: from the first on and below the second, or 4; one level where they are equal."""

    band = f.Items(f.Quantity(most=4), required=True, least=2, most=2)
    count = f.Count(required=True)


class Distribution(Figures):
    """How levels are spread."""

    counted = f.Count("Assessments that have such a level.", required=True)
    bands = f.Items(BandCount, f"Null under {LEAST} assessments.")


class IndicatorAggregate(Figures):
    code = f.Line(limit=f.SHORT, required=True)
    kind = f.Choice(KINDS, required=True)
    levels = f.Object(Distribution, required=True)
    not_known = f.Count("Assessments in which the record does not tell; of judged ones: where it is not published.")
    not_applicable = f.Count()


class FlagCount(Figures):
    flag = f.Choice(FLAGS, required=True)
    count = f.Count(required=True)


class LessonAggregate(Figures):
    """A lesson: what panels judged, and beside it what records say. Of one chamber, only what it judged."""

    lesson = f.Code("lesson", required=True)
    judged = f.Object(Distribution, required=True)
    evidence = f.Object(Distribution)
    flags = f.Items(FlagCount)
    indicators = f.Items(IndicatorAggregate)


class CommonGap(Figures):
    """A computed indicator that records often leave unknown."""

    lesson = f.Code("lesson", required=True)
    indicator = f.Line(limit=f.SHORT, required=True)
    not_known = f.Count("Assessments in which the record does not tell.", required=True)
    of = f.Count("Assessments in which it applies.", required=True)


class MoneyTotal(Figures):
    """Money of one currency; currencies are never added."""

    currency = f.Currency(required=True)
    counted = f.Count("Assessments that state it.", required=True)
    total = f.Decimal(f"Null under {LEAST}.")


class CostTotals(Figures):
    """What was stated of costs, and beside it of impact."""

    stated = f.Count("Assessments that state any cost.", required=True)
    money = f.Items(MoneyTotal, required=True)
    days_counted = f.Count(required=True)
    days = f.Quantity(f"Days of work together; null under {LEAST}.")
    coordination_stated = f.Count(required=True)
    impact_stated = f.Count("Assessments that state an impact.", required=True)
    both_stated = f.Count(required=True)


class RecommendationCounts(Figures):
    """What became of recommendations. What is overdue is counted on the day of the answer."""

    given = f.Count(required=True)
    answered = f.Count(required=True)
    accepted = f.Count(required=True)
    partly = f.Count(required=True)
    declined = f.Count(required=True)
    done = f.Count(required=True)
    overdue = f.Count(required=True)


class AggregateGroup(Figures):
    """Evaluations that have something in common: a goal, a country, a year, or all of them; or the voice of one chamber."""

    key = f.Line("The goal, country, chamber or year; null for all together.", limit=f.SHORT)
    assessments = f.Count(required=True)
    lessons = f.Items(LessonAggregate, required=True)
    gaps = f.Items(CommonGap, "The most common first.")
    costs = f.Object(CostTotals)
    recommendations = f.Object(RecommendationCounts)


class Aggregates(Figures):
    """Groups in the order of their keys. A partnership with several goals or countries is in the group of each."""

    rubric_version = f.Line(limit=f.SHORT, required=True)
    as_of = f.FullDate(required=True)
    notice = f.LanguageMap("What this is not.", required=True)
    by = f.Choice(DIMENSIONS)
    least = f.Count("Groups of fewer assessments are not shown.", required=True)
    assessments = f.Count("All that were looked at.", required=True)
    items = f.Items(AggregateGroup, required=True)
    withheld = f.Count("Groups that are not shown.", required=True)
    not_stated = f.Count("Assessments that state no goal or country, or publish no mean of a chamber.", required=True)


# The yearly report


class ReportedRound(Figures):
    id = f.Identifier(required=True)
    title = f.LanguageMap(limit=f.LINE, required=True)
    assessments = f.Count(required=True)


class ReportedEvaluation(Figures):
    """One evaluation of the year: its cost beside its impact. Its profile is in the evaluation itself."""

    id = f.Identifier(required=True)
    partnership_id = f.Identifier(required=True)
    reference = f.Line(limit=40)
    title = f.LanguageMap(limit=f.LINE, required=True)
    published_at = f.Timestamp(required=True)
    costs = f.Object(Costs)
    impact = f.LanguageMap(limit=f.LONG)
    recommendations = f.Object(RecommendationCounts, required=True)


class LessonAgreement(Figures):
    """Krippendorff's ordinal alpha over the first submissions of all assessments under one version of the rubric, until a day.

    It is about the rubric, and decides about no partnership. Null under three assessments, or where nothing varies.
    """

    lesson = f.Code("lesson", required=True)
    alpha = f.Quantity(least=-1, most=1)
    units = f.Count("Indicators of assessments that two members judged at least.", required=True)
    assessments = f.Count(required=True)


class ReportSection(Figures):
    """The evaluations under one version of the rubric: levels of different versions are not mixed."""

    rubric_version = f.Line(limit=f.SHORT, required=True)
    together = f.Object(AggregateGroup, f"Null under {LEAST} assessments.")
    goals = f.Items(AggregateGroup, required=True)
    countries = f.Items(AggregateGroup, required=True)
    chambers = f.Items(AggregateGroup, required=True)
    withheld = PerChamber(f.Count(), "By dimension, how many groups are not shown.", required=True)
    agreement_until = f.FullDate(required=True)
    agreement = f.Items(LessonAgreement)


class YearlyReport(Figures):
    """What a year of assessments taught, as one document."""

    year = f.Count(least=1900, most=2200, required=True)
    as_of = f.FullDate("The day on which it was put together.", required=True)
    complete = f.Flag("Whether the year is over.", required=True)
    notice = f.LanguageMap("What this is not.", required=True)
    least = f.Count("Groups of fewer assessments are not shown.", required=True)
    assessments = f.Count(required=True)
    corrections = f.Count("Evaluations published in the year to correct another.", required=True)
    rounds = f.Items(ReportedRound, required=True)
    sections = f.Items(ReportSection, "One per version of the rubric.", required=True)
    recommendations = f.Object(RecommendationCounts, required=True)
    evaluations = f.Items(ReportedEvaluation, "In the order of references.", required=True)


def render_aggregates(aggregates: dict[str, object]) -> bytes:
    """The bytes of aggregates."""
    return documents.render(Aggregates, aggregates)


def render_report(report: dict[str, object]) -> bytes:
    """The bytes of a yearly report."""
    return documents.render(YearlyReport, report)
