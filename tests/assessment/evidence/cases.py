"""Worked cases: for each of the 32 computed indicators documents for every level, for unknown, and for where it does not apply.

A case is a name, what is expected, the document and, where it counts, the pulse. All are read on the same day (`documents.ON`).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta

from services.assessment.evidence.pulse import Pulse
from tests.assessment.evidence.documents import (
    AGENCY,
    AHEAD,
    DONOR,
    FIRM,
    LEAD,
    LINK,
    LONG_AGO,
    OLD,
    PEOPLE,
    RECENT,
    Document,
    agency,
    body,
    firm,
    gift,
    goal,
    group,
    lead,
    measured,
    money,
    paper,
    partner,
    people,
    record,
    smart,
)

UNKNOWN, NOT_APPLICABLE = "unknown", "not applicable"


@dataclass(frozen=True)
class Case:
    code: str
    name: str
    expected: int | str
    document: Document
    pulse: Pulse | None = None


def _several(item: Document, count: int) -> list[Document]:
    """So many of the same kind; each is one of its own."""
    return [
        {**item, "id": f"01950011-0000-7000-8000-{number:06}{zlib.crc32(repr(item).encode()) % 10**6:06}"}
        for number in range(count)
    ]


def _after(days: int) -> str:
    return (date(2025, 1, 1) + timedelta(days=days)).isoformat()


def _partners(confirmed: int, claimed: int, constituency: str = "women", **of_claimed: str) -> list[Document]:
    """The lead, others that confirmed, and others that did not."""
    ids = (f"0195000e-0000-7000-8000-{number:012}" for number in range(confirmed + claimed))
    return [
        lead(),
        *(partner(next(ids), constituency, "implementer") for _ in range(confirmed - 1)),
        *(partner(next(ids), constituency, "implementer", state="claimed", **of_claimed) for _ in range(claimed)),
    ]


def _given(*contributions: list[Document], roles: tuple[str, ...] = ("implementer",)) -> Document:
    """As many partners as lists of contributions."""
    ids = (f"0195000f-0000-7000-8000-{number:012}" for number in range(len(contributions)))
    return record(*(partner(next(ids), "women", *roles, contributions=each) for each in contributions))


_PLEDGED = [gift(pledged={"description": "Boats"})]
_DELIVERED = [gift(delivered={"description": "Boats"})]
_OVERDUE = [gift(pledged={"description": "Boats"}, period={"end": "2025"})]
_WORDS = [gift(description="We help where we can")]
_PROVEN = {"analysis": {"done": True, "date": OLD, "url": LINK}}
_WHOLE_GROUP = {"places": ["Kampong Luong"], "number": 9200, "effect": "Safe water", "updated": RECENT}
_MEASURED, _UNMEASURED = smart(), smart(indicators=[measured(baseline=False)])
_UNTRACED = smart(goals=["sdg:6"])
_ON_TIME = {"due": "2026-03-31", "submitted": "2026-03-30"}
_LATE = {"due": "2025-03-31", "submitted": "2025-06-01"}
_MISSED = {"due": "2025-12-31"}


def _represented(*groups: Document) -> Document:
    return record(lead(), people(), stakeholders=list(groups))


_BY_THEMSELVES = group(represented_by=[PEOPLE], chosen_by="themselves")
_BY_US = group(represented_by=[PEOPLE], chosen_by="partnership")
_BY_NOBODY = group(represented_by=[])


def _actors(present: int, absent: int, silent: int = 0) -> Document:
    said = [{"present": True}] * present + [{"present": False}] * absent + [{}] * silent
    actors = [{"kind": f"kind {number}", **each} for number, each in enumerate(said)]
    return record(analysis={"done": True, "key_actors": actors})


INCLUSIVE = [
    Case("affected_named", "analysis not done", 0, record(analysis=False)),
    Case("affected_named", "analysis said not to be done", 0, record(analysis={"done": False})),
    Case("affected_named", "no stakeholders", 0, record(stakeholders=[])),
    Case(
        "affected_named", "with places, no analysis", 2, record(analysis=False, stakeholders=[group(places=["Here"])])
    ),
    Case(
        "affected_named",
        "with places, and a link for an analysis that was not done",
        2,
        record(analysis={"done": False, "date": OLD, "url": LINK}, stakeholders=[group(places=["Here"])]),
    ),
    Case("affected_named", "a name alone", 1, record(stakeholders=[group()])),
    Case("affected_named", "with places", 2, record(stakeholders=[group(places=["Kampong Luong"])])),
    Case("affected_named", "all the lead can say", 2, record(lead(), stakeholders=[group(**_WHOLE_GROUP)])),
    Case("affected_named", "a public analysis", 3, record(stakeholders=[group(places=["Here"])], **_PROVEN)),
    Case(
        "affected_named",
        "borne out by a confirmed partner of another constituency",
        3,
        record(lead(), people(), stakeholders=[group(places=["Here"], represented_by=[PEOPLE])]),
    ),
    Case("affected_named", "whole", 4, record(stakeholders=[group(**_WHOLE_GROUP)], **_PROVEN)),
    Case(
        "affected_named",
        "updated long ago",
        3,
        record(stakeholders=[group(**_WHOLE_GROUP | {"updated": OLD})], **_PROVEN),
    ),
    Case(
        "affected_named",
        "an analysis to come",
        2,
        record(stakeholders=[group(places=["Here"])], analysis={"date": AHEAD, "url": LINK}),
    ),
    Case("affected_named", "nothing said", UNKNOWN, record()),
    Case("affected_named", "nobody said to be affected", UNKNOWN, record(stakeholders=[{"group": "Ministry"}])),
    Case("affected_represented", "no stakeholders", 0, record(stakeholders=[])),
    Case("affected_represented", "by nobody", 0, _represented(_BY_NOBODY)),
    Case(
        "affected_represented",
        "by a partner that has not confirmed",
        0,
        record(lead(), people(state="claimed"), stakeholders=[_BY_THEMSELVES]),
    ),
    Case("affected_represented", "one of four", 1, _represented(_BY_US, *_several(_BY_NOBODY, 3))),
    Case("affected_represented", "half", 2, _represented(_BY_US, _BY_NOBODY)),
    Case("affected_represented", "three of four", 3, _represented(*_several(_BY_THEMSELVES, 3), _BY_NOBODY)),
    Case("affected_represented", "all, chosen for them", 3, _represented(_BY_US)),
    Case("affected_represented", "all, chosen by themselves", 4, _represented(_BY_THEMSELVES)),
    Case("affected_represented", "one of two, the other not said", UNKNOWN, _represented(_BY_US, group())),
    Case("affected_represented", "of one in ten it is not said", 0, _represented(*_several(_BY_NOBODY, 9), group())),
    Case("affected_represented", "of one in five it is not said", 3, _represented(*_several(_BY_US, 4), group())),
    Case("affected_represented", "not said by whom", UNKNOWN, _represented(group())),
    Case("affected_represented", "nothing said", UNKNOWN, record()),
    Case("key_actors_present", "no analysis", 0, record(analysis=False)),
    Case("key_actors_present", "analysis without key actors", 0, record(analysis={"done": True, "key_actors": []})),
    Case("key_actors_present", "one of three", 0, _actors(1, 2)),
    Case("key_actors_present", "35 percent", 1, _actors(7, 13)),
    Case("key_actors_present", "half", 2, _actors(1, 1)),
    Case("key_actors_present", "just under 70 percent", 2, _actors(69, 31)),
    Case("key_actors_present", "70 percent", 3, _actors(7, 3)),
    Case("key_actors_present", "90 percent", 4, _actors(9, 1)),
    Case("key_actors_present", "one present, of one it is not said", UNKNOWN, _actors(1, 0, 1)),
    Case("key_actors_present", "of one in ten it is not said", 4, _actors(9, 0, 1)),
    Case("key_actors_present", "most absent, of one in ten it is not said", 0, _actors(1, 8, 1)),
    Case(
        "key_actors_present", "not said who is present", UNKNOWN, record(analysis={"key_actors": [{"kind": "women"}]})
    ),
    Case("key_actors_present", "nothing said", UNKNOWN, record()),
    Case("partners_confirmed", "no partners", 0, record(partners=[])),
    Case("partners_confirmed", "the lead alone of five", 0, record(*_partners(1, 4))),
    Case("partners_confirmed", "30 percent", 1, record(*_partners(3, 7))),
    Case("partners_confirmed", "half", 2, record(*_partners(2, 2))),
    Case("partners_confirmed", "70 percent", 3, record(*_partners(7, 3))),
    Case("partners_confirmed", "all, of one constituency", 3, record(*_partners(5, 0, "civil_society"))),
    Case("partners_confirmed", "all", 4, record(*_partners(5, 0))),
    Case("partners_confirmed", "corrected counts", 4, record(lead(), people(state="corrected"))),
    Case("partners_confirmed", "answered, unverified, does not", 2, record(lead(), people(state="answered"))),
    Case("partners_confirmed", "59 days ago: not yet counted", 4, record(*_partners(9, 1, at="2026-04-17T00:00:00Z"))),
    Case("partners_confirmed", "60 days ago: silence", 4, record(*_partners(9, 1, at="2026-04-16T00:00:00Z"))),
    Case(
        "partners_confirmed", "nobody had time to answer", UNKNOWN, record(*_partners(1, 3, at="2026-06-01T00:00:00Z"))
    ),
    Case("partners_confirmed", "no state of any", UNKNOWN, record(lead(state=None), people(state=None))),
    Case("partners_confirmed", "nothing said", UNKNOWN, record()),
]

PURPOSE = [
    *(
        Case("deliverables_smart", f"{smart_ones} of {count}", level, record(deliverables=found))
        for smart_ones, count, level in ((0, 2, 0), (1, 4, 0), (3, 10, 1), (1, 2, 2), (7, 10, 3), (9, 10, 4), (1, 1, 4))
        for found in [_several(smart(), smart_ones) + _several(smart(due=None), count - smart_ones)]
    ),
    Case("deliverables_smart", "none", 0, record(deliverables=[])),
    *(
        Case("deliverables_smart", f"without {name}", 0, record(deliverables=[smart(**{name: None})]))
        for name in ("description", "indicators", "responsible", "resources", "goals", "due")
    ),
    Case(
        "deliverables_smart",
        "an activity is one event",
        4,
        record(deliverables=[smart(level="activity", indicators=None)]),
    ),
    Case("deliverables_smart", "nothing said", UNKNOWN, record()),
    *(
        Case("results_measured", f"{number} of {count}", level, record(deliverables=found))
        for number, count, level in ((0, 2, 0), (3, 10, 1), (1, 2, 2), (7, 10, 3), (9, 10, 4))
        for found in [_several(_MEASURED, number) + _several(_UNMEASURED, count - number)]
    ),
    Case("results_measured", "none", 0, record(deliverables=[])),
    *(
        Case(
            "results_measured",
            f"without {name}",
            0,
            record(deliverables=[smart(indicators=[measured(**{name: None})])]),
        )
        for name in ("baseline", "targets", "actuals")
    ),
    Case(
        "results_measured",
        "a result without a date",
        0,
        record(deliverables=[smart(indicators=[measured(actuals=[{"value": "3"}])])]),
    ),
    *(
        Case(
            "results_measured",
            f"a result of {name}",
            level,
            record(deliverables=[smart(indicators=[measured(actuals=[{"value": "3", "period": period}])])]),
        )
        for name, period, level in (
            ("a period to come", {"start": "2030", "end": "2031"}, 0),
            ("a day to come", {"end": AHEAD}, 0),
            ("the period that runs", {"start": "2026-01", "end": "2026-12"}, 4),
        )
    ),
    Case("results_measured", "no indicators said", UNKNOWN, record(deliverables=[smart(indicators=None)])),
    Case("results_measured", "nothing said", UNKNOWN, record()),
    Case("roles_and_contributions", "no partners", 0, record(partners=[])),
    Case("roles_and_contributions", "roles alone", 0, _given([], [])),
    Case("roles_and_contributions", "a quarter", 0, _given(_PLEDGED, [], [], [])),
    Case("roles_and_contributions", "words, without a pledge", 1, _given(_WORDS, _WORDS)),
    Case("roles_and_contributions", "a third", 1, _given(_PLEDGED, [], [])),
    Case("roles_and_contributions", "half, pledged", 2, _given(_PLEDGED, [])),
    Case("roles_and_contributions", "all, pledged", 3, _given(_PLEDGED, _PLEDGED)),
    Case("roles_and_contributions", "half of what was due", 3, _given(_DELIVERED, _OVERDUE)),
    Case("roles_and_contributions", "more than half of what was due", 4, _given(_DELIVERED, _DELIVERED, _OVERDUE)),
    Case("roles_and_contributions", "no contributions said", UNKNOWN, record(lead(), people())),
    Case("roles_and_contributions", "no roles said", UNKNOWN, _given(_DELIVERED, roles=())),
    Case("roles_and_contributions", "neither said", UNKNOWN, record(partner(LEAD, "women"))),
    Case("roles_and_contributions", "nothing said", UNKNOWN, record()),
    Case("reports_on_time", "none", 0, record(reports=[])),
    Case("reports_on_time", "all missed", 0, record(reports=[_MISSED])),
    Case("reports_on_time", "one of four", 1, record(reports=[_ON_TIME, _MISSED, _LATE, _LATE])),
    Case("reports_on_time", "half", 2, record(reports=[_ON_TIME, _LATE])),
    Case("reports_on_time", "three of four", 3, record(reports=[*_several(_ON_TIME, 3), _LATE])),
    Case("reports_on_time", "all", 4, record(reports=[_ON_TIME])),
    Case("reports_on_time", "misses explained", 4, record(reports=[_ON_TIME, {**_MISSED, "explanation": "The flood"}])),
    Case(
        "reports_on_time", "in the month it was due", 4, record(reports=[{"due": "2026-03", "submitted": "2026-03-30"}])
    ),
    Case("reports_on_time", "to come", UNKNOWN, record(reports=[{"due": "2026-12-31", "submitted": AHEAD}])),
    Case("reports_on_time", "not due yet", UNKNOWN, record(reports=[{"due": "2026-12-31"}])),
    Case("reports_on_time", "nothing said", UNKNOWN, record()),
]

_BOARD = body(("civil_society", 1), ("community", 1))
_PUBLIC_RULES = [paper("agreement", OLD)]


def _decide(*holders: tuple[str, int], **more: object) -> Document:
    """Four partners of four constituencies, and a body."""
    return record(
        lead(),
        people(),
        agency(),
        partner(DONOR, "government", "funder"),
        bodies=[body(*holders, **more)],  # type: ignore[arg-type]
    )


def _votes(*votes: int) -> tuple[tuple[str, int], ...]:
    """Votes of the government, the community, civil society and the United Nations."""
    return tuple(zip(("government", "community", "civil_society", "un_system"), votes, strict=True))


def _seated_with(gone: Document, *votes: int, **more: object) -> Document:
    """A body of an organization that is a partner no more, the lead and the community, with their votes."""
    holders = [gone["organization"]["id"], LEAD, PEOPLE]
    seats = [
        {"holder": {"organization_id": each}, "votes": own} for each, own in zip(holders, votes, strict=False) if own
    ]
    return record(lead(), people(), gone, bodies=[{"rule": "majority", "seats": seats, **more}])


_LEFT = partner(DONOR, "government", "funder", left="2020-01-01")
_BACK = {**partner(DONOR, "government", "funder"), "id": "01950012-0000-7000-8000-000000000001"}
_DECLINED = partner(DONOR, "government", "funder", state="declined")
_LEFT_FIRM = firm(left="2020-01-01")
_AFFECTED = {"stakeholders": [group(constituency="community")]}

PARTICIPATORY = [
    Case("rules_stated", "no body", 0, record(bodies=[])),
    Case("rules_stated", "the lead decides", 0, record(bodies=[body(("civil_society", 1), rule="lead")])),
    Case("rules_stated", "a name alone", 1, record(bodies=[body(rule=None)])),
    Case("rules_stated", "a rule without seats", 1, record(bodies=[body()])),
    Case("rules_stated", "stated", 2, record(bodies=[_BOARD])),
    Case("rules_stated", "minutes without an address", 2, record(bodies=[_BOARD], documents=[paper("minutes", url=None)])),
    Case("rules_stated", "in a public agreement", 3, record(bodies=[_BOARD], documents=_PUBLIC_RULES)),
    Case("rules_stated", "old minutes", 3, record(bodies=[_BOARD], documents=[paper("minutes", OLD)])),
    Case("rules_stated", "in a memorandum", 3, record(bodies=[_BOARD], agreement={"signed": OLD, "url": LINK})),
    Case("rules_stated", "used lately", 4, record(bodies=[_BOARD], documents=[*_PUBLIC_RULES, paper("minutes")])),
    Case("rules_stated", "minutes to come", 2, record(bodies=[_BOARD], documents=[paper("minutes", AHEAD)])),
    Case(
        "rules_stated",
        "a memorandum to be signed",
        2,
        record(bodies=[_BOARD], agreement={"signed": AHEAD, "url": LINK}),
    ),
    Case("rules_stated", "nothing said", UNKNOWN, record()),
    # Each of the four constituencies is a quarter of the partners.
    Case("power_gap", "all of the power", 0, _decide(*_votes(4, 1, 1, 1))),
    Case("power_gap", "13 of 23", 1, _decide(*_votes(5, 2, 2, 2), ("women", 1))),
    Case("power_gap", "half of the power", 2, _decide(*_votes(2, 1, 1, 1))),
    Case("power_gap", "5 of 12", 3, _decide(*_votes(3, 2, 2, 1))),
    Case("power_gap", "all alike", 4, _decide(*_votes(1, 1, 1, 1))),
    Case("power_gap", "the lead decides", 0, _decide(("government", 1), rule="lead")),
    Case("power_gap", "consensus", UNKNOWN, _decide(("government", 1), rule="consensus")),
    Case(
        "power_gap",
        "consensus with a majority to fall back on",
        4,
        _decide(*_votes(1, 1, 1, 1), rule="consensus", fallback={"en": "majority"}),
    ),
    Case(
        "power_gap",
        "a veto",
        UNKNOWN,
        _decide(("government", 1), ("community", 1), veto=[{"holder": {"constituency": "government"}}]),
    ),
    Case("power_gap", "a rule that cannot be counted", UNKNOWN, _decide(*_votes(1, 1, 1, 1), rule="double_majority")),
    Case("power_gap", "most votes are of a partner that left", 4, _seated_with(_LEFT, 3, 1, 1)),
    Case("power_gap", "most votes are of a partner that declined", 4, _seated_with(_DECLINED, 3, 1, 1)),
    Case("power_gap", "whoever left and is back votes", 0, _seated_with(_LEFT, 3, 1, 1) | {
        "partners": [lead(), people(), _LEFT, _BACK]
    }),
    Case(
        "power_gap",
        "a veto of a partner that left",
        4,
        _seated_with(_LEFT, 1, 1, 1, veto=[{"holder": {"organization_id": DONOR}}]),
    ),
    Case("power_gap", "a partner that left holds the only seat", UNKNOWN, _seated_with(_LEFT, 1)),
    Case("power_gap", "no seats said", UNKNOWN, _decide()),
    Case("power_gap", "no body", UNKNOWN, record(lead(), bodies=[])),
    Case("power_gap", "nothing said", UNKNOWN, record()),
    Case("affected_hold_power", "no body", 0, record(bodies=[])),
    Case("affected_hold_power", "no seat", 0, _decide(("government", 1), ("civil_society", 1)) | _AFFECTED),
    Case(
        "affected_hold_power",
        "a seat without power",
        0,
        _decide(("government", 2), ("un_system", 2), ("civil_society", 2), ("community", 1)),
    ),
    Case("affected_hold_power", "a tenth", 1, _decide(*_votes(3, 1, 1, 1))),
    Case("affected_hold_power", "a sixth", 2, _decide(*_votes(2, 1, 1, 1))),
    Case("affected_hold_power", "a fifth", 3, _decide(*_votes(1, 1, 1, 1), ("women", 1))),
    Case("affected_hold_power", "a third", 4, _decide(("government", 1), ("un_system", 1), ("community", 1))),
    Case("affected_hold_power", "they can block", 4, _decide(("government", 3), ("community", 1), rule="consensus")),
    Case(
        "affected_hold_power",
        "a veto of their own",
        4,
        _decide(("government", 3), ("un_system", 1), veto=[{"holder": {"constituency": "community"}}]),
    ),
    Case(
        "affected_hold_power",
        "through an organization that stands for them",
        4,
        record(
            lead(),
            partner(PEOPLE, "farmers"),
            stakeholders=[group(represented_by=[PEOPLE])],
            bodies=[
                {
                    "rule": "majority",
                    "seats": [
                        {"holder": {"organization_id": LEAD}},
                        {"holder": {"organization_id": PEOPLE}},
                        {"holder": {"constituency": "government"}},
                    ],
                }
            ],
        ),
    ),
    Case("affected_hold_power", "beside a partner that left", 4, _seated_with(_LEFT, 3, 1, 1)),
    Case(
        "affected_hold_power",
        "those who stood for them have left",
        0,
        record(
            lead(),
            agency(),
            people(left="2024"),
            bodies=[body(rule="majority", seats=[{"holder": {"organization_id": each}} for each in (LEAD, AGENCY, PEOPLE)])],
        )
        | _AFFECTED,
    ),
    Case("affected_hold_power", "a partner that left holds the only seat", UNKNOWN, _seated_with(_LEFT, 1)),
    Case("affected_hold_power", "nobody says who is affected", UNKNOWN, _decide(("government", 1), ("un_system", 1))),
    Case("affected_hold_power", "nothing said", UNKNOWN, record()),
    *(
        Case("partners_say_they_decide", f"{yes} yes, {partly} partly, {no} no", expected, record(), Pulse(yes, partly, no, 1))
        for yes, partly, no, expected in (
            (0, 0, 5, 0), (1, 1, 4, 0), (2, 0, 3, 1), (2, 1, 2, 2), (2, 1, 1, UNKNOWN), (3, 1, 1, 3), (4, 0, 1, 4), (8, 0, 2, 4),
        )
    ),
    Case("partners_say_they_decide", "no pulse", UNKNOWN, record()),
]  # fmt: skip


def _earmarked(none: int, soft: int, tight: int) -> Document:
    kinds = {"none": none, "soft": soft, "tight": tight}
    given = [money(amount, earmarking=kind) for kind, amount in kinds.items() if amount]
    return record(partner(DONOR, "foundation", contributions=given))


def _stated_of(stated: Document, denied: Document, yes: int, no: int, silent: int) -> Document:
    """Money of which something is stated, denied and not said at all."""
    given = [money(amount, **said) for amount, said in ((yes, stated), (no, denied), (silent, {})) if amount]
    return record(partner(DONOR, "foundation", contributions=given))


def _funding(**stated: object) -> Document:
    return record(funding=stated)


def _lasting(long: int, short: int) -> Document:
    return record(
        partner(
            DONOR,
            "foundation",
            contributions=[
                money(long, period={"start": "2024-01", "end": "2025-12"}),
                money(short, period={"start": "2025-01", "end": "2025-12"}),
            ],
        )
    )


_PAID = {"amount": "500", "currency": "USD"}


def _payments(*days: int | None) -> Document:
    """Payments that took so many days; `None` waits since 10 June 2025, for 370 days."""
    paid = [{**_PAID, "applied_on": "2025-01-01", "paid_on": _after(each)} for each in days if each is not None]
    return _funding(payments=paid + [{**_PAID, "applied_on": "2025-06-10"} for each in days if each is None])


FUNDING = [
    *(
        Case("not_earmarked", f"{percent} percent", level, _funding(unearmarked_percent=percent))
        for percent, level in ((0, 0), ("19.9", 0), (20, 1), ("30", 2), (45, 3), (60, 4), (100, 4))
    ),
    Case("not_earmarked", "soft counts half: 30 percent of contributions", 2, _earmarked(20, 20, 60)),
    Case("not_earmarked", "all tight", 0, _earmarked(0, 0, 5)),
    Case(
        "not_earmarked",
        "an amount without a rate",
        UNKNOWN,
        record(
            partner(
                DONOR,
                "foundation",
                contributions=[
                    money(5, earmarking="none"),
                    {"kind": "financial", "earmarking": "none", "pledged": {"amount": "5", "currency": "SEK"}},
                ],
            )
        ),
    ),
    Case(
        "not_earmarked",
        "money without earmarking",
        UNKNOWN,
        record(partner(DONOR, "foundation", contributions=[money(5)])),
    ),
    *(
        Case(code, f"{yes} yes, {no} no, {silent} not said", level, _stated_of(stated, denied, yes, no, silent))
        for code, stated, denied in (
            ("not_earmarked", {"earmarking": "none"}, {"earmarking": "tight"}),
            (
                "several_years",
                {"period": {"start": "2024", "end": "2025"}},
                {"period": {"start": "2024", "end": "2024"}},
            ),
            ("reaches_local", {"recipient": {"local": True}}, {"recipient": {"local": False}}),
        )
        for yes, no, silent, level in (
            (10, 0, 90, UNKNOWN),
            (30, 0, 70, UNKNOWN),
            (0, 50, 50, UNKNOWN),
            (80, 0, 20, 4),
            (0, 96, 4, 0),
            (1, 96, 3, 0),
        )
    ),
    Case("not_earmarked", "no money", UNKNOWN, record(funding=False)),
    Case("not_earmarked", "nothing said", UNKNOWN, record()),
    *(
        Case("several_years", f"{percent} percent", level, _funding(multi_year_percent=percent))
        for percent, level in ((0, 0), (24, 0), (25, 1), (40, 2), ("57.5", 3), (75, 4))
    ),
    Case("several_years", "two of five by contributions", 2, _lasting(40, 60)),
    Case("several_years", "no money", UNKNOWN, record(funding=False)),
    Case("several_years", "nothing said", UNKNOWN, record()),
    *(
        Case("days_to_payment", f"{days} days", level, _funding(median_days_to_payment=days))
        for days, level in ((400, 0), (181, 0), (128, 0), ("127.5", 1), (75, 2), ("52.5", 3), (30, 4), (0, 4))
    ),
    Case("days_to_payment", "the median of three payments", 3, _payments(10, 40, 200)),
    Case("days_to_payment", "one still waits", 3, _payments(40, 45, None)),
    Case("days_to_payment", "most still wait, for too long", 0, _payments(10, None, None)),
    Case(
        "days_to_payment",
        "most still wait, not for long",
        UNKNOWN,
        _funding(payments=[{**_PAID, "applied_on": "2026-06-01"}, {**_PAID, "applied_on": "2026-06-02"}]),
    ),
    Case("days_to_payment", "without funding", NOT_APPLICABLE, record(funding=False)),
    Case("days_to_payment", "without payments", NOT_APPLICABLE, _funding(payments=[])),
    Case(
        "days_to_payment",
        "said not to apply",
        NOT_APPLICABLE,
        record(silences={"/funding/median_days_to_payment": "not_applicable"}),
    ),
    Case("days_to_payment", "withheld", UNKNOWN, record(silences={"/funding": "withheld_for_safety"})),
    Case("days_to_payment", "nothing said", UNKNOWN, record()),
    *(
        Case("reaches_local", f"{percent} percent", level, _funding(local_percent=percent))
        for percent, level in ((0, 0), (12, 0), ("12.5", 1), (20, 2), (30, 3), (40, 4))
    ),
    Case(
        "reaches_local",
        "a fifth of payments",
        2,
        _funding(
            payments=[
                {"amount": "20", "currency": "USD", "recipient": {"local": True}},
                {"amount": "80", "currency": "USD", "recipient": {"local": False}},
            ]
        ),
    ),
    Case(
        "reaches_local",
        "a fifth of payments, of the rest it is not said",
        UNKNOWN,
        _funding(payments=[{"amount": "20", "currency": "USD", "recipient": {"local": True}}, _PAID]),
    ),
    Case(
        "reaches_local",
        "all of contributions",
        4,
        record(partner(DONOR, "foundation", contributions=[money(5, recipient={"local": True})])),
    ),
    Case("reaches_local", "no money", UNKNOWN, record(funding=False)),
    Case("reaches_local", "nothing said", UNKNOWN, record()),
]

_ALL_PAPERS = [paper("agreement", OLD), paper("minutes"), paper("accounts")]
_REVIEW = {"date": RECENT, "url": LINK, "response_url": LINK}
_OPEN = {"url": LINK, "languages": ["km", "en"], "anonymous": True, "deadline_days": 21}


def _papers(*documents: Document, partners: int = 2, **more: object) -> Document:
    return record(*[lead(), people()][:partners], documents=list(documents), **more)


GOVERNANCE = [
    Case("papers_public", "none", 0, _papers(partners=1)),
    Case("papers_public", "a paper without an address", 0, _papers(paper("minutes", url=None), partners=1)),
    Case("papers_public", "partners", 1, _papers()),
    Case("papers_public", "partners and minutes", 2, _papers(paper("minutes"))),
    Case("papers_public", "three", 3, _papers(paper("minutes"), paper("accounts"))),
    Case("papers_public", "all, old", 3, _papers(paper("agreement"), paper("minutes", OLD), paper("accounts", OLD))),
    Case("papers_public", "all", 4, _papers(*_ALL_PAPERS)),
    Case(
        "papers_public",
        "an audit is accounts, a linked memorandum an agreement",
        4,
        _papers(paper("minutes"), paper("audit"), agreement={"url": LINK}),
    ),
    Case(
        "papers_public",
        "three of the four to come",
        1,
        _papers(paper("minutes", AHEAD), paper("accounts", AHEAD), agreement={"url": LINK, "signed": AHEAD}),
    ),
    Case("papers_public", "without a date", 2, _papers(paper("minutes", None))),
    Case("papers_public", "only an agreement said", 2, record(lead(), people(), agreement={"url": LINK})),
    Case("papers_public", "nothing said", UNKNOWN, record(lead(), people())),
    Case("can_complain", "no", 0, record(complaints=False)),
    Case("can_complain", "only what there is not", 0, record(complaints={"anonymous": False, "languages": []})),
    Case(
        "can_complain", "words, and what there is not", 1, record(complaints={"anonymous": False, "deadline_days": 9})
    ),
    Case("can_complain", "words", 1, record(complaints={"languages": ["en"]})),
    Case("can_complain", "an address", 2, record(complaints={"url": LINK})),
    Case("can_complain", "all that the lead can say", 2, record(complaints=_OPEN)),
    Case("can_complain", "a count alone", 2, record(complaints={"url": LINK, "received": {"year": 2026, "count": 0}})),
    Case(
        "can_complain",
        "a count and one of three",
        2,
        record(complaints={"url": LINK, "languages": ["km"], "received": {"year": 2026, "count": 0}}),
    ),
    Case(
        "can_complain",
        "a count and two of three",
        3,
        record(complaints={**_OPEN, "anonymous": None, "received": {"year": 2025, "count": 2}}),
    ),
    Case("can_complain", "an old count", 3, record(complaints={**_OPEN, "received": {"year": 2019, "count": 2}})),
    Case("can_complain", "whole", 4, record(complaints={**_OPEN, "received": {"year": 2025, "count": 0}})),
    Case("can_complain", "a count to come", 2, record(complaints={**_OPEN, "received": {"year": 2027, "count": 2}})),
    Case("can_complain", "nothing said", UNKNOWN, record()),
    Case("reviewed", "neither", 0, record(mutual_review=False, independent_evaluation=False)),
    Case("reviewed", "mentioned", 1, record(mutual_review={"response_url": LINK})),
    Case("reviewed", "one", 2, record(mutual_review={"date": OLD}, independent_evaluation=False)),
    Case(
        "reviewed", "both, neither public", 2, record(mutual_review={"date": OLD}, independent_evaluation={"date": OLD})
    ),
    Case("reviewed", "both, one public", 3, record(mutual_review=_REVIEW, independent_evaluation={"date": OLD})),
    Case(
        "reviewed",
        "both public, long ago",
        3,
        record(mutual_review=_REVIEW | {"date": OLD}, independent_evaluation=_REVIEW | {"date": LONG_AGO}),
    ),
    Case("reviewed", "both public, answered", 4, record(mutual_review=_REVIEW, independent_evaluation=_REVIEW)),
    Case(
        "reviewed",
        "both to come",
        1,
        record(mutual_review=_REVIEW | {"date": AHEAD}, independent_evaluation={"date": AHEAD}),
    ),
    Case("reviewed", "one denied, nothing said of the other", UNKNOWN, record(mutual_review=False)),
    Case("reviewed", "nothing said", UNKNOWN, record()),
    Case("safeguards", "none", 0, record(safeguarding=False)),
    Case("safeguards", "only what there is not", 0, record(safeguarding={"training": False, "binds_all": False})),
    Case("safeguards", "words, and what there is not", 1, record(safeguarding={"training": True, "binds_all": False})),
    Case("safeguards", "words", 1, record(safeguarding={"training": True})),
    Case("safeguards", "a policy", 2, record(safeguarding={"policy_url": LINK, "training": True})),
    Case("safeguards", "a dated policy", 3, record(safeguarding={"policy_url": LINK}, documents=[paper("policy")])),
    Case(
        "safeguards",
        "two of three",
        3,
        record(safeguarding={"policy_url": LINK, "contact_url": LINK, "training": True}),
    ),
    Case(
        "safeguards",
        "whole",
        4,
        record(safeguarding={"policy_url": LINK, "contact_url": LINK, "training": True, "binds_all": True}),
    ),
    Case("safeguards", "nothing said", UNKNOWN, record()),
]

_WHY_NOT = {"absence_reason": "None works on the lake"}
_ABSENT = record(lead(), private_sector=_WHY_NOT)
_DECLARED = {"kinds": ["sme"], "interests_declared": True}


def _business(*partners: Document, **private_sector: object) -> Document:
    return record(lead(), *partners, private_sector=private_sector)


def _seated(business: int, others: int, **more: object) -> Document:
    """A consensus body, so that the seats alone count."""
    seats = [("private_sector", 1)] * business + [("civil_society", 1)] * others
    return record(lead(), firm(), bodies=[body(*seats, rule="consensus", **more)])  # type: ignore[arg-type]


def _giving(business: int, others: int) -> Document:
    return record(
        lead(), firm(contributions=[money(business)]), partner(DONOR, "foundation", contributions=[money(others)])
    )


def _checked(*days: str | None, unchecked: int = 0, exclusions: bool = True) -> Document:
    ids = [f"01950010-0000-7000-8000-{number:012}" for number in range(len(days) + unchecked)]
    checks = [{"organization_id": each, **({"date": day} if day else {})} for each, day in zip(ids, days, strict=False)]
    return record(
        *(partner(each, "private_sector", "funder") for each in ids),
        due_diligence=checks,
        private_sector={"kinds": ["sme"], **({"exclusions_url": LINK} if exclusions else {})},
    )


BUSINESS = [
    Case("business_named", "no", 0, record(private_sector=False)),
    Case("business_named", "no kinds", 0, record(private_sector={"kinds": []})),
    Case("business_named", "a partner without role or size", 1, _business(partner(FIRM, "private_sector"))),
    Case("business_named", "kinds alone", 1, _business(kinds=["sme"])),
    Case("business_named", "kinds and roles", 2, _business(firm(state="claimed"), kinds=["multinational"])),
    Case("business_named", "all the lead can say", 2, _business(firm(state="claimed"), **_DECLARED)),
    Case("business_named", "the reason for absence", 2, _ABSENT),
    Case("business_named", "a size instead of kinds", 3, record(lead(), firm(business_size="sme"))),
    Case("business_named", "confirmed by the firm", 3, _business(firm(), kinds=["multinational"])),
    Case(
        "business_named",
        "interests, no small firms",
        3,
        _business(firm(), kinds=["multinational"], interests_declared=True),
    ),
    Case("business_named", "interests and small firms", 4, _business(firm(), **_DECLARED)),
    Case(
        "business_named",
        "why no small firms",
        4,
        _business(firm(), **_DECLARED | {"kinds": ["association"]} | _WHY_NOT),
    ),
    Case("business_named", "nothing said", UNKNOWN, record(lead())),
    Case("business_power", "half of the seats", 0, _seated(1, 1)),
    Case("business_power", "a veto", 0, _seated(1, 9, veto=[{"holder": {"organization_id": FIRM}}])),
    Case("business_power", "11 of 24", 1, _seated(11, 13)),
    Case("business_power", "5 of 12", 2, _seated(5, 7)),
    Case("business_power", "3 of 8", 3, _seated(3, 5)),
    Case("business_power", "a third", 4, _seated(1, 2)),
    Case(
        "business_power",
        "a third of the seats, all of the power",
        0,
        record(lead(), firm(), bodies=[body(("private_sector", 9), ("women", 1), ("farmers", 1))]),
    ),
    Case(
        "business_power",
        "a foundation that a firm controls",
        0,
        record(
            firm(),
            partner(DONOR, "foundation", controlled_by=FIRM),
            bodies=[{"rule": "consensus", "seats": [{"holder": {"organization_id": each}} for each in (DONOR, FIRM)]}],
        ),
    ),
    Case("business_power", "most votes are of a firm that left", 4, _seated_with(_LEFT_FIRM, 3, 1, 1)),
    Case(
        "business_power",
        "a veto of a firm that left",
        4,
        _seated_with(_LEFT_FIRM, 1, 1, 1, veto=[{"holder": {"organization_id": FIRM}}]),
    ),
    Case(
        "business_power",
        "a firm that is no partner holds a seat",
        0,
        record(lead(), bodies=[body(("private_sector", 1))]),
    ),
    Case("business_power", "a firm that left holds the only seat", UNKNOWN, _seated_with(_LEFT_FIRM, 1)),
    Case("business_power", "absent, and why", NOT_APPLICABLE, _ABSENT | {"bodies": [body(("women", 1))]}),
    Case(
        "business_power",
        "a seat of nobody knows whom",
        UNKNOWN,
        record(firm(), bodies=[{"rule": "consensus", "seats": [{"holder": {"group": "All"}}]}]),
    ),
    Case("business_power", "no body", UNKNOWN, record(firm(), bodies=[])),
    Case("business_power", "nothing said", UNKNOWN, record(firm())),
    *(
        Case("business_money", f"{business} beside {others}", level, _giving(business, others))
        for business, others, level in ((1, 1, 0), (11, 13, 1), (5, 7, 2), (3, 5, 3), (1, 2, 4), (0, 1, 4))
    ),
    Case(
        "business_money",
        "pledged in another currency, with a rate",
        4,
        record(
            firm(contributions=[money(10)]),
            partner(
                DONOR,
                "foundation",
                contributions=[{"kind": "financial", "pledged": {"amount": "200", "currency": "SEK", "rate": "0.1"}}],
            ),
        ),
    ),
    Case(
        "business_money",
        "an amount without a rate",
        UNKNOWN,
        record(firm(contributions=[{"kind": "financial", "pledged": {"amount": "5", "currency": "KHR"}}])),
    ),
    Case("business_money", "absent, and why", NOT_APPLICABLE, _ABSENT),
    Case("business_money", "nothing said", UNKNOWN, record(firm())),
    Case("due_diligence", "none", 0, _checked(unchecked=1)),
    Case("due_diligence", "one of four", 1, _checked(RECENT, unchecked=3)),
    Case("due_diligence", "half", 2, _checked(RECENT, unchecked=1)),
    Case("due_diligence", "all, long ago", 3, _checked(OLD)),
    Case("due_diligence", "all, exclusions not published", 3, _checked(RECENT, exclusions=False)),
    Case("due_diligence", "all lately, exclusions published", 4, _checked(RECENT, RECENT)),
    Case("due_diligence", "to come", 0, _checked(AHEAD)),
    Case("due_diligence", "absent, and why", NOT_APPLICABLE, _ABSENT),
    Case("due_diligence", "no list", UNKNOWN, record(firm())),
    Case("due_diligence", "no business", UNKNOWN, record(lead(), due_diligence=[])),
    Case("due_diligence", "nothing said", UNKNOWN, record()),
]

_SOURCE = {"title": "Water plan", "url": LINK}


def _mandated(inside: int, outside: int, **mandate: object) -> Document:
    codes = [str(number) for number in range(1, inside + outside + 1)]
    return record(
        goals=[goal("sdg", code, "primary") for code in codes],
        mandate={"source": _SOURCE, "goals": [f"sdg:{code}" for code in codes[:inside]], **mandate},
    )


def _spent(percent: int | str) -> Document:
    return record(
        goals=[goal("sdg", "6", "primary")],
        budget={"by_goal": [{"goal": "sdg-target:6.1", "percent": percent}, {"goal": "sdg:3", "percent": 10}]},
    )


_EXIT = {"criteria": "Thirty stations run by themselves", "decided_by": "The council"}
_CHANGE = {"date": OLD, "description": "Latrines", "decided_by": "The council"}

MANDATE = [
    Case("goals_in_mandate", "no mandate", 0, record(mandate=False)),
    Case("goals_in_mandate", "outside", 0, _mandated(0, 2)),
    Case("goals_in_mandate", "one of four", 1, _mandated(1, 3)),
    Case("goals_in_mandate", "half", 2, _mandated(1, 1)),
    Case("goals_in_mandate", "all, no source", 2, _mandated(2, 0, source=None)),
    Case("goals_in_mandate", "three of four", 3, _mandated(3, 1)),
    Case("goals_in_mandate", "all, a source without a link", 3, _mandated(2, 0, source={"title": "Water plan"})),
    Case("goals_in_mandate", "all", 4, _mandated(2, 0)),
    Case(
        "goals_in_mandate",
        "a target inside a goal",
        4,
        record(goals=[goal("sdg-target", "6.1", "primary")], mandate={"source": _SOURCE, "goals": ["sdg:6"]}),
    ),
    Case(
        "goals_in_mandate", "no primary goal", UNKNOWN, record(goals=[goal("sdg", "6")], mandate={"goals": ["sdg:6"]})
    ),
    Case("goals_in_mandate", "nothing said", UNKNOWN, record()),
    *(
        Case("traced_to_targets", f"{traced} of {count}", level, record(deliverables=found))
        for traced, count, level in ((0, 1, 0), (3, 10, 1), (1, 2, 2), (7, 10, 3), (9, 10, 4))
        for found in [_several(smart(), traced) + _several(_UNTRACED, count - traced)]
    ),
    Case("traced_to_targets", "no deliverables", 0, record(deliverables=[])),
    Case("traced_to_targets", "a plan's own code", 4, record(deliverables=[smart(goals=["plan:khm-nsdp:3"])])),
    Case("traced_to_targets", "no goals said", UNKNOWN, record(deliverables=[smart(goals=None)])),
    Case("traced_to_targets", "nothing said", UNKNOWN, record()),
    *(
        Case("money_on_goals", f"{percent} percent", level, _spent(percent))
        for percent, level in ((0, 0), (44, 0), (45, 1), (60, 2), ("72.5", 3), (85, 4), (100, 4))
    ),
    Case("money_on_goals", "none by goal", 0, record(goals=[goal("sdg", "6", "primary")], budget={"by_goal": []})),
    Case("money_on_goals", "no primary goal", UNKNOWN, record(budget={"by_goal": [{"goal": "sdg:6", "percent": 50}]})),
    Case("money_on_goals", "no budget", UNKNOWN, record(budget=False)),
    Case("money_on_goals", "nothing said", UNKNOWN, record()),
    Case("scope_and_exit", "no mandate", 0, record(mandate=False)),
    Case("scope_and_exit", "no exit", 0, record(mandate={"exit": False})),
    Case("scope_and_exit", "words", 1, record(mandate={"exit": {"decided_by": "The council"}})),
    Case("scope_and_exit", "exit alone", 2, record(mandate={"exit": _EXIT})),
    Case("scope_and_exit", "no changes, no exit", 2, record(mandate={"scope_changes": [], "exit": False})),
    Case("scope_and_exit", "both", 3, record(mandate={"scope_changes": [], "exit": {"criteria": "Done"}})),
    Case(
        "scope_and_exit",
        "one change decided by nobody",
        3,
        record(mandate={"scope_changes": [{"date": OLD}], "exit": _EXIT}),
    ),
    Case(
        "scope_and_exit",
        "both, decided by the partners",
        4,
        record(mandate={"scope_changes": [_CHANGE], "exit": _EXIT}),
    ),
    Case("scope_and_exit", "nothing said", UNKNOWN, record(mandate={"goals": []})),
]

_ALL_GOALS = [goal("sdg", str(number)) for number in range(1, 18)]
_MAIN = goal("sdg", "6", "primary")
_STAFF = {"organization_id": AGENCY, "kind": "staff"}


def _process(kind: str, relation: str, **more: object) -> Document:
    return record(processes=[{"kind": kind, "relation": relation, **more}])


def _committed(**commitment: object) -> Document:
    return record(lead(), agency_commitments=[{"organization_id": AGENCY, **commitment}])


_MINISTRY = partner(DONOR, "government", "adviser")


def _kept(organization: str, *partners: Document) -> Document:
    """An organization's commitment of money: delivered, signed off, to be read."""
    commitment = {"kind": "funds", "delivered": True, "signed_off_by": "Head of office", "date": RECENT, "url": LINK}
    return record(lead(), *partners, agency_commitments=[{"organization_id": organization, **commitment}])


INFLUENCE = [
    Case("goals_useful", "none", 0, record(goals=[])),
    Case("goals_useful", "all seventeen, none primary", 0, record(goals=_ALL_GOALS)),
    Case("goals_useful", "sixteen, none primary", 1, record(goals=_ALL_GOALS[1:])),
    Case("goals_useful", "four primary", 1, record(goals=[goal("sdg", code, "primary") for code in "1234"])),
    Case("goals_useful", "one primary", 2, record(goals=[_MAIN, *_ALL_GOALS[6:]])),
    Case(
        "goals_useful",
        "targets",
        3,
        record(goals=[_MAIN, *(goal("sdg-target", f"6.{n}", "primary") for n in (1, 2, 3))]),
    ),
    Case(
        "goals_useful",
        "indicators",
        4,
        record(goals=[_MAIN, goal("sdg-target", "6.1"), goal("sdg-indicator", "6.1.1")]),
    ),
    Case("goals_useful", "derived alone", UNKNOWN, record(goals=[{**_MAIN, "derived_from": "mdg:7"}])),
    Case("goals_useful", "nothing said", UNKNOWN, record()),
    Case("tied_to_plan", "no", 0, record(processes=[])),
    Case("tied_to_plan", "a plan without a name", 1, _process("national_plan", "tied")),
    Case("tied_to_plan", "a plan", 2, _process("local_plan", "tied", name="Lake plan")),
    Case(
        "tied_to_plan",
        "a public paper",
        3,
        _process("cooperation_framework", "cited", name="UNSDCF", year=2024, url=LINK),
    ),
    Case("tied_to_plan", "confirmed", 4, _process("national_plan", "confirmed", name="Lake plan")),
    Case(
        "tied_to_plan",
        "a public paper to come",
        2,
        _process("cooperation_framework", "cited", name="UNSDCF", year=2027, url=LINK),
    ),
    Case("tied_to_plan", "no plan among the processes", UNKNOWN, _process("vnr", "submitted")),
    Case("tied_to_plan", "nothing said", UNKNOWN, record()),
    Case("fed_processes", "nothing", 0, record(processes=[])),
    Case("fed_processes", "long ago", 1, _process("hlpf", "submitted", year=2022, url=LINK)),
    Case("fed_processes", "no year", 1, _process("hlpf", "cited", url=LINK)),
    Case("fed_processes", "submitted", 2, _process("vnr", "submitted", year=2025)),
    Case("fed_processes", "cited, says the lead", 2, _process("vnr", "cited", year=2025)),
    Case("fed_processes", "submitted, to be read", 3, _process("vnr", "submitted", year=2024, url=LINK)),
    Case("fed_processes", "confirmed by the authority", 3, _process("vnr", "confirmed", year=2026)),
    Case("fed_processes", "cited", 4, _process("conference", "cited", year=2026, url=LINK)),
    Case("fed_processes", "to come", 1, _process("vnr", "submitted", year=2027, url=LINK)),
    Case("fed_processes", "tied to a plan only", UNKNOWN, _process("national_plan", "tied", name="Lake plan")),
    Case("fed_processes", "nothing said", UNKNOWN, record()),
    Case("agency_commitment", "none", 0, record(agency_commitments=[])),
    Case("agency_commitment", "a logo", 0, _committed(kind="logo", delivered=True, date=RECENT, url=LINK)),
    Case("agency_commitment", "promised, not kept", 1, _committed(kind="funds", delivered=False)),
    Case("agency_commitment", "a focal point", 2, _committed(kind="focal_point")),
    Case("agency_commitment", "staff, says the lead", 2, _committed(kind="staff", delivered=True, date=RECENT)),
    Case("agency_commitment", "staff, in a public paper", 3, _committed(kind="staff", date=OLD, url=LINK)),
    Case("agency_commitment", "confirmed by the agency", 3, record(lead(), agency(), agency_commitments=[_STAFF])),
    Case(
        "agency_commitment",
        "delivered and signed off, says the lead",
        2,
        _committed(kind="decision", delivered=True, signed_off_by="Head of office", date=RECENT),
    ),
    Case(
        "agency_commitment",
        "delivered and signed off, in a public paper",
        4,
        _committed(kind="decision", delivered=True, signed_off_by="Head of office", date=RECENT, url=LINK),
    ),
    Case(
        "agency_commitment",
        "of an organization that is no public body",
        UNKNOWN,
        record(lead(), agency_commitments=[{"organization_id": LEAD, "kind": "staff"}]),
    ),
    Case("agency_commitment", "of an agency among the partners", 4, _kept(AGENCY, agency())),
    Case("agency_commitment", "of an agency that left", UNKNOWN, _kept(AGENCY, agency(left="2020-01-01"))),
    Case("agency_commitment", "of an agency that declined", UNKNOWN, _kept(AGENCY, agency(state="declined"))),
    Case("agency_commitment", "of nobody known, beside an agency", UNKNOWN, _kept(FIRM, agency())),
    Case("agency_commitment", "of a ministry, beside an agency", UNKNOWN, _kept(DONOR, agency(), _MINISTRY)),
    Case("agency_commitment", "of a ministry, where no agency takes part", 4, _kept(DONOR, _MINISTRY)),
    Case("agency_commitment", "of a ministry, after the agency left", 4, _kept(DONOR, agency(left="2020"), _MINISTRY)),
    Case("agency_commitment", "of a sponsor that is no partner", 4, _kept(DONOR)),
    Case("agency_commitment", "in a paper to come", 2, _committed(kind="staff", date=AHEAD, url=LINK)),
    Case("agency_commitment", "nothing said", UNKNOWN, record()),
]

CASES = [*INCLUSIVE, *PURPOSE, *PARTICIPATORY, *FUNDING, *GOVERNANCE, *BUSINESS, *MANDATE, *INFLUENCE]
