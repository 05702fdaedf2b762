"""Every function × action × standing of the registry's policy, against an expectation written from the other side.

The table of the policy goes from actions to functions; here it is said function by function what somebody may do, as the record's
description says it. Whoever changes the one has to say it here again.
"""

from __future__ import annotations

import itertools

import pytest

from services.chassis.errors import NotAllowed, NotKnown, ServiceError, Unauthenticated
from services.registry import policy
from services.registry.authority import Authority, UnitAuthority
from services.registry.errors import WrongStanding
from services.registry.policy import FUNCTIONS, SYSTEM, TABLE, Subject

PUBLIC = "listed submitted returned registered reported"
OPEN = "listed submitted returned registered"

# What each function adds to what everybody may do: `action: standings`, a line each.
MAY = {
    "anyone": f"""
        organization.list: current
        organization.read: proposed accepted refused merged
        organization.claims: proposed accepted refused merged
        unit.list: current
        unit.read: current
        focal_point.list: current
        focal_point.coverage: current
        focal_point.read: designated bound lapsed ended
        network.list: current
        network.read: current
        vocabulary.read: current
        partnership.list: current
        partnership.read: {PUBLIC} suspended withdrawn
        partnership.read_versions: {PUBLIC}
    """,
    "person": """
        organization.propose: current
        focal_point.me: current
        partnership.create_with_lead: current
    """,
    "author": """
        organization.replace: proposed
        partnership.read: draft
        partnership.edit: draft
        partnership.delete: draft
    """,
    "holder": f"""
        focal_point.handover: designated bound
        focal_point.end: designated bound
        nomination.read: nominated bound withdrawn
        nomination.withdraw: nominated bound
        partnership.read_claim: {PUBLIC}
    """,
    "lead": """
        focal_point.designate: current
        focal_point.handover: designated bound lapsed
        focal_point.end: designated bound
    """,
    "focal_point": f"""
        organization.replace: proposed accepted
        partnership.create: current
        partnership.read: draft
        partnership.read_versions: suspended withdrawn
        partnership.edit: draft {OPEN}
        partnership.invite_author: draft
        partnership.to_listed: draft
        partnership.to_submitted: listed returned
        partnership.to_withdrawn: {OPEN} suspended
        partnership.change_phase: draft {OPEN}
        partnership.invite_partner: {OPEN}
        partnership.leave: {OPEN}
        partnership.report: {OPEN}
        partnership.proposals: {OPEN}
    """,
    "partner_focal_point": f"""
        partnership.leave: {OPEN}
        partnership.confirm_process: {OPEN}
        partnership.claim: reported
    """,
    "partner_confirmer": f"""
        organization.hidden_claims: proposed accepted refused merged
        partnership.answer: {PUBLIC}
    """,
    "registrar": """
        unit.queue: current
        partnership.to_registered: submitted suspended
        partnership.to_returned: submitted
        partnership.to_suspended: registered
    """,
    "second_registrar": f"""
        partnership.to_registered: submitted
        partnership.to_returned: submitted
        partnership.read_claim: {PUBLIC}
        partnership.decide_claim: reported
    """,
    "any_registrar": f"""
        organization.create_accepted: current
        organization.accept: proposed
        organization.refuse: proposed
        organization.merge: proposed accepted
        partnership.read_versions: suspended withdrawn
        partnership.vouch: {PUBLIC}
        partnership.redact: {PUBLIC}
    """,
    "network_contact": f"""
        nomination.list: current
        nomination.read: nominated bound withdrawn
        nomination.nominate: current
        nomination.withdraw: nominated bound
        partnership.vouch: {PUBLIC}
    """,
    "administrator": f"""
        organization.create_accepted: current
        organization.accept: proposed
        organization.refuse: proposed
        organization.replace: proposed accepted
        organization.merge: proposed accepted
        unit.create: current
        unit.replace: current
        focal_point.designate: current
        focal_point.handover: designated bound lapsed
        focal_point.end: designated bound
        network.create: current
        network.replace: current
        nomination.list: current
        nomination.read: nominated bound withdrawn
        nomination.nominate: current
        nomination.withdraw: nominated bound
        partnership.read_versions: suspended withdrawn
        partnership.read_claim: {PUBLIC}
        partnership.redact: {PUBLIC}
    """,
    "pdu_officer": """
        network.create: current
        network.replace: current
        nomination.list: current
        nomination.read: nominated bound withdrawn
        nomination.nominate: current
        nomination.withdraw: nominated bound
    """,
    "system": f"""
        partnership.make_dormant: {PUBLIC}
    """,
}

STANDINGS = {
    "organization": "current proposed accepted refused merged",
    "unit": "current",
    "focal_point": "current designated bound lapsed ended",
    "network": "current",
    "nomination": "current nominated bound withdrawn",
    "vocabulary": "current",
    "partnership": f"current draft {PUBLIC} suspended withdrawn",
}


def _expected() -> frozenset[tuple[str, str, str]]:
    """Every `(function, action, standing)` that is allowed."""
    found = set()
    for function, text in MAY.items():
        for line in text.strip().splitlines():
            action, _, standings = line.strip().partition(": ")
            found |= {(function, action, standing) for standing in standings.split()}
    return frozenset(found)


EXPECTED = _expected()
ACTIONS = sorted({row.action for row in TABLE})
PLACES = [(action, standing) for action in ACTIONS for standing in STANDINGS[action.partition(".")[0]].split()]
EVERY = list(itertools.product(FUNCTIONS, PLACES))


def test_the_table_knows_its_own_words() -> None:
    for row in TABLE:
        assert set(row.functions.split()) <= FUNCTIONS.keys(), row
        assert set(row.standings.split()) <= set(STANDINGS[row.action.partition(".")[0]].split()), row
    assert MAY.keys() == FUNCTIONS.keys()
    assert {action for _, action, _ in EXPECTED} == set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_function_in_every_standing(action: str) -> None:
    for function, (named, standing) in EVERY:
        if named != action:
            continue
        expected = (function, action, standing) in EXPECTED
        assert policy.allowed(frozenset({function}), action, standing) is expected, (function, action, standing)


# The same through `decide`, with people as they come: what somebody is to a subject is worked out, not given.

OWN, PARTNER, OTHER, UNIT, SECOND, FAR, NETWORK = "own", "partner", "other", "unit", "second", "far", "network"


def _registrar(unit: str) -> Authority:
    return Authority(f"registrar of {unit}", units=(UnitAuthority(unit, f"office of {unit}"),))


def _of(organization: str, *functions: str) -> Authority:
    return Authority(f"{functions[0]} of {organization}", organizations={organization: frozenset(functions)})


LEADING = ("lead", "focal_point", "confirmer")
PEOPLE: dict[str, tuple[Authority | None, str]] = {
    "nobody": (None, "anyone"),
    "a person without a function": (Authority("somebody"), "anyone person"),
    "an administrator": (Authority("admin", "administrator"), "anyone person administrator"),
    "an officer of the PDU": (Authority("officer", "pdu_officer"), "anyone person pdu_officer"),
    "a role nobody knows": (Authority("boss", "boss"), "anyone person"),
    "the author": (Authority("author"), "anyone person author"),
    "the holder": (Authority("holder"), "anyone person holder"),
    "a lead of it": (_of(OWN, *LEADING), "anyone person lead focal_point"),
    "a focal point of it": (_of(OWN, "focal_point"), "anyone person focal_point"),
    "a confirmer of it": (_of(OWN, "confirmer"), "anyone person"),
    "a registrar designated by it, without a unit": (_of(OWN, "registrar"), "anyone person"),
    "a lead of another": (_of(OTHER, *LEADING), "anyone person"),
    "a focal point of another": (_of(OTHER, "focal_point"), "anyone person"),
    "a confirmer of another": (_of(OTHER, "confirmer"), "anyone person"),
    "a lead of a partner": (_of(PARTNER, *LEADING), "anyone person partner_focal_point partner_confirmer"),
    "a focal point of a partner": (_of(PARTNER, "focal_point"), "anyone person partner_focal_point partner_confirmer"),
    "a confirmer of a partner": (_of(PARTNER, "confirmer"), "anyone person partner_confirmer"),
    "a registrar of the unit": (_registrar(UNIT), "anyone person any_registrar registrar"),
    "a registrar of a second unit": (_registrar(SECOND), "anyone person any_registrar second_registrar"),
    "a registrar of another unit": (_registrar(FAR), "anyone person any_registrar"),
    "a registrar who is the author": (
        Authority("author", units=(UnitAuthority(UNIT, "office"), UnitAuthority(SECOND, "office"))),
        "anyone person author any_registrar",
    ),
    "the contact of the network": (
        Authority("contact", networks=frozenset({NETWORK})),
        "anyone person network_contact",
    ),
    "the contact of another network": (Authority("contact", networks=frozenset({"far"})), "anyone person"),
    "the system": (SYSTEM, "anyone system"),
}


def _subject(standing: str) -> Subject:
    return Subject(
        standing=standing,
        organization_ids=frozenset({OWN}),
        partner_organization_ids=frozenset({PARTNER}),
        unit_id=UNIT,
        second_unit_ids=frozenset({SECOND}),
        network_id=NETWORK,
        author_ids=frozenset({"author"}),
        holder_ids=frozenset({"holder"}),
    )


@pytest.mark.parametrize("who", PEOPLE)
def test_what_somebody_is_to_a_subject(who: str) -> None:
    actor, functions = PEOPLE[who]
    assert policy.functions_of(actor, _subject("current")) == set(functions.split())
    if actor is not None and actor is not SYSTEM:
        to_nothing = policy.functions_of(actor, Subject())
        assert to_nothing <= {"anyone", "person", "administrator", "pdu_officer", "any_registrar"}


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_may_do_what_is_expected_and_hears_why_not(who: str) -> None:
    actor, words = PEOPLE[who]
    functions = words.split()

    def can(action: str, standing: str) -> bool:
        return any((function, action, standing) in EXPECTED for function in functions)

    for action, standing in PLACES:
        aggregate = action.partition(".")[0]
        reading = f"{aggregate}.read"
        may_know = standing == "current" or reading not in ACTIONS or can(reading, standing)
        elsewhere = [each for named, each in PLACES if named == action and can(action, each)]
        expected: type[ServiceError] | None
        if can(action, standing):
            expected = None
        elif not may_know or action == reading:
            expected = NotKnown
        elif actor is None:
            expected = Unauthenticated
        else:
            expected = WrongStanding if elsewhere else NotAllowed
        assert _outcome(actor, action, standing) is expected, (who, action, standing)
        assert policy.may(actor, action, _subject(standing)) is can(action, standing)


def _outcome(actor: Authority | None, action: str, standing: str) -> type[ServiceError] | None:
    try:
        policy.decide(actor, action, _subject(standing))
    except ServiceError as error:
        return type(error)
    return None


def test_an_action_that_is_not_in_the_table_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        policy.decide(None, "organization.paint", Subject())
