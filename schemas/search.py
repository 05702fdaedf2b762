"""What search answers, for the documentation of its API and for those who call it. Nothing here is on the bus.

Items hold parts of the documents in `schemas.partnership` and `schemas.organization`, in the same shape.
"""

from __future__ import annotations

from marshmallow import INCLUDE

from schemas import fields as f
from schemas import organization, partnership_parts
from schemas.documents import Contract, Figures


class Highlight(Contract):
    """Where the query was found in the record's own words: HTML, with nothing but `<mark>` in it."""

    language = f.Language("The language of the text, where the record says it.")
    text = f.Line(limit=5_000, required=True)


class ItemGoal(Contract):
    """A goal of the record."""

    scheme = f.GoalScheme(required=True)
    code = f.Line(limit=f.SHORT, required=True)
    weight = f.Choice(("primary", "secondary"))
    derived_from = f.Line("Set where a crosswalk added this goal.")


class ItemOrganization(Contract):
    """A partner that is an organization."""

    id = f.Identifier(required=True)
    name = f.LanguageMap(required=True)
    constituency = f.Code("constituency")
    country = f.Country()


class ItemConfirmation(Contract):
    state = f.Code("confirmation-state", required=True)


class ItemPartner(Contract):
    """A partner, shortened."""

    id = f.Identifier(required=True)
    organization = f.Object(ItemOrganization)
    group = f.Object(partnership_parts.PartnerGroup)
    unnamed = f.Object(partnership_parts.UnnamedPartner)
    roles = f.Items(f.Code("role"))
    confirmation = f.Object(ItemConfirmation)


class ItemLesson(Figures):
    """A lesson as it was judged; null: it was not, or does not apply."""

    lesson = f.Code("lesson", required=True)
    level = f.Quantity(most=4)


class ItemEvaluation(Contract):
    """The profile of the newest published evaluation. There is no figure over lessons, and it is not an endorsement."""

    class Meta:
        unknown = INCLUDE

    id = f.Identifier()
    version = f.Count()
    published_at = f.Timestamp()
    judged_version = f.Count("The version of the record that was judged.")
    evidence_version = f.Count("The version that the evidence was computed from.")
    lessons = f.Items(ItemLesson)
    current = f.Flag("False where the record has been edited since it was judged.")


class PartnershipItem(Contract):
    """A partnership as lists show it."""

    id = f.Identifier(required=True)
    reference = f.Line(limit=40)
    title = f.LanguageMap(required=True)
    summary = f.LanguageMap()
    kind = f.Code("kind", required=True)
    standing = f.Code("standing", required=True)
    standing_reason = f.Object(partnership_parts.Reason, "Why the record was returned, suspended or withdrawn.")
    phase = f.Code("phase", required=True)
    updated_at = f.Timestamp(required=True)
    goals = f.Items(ItemGoal, required=True)
    countries = f.Items(f.Country(), required=True)
    partners = f.Items(ItemPartner, "The first twelve.", required=True)
    partner_count = f.Count(required=True)
    constituencies = f.Items(f.Code("constituency"), required=True)
    evaluation = f.Object(ItemEvaluation)
    highlight = f.Items(Highlight, required=True)
    score = f.Quantity("How well the text was found; comparable within one answer only.", required=True)


class FacetValue(Contract):
    """A value to filter by, and how many records have it."""

    value = f.Line(limit=1_000, required=True)
    label = f.Line(limit=1_000, required=True)
    count = f.Count(required=True)


class FacetsAnswer(Contract):
    """Per facet its values; each facet leaves its own filter out."""

    goal = f.Items(FacetValue)
    target = f.Items(FacetValue)
    country = f.Items(FacetValue)
    region = f.Items(FacetValue)
    place = f.Items(FacetValue)
    constituency = f.Items(FacetValue)
    organization = f.Items(FacetValue)
    role = f.Items(FacetValue)
    confirmed = f.Items(FacetValue)
    kind = f.Items(FacetValue)
    standing = f.Items(FacetValue)
    phase = f.Items(FacetValue)
    scope = f.Items(FacetValue)
    process = f.Items(FacetValue)
    beneficiary = f.Items(FacetValue)
    lesson = f.Items(FacetValue)
    language = f.Items(FacetValue)
    year = f.Items(FacetValue)
    has = f.Items(FacetValue)


class MissingAnswer(Contract):
    """Per facet how many matching records do not state it: silence is not absence."""

    goal = f.Count()
    target = f.Count()
    country = f.Count()
    region = f.Count()
    place = f.Count()
    constituency = f.Count()
    organization = f.Count()
    role = f.Count()
    confirmed = f.Count()
    scope = f.Count()
    process = f.Count()
    beneficiary = f.Count()
    lesson = f.Count()
    language = f.Count()
    year = f.Count()


class FreshnessAnswer(Contract):
    """How fresh the answer is."""

    as_of = f.Timestamp("What happened until then is in the answer.")
    behind = f.Count("Events that are not in it yet; null where the bus cannot say.")


MATCHED = f.Choice(
    ("all", "near", "some"),
    "How the words were understood: all of them; all, with typing errors forgiven; or some of them.",
)


class PartnershipAnswer(Contract):
    """A page of partnerships."""

    items = f.Items(PartnershipItem, required=True)
    total = f.Count(required=True)
    facets = f.Object(FacetsAnswer, required=True)
    missing = f.Object(MissingAnswer, required=True)
    freshness = f.Object(FreshnessAnswer, required=True)
    matched = MATCHED
    stale = f.Flag("True where the version waited for is not searchable yet.")
    next = f.Line("The cursor of the next page.", limit=2_000)


class SimilarAnswer(Contract):
    """Partnerships like another."""

    items = f.Items(PartnershipItem, required=True)


class OrganizationItem(Contract):
    """An organization as lists show it."""

    id = f.Identifier(required=True)
    standing = f.Choice(organization.STANDINGS, required=True)
    name = f.LanguageMap(required=True)
    constituency = f.Code("constituency", required=True)
    country = f.Country()
    parent_id = f.Identifier()
    merged_into = f.Identifier()
    updated_at = f.Timestamp(required=True)


class OrganizationAnswer(Contract):
    """A page of organizations."""

    items = f.Items(OrganizationItem, required=True)
    total = f.Count(required=True)
    matched = MATCHED
    stale = f.Flag("True where the version waited for is not searchable yet.")
    next = f.Line("The cursor of the next page.", limit=2_000)


class Suggestion(Contract):
    """Something that may be meant."""

    type = f.Choice(("goal", "target", "country", "region", "place", "organization", "partnership"), required=True)
    value = f.Line("A value of the parameter of that name, or an id.", limit=1_000, required=True)
    label = f.Line("What it is called in the language asked for.", limit=1_000, required=True)
    matched = f.Line("What it is called in the language typed.", limit=1_000)
    country = f.Country("Of a place.")


class SuggestionAnswer(Contract):
    items = f.Items(Suggestion, required=True)


class Cell(Contract):
    """A count; null where the records do not say."""

    goal = f.Line()
    country = f.Line()
    constituency = f.Line()
    count = f.Count(required=True)


class AggregateAnswer(Contract):
    """Counts per combination."""

    by = f.Items(f.Line(), required=True)
    items = f.Items(Cell, required=True)
    freshness = f.Object(FreshnessAnswer, required=True)


class Beside(Contract):
    """How many records search has taken from the bus, and how many its index holds."""

    register = f.Count(required=True)
    index = f.Count(required=True)


class RecordCounts(Contract):
    partnerships = f.Object(Beside, required=True)
    organizations = f.Object(Beside, required=True)


class RebuildStatus(Contract):
    """The last rebuild."""

    number = f.Count(required=True)
    state = f.Choice(("requested", "reading", "copying", "comparing", "done", "failed"), required=True)
    reason = f.Line(required=True)
    from_topics = f.Flag(required=True)
    generation = f.Line(required=True)
    events_read = f.Count(required=True)
    records_copied = f.Count(required=True)
    requested_at = f.Timestamp(required=True)
    ended_at = f.Timestamp()
    outcome = f.Line(limit=5_000)


class StatusAnswer(Contract):
    """The index beside the register."""

    engine = f.Choice(("embedded", "elasticsearch"), required=True)
    generation = f.Line("The build of the index in use.")
    generations = f.Items(f.Line())
    records = f.Object(RecordCounts)
    as_of = f.Timestamp()
    behind = f.Count()
    problem = f.Line("Why the index does not answer.", limit=5_000)
    rebuild = f.Object(RebuildStatus)
