"""The partnership record: the public document, what is sent in to make, replace and change one, and what is asked of it.

The registry renders the document once and everybody passes its bytes on. The parts are in `schemas.partnership_parts`; who may
do what, and what a move of standing or phase asks for, is the registry's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas import fields as f
from schemas import partnership_parts as parts
from schemas.documents import Contract, load

STANDINGS = ("draft", "listed", "submitted", "returned", "registered", "reported", "suspended", "withdrawn")
PHASES = ("forming", "active", "dormant", "completed", "ended_early")
MOVES = ("listed", "submitted", "returned", "registered", "suspended", "withdrawn", *PHASES)
ASK_FOR_A_REASON = frozenset({"returned", "suspended", "withdrawn", "ended_early"})
MOST_PARTNERS = 2_000


class PartnershipDocument(Contract):
    """A partnership, as the public sees it."""

    # identity
    id = f.Identifier(required=True, read_only=True)
    reference = f.Line("Given at listing.", limit=40, read_only=True, example="CVN-2026-000001")
    version = f.Count("Counts edits.", least=1, required=True, read_only=True)
    revision = f.Count("Counts renderings.", least=1, required=True, read_only=True)
    kind = f.Code("kind", "What it is.", closed=True, required=True, example="partnership")
    standing = f.Code("standing", "The standing of the record.", closed=True, required=True, read_only=True)
    phase = f.Code("phase", "The phase of the partnership.", closed=True, required=True, read_only=True)
    standing_reason = f.Object(
        parts.Reason, "Why the record was last returned or suspended, or was withdrawn.", read_only=True
    )
    phase_reason = f.Object(parts.Reason, "Why the partnership ended early.", read_only=True)
    source = f.Object(parts.Source, "Where an imported record comes from.", read_only=True)
    title = f.LanguageMap(
        limit=f.LINE, one_line=True, required=True, example={"en": "Safe water for the floating villages"}
    )
    acronym = f.Line(limit=50)
    former_titles = f.Items(f.LanguageMap(limit=f.LINE, required=True), "What it was called before.")
    summary = f.LanguageMap("One sentence: what changes, for whom.", limit=2_000)
    purpose = f.LanguageMap()
    functions = f.Items(f.Code("function"), unique=True)
    part_of = f.Identifier("The partnership that this one is a part of.")
    successor_of = f.Identifier("The partnership that this one follows.")
    website = f.Link()
    # where, when, what
    geography = f.Object(parts.Geography)
    languages = f.Items(f.Language(), "The languages it works in.", unique=True, most=200)
    start = f.PartialDate()
    end = f.PartialDate()
    ongoing = f.Flag("True where no end is set.")
    dates = f.Items(parts.ActivityDate)
    source_status = f.Line("The status as the source codes it.", limit=f.SHORT)
    goals = f.Items(parts.Goal)
    classifications = f.Items(parts.Classification)
    # form
    legal_form = f.Text(limit=f.LINE)
    host = f.Stated(parts.Host)
    agreement = f.Stated(parts.Agreement)
    budget = f.Stated(parts.Budget)
    # partners
    partners = f.Items(parts.Partner, most=MOST_PARTNERS)
    declined = f.Count("How many of those named declined.", read_only=True)
    membership = f.Items(parts.Membership)
    # people
    stakeholders = f.Items(parts.Stakeholder)
    analysis = f.Stated(parts.Analysis)
    beneficiaries = f.Items(parts.Beneficiaries)
    needs = f.Items(parts.Wanted)
    offers = f.Items(parts.Wanted)
    # decisions
    bodies = f.Items(parts.Body)
    decisions = f.Items(parts.Decision)
    # governance
    documents = f.Items(parts.Paper)
    mutual_review = f.Stated(parts.Review)
    independent_evaluation = f.Stated(parts.Review)
    complaints = f.Stated(parts.Complaints)
    safeguarding = f.Stated(parts.Safeguarding)
    # money
    funding = f.Stated(parts.Funding)
    transactions = f.Items(parts.Transaction, "From imports, as the source has them.", most=50_000)
    # business
    private_sector = f.Stated(parts.PrivateSector)
    due_diligence = f.Items(parts.DueDiligence)
    # mandate, influence
    mandate = f.Stated(parts.Mandate)
    processes = f.Items(parts.Process)
    agency_commitments = f.Items(parts.AgencyCommitment)
    # results
    deliverables = f.Items(parts.Deliverable, most=5_000)
    reports = f.Items(parts.Report)
    next_due = f.PartialDate("When the next report is due.")
    # record
    silences = f.Silences("Why fields are empty, by JSON Pointer.")
    submission = f.Object(parts.Submission, read_only=True)
    focal_points = f.Items(parts.NamedFocalPoint, read_only=True)
    registered_by = f.Object(parts.Registration, read_only=True)
    tiers = f.Object(parts.Tiers, read_only=True)
    created_at = f.Timestamp(required=True, read_only=True)
    updated_at = f.Timestamp(required=True, read_only=True)

    @validates_schema
    def dates_agree(self, data: dict[str, Any], **_: object) -> None:
        parts.in_order(data, "start", "end")
        if data.get("ongoing") and data.get("end"):
            raise ValidationError("is ongoing: an end contradicts it", "end")

    @validates_schema
    def goals_are_named_once(self, data: dict[str, Any], **_: object) -> None:
        errors: dict[int, str] = {}
        seen: set[tuple[str, str, bool]] = set()
        for index, goal in enumerate(data.get("goals", ())):
            key = (goal["scheme"], goal["code"], "derived_from" in goal)
            if key in seen:
                errors[index] = "this goal is there twice"
            seen.add(key)
        if errors:
            raise ValidationError({"goals": errors})

    @validates_schema
    def deliverables_hang_together(self, data: dict[str, Any], **_: object) -> None:
        errors = _wrong_parents(data.get("deliverables", ())) | _wrong_pledges(data)
        if errors:
            raise ValidationError({"deliverables": errors})


def _wrong_parents(deliverables: Any) -> dict[int, dict[str, list[str]]]:
    """The deliverables whose parent is not there, or who are above themselves."""
    parents = {item["id"]: item.get("parent_id") for item in deliverables if "id" in item}
    errors: dict[int, dict[str, list[str]]] = {}
    rooted: set[str] = set()
    for index, item in enumerate(deliverables):
        path: list[str] = []
        above = item.get("parent_id")
        if above is not None and above not in parents:
            errors[index] = {"parent_id": ["no deliverable of this record has this id"]}
            continue
        while above is not None and above not in rooted and above not in path:
            path.append(above)
            above = parents.get(above)
        if above is not None and above in path:
            errors[index] = {"parent_id": ["a deliverable cannot be above itself"]}
        else:
            rooted.update(path)
    return errors


def _wrong_pledges(data: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    processes = {process.get("id") for process in data.get("processes", ())}
    return {
        index: {"pledge": {"process_id": ["no process of this record has this id"]}}
        for index, item in enumerate(data.get("deliverables", ()))
        if item.get("pledge") and item["pledge"].get("process_id") not in (None, *processes)
    }


READ_ONLY = f.read_only_of(PartnershipDocument)
"""What an input may repeat but not change, as JSON Pointers; `*` stands for every item of a list."""

OF_THE_ORGANIZATION = ("name", "constituency", "country", "parent_id", "business_size", "controlled_by")

PartnershipInput: type[Contract] = f.input_of(  # type: ignore[assignment]
    PartnershipDocument,
    "PartnershipInput",
    kind=f.Code("kind", "What it is; partnership where it is not said.", closed=True),
    organization_id=f.Identifier(
        "The lead, when a record is made: an organization of which the author is a focal point."
    ),
)

PartnershipPatch: type[Contract] = f.patch_of(PartnershipInput, "PartnershipPatch")  # type: ignore[assignment]

PartnerCommand: type[Contract] = f.input_of(parts.Partner)  # type: ignore[assignment]
"""A partner that is added or changed."""

PartnerPatch: type[Contract] = f.patch_of(PartnerCommand, "PartnerPatch")  # type: ignore[assignment]


def split_read_only(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A loaded `PartnershipInput` as its writable part, and by JSON Pointer what it repeats of the read-only part.

    The pointers use the places of the input's own lists. Of an organization named by `id`, the rest is read-only too. Whether
    what is repeated equals the document is for the registry to say.
    """
    read_only: dict[str, Any] = {}
    writable = {name: value for name, value in data.items() if f"/{name}" not in READ_ONLY}
    read_only.update({f"/{name}": value for name, value in data.items() if f"/{name}" in READ_ONLY})
    if "partners" in writable:
        writable["partners"] = [
            split_partner(partner, f"/partners/{index}", read_only)
            for index, partner in enumerate(writable["partners"])
        ]
    return writable, read_only


def split_partner(partner: Mapping[str, Any], at: str, read_only: dict[str, Any]) -> dict[str, Any]:
    """The writable part of one partner; what is read-only goes into `read_only` under pointers that begin with `at`."""
    writable = dict(partner)
    if "confirmation" in writable:
        read_only[f"{at}/confirmation"] = writable.pop("confirmation")
    organization = writable.get("organization")
    if organization and "id" in organization:
        repeated = {name: organization[name] for name in OF_THE_ORGANIZATION if name in organization}
        read_only.update({f"{at}/organization/{name}": value for name, value in repeated.items()})
        writable["organization"] = {"id": organization["id"]}
    return writable


# Commands


class TransitionCommand(Contract):
    """A move of the record's standing or of the partnership's phase."""

    to = f.Choice(MOVES, "The standing or phase to move to.", required=True, example="submitted")
    reason = f.Text("Public. Asked for with returned, suspended, withdrawn and ended_early.", limit=5_000)
    unit_id = f.Identifier("With submitted: the unit that is asked to accept the record.")

    @validates_schema
    def gives_a_reason(self, data: dict[str, Any], **_: object) -> None:
        if data["to"] in ASK_FOR_A_REASON and "reason" not in data:
            raise ValidationError(f"is asked for with {data['to']}", "reason")


class LeaveCommand(Contract):
    """A partner leaves, or is taken off the record by the lead."""

    left = f.PartialDate("Since when; today where it is not said.")
    reason = f.Text(limit=5_000)


class ConfirmationCommand(Contract):
    """A partner's answer to what is said of it; with `correct`, what it gives stands from then on."""

    decision = f.Choice(("confirm", "correct", "decline", "unnamed"), required=True)
    roles = f.Items(f.Code("role"), unique=True)
    contributions = f.Items(f.input_of(parts.Contribution))
    effort = f.Stated(f.input_of(parts.Effort))
    comment = f.Text(limit=5_000)

    @validates_schema
    def corrects_something(self, data: dict[str, Any], **_: object) -> None:
        corrected = data.keys() & {"roles", "contributions", "effort", "comment"}
        if data["decision"] == "correct" and not corrected:
            raise ValidationError("a correction gives roles, contributions, effort or a comment")
        if data["decision"] in ("decline", "unnamed") and corrected & {"roles", "contributions"}:
            raise ValidationError(f"with {data['decision']} nothing can be corrected", "decision")


class InvitationCommand(Contract):
    """Invites a partner to answer, by a link that is mailed. The address is private and in no document."""

    email = f.Address(required=True)
    language = f.Language("The language of the mail.")


class ActualCommand(Contract):
    """A value reached, for one indicator of the record."""

    indicator_id = f.Identifier(required=True)
    period = f.Object(parts.Period)
    value = f.Decimal(required=True).for_input()
    base = f.Decimal().for_input()
    note = f.Text(limit=5_000)
    disaggregation = f.Items(f.input_of(parts.Disaggregation))


class ResultsCommand(Contract):
    """Values reached."""

    actuals = f.Items(ActualCommand, required=True, least=1)


class ReportCommand(Contract):
    """A progress report: for a period, with values reached, a narrative and the next plan."""

    report_id = f.Identifier("Of a report that was due; without it a new one is added.")
    period = f.Object(parts.Period)
    due = f.PartialDate()
    submitted = f.PartialDate("Today where it is not said.")
    url = f.Link()
    narrative = f.Text()
    next_plan = f.Text()
    explanation = f.Text("Why it is late or missing.")
    actuals = f.Items(ActualCommand)
    next_due = f.PartialDate("When the next report is due.")

    @validates_schema
    def reports_something(self, data: dict[str, Any], **_: object) -> None:
        if not data.keys() & {"url", "narrative", "actuals", "explanation"}:
            raise ValidationError("must have a url, a narrative, actuals or an explanation")


class ClaimCommand(Contract):
    """A focal point of one of its partners claims an imported record."""

    organization_id = f.Identifier("The partner for which it is claimed; may be left out where there is only one.")
    comment = f.Text(limit=5_000)


class ClaimDecisionCommand(Contract):
    """A registrar's decision on a claim."""

    decision = f.Choice(("accept", "refuse"), required=True)
    reason = f.Text("Public. Asked for with refuse.", limit=5_000)

    @validates_schema
    def gives_a_reason(self, data: dict[str, Any], **_: object) -> None:
        if data["decision"] == "refuse" and "reason" not in data:
            raise ValidationError("is asked for with refuse", "reason")


class RedactionCommand(Contract):
    """A registrar takes a partner at risk out of the record and of its history. The reason stays private."""

    partner_id = f.Identifier(required=True)
    reason = f.Line("Kept in private.", limit=5_000)


# Answers


class Author(Contract):
    """Who changed something, as the public sees it."""

    display_name = f.Line(limit=200)
    organization_id = f.Identifier(parts.OF_ORGANIZATION)


class HistoryEntry(Contract):
    """One version of a record: what happened, when, by whom."""

    version = f.Count(required=True)
    revision = f.Count(required=True)
    at = f.Timestamp(required=True)
    event = f.Line("The type of the event, without its version.", required=True, example="registered")
    author = f.Either(
        [f.Line(), f.Object(Author)], "A person and the organization spoken for, or a system like system:iati."
    )
    reason = f.Text()


class HistoryPage(Contract):
    items = f.Items(HistoryEntry, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class PatchOperation(Contract):
    """One operation of a JSON Patch (RFC 6902)."""

    op = f.Choice(("add", "remove", "replace", "move", "copy", "test"), required=True)
    path = f.Line("A JSON Pointer.", required=True)
    origin = f.Line("Where it is moved or copied from.", data_key="from")
    value = f.Anything()


class VersionChanges(Contract):
    """What a version changed in the one before, as a JSON Patch."""

    version = f.Count(required=True)
    previous = f.Count("The version compared with; absent for the first that was public.")
    changes = f.Items(PatchOperation, required=True, most=100_000)


class InvitationAnswer(Contract):
    """An invitation; whom it goes to stays private."""

    id = f.Identifier(required=True)
    partner_id = f.Identifier(required=True)
    sent_at = f.Timestamp("When the link was mailed; null while it waits for that.")
    expires_at = f.Timestamp()


class ClaimAnswer(Contract):
    """A claim on an imported record, and what became of it."""

    id = f.Identifier(required=True)
    partnership_id = f.Identifier(required=True)
    organization_id = f.Identifier(required=True)
    state = f.Choice(("pending", "accepted", "refused"), required=True)
    created_at = f.Timestamp(required=True)
    decided_at = f.Timestamp()
    reason = f.Text(limit=5_000)


class PartnershipPage(Contract):
    items = f.Items(PartnershipDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


def load_document(data: object) -> dict[str, Any]:
    """Check a whole public document; raises `ValidationError`."""
    return load(PartnershipDocument, data)
