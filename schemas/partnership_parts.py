"""The parts of the partnership record: partners and contributions, people, decisions, money, mandate, results.

`schemas.partnership` puts them together; nobody else needs them one by one. Nearly everything is optional: a field that is absent
is not stated, `[]` states that there are none, and so does `false` in the place of an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas import fields as f
from schemas import partial_dates
from schemas.documents import Contract

OF_ORGANIZATION = "An organization's id."


def exactly_one(data: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Raise `ValidationError` unless just one of these members is stated."""
    if sum(data.get(name) is not None for name in names) != 1:
        raise ValidationError(f"must have exactly one of {', '.join(names)}")


def in_order(data: Mapping[str, Any], first: str, second: str) -> None:
    """Raise `ValidationError` where the first date is surely after the second."""
    one, other = data.get(first), data.get(second)
    if one and other and partial_dates.surely_after(one, other):
        raise ValidationError(f"is before {first}", second)


class Item(Contract):
    """The base of what stands in lists: its id stays the same as long as it is there, so that corrections can point at it."""

    id = f.Identifier("Given by the registry where an input has none.", assigned=True)


class Amount(Contract):
    """Money. Amounts of different currencies are never summed without a rate."""

    amount = f.Decimal("In the currency given.", required=True, example="250000")
    currency = f.Currency("ISO 4217.", required=True, example="USD")
    date = f.PartialDate("The date of the amount, by which a rate is looked up.")
    reference_amount = f.Decimal("In US dollars, where a rate is known.")
    rate = f.Decimal("US dollars for one unit of the currency.")
    rate_source = f.Line("Whose rate it is.")


class Period(Contract):
    """From when to when; both may be partial, either may be open."""

    start = f.PartialDate()
    end = f.PartialDate()

    @validates_schema
    def ends_after_it_starts(self, data: dict[str, Any], **_: object) -> None:
        in_order(data, "start", "end")


# Where, when, what


class Place(Item):
    """A place within a country."""

    country = f.Country("ISO 3166-1 alpha-3.", example="KHM")
    name = f.Text("Its name.", limit=f.LINE, one_line=True, required=True)
    code = f.Line("Its code in a gazetteer or in the country's own list.", limit=f.SHORT)
    level = f.Line("Province, district, municipality, village…", limit=f.SHORT)


class Geography(Contract):
    """Where the partnership works. `countries` and `regions` are lists of codes."""

    scope = f.Code("scope", "How far it reaches.", example="national")
    countries = f.Items(f.Country(), "ISO 3166-1 alpha-3.", unique=True)
    regions = f.Items(f.Region(), "UN M49.", unique=True)
    places = f.Items(Place, "Places within countries.")
    headquarters = f.Either([f.Country(), f.Object(Place)], "Where it is led from: a country or a place.")


class ActivityDate(Item):
    """One of the four dates of an activity, as aid data tells them apart."""

    type = f.Code("date-type", required=True)
    date = f.PartialDate(required=True)


class Goal(Item):
    """A goal that the partnership works for."""

    scheme = f.GoalScheme("sdg, sdg-target, sdg-indicator, mdg, agenda21, or plan:… for another plan.", required=True)
    code = f.Line("Its code in that scheme.", limit=f.SHORT, required=True, example="6")
    weight = f.Code("goal-weight", "At most three should be primary.")
    derived_from = f.Line(
        "Set where a crosswalk added this goal: the goal it was derived from. Never counted as stated."
    )

    @validates_schema
    def is_in_its_scheme(self, data: dict[str, Any], **_: object) -> None:
        try:
            f.check_goal(data["scheme"], data["code"])
        except ValidationError as error:
            raise ValidationError(error.messages, "code") from error


class Classification(Item):
    """A code of another classification, such as the sectors of aid data."""

    scheme = f.Line(limit=f.SHORT, required=True, example="DAC-5")
    code = f.Line(limit=f.SHORT, required=True, example="14030")
    label = f.Text(limit=f.LINE)


# Form


class Host(Contract):
    """The organization that houses the secretariat."""

    organization_id = f.Identifier(OF_ORGANIZATION)
    staff = f.Quantity("Full-time equivalents.")
    yearly_cost = f.Object(Amount)


class Agreement(Contract):
    """What the partners have signed."""

    type = f.Code("legal-agreement", example="memorandum")
    signed = f.PartialDate()
    expires = f.PartialDate()
    url = f.Link("Where it can be read.")


class BudgetTotal(Amount, Item):
    """Money planned, committed, received or spent."""

    basis = f.Code("budget-basis", required=True)
    period = f.Object(Period)


class GoalShare(Item):
    """The share of the budget that goes to one goal."""

    goal = f.GoalReference(required=True)
    percent = f.Percent(required=True)


class Budget(Contract):
    totals = f.Items(BudgetTotal)
    by_goal = f.Items(GoalShare)


# Partners


class PartnerOrganization(Contract):
    """A partner that is an organization, with what its own document says of it."""

    id = f.Identifier(OF_ORGANIZATION, required=True)
    name = f.LanguageMap(limit=f.LINE, required=True)
    constituency = f.Code("constituency", required=True, example="civil_society")
    country = f.Country()
    parent_id = f.Identifier(OF_ORGANIZATION)
    business_size = f.Code("business-size")
    controlled_by = f.Identifier(OF_ORGANIZATION)


class OrganizationIdentifier(Contract):
    """What another register calls the organization (org-id.guide)."""

    scheme = f.Line("The register, as org-id.guide writes it.", limit=f.SHORT, required=True, example="XM-DAC")
    value = f.Line(limit=200, required=True, example="47066")


def stated_constituency(data: Mapping[str, Any]) -> None:
    """Raise `ValidationError` for `unspecified`: only a source that does not say may use it, never somebody who can be asked."""
    if data.get("constituency") == "unspecified":
        raise ValidationError("must be stated: unspecified is for imported records only", "constituency")


@f.input_for(PartnerOrganization)
class PartnerOrganizationInput(Contract):
    """An organization: its `id`, or a proposal where it is not listed yet (then `name` and `constituency` are asked for)."""

    id = f.Identifier("Of a listed organization; the rest may then be repeated, and is not changed here.")
    name = f.LanguageMap(limit=f.LINE, one_line=True)
    constituency = f.Code("constituency", example="civil_society")
    country = f.Country().for_input()
    parent_id = f.Identifier(OF_ORGANIZATION)
    business_size = f.Code("business-size")
    controlled_by = f.Identifier(OF_ORGANIZATION)
    identifiers = f.Items(OrganizationIdentifier, "For a proposal.", most=100)

    @validates_schema
    def says_who(self, data: dict[str, Any], **_: object) -> None:
        if data.get("id"):
            return
        missing = {
            name: ["is asked for where there is no id"] for name in ("name", "constituency") if not data.get(name)
        }
        if missing:
            raise ValidationError(missing)
        stated_constituency(data)


class PartnerGroup(Contract):
    """Many who take part without each being named."""

    name = f.Text(limit=f.LINE, required=True)
    constituency = f.Code("constituency", required=True)
    count = f.Count("How many there are.")


class UnnamedPartner(Contract):
    """A partner at risk, shown by its constituency alone."""

    constituency = f.Code("constituency", required=True)


class Confirmation(Contract):
    """What the partner itself says of its entry."""

    state = f.Code("confirmation-state", closed=True, required=True, example="confirmed")
    at = f.Timestamp("When this state began.")
    covers = f.Line(
        "A hash of the entry that was confirmed; when the entry changes, it is claimed again.", limit=f.SHORT
    )
    comment = f.Text("The partner's own words.", limit=5_000)


class Stage(Contract):
    """What was pledged, confirmed or delivered: an amount, or, where it has no price, a description."""

    amount = f.Decimal("In the currency given.")
    currency = f.Currency("ISO 4217.")
    date = f.PartialDate()
    reference_amount = f.Decimal("In US dollars, where a rate is known.")
    rate = f.Decimal("US dollars for one unit of the currency.")
    rate_source = f.Line("Whose rate it is.")
    description = f.Text("What it is, where it has no amount.", limit=5_000)

    @validates_schema
    def says_what(self, data: dict[str, Any], **_: object) -> None:
        if ("amount" in data) != ("currency" in data):
            raise ValidationError("an amount has a currency, and a currency an amount", "currency")
        if "amount" not in data and "description" not in data:
            raise ValidationError("must have an amount with its currency, or a description")


class Recipient(Contract):
    """Whom a contribution or payment goes to."""

    organization_id = f.Identifier(OF_ORGANIZATION)
    constituency = f.Code("constituency")
    name = f.Text("Where it is not a listed organization.", limit=f.LINE)
    local = f.Flag("Whether it is an organization of the place itself.")


class Contribution(Item):
    """What a partner gives: money, people, expertise, data, a venue."""

    kind = f.Code("contribution-kind", required=True, example="financial")
    description = f.Text()
    earmarking = f.Code("earmarking", "How far the giver decides what it is for.")
    period = f.Object(Period)
    pledged = f.Stated(Stage)
    confirmed = f.Stated(Stage)
    delivered = f.Stated(Stage)
    recipient = f.Object(Recipient)


class Effort(Contract):
    """What taking part costs the partner itself."""

    days_per_month = f.Quantity(most=1_000_000)
    coordination_cost = f.Stated(Amount)


class Partner(Item):
    """A partner: an organization, a group, or one that is not named."""

    organization = f.Object(PartnerOrganization)
    group = f.Object(PartnerGroup)
    unnamed = f.Object(UnnamedPartner)
    roles = f.Items(f.Code("role"), unique=True)
    joined = f.PartialDate()
    left = f.PartialDate()
    confirmation = f.Object(Confirmation, read_only=True)
    contributions = f.Items(Contribution)
    effort = f.Stated(Effort)
    comment = f.Text("The lead's words on what the partner corrected.", limit=5_000)

    @validates_schema
    def is_one_thing(self, data: dict[str, Any], **_: object) -> None:
        exactly_one(data, ("organization", "group", "unnamed"))
        in_order(data, "joined", "left")


class Membership(Item):
    """How many members the partnership had in a year."""

    year = f.Count(least=1900, most=2200, required=True)
    count = f.Count(required=True)


# People


class Stakeholder(Item):
    """A group that the partnership concerns."""

    group = f.Text("Who they are.", limit=f.LINE, required=True)
    constituency = f.Code("constituency")
    affected = f.Flag("Whether they are directly affected.")
    number = f.Count("How many they are.")
    effect = f.Text("What the partnership means for them.")
    places = f.Items(f.Either([f.Line(), f.Object(Place)]), "Names of places, or places.")
    represented_by = f.Items(f.Identifier(), "The organizations that stand for them.", unique=True)
    chosen_by = f.Code("chosen-by", "Who chose those that stand for them.")
    updated = f.PartialDate()


class KeyActor(Item):
    """A kind of actor without whom it cannot work."""

    kind = f.Line("A constituency, or another kind of actor.", required=True)
    present = f.Flag("Whether it takes part.")


class Analysis(Contract):
    """The analysis of who has a stake."""

    done = f.Flag()
    date = f.PartialDate()
    url = f.Link()
    key_actors = f.Items(KeyActor)


class Beneficiaries(Item):
    """People reached, told apart where the source does."""

    group = f.Text(limit=f.LINE)
    planned = f.Count()
    reached = f.Count()
    sex = f.Line(limit=f.SHORT)
    age = f.Line(limit=f.SHORT)
    disability = f.Either([f.Flag(), f.Line(limit=f.SHORT)])
    as_of = f.PartialDate()


class Wanted(Item):
    """What a forming partnership needs or offers, so that others can join."""

    kind = f.Code("contribution-kind")
    constituency = f.Code("constituency", "Who could give it, or whom it is offered to.")
    countries = f.Items(f.Country(), unique=True)
    description = f.Text(required=True)


# Decisions


class Quota(Contract):
    """What a decision needs: that many votes, or that share of them in percent (up to 1: as a part of one)."""

    kind = f.Code("quota-kind", required=True)
    value = f.Decimal(required=True)


class Holder(Contract):
    """Who holds a seat or a veto."""

    organization_id = f.Identifier(OF_ORGANIZATION)
    constituency = f.Code("constituency")
    group = f.Text(limit=f.LINE)

    @validates_schema
    def is_one(self, data: dict[str, Any], **_: object) -> None:
        exactly_one(data, ("organization_id", "constituency", "group"))


class Seat(Item):
    holder = f.Object(Holder, required=True)
    votes = f.Quantity()
    selected_by = f.Text("Who sends somebody to this seat.", limit=f.LINE)


class Veto(Item):
    holder = f.Object(Holder, required=True)


class Body(Item):
    """A body that decides."""

    name = f.Text(limit=f.LINE)
    rule = f.Code("decision-rule", example="consensus")
    quota = f.Stated(Quota)
    fallback = f.Text("What happens when the rule brings no decision: another rule, or words.", limit=f.LINE)
    seats = f.Items(Seat)
    veto = f.Items(Veto)
    meetings_per_year = f.Quantity(most=1_000)
    agenda_open = f.Flag("Whether any partner may put something on the agenda.")


class Decision(Item):
    date = f.PartialDate()
    title = f.Text(limit=f.LINE)
    outcome = f.Text()
    dissent = f.Text()
    url = f.Link()


# Governance


class Paper(Item):
    """A public document of the partnership."""

    kind = f.Code("document-kind", required=True, example="minutes")
    title = f.Text(limit=f.LINE)
    date = f.PartialDate()
    url = f.Link()


class Review(Contract):
    """A review or evaluation, and the answer to it."""

    date = f.PartialDate()
    url = f.Link()
    response_url = f.Link()


class ComplaintCount(Contract):
    year = f.Count(least=1900, most=2200)
    count = f.Count()


class Complaints(Contract):
    """How somebody outside can complain."""

    url = f.Link()
    languages = f.Items(f.Language(), unique=True)
    anonymous = f.Flag()
    deadline_days = f.Count("Within how many days an answer is due.", most=10_000)
    received = f.Object(ComplaintCount)


class Safeguarding(Contract):
    policy_url = f.Link()
    contact_url = f.Link()
    training = f.Flag()
    binds_all = f.Flag("Whether it binds every partner.")


# Money


class FundingRevision(Item):
    date = f.PartialDate()
    description = f.Text()


class Payment(Amount, Item):
    """A single payment; from imports only."""

    applied_on = f.PartialDate()
    approved_on = f.PartialDate()
    paid_on = f.PartialDate()
    recipient = f.Object(Recipient)


class TransactionParty(Contract):
    """Who gave or got, as the source says."""

    organization_id = f.Identifier(OF_ORGANIZATION)
    identifier = f.Line("What the source calls it.")
    name = f.Text(limit=f.LINE)


class TransactionSector(Item):
    scheme = f.Line(limit=f.SHORT)
    code = f.Line(limit=f.SHORT, required=True)


class Transaction(Amount, Item):
    """A transaction as the source has it; its codes are the source's."""

    type = f.Line("The source's code of the type.", limit=f.SHORT, required=True)
    identifier = f.Line("The source's reference.")
    value_date = f.PartialDate("The date by which the source converts the amount.")
    description = f.Text()
    provider = f.Object(TransactionParty)
    receiver = f.Object(TransactionParty)
    recipient_country = f.Country()
    recipient_region = f.Line(limit=f.SHORT)
    sectors = f.Items(TransactionSector)
    disbursement_channel = f.Line(limit=f.SHORT)
    flow_type = f.Line(limit=f.SHORT)
    finance_type = f.Line(limit=f.SHORT)
    aid_type = f.Line(limit=f.SHORT)
    tied_status = f.Line(limit=f.SHORT)


class Funding(Contract):
    """How free and how quick the money is: four figures; single payments and transactions come from imports."""

    unearmarked_percent = f.Percent("Softly earmarked money counts half.")
    multi_year_percent = f.Percent("Committed for 24 months or more.")
    median_days_to_payment = f.Quantity("From the application to the payment.", most=100_000)
    local_percent = f.Percent("Reaching local organizations.")
    as_of = f.PartialDate()
    revisions = f.Items(FundingRevision, "When experience moved money.")
    payments = f.Items(Payment, most=50_000)


# Business


class PrivateSector(Contract):
    """Which kinds of business take part, or why none."""

    kinds = f.Items(f.Code("business-size"), unique=True)
    absence_reason = f.Text()
    interests_declared = f.Flag()
    exclusions_url = f.Link("With whom the partnership does not work.")


class DueDiligence(Item):
    organization_id = f.Identifier(OF_ORGANIZATION, required=True)
    outcome = f.Text(limit=5_000)
    date = f.PartialDate()
    url = f.Link()


# Mandate and influence


class MandateSource(Contract):
    title = f.Text(limit=f.LINE)
    url = f.Link()


class ScopeChange(Item):
    date = f.PartialDate()
    description = f.Text()
    decided_by = f.Text(limit=f.LINE)


class Exit(Contract):
    """When and how it ends."""

    criteria = f.Text()
    decided_by = f.Text(limit=f.LINE)


class Mandate(Contract):
    """On whose mandate the partnership works."""

    unit_id = f.Identifier("The unit that would accept the record.")
    source = f.Stated(MandateSource)
    goals = f.Items(f.GoalReference(), unique=True)
    scope_changes = f.Items(ScopeChange)
    exit = f.Stated(Exit)


class Process(Item):
    """An official process that the partnership is tied to or has fed."""

    kind = f.Code("process-kind", required=True, example="vnr")
    name = f.Text(limit=f.LINE)
    year = f.Count(least=1900, most=2200)
    relation = f.Code("process-relation", "Only a focal point of the authority sets `confirmed`.", example="submitted")
    url = f.Link()


class AgencyCommitment(Item):
    """What a UN agency or the sponsoring public body has committed."""

    organization_id = f.Identifier(OF_ORGANIZATION, required=True)
    kind = f.Code("commitment-kind", required=True, example="staff")
    delivered = f.Flag()
    signed_off_by = f.Text("The function of who signed it off.", limit=f.LINE)
    date = f.PartialDate()
    url = f.Link()


# Results


class Baseline(Contract):
    value = f.Decimal(required=True)
    date = f.PartialDate()


class Target(Item):
    value = f.Decimal(required=True)
    due = f.PartialDate()


class Disaggregation(Item):
    sex = f.Line(limit=f.SHORT)
    age = f.Line(limit=f.SHORT)
    place = f.Text(limit=f.LINE)
    disability = f.Either([f.Flag(), f.Line(limit=f.SHORT)])
    value = f.Decimal(required=True)


class Actual(Item):
    """A value that was reached in a period."""

    period = f.Object(Period)
    value = f.Decimal(required=True)
    base = f.Decimal("What the value is a part of.")
    note = f.Text(limit=5_000)
    disaggregation = f.Items(Disaggregation)


class Indicator(Item):
    title = f.Text(limit=f.LINE, required=True)
    unit = f.Line("What is counted.")
    direction = f.Line("Which way is better: increase, decrease or maintain.", limit=f.SHORT)
    baseline = f.Stated(Baseline)
    targets = f.Items(Target)
    actuals = f.Items(Actual)


class Pledge(Contract):
    process_id = f.Identifier("The process of this record in which it was pledged.")


class Deliverable(Item):
    """A result promised: an outcome, an output under it, an activity under that."""

    level = f.Code("deliverable-level", required=True, example="output")
    parent_id = f.Identifier("The deliverable that this one serves.")
    title = f.LanguageMap(limit=f.LINE, one_line=True, required=True)
    description = f.LanguageMap()
    due = f.PartialDate()
    responsible = f.Items(f.Identifier(), "Organizations.", unique=True)
    resources = f.LanguageMap()
    goals = f.Items(f.GoalReference(), unique=True)
    pledge = f.Stated(Pledge)
    indicators = f.Items(Indicator)
    lacks = f.Items(f.Line(limit=f.SHORT), "What keeps it from being SMART, by member.", read_only=True)


class Report(Item):
    """A progress report, due or submitted."""

    period = f.Object(Period)
    due = f.PartialDate()
    submitted = f.PartialDate()
    url = f.Link()
    narrative = f.Text("What was done and what it changed.")
    next_plan = f.Text("What comes next.")
    explanation = f.Text("Why it is late or missing.")


# The record itself


class Source(Contract):
    """Where an imported record comes from."""

    system = f.Line(limit=f.SHORT, required=True, example="iati")
    identifier = f.Line(required=True)
    url = f.Link()


class Reason(Contract):
    """A public reason, when it was given and by which unit."""

    reason = f.Text(limit=5_000, required=True)
    at = f.Timestamp()
    unit_id = f.Identifier("The unit that gave it, where one did.")


class Submission(Contract):
    """The submission that waits for a unit, or the last one that did."""

    unit_id = f.Identifier(required=True)
    at = f.Timestamp(required=True)
    due = f.FullDate("Fifteen working days later; then another unit may take it.")
    appeal = f.Flag("Whether a return was appealed to this unit.")


class NamedFocalPoint(Contract):
    display_name = f.Line(limit=200)
    organization_id = f.Identifier(OF_ORGANIZATION)


class Registration(Contract):
    """By which unit the record was accepted; `independent` is false where the unit's own organization is a partner."""

    unit_id = f.Identifier(required=True)
    date = f.FullDate(required=True)
    independent = f.Flag(required=True)


class Tier(Contract):
    """Whether a tier is met, and where not, what lacks."""

    met = f.Flag(required=True)
    lacking = f.Items(f.Pointer(), required=True)


class Tiers(Contract):
    confirmed = f.Object(Tier, required=True)
    registered = f.Object(Tier, required=True)
    assessable = f.Object(Tier, required=True)
