"""Searching partnerships over HTTP, on both engines: what `GET partnerships` promises."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from schemas.documents import load, render
from schemas.partnership import PartnershipDocument
from schemas.search import PartnershipAnswer
from schemas.vocabulary import LANGUAGES
from services.chassis import clock
from services.search import facets
from services.search.projections import HAS
from tests.search.conftest import World, identifier, organization, partner, partnership


def goal(code: str, scheme: str = "sdg", **more: Any) -> dict[str, Any]:
    return {"id": identifier(), "scheme": scheme, "code": code, **more}


def counts(answer: Any, facet: str) -> dict[str, int]:
    return {value["value"]: value["count"] for value in answer["facets"][facet]}


def test_the_four_keep_the_same_bytes(either_world: World, full_record: dict[str, Any]) -> None:
    """What was rendered is what the event carries, the table stores and the index keeps."""
    world = either_world
    world.add(full_record)
    rendered = render(PartnershipDocument, full_record)
    [carried] = [
        received.value
        for received in world.bus.read(["convene.registry.partnership"], from_beginning=True, follow=False)
        if received
    ]
    assert carried == rendered
    assert world.index.document("partnerships", full_record["id"]) == rendered
    held = world.index.held("partnerships", [full_record["id"]])[full_record["id"]]
    assert (held.version, held.revision) == (full_record["version"], full_record["revision"])


def test_the_answer_is_what_its_contract_says(either_world: World, full_record: dict[str, Any]) -> None:
    world = either_world
    world.add(full_record, partnership(title={"en": "Another"}))
    answer = world.find(q="water")
    load(PartnershipAnswer, answer)
    [item] = answer["items"]
    assert item["reference"] == full_record["reference"]
    assert item["title"] == full_record["title"]
    assert item["countries"] == ["KHM"]
    assert item["partner_count"] == len(full_record["partners"])
    assert "<mark>water</mark>" in item["highlight"][0]["text"]
    assert item["score"] > 0
    assert answer["freshness"]["behind"] == 0
    load(PartnershipAnswer, world.find())


def test_every_filter_finds_the_full_record_and_not_the_empty_one(
    either_world: World, full_record: dict[str, Any]
) -> None:
    world = either_world
    world.add(full_record, partnership(title={"ru": "Пусто"}))
    clock.use("2027-06-01T00:00:00Z")
    asked: dict[str, list[Any]] = {
        "goal": ["6", "sdg:6", "mdg:7", "agenda21:18", "plan:khm-water-2030:W2"],
        "target": ["6.1", "mdg:7.C"],
        "country": ["KHM", "KH", "kh"],
        "region": ["035", "142", "001"],
        "place": ["KHM:kampong luong", "Kampong Luong", "KAMPONG LUONG", "កំពង់ហ្លួង", "KH-15"],
        "constituency": ["women", "un_system"],
        "organization": [full_record["partners"][0]["organization"]["id"]],
        "role": ["funder"],
        "confirmed": ["true"],
        "standing": ["registered"],
        "scope": ["subnational"],
        "process": ["vnr", "Voluntary National Review of Cambodia", "voluntary national review of cambodia 2025"],
        "overdue": ["true"],
        "beneficiary": ["Children under five"],
        "language": ["km", "en"],
        "year": ["2023", "2025", "2027"],
        "has": ["results", "needs", "offers", "reports", "budget"],
    }
    for name, values in asked.items():
        for value in values:
            assert world.ids(**{name: value}) == [full_record["id"]], (name, value)
    assert len(world.ids(kind="partnership")) == 2
    assert len(world.ids(overdue="false")) == 1
    assert world.ids(year="2022") == world.ids(has="evaluation") == world.ids(lesson="inclusive:3") == []


def test_every_facet_value_is_a_filter_value_with_that_count(either_world: World, full_record: dict[str, Any]) -> None:
    world = either_world
    world.add(
        full_record,
        partnership(
            phase="forming",
            goals=[goal("4"), goal("13")],
            start="2024",
            ongoing=True,
            partners=[partner("women", "lead")],
        ),
        partnership(kind="project", geography={"countries": ["JOR"]}, start="2020", end="2021"),
    )
    answer = world.find()
    assert answer["total"] == 3
    for name, values in answer["facets"].items():
        for value in values:
            assert world.find(**{name: value["value"], "facet": "none"})["total"] == value["count"], (name, value)
            assert value["label"]


def test_a_facet_value_takes_nothing_that_is_counted_under_another(either_world: World) -> None:
    world = either_world

    def place(name: str, **more: Any) -> dict[str, Any]:
        return partnership(geography={"places": [{"id": identifier(), "name": name, **more}]})

    def process(kind: str, name: str | None = None, year: int | None = None) -> dict[str, Any]:
        stated = {"kind": kind, "name": name, "year": year, "relation": "cited"}
        return partnership(
            processes=[{"id": identifier(), **{key: value for key, value in stated.items() if value is not None}}]
        )

    world.add(
        place("Kampot"),
        place("Kampot", country="KHM"),
        place("kampot", country="LAO"),
        place("x" * 480 + "1"),
        place("x" * 480 + "2", country="KHM"),
        process("vnr", "Review of Cambodia"),
        process("vnr", "Review of Cambodia", 2025),
        process("vnr", "Review of Cambodia 2025", 2026),
        process("hlpf", "Review of Cambodia", 2025),
        process("vnr"),
        process("vnr", year=2025),
        partnership(beneficiaries=[{"id": identifier(), "group": "y" * 490}, {"id": identifier(), "group": "—"}]),
    )
    facets = world.find()["facets"]
    assert {value["value"]: value["count"] for value in facets["process"]} == {
        "vnr:review of cambodia": 1,
        "vnr:review of cambodia 2025": 1,
        "vnr:review of cambodia 2025 2026": 1,
        "hlpf:review of cambodia 2025": 1,
        "vnr:": 1,
        "vnr:2025": 1,
    }
    assert {":kampot", "KHM:kampot", "LAO:kampot"} < {value["value"] for value in facets["place"]}
    for name in ("place", "process", "beneficiary"):
        assert facets[name]
        for value in facets[name]:
            assert world.find(**{name: value["value"]}, facet="none")["total"] == value["count"] == 1, value
    assert len(world.ids(place="Kampot")) == len(world.ids(place=[":kampot", "KHM:kampot", "LAO:kampot"])) == 3
    assert len(world.ids(process="review of cambodia")) == 3
    assert len(world.ids(process="Review of Cambodia 2025")) == 3
    assert len(world.ids(process="vnr 2025")) == 2


def test_facet_values_are_labelled_as_they_are_written(either_world: World) -> None:
    world = either_world
    phnom_penh = {"en": "Phnom Penh", "km": "ភ្នំពេញ"}
    processes = [
        {"kind": "local_plan", "name": "Schéma d’aménagement des eaux", "year": 2023},
        {"kind": "vnr", "name": "Добровольный национальный обзор 2026", "year": 2026},
        {"kind": "vnr", "year": 2024},
    ]
    world.add(
        partnership(
            geography={"places": [{"id": identifier(), "country": "KHM", "name": phnom_penh}]},
            processes=[{"id": identifier(), "relation": "cited", **process} for process in processes],
            beneficiaries=[{"id": identifier(), "group": "Élèves de Kampot"}],
        )
    )

    def labels(language: str, name: str) -> dict[str, str]:
        return {value["value"]: value["label"] for value in world.find(lang=language)["facets"][name]}

    assert labels("en", "place") == {"KHM:phnom penh": "Phnom Penh"}
    assert labels("km", "place") == {"KHM:phnom penh": "ភ្នំពេញ"}
    assert labels("en", "beneficiary") == {"eleves de kampot": "Élèves de Kampot"}
    assert labels("fr", "process") == {
        "local_plan:schema d amenagement des eaux 2023": "Schéma d’aménagement des eaux 2023",
        "vnr:добровольныи национальныи обзор 2026": "Добровольный национальный обзор 2026",
        "vnr:2024": "Examen national volontaire 2024",
    }
    assert labels("en", "process")["vnr:2024"] == "Voluntary National Review 2024"


def test_labels_are_looked_up_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    look_up = world.index.labels
    monkeypatch.setattr(world.index, "labels", lambda nodes: asked.append(len(nodes)) or look_up(nodes))
    world.add(partnership(geography={"places": [{"id": identifier(), "name": "Kampot"}]}))
    for _ in range(3):
        assert world.find(facet="place")["facets"]["place"][0]["label"] == "Kampot"
    assert asked == [1]
    monkeypatch.setattr(facets, "NAMES_SECONDS", -1.0)
    world.find(facet="place")
    assert asked == [1, 1]


def test_silence_is_counted(either_world: World) -> None:
    world = either_world
    world.add(
        partnership(goals=[goal("6")], geography={"countries": ["KHM"]}),
        partnership(geography={"countries": ["KHM"]}),
        partnership(goals=[], geography={"countries": ["JOR"]}),
        partnership(standing="withdrawn"),
    )
    answer = world.find()
    assert (
        answer["missing"]["goal"] == 1
    )  # one says nothing; [] says that there are none; a tombstone has nothing to say
    assert answer["missing"]["country"] == 0
    assert answer["missing"]["year"] == 3
    assert world.find(goal="6")["missing"]["goal"] == 1  # as a facet's counts: its own filter is left out
    assert world.find(country="JOR")["missing"]["goal"] == 0


def test_silence_is_counted_where_frequent_values_crowd_it_out(either_world: World) -> None:
    world = either_world
    world.add(
        *[
            partnership(
                partners=[partner(id=identifier(10_000 + number)), partner(id=identifier(10_000 + number // 2))]
            )
            for number in range(80)
        ],
        partnership(),
    )
    answer = world.find(facet="organization")
    assert len(answer["facets"]["organization"]) == 30
    assert answer["missing"] == {"organization": 1}


def test_derived_goals_are_found_when_asked_for_and_never_counted(either_world: World) -> None:
    world = either_world
    record = partnership(goals=[goal("2", "mdg"), goal("4", derived_from="mdg:2")])
    world.add(record)
    assert world.ids(goal="4") == []
    assert world.ids(goal="4", derived="true") == [record["id"]]
    assert world.ids(goal="mdg:2") == [record["id"]]
    answer = world.find(derived="true")
    assert counts(answer, "goal") == {"mdg:2": 1}
    assert answer["missing"]["goal"] == 0


def test_a_repeated_parameter_means_or_and_different_ones_and(either_world: World) -> None:
    world = either_world
    one, two, three = (
        partnership(goals=[goal(code)], geography={"countries": [country]})
        for code, country in (("6", "KHM"), ("6", "JOR"), ("4", "KHM"))
    )
    world.add(one, two, three)
    assert world.ids(goal=["6", "4"]) == sorted([one["id"], two["id"], three["id"]])
    assert world.ids(goal="6", country="KHM") == [one["id"]]
    answer = world.find(goal="6", country="KHM")
    assert counts(answer, "goal") == {"6": 1, "4": 1}
    assert counts(answer, "country") == {"KHM": 1, "JOR": 1}
    assert counts(answer, "kind") == {"partnership": 1}


def test_what_goes_on_counts_for_every_year_until_this_one(either_world: World) -> None:
    world = either_world
    open_ended = partnership(start="2024-03", ongoing=True)
    ended = partnership(start="2023", end="2024")
    over = partnership(start="2022-05", phase="completed")
    world.add(open_ended, ended, over)
    clock.use("2026-05-01T00:00:00Z")
    assert world.ids(year="2024") == sorted([open_ended["id"], ended["id"]])
    assert world.ids(year="2026") == [open_ended["id"]]
    assert world.ids(year="2027") == []
    assert counts(world.find(), "year") == {"2022": 1, "2023": 1, "2024": 2, "2025": 1, "2026": 1}
    clock.use("2027-05-01T00:00:00Z")
    assert world.ids(year="2027") == [open_ended["id"]]


def test_overdue_depends_on_the_day_it_is_asked(either_world: World) -> None:
    world = either_world
    due = {"id": identifier(), "level": "output", "title": {"en": "Wells"}, "due": "2026-03"}
    indicator = {"id": identifier(), "title": "Wells", "targets": [{"id": identifier(), "value": "10"}]}
    kept = {**due, "id": identifier(), "indicators": [{**indicator, "actuals": [{"id": identifier(), "value": "12"}]}]}
    short = {**due, "id": identifier(), "indicators": [{**indicator, "actuals": [{"id": identifier(), "value": "9"}]}]}
    late, met, missed, report = (
        partnership(deliverables=[due]),
        partnership(deliverables=[kept]),
        partnership(deliverables=[short]),
        partnership(reports=[{"id": identifier(), "due": "2026-03-31"}]),
    )
    over = [partnership(deliverables=[due], phase=phase) for phase in ("completed", "ended_early")]
    world.add(late, met, missed, report, *over)
    clock.use("2026-03-31T12:00:00Z")
    assert world.ids(overdue="true") == []
    clock.use("2026-04-01T00:00:00Z")
    assert world.ids(overdue="true") == sorted([late["id"], missed["id"], report["id"]])
    assert world.ids(overdue="false") == sorted([met["id"], *(record["id"] for record in over)])


@pytest.mark.parametrize("sort", ["updated", "title", "start", "relevance"])
def test_pages_are_stable(either_world: World, sort: str) -> None:
    world = either_world
    world.add(
        *[
            partnership(
                title={"en": f"Water {'same' if number % 3 else number}"},
                updated_at=f"2026-01-0{number % 4 + 1}T00:00:00Z",
                start=f"20{10 + number % 5}",
            )
            for number in range(17)
        ]
    )
    seen: list[str] = []
    cursor = None
    while True:
        page = world.find(q="water", sort=sort, limit=4, **({"cursor": cursor} if cursor else {}))
        assert page["total"] >= 17
        seen += [item["id"] for item in page["items"]]
        cursor = page.get("next")
        if cursor is None:
            break
        if sort != "relevance":
            world.add(partnership(title={"en": "Fire"}))
    assert len(seen) == len(set(seen)) == 17


@pytest.mark.parametrize("sort", ["updated", "title", "start", "relevance"])
def test_a_last_page_that_is_full_leads_nowhere(world: World, sort: str) -> None:
    world.add(*[partnership(title={"en": f"Water {number}"}) for number in range(4)])
    pages = [world.find(q="water", sort=sort, limit=2)]
    while "next" in pages[-1]:
        pages.append(world.find(q="water", sort=sort, limit=2, cursor=pages[-1]["next"]))
    assert [len(page["items"]) for page in pages] == [2, 2]


def test_sorts(either_world: World) -> None:
    world = either_world
    first = partnership(title={"en": "Älpha"}, updated_at="2026-01-01T00:00:00Z", start="2020")
    second = partnership(title={"en": "beta"}, updated_at="2026-01-03T00:00:00Z", start="2022-05")
    third = partnership(title={"en": "Gamma"}, updated_at="2026-01-02T00:00:00Z")
    world.add(third, first, second)

    def titles(sort: str) -> list[str]:
        return [item["title"]["en"] for item in world.find(sort=sort)["items"]]

    assert titles("title") == ["Älpha", "beta", "Gamma"]
    assert titles("updated") == ["beta", "Gamma", "Älpha"]
    assert titles("start") == ["beta", "Älpha", "Gamma"]
    assert titles("relevance") == titles("updated")


def test_typing_errors_are_forgiven_and_said(either_world: World) -> None:
    world = either_world
    record = partnership(title={"en": "Sanitation for schools"})
    world.add(record, partnership(title={"en": "Migration"}))
    answer = world.find(q="sanitaton schols")
    assert [item["id"] for item in answer["items"]] == [record["id"]]
    assert answer["matched"] == "near"
    assert "<mark>Sanitation</mark>" in answer["items"][0]["highlight"][0]["text"]
    assert world.find(q="sanitation of rockets")["matched"] == "some"
    assert world.find(q="sanitation", country="KHM")["total"] == 0  # a filter that leaves nothing is no typing error
    assert world.find(q="zzzz")["total"] == 0


@pytest.mark.parametrize(
    ("q", "language", "title", "marked"),
    [
        ("المدرسة", "ar", "المَدْرَسَةُ وَالمُعَلِّمُونَ", "المَدْرَسَةُ"),
        ('"strasse"', "en", "Straße naïve Ångström", "Straße"),
        ("finance", "en", "ﬁnance and eﬃcient oﬃces", "ﬁnance"),
        ("offices", "en", "ﬁnance and eﬃcient oﬃces", "oﬃces"),
        ("ecole", "fr", "Une e\u0301cole", "e\u0301cole"),
        ("oeuvre", "fr", "Mise en œuvre", "œuvre"),
        ("교육", "ko", "지속가능한 발전을 위한 교육", "교육"),
    ],
)
def test_words_that_folding_makes_longer_or_shorter_are_marked(
    world: World, q: str, language: str, title: str, marked: str
) -> None:
    world.add(partnership(title={language: title}))
    [item] = world.find(q=q)["items"]
    assert f"<mark>{marked}</mark>" in item["highlight"][0]["text"]


def test_questions_in_plain_words(either_world: World) -> None:
    world = either_world
    record = partnership(title={"en": "Water for the district"}, geography={"countries": ["KHM"]})
    world.add(record, partnership(title={"en": "My roads"}))
    assert world.ids(q="is there water in my district?") == [record["id"]]
    assert world.ids(q="water Cambodge") == [record["id"]]
    assert world.ids(q="កម្ពុជា") == [record["id"]]


def test_old_names_partners_and_references_are_found(either_world: World) -> None:
    world = either_world
    record = partnership(
        reference="CVN-2026-000042",
        former_titles=[{"en": "Clean rivers"}],
        acronym="WFA",
        partners=[partner(name="Tonle Sap Alliance")],
    )
    world.add(record, partnership(reference="CVN-2026-000043"))
    for asked in ("clean rivers", "WFA", "tonle sap", "CVN-2026-000042", '"tonle sap alliance"'):
        assert world.ids(q=asked) == [record["id"]], asked


def test_affiliates(either_world: World) -> None:
    world = either_world
    parent, daughter = organization("Parent Holding"), organization("Daughter")
    foundation = organization("Foundation")
    daughter["parent_id"] = parent["id"]
    foundation["controlled_by"] = daughter["id"]
    records = [
        partnership(partners=[partner("private_sector", "funder", id=each["id"])])
        for each in (parent, daughter, foundation)
    ]
    world.add(parent, daughter, foundation, *records)
    assert world.ids(organization=parent["id"]) == [records[0]["id"]]
    assert world.ids(organization=parent["id"], affiliates="true") == sorted(record["id"] for record in records)
    assert {value["label"] for value in world.find()["facets"]["organization"]} == {
        "Parent Holding",
        "Daughter",
        "Foundation",
    }


def test_a_merged_organization_is_found_by_either_identifier(either_world: World) -> None:
    world = either_world
    survivor = organization("Lake Alliance")
    second = organization("Alliance of the Lake", standing="merged", merged_into=survivor["id"])
    first = organization("Lake Group", standing="merged", merged_into=second["id"])
    daughter = organization("Daughter", parent_id=survivor["id"])
    record = partnership(partners=[partner(id=survivor["id"])], goals=[goal("6")])
    not_yet = partnership(partners=[partner(id=first["id"])])
    below = partnership(partners=[partner(id=daughter["id"])])
    world.add(survivor, second, first, daughter, record, not_yet, below, partnership(partners=[partner()]))
    assert world.ids(organization=survivor["id"]) == world.ids(organization=second["id"]) == [record["id"]]
    assert world.ids(organization=first["id"]) == sorted([record["id"], not_yet["id"]])
    assert world.ids(organization=second["id"], affiliates="true") == sorted([record["id"], below["id"]])
    assert world.get("/aggregates", organization=second["id"], by="goal")["items"] == [{"goal": "6", "count": 1}]


def test_tombstones_are_found_as_such(either_world: World) -> None:
    world = either_world
    record = partnership(title={"en": "Gone water"}, goals=[goal("6")])
    world.add(record)
    reason = {"reason": {"en": "Ended by its partners"}, "at": "2026-02-01T00:00:00Z"}
    gone = {name: record[name] for name in ("id", "kind", "phase", "title", "created_at", "updated_at")}
    world.publish(
        "org.convene.registry.partnership.withdrawn.v1",
        {**gone, "version": 2, "revision": 2, "standing": "withdrawn", "standing_reason": reason},
    )
    world.deliver()
    [item] = world.find(q="gone", standing="withdrawn")["items"]
    assert item["standing_reason"] == reason
    assert world.ids(goal="6") == []


def test_a_tombstone_event_deletes_and_stays_deleted(either_world: World) -> None:
    world = either_world
    record = partnership(title={"en": "Water"})
    world.add(record)
    world.publish("org.convene.registry.partnership.redacted.v1", None, key=record["id"], order=(3, 3))
    world.deliver()
    assert world.ids() == []
    world.publish("org.convene.registry.partnership.revised.v1", {**record, "version": 2, "revision": 2})
    world.deliver()
    assert world.ids() == []


def test_versions_that_come_twice_or_late_change_nothing(either_world: World) -> None:
    world = either_world
    record = partnership(title={"en": "First"})
    later = {**record, "version": 2, "revision": 3, "title": {"en": "Second"}}
    world.add(later)
    world.add(record)
    world.add(later)
    assert world.ids(q="second") == [record["id"]]
    assert world.ids(q="first") == []
    assert world.index.held("partnerships", [record["id"]])[record["id"]].generation == 1


def test_labels_in_a_language(world: World) -> None:
    world.add(partnership(goals=[goal("6")], geography={"countries": ["KHM"]}))
    answer = world.find(lang="fr")
    [country] = answer["facets"]["country"]
    assert country["label"] == "Cambodge"


def test_what_a_record_has_and_whether_it_is_confirmed_are_said_in_seven_languages(
    world: World, full_record: dict[str, Any]
) -> None:
    world.add(full_record)
    labels: dict[str, list[str]] = {"has": [], "confirmed": []}
    for language in LANGUAGES:
        answer = world.find(lang=language, facet=list(labels))
        for name, found in labels.items():
            found += [value["label"] for value in answer["facets"][name] if value["value"] in ("needs", "true")]
    assert [len(set(found)) for found in labels.values()] == [7, 7]
    assert labels["has"][0] == "Needs"
    assert world.find(lang="pt", facet="confirmed")["facets"]["confirmed"][0]["label"] == "Confirmed"


def test_every_code_of_search_has_words() -> None:
    assert facets.words()["has"].keys() == set(HAS)
    for codes in facets.words().values():
        assert all(tuple(labels) == LANGUAGES and all(labels.values()) for labels in codes.values())


def test_items_carry_only_what_is_public_and_bytes_stay_small(world: World, full_record: dict[str, Any]) -> None:
    many = {**full_record, "partners": full_record["partners"] * 1}
    world.add(many)
    [item] = world.find(q="water")["items"]
    assert len(item["partners"]) <= 12
    assert len(orjson.dumps(item)) < 6_000


def test_today_is_asked_for_at_every_search(world: World) -> None:
    world.add(partnership(start="2020", ongoing=True))
    clock.use("2031-01-01T00:00:00Z")
    assert clock.today() == date(2031, 1, 1)
    assert world.find(year="2031")["total"] == 1
