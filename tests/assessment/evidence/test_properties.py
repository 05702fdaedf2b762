"""What must hold of every indicator, whatever the record: order, names and repetition change nothing, evidence never lowers
what grows with it, and nothing that a document holds is an error.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.documents import load
from schemas.evidence import EvidenceProfile, render
from schemas.partnership import PartnershipDocument
from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding
from services.assessment.evidence.indicators import NEWEST, VERSIONS
from services.assessment.evidence.profile import findings, profile
from services.assessment.evidence.pulse import Pulse
from tests.assessment.evidence.documents import ON, PEOPLE, RECENT, Document, group, lead, people, record, smart
from tests.assessment.evidence.made import Maker
from tests.contracts.strategies import ANYTHING, documents_of

CHANCE = st.integers(0, 2**32).map(Random)
PULSES = st.none() | st.builds(Pulse, *[st.integers(0, 9)] * 4)
LISTS = ("partners", "stakeholders", "documents", "due_diligence", "goals", "processes", "agency_commitments",
         "deliverables", "reports")  # fmt: skip


def seen(document: Document, on: date = ON) -> dict[str, tuple[object, ...]]:
    """What is found, without the places where it stands."""
    return {code: _without_places(found) for code, found in findings(document, on).items()}


def _without_places(found: Finding) -> tuple[object, ...]:
    return found.applicable, found.level, found.value, found.reason, found.figures, found.missing


@given(CHANCE)
@settings(max_examples=60, deadline=None)
def test_the_order_of_partners_changes_nothing(random: Random) -> None:
    document = Maker(random).document(0.9)
    before = seen(document)
    for name in LISTS:
        random.shuffle(document.get(name, []))
    for partner in document.get("partners", []):
        random.shuffle(partner.get("contributions", []))
    assert seen(document) == before


@given(CHANCE)
@settings(max_examples=60, deadline=None)
def test_names_change_nothing(random: Random) -> None:
    document = Maker(random).document(0.9)
    before = seen(document)
    document["title"] = {"km": "ឈ្មោះ"}
    for partner in document.get("partners", []):
        partner["organization"]["name"] = {"fr": "Un autre nom"}
    for deliverable in document.get("deliverables") or []:
        deliverable["title"] = {"ar": "اسم"}
    assert seen(document) == before


@given(CHANCE)
@settings(max_examples=60, deadline=None)
def test_repetition_changes_nothing(random: Random) -> None:
    document = Maker(random).document(0.9)
    before = seen(document)
    for name in LISTS:
        if document.get(name):
            document[name] = [*document[name], copy.deepcopy(random.choice(document[name]))]
    assert seen(document) == before
    assert seen(document) == before, "and twice is the same as once"


@given(CHANCE)
@settings(max_examples=60, deadline=None)
def test_an_organization_named_twice_is_one_partner(random: Random) -> None:
    document = Maker(random).document(0.9)
    before = seen(document)
    if document.get("partners"):
        again = copy.deepcopy(random.choice(document["partners"]))
        again["id"] = Maker(random).identifier()
        document["partners"].append(again)
    assert seen(document) == before


@given(CHANCE, st.sampled_from([0.3, 0.9]))
@settings(max_examples=60, deadline=None)
def test_a_level_stands_on_a_place_in_the_record(random: Random, chance: float) -> None:
    for code, found in findings(Maker(random).document(chance), ON).items():
        assert found.level is None or found.evidence, code


# Evidence never lowers

GROW = {
    "affected_named": ("stakeholders", "analysis", "partners"),
    "rules_stated": ("bodies", "documents", "agreement"),
    "papers_public": ("documents", "agreement", "partners"),
    "can_complain": ("complaints",),
    "reviewed": ("mutual_review", "independent_evaluation"),
    "safeguards": ("safeguarding", "documents"),
    "tied_to_plan": ("processes",),
    "fed_processes": ("processes",),
    "agency_commitment": ("agency_commitments",),
}
"""The indicators that grow with what a record states, and the members that they grow with."""


@pytest.mark.parametrize("code", GROW)
@given(random=CHANCE)
@settings(max_examples=60, deadline=None)
def test_adding_evidence_never_lowers_what_grows_with_it(code: str, random: Random) -> None:
    """A record and one that states less: the fuller one has no lower level, as far as the other has one by stating
    something.
    """
    fuller = Maker(random).document(1.0)
    if code != "rules_stated":
        fuller = {name: value for name, value in fuller.items() if value is not False}
    less = copy.deepcopy(fuller)
    for name in GROW[code]:
        if name in less:
            less[name] = _less(less[name], random, keep=name == "partners")
    before, after = seen(less)[code], seen(fuller)[code]
    if before[1] is not None:
        assert after[1] is not None
        assert int(str(after[1])) >= int(str(before[1]))


def _less(value: Any, random: Random, *, keep: bool = False) -> Any:
    """The same with a little taken away; a list keeps an item, so that silence does not become "none"."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        kept = value if keep else [each for each in value if random.random() < 0.8] or value[:1]
        return [_less(each, random, keep=keep) for each in kept]
    if isinstance(value, dict):
        needed = {
            "id",
            "kind",
            "relation",
            "organization",
            "affected",
            "group",
            "organization_id",
            "year",
            "confirmation",
        }
        needed |= {"left", "rule", "delivered"}  # to take these away is to state something else
        needed |= {name for name in ("date", "signed") if r.ahead(value.get(name), ON)}  # a plan is no undated paper
        return {name: inner for name, inner in value.items() if name in needed or random.random() < 0.7}
    return value


Step = Callable[[Document], None]


def _confirms(document: Document) -> None:
    for partner in document["partners"]:
        partner["confirmation"] = {"state": "confirmed", "at": "2025-06-01T00:00:00Z"}


def _becomes_smart(document: Document) -> None:
    document["deliverables"] = [smart() for _ in document["deliverables"]]


def _chooses(document: Document) -> None:
    document["stakeholders"] = [
        {**each, "represented_by": [PEOPLE], "chosen_by": "themselves"} for each in document["stakeholders"]
    ]


def _reports(document: Document) -> None:
    for report in document["reports"]:
        report["explanation"] = "The flood"


def _checks(document: Document) -> None:
    ids = [each["organization"]["id"] for each in document["partners"]]
    document["due_diligence"] = [
        *document["due_diligence"],
        *({"organization_id": each, "date": RECENT} for each in ids),
    ]


def _delivers(document: Document) -> None:
    for partner in document["partners"]:
        for given_ in partner.get("contributions", []):
            given_["delivered"] = given_.get("delivered") or {"description": "Boats"}


@pytest.mark.parametrize(
    ("code", "member", "step"),
    [
        ("partners_confirmed", "partners", _confirms),
        ("deliverables_smart", "deliverables", _becomes_smart),
        ("results_measured", "deliverables", _becomes_smart),
        ("traced_to_targets", "deliverables", _becomes_smart),
        ("affected_represented", "stakeholders", _chooses),
        ("reports_on_time", "reports", _reports),
        ("due_diligence", "due_diligence", _checks),
        ("roles_and_contributions", "partners", _delivers),
    ],
)
@given(random=CHANCE)
@settings(max_examples=40, deadline=None)
def test_a_share_never_falls_when_more_items_state_what_is_asked(
    code: str, member: str, step: Step, random: Random
) -> None:
    document = Maker(random).document(0.9)
    if not document.get(member) or not document.get("partners"):
        return
    document["partners"] = [*document["partners"], lead(), people()]
    before = seen(document)[code][1]
    step(document)
    after = seen(document)[code][1]
    if before is not None:
        assert after is not None
        assert int(str(after)) >= int(str(before))


@pytest.mark.parametrize(
    ("code", "member", "answers"),
    [
        ("not_earmarked", "earmarking", ["none", "soft", "tight"]),
        ("several_years", "period", [{"start": "2024", "end": "2025"}, {"start": "2024", "end": "2024"}]),
        ("reaches_local", "recipient", [{"local": True}, {"local": False}]),
    ],
)
@given(random=CHANCE)
@settings(max_examples=60, deadline=None)
def test_whoever_says_the_rest_changes_no_level_that_was_known(
    code: str, member: str, answers: list[Any], random: Random
) -> None:
    document = Maker(random).document(0.9) | {"funding": None}
    given_ = [each for partner in document.get("partners", []) for each in partner.get("contributions", [])]
    for contribution in given_:
        if random.random() < 0.3:
            contribution.pop(member, None)
    before = seen(document)[code][1]
    for contribution in given_:
        contribution.setdefault(member, random.choice(answers))
    assert before is None or seen(document)[code][1] == before


def test_naming_another_group_takes_nothing_away() -> None:
    known = record(stakeholders=[group(places=["Here"])])
    more = record(stakeholders=[group(places=["Here"]), group(group="Fishers")])
    assert seen(known)["affected_named"][1] == seen(more)["affected_named"][1] == 2


# Whatever a document holds


def _anything(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    names = sorted(
        {name for each in VERSIONS[NEWEST] for name in each.reads} | {"silences", "title", "standing", "version", "id"}
    )
    return st.dictionaries(st.sampled_from(names), inner)


@given(_anything(ANYTHING), PULSES)
@settings(max_examples=300, deadline=None)
def test_nothing_that_a_document_holds_is_an_error(document: Document, pulse: Pulse | None) -> None:
    load(EvidenceProfile, orjson.loads(render(profile(document, ON, pulse))))


@given(CHANCE, st.lists(ANYTHING, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_a_record_with_strange_parts_is_read_as_far_as_it_goes(random: Random, strange: list[Any]) -> None:
    document = Maker(random).document(0.9)
    for value in strange:
        _put(document, value, random)
    orjson.dumps(profile(document, ON))


def _put(node: Any, value: Any, random: Random) -> None:
    """Put a strange value somewhere into the document."""
    while True:
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return
        place = random.choice(places)
        if isinstance(node[place], dict | list) and node[place] and random.random() < 0.8:
            node = node[place]
            continue
        node[place] = value
        return


@given(documents_of(PartnershipDocument, most=12), PULSES, st.dates())
@settings(max_examples=60, deadline=None)
def test_every_valid_record_has_a_valid_profile(document: Document, pulse: Pulse | None, on: date) -> None:
    if on.year < 1000:
        return
    load(EvidenceProfile, orjson.loads(render(profile(document, on, pulse))))


@pytest.mark.parametrize("on", [date.min, date(1000, 1, 1), date(2024, 2, 29), date.max])
def test_any_day_will_do(on: date) -> None:
    profile(Maker(Random(3)).document(1.0), on)
