"""What an outside script finds that knows only what is promised: every row of the search interface, and the register's deadlines.

Each test marks its records with a word of its own, so that it sees its own records among those of others.
"""

from __future__ import annotations

import uuid
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.system.conftest import Register
from tests.system.outside import Answer
from tests.system.running import wait

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("outside")]

NOWHERE = "01900000-0000-7000-8000-000000000000"
ATOM = "{http://www.w3.org/2005/Atom}"
ITEM = {"id", "reference", "title", "summary", "kind", "standing", "phase", "goals", "countries", "partners"} | {
    "constituencies",
    "highlight",
    "score",
}


def word() -> str:
    """A word that no other record has."""
    return "q" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex[:12])


def titles(answer: Answer | dict[str, Any]) -> list[str]:
    """The English titles of what was found."""
    return [each["title"]["en"] for each in answer["items"]]


@pytest.fixture(scope="session")
def world(register: Register) -> dict[str, Any]:
    """Records under one word: of several goals, countries, kinds, standings, phases."""
    mark = word()
    made: dict[str, Any] = {"mark": mark}
    deliverable = {"level": "output", "title": {"en": "Wells"}}
    overdue = deliverable | {"due": "2020-01", "indicators": [{"title": "Wells", "targets": [{"value": "4"}]}]}
    process = {"kind": "vnr", "name": f"Review {mark}", "year": 2023, "relation": "cited"}
    variants: dict[str, dict[str, Any]] = {
        "plain": {},
        "rich": {
            "kind": "partnership",
            "goals": [
                {"scheme": "sdg", "code": "13", "weight": "primary"},
                {"scheme": "sdg-target", "code": "13.1", "weight": "secondary"},
            ],
            "geography": {
                "scope": "subnational",
                "countries": ["LAO"],
                "places": [{"country": "LAO", "name": "Champasak", "level": "province"}],
            },
            "languages": ["lo", "fr"],
            "start": "2015",
            "end": "2018",
            "beneficiaries": [{"group": "Fishers", "reached": 40}],
            "deliverables": [overdue],
            "processes": [process],
            "needs": [{"description": {"en": "Boats."}}],
        },
        "old": {"goals": [{"scheme": "mdg", "code": "2", "weight": "primary"}], "kind": "programme"},
        "regional": {"geography": {"scope": "regional", "regions": ["035"]}, "kind": "platform", "goals": []},
    }
    for name, more in variants.items():
        if name == "regional":
            more = more | {"goals": [{"scheme": "sdg", "code": "17", "weight": "primary"}]}
        made[name] = register.listed(f"{mark} {name}", **more)
    made["confirmed"] = register.answer(register.listed(f"{mark} confirmed", kind="commitment"), "confirm")
    for name in (*variants, "confirmed"):
        register.anyone.found(made[name], q=mark)
    return made


def found(register: Register, world: dict[str, Any], **params: Any) -> set[str]:
    """Which of the world's records a search finds."""
    answer = register.anyone.get("search/partnerships", q=world["mark"], limit=200, **params)
    assert answer["total"] == len(answer["items"])
    return {title.partition(" ")[2] for title in titles(answer)}


ALL = {"plain", "rich", "old", "regional", "confirmed"}


def test_an_answer_has_its_parts(register: Register, world: dict[str, Any]) -> None:
    answer = register.anyone.get("search/partnerships", q=world["mark"])
    assert answer["total"] == 5
    assert set(answer["freshness"]) == {"as_of", "behind"}
    for item in answer["items"]:
        assert set(item) >= ITEM, ITEM - set(item)
    item = next(each for each in answer["items"] if each["id"] == world["plain"]["id"])
    for name in ("id", "reference", "title", "summary", "kind", "standing", "phase"):
        assert item[name] == world["plain"][name]
    assert item["countries"] == ["KHM"]
    assert set(item["constituencies"]) == {"civil_society", "academia"}
    assert item["score"] > 0
    assert world["mark"] in str(item["highlight"])
    for facet, values in answer["facets"].items():
        for value in values:
            assert set(value) == {"value", "label", "count"}, facet
            assert value["count"] > 0
    assert set(answer["facets"]) >= {"goal", "country", "region", "constituency", "kind", "standing", "phase", "role"}


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"goal": "6"}, {"plain", "confirmed"}),
        ({"goal": ["6", "13"]}, {"plain", "confirmed", "rich"}),
        ({"goal": "6", "kind": "commitment"}, {"confirmed"}),
        ({"goal": "mdg:2"}, {"old"}),
        ({"goal": "4"}, set()),
        ({"goal": "4", "derived": "true"}, {"old"}),
        ({"target": "13.1"}, {"rich"}),
        ({"country": "LAO"}, {"rich"}),
        ({"country": "la"}, {"rich"}),
        ({"region": "035"}, ALL),
        ({"region": "142"}, ALL),
        ({"region": "002"}, set()),
        ({"place": "Champasak"}, {"rich"}),
        ({"constituency": "academia"}, ALL),
        ({"constituency": "media"}, set()),
        ({"role": "knowledge"}, ALL),
        ({"role": "host"}, set()),
        ({"confirmed": "true"}, {"confirmed"}),
        ({"kind": "platform"}, {"regional"}),
        ({"standing": "listed"}, ALL),
        ({"standing": "registered"}, set()),
        ({"phase": "forming"}, {"rich"}),
        ({"process": "vnr"}, {"rich"}),
        ({"overdue": "true"}, {"rich"}),
        ({"beneficiary": "Fishers"}, {"rich"}),
        ({"lesson": "inclusive:3"}, set()),
        ({"language": "lo"}, {"rich"}),
        ({"year": "2016"}, {"rich"}),
        ({"year": "2025"}, ALL - {"rich"}),
        ({"has": "needs"}, {"rich"}),
        ({"has": "evaluation"}, set()),
        ({"has": "results"}, set()),
    ],
)
def test_every_filter(register: Register, world: dict[str, Any], params: dict[str, Any], wanted: set[str]) -> None:
    assert found(register, world, **params) == wanted


def test_the_filter_by_organization(register: Register, world: dict[str, Any]) -> None:
    assert found(register, world, organization=register.organizations["partner"]) == ALL
    assert found(register, world, organization=NOWHERE) == set()


def test_a_facet_leaves_its_own_filter_out(register: Register, world: dict[str, Any]) -> None:
    answer = register.anyone.get("search/partnerships", q=world["mark"], goal="13", kind="partnership")
    goals = {each["value"]: each["count"] for each in answer["facets"]["goal"]}
    kinds = {each["value"]: each["count"] for each in answer["facets"]["kind"]}
    assert goals["13"] == 1
    assert goals["6"] >= 1, "the goals one could choose instead, of this kind"
    assert kinds == {"partnership": 1}
    assert "4" not in goals, "a derived goal is never counted as stated"


def test_facet_values_are_filter_values(register: Register, world: dict[str, Any]) -> None:
    answer = register.anyone.get("search/partnerships", q=world["mark"])
    for facet, values in answer["facets"].items():
        for value in values:
            filtered = register.anyone.get("search/partnerships", q=world["mark"], **{facet: value["value"]})
            assert filtered["total"] == value["count"], (facet, value)


def test_missing_counts_those_that_do_not_state_a_field(register: Register, world: dict[str, Any]) -> None:
    missing = register.anyone.get("search/partnerships", q=world["mark"])["missing"]
    assert missing["language"] == 4
    assert missing["goal"] == 0
    assert missing["country"] == 1, "the regional one names no country"
    assert missing["beneficiary"] == 4


def test_labels_are_in_the_language_asked_for(register: Register, world: dict[str, Any]) -> None:
    labels = {}
    for language in ("en", "fr", "es", "ru", "ar", "zh", "km"):
        facets = register.anyone.get("search/partnerships", q=world["mark"], lang=language)["facets"]
        labels[language] = next(each["label"] for each in facets["goal"] if each["value"] == "6")
    assert len(set(labels.values())) == 7, labels
    assert "water" in labels["en"].lower()


@pytest.mark.parametrize("sort", ["relevance", "updated", "title", "start"])
def test_sorts_and_cursors(register: Register, world: dict[str, Any], sort: str) -> None:
    items = register.anyone.every("search/partnerships", q=world["mark"], sort=sort, limit=2)
    assert len(items) == 5
    assert {each["id"] for each in items} == {world[name]["id"] for name in ALL}
    names = [each["title"]["en"] for each in items]
    if sort == "title":
        assert names == sorted(names)
    if sort == "updated":
        assert names[0].endswith("confirmed"), "the last change first"


def test_a_cursor_is_stable_while_records_come(register: Register) -> None:
    mark = word()
    for number in (1, 3, 5):
        register.anyone.found(register.listed(f"{mark} {number}"), q=mark)
    first = register.anyone.get("search/partnerships", q=mark, sort="title", limit=2)
    register.anyone.found(register.listed(f"{mark} 0"), q=mark)
    second = register.anyone.get("search/partnerships", q=mark, sort="title", limit=2, cursor=first["next"])
    assert titles(first) + titles(second) == [f"{mark} {number}" for number in (1, 3, 5)]


def test_words_phrases_and_exclusions(register: Register) -> None:
    mark = word()
    texts = {"one": "Clean wells repaired", "two": "Repaired clean pumps", "three": "Écoles propres"}
    for name, text in texts.items():
        record = register.listed(f"{mark} {name}", summary={"fr" if name == "three" else "en": text})
        register.anyone.found(record, q=mark)
    ask = lambda q: {title.split()[1] for title in titles(register.anyone.get("search/partnerships", q=q))}  # noqa: E731
    assert ask(f'{mark} "clean wells"') == {"one"}
    assert ask(f"{mark} repaired -pumps") == {"one"}
    assert ask(f"{mark} repairing") == {"one", "two"}, "words are stemmed"
    assert ask(f"{mark} ECOLE") == {"three"}, "accents and case are folded"
    assert "one" in ask(f"{mark} wels"), "a typing error is forgiven"


def test_wait_for_waits_until_a_version_is_searchable(register: Register) -> None:
    mark = word()
    record = register.listed(f"{mark} first")
    assert titles(register.anyone.found(record, q=mark)) == [f"{mark} first"]
    changed = register.lead.patch(
        f"registry/partnerships/{record['id']}", {"title": {"en": f"{mark} second"}}, at=record
    )
    assert titles(register.anyone.found(changed, q=mark)) == [f"{mark} second"]
    stale = register.anyone.get("search/partnerships", q=mark, wait_for=f"{record['id']}@999")
    assert stale["stale"] is True
    assert titles(stale) == [f"{mark} second"]


def test_moves_are_seen_in_search(register: Register) -> None:
    mark = word()
    record = register.registered(title=f"{mark} moves")
    (item,) = register.anyone.found(record, q=mark, standing="registered")["items"]
    assert item["standing"] == "registered"
    record = register.move(register.registrar, record, "suspended", reason={"en": "Accounts are missing."})
    (item,) = register.anyone.found(record, q=mark)["items"]
    assert item["standing"] == "suspended"
    record = register.move(register.lead, record, "withdrawn", reason={"en": "Over."})
    (item,) = register.anyone.found(record, q=mark)["items"]
    assert item["standing"] == "withdrawn"


def test_drafts_are_not_searchable(register: Register) -> None:
    mark = word()
    draft = register.draft(f"{mark} draft")
    register.anyone.found(register.listed(f"{mark} listed"), q=mark)
    assert titles(register.anyone.get("search/partnerships", q=mark)) == [f"{mark} listed"]
    assert draft["id"] not in register.anyone.get("search/suggestions", q=mark).text


def test_organizations_are_searched(register: Register) -> None:
    mark = word()
    made = register.organization(mark, constituency="farmers", country="JOR")
    ask = lambda **more: register.anyone.get("search/organizations", q=mark, **more)  # noqa: E731
    wait(lambda: ask()["total"] == 1, 30, "the organization searchable")
    (item,) = ask(constituency="farmers", country="JO")["items"]
    assert item["id"] == made["id"]
    assert item["name"] == made["name"]
    assert ask(constituency="media")["total"] == 0


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [("clean wat", "goal", "6"), ("eau prop", "goal", "6"), ("Camb", "country", "KHM"), ("水", "goal", "6")],
)
def test_goals_and_places_are_suggested_in_any_language(register: Register, typed: str, kind: str, value: str) -> None:
    items = register.anyone.get("search/suggestions", q=typed)["items"]
    assert (kind, value) in {(each["type"], each["value"]) for each in items}, items


def test_titles_and_organizations_are_suggested(register: Register) -> None:
    mark = word()
    organization = register.organization(mark)
    record = register.listed(f"{mark} wells")
    register.anyone.found(record, q=mark)
    wait(lambda: register.anyone.get("search/organizations", q=mark)["total"], 30, "the organization searchable")
    values = {(each["type"], each["value"]) for each in register.anyone.get("search/suggestions", q=mark[:10])["items"]}
    assert values >= {("organization", organization["id"]), ("partnership", record["id"])}


def test_similar_partnerships(register: Register, world: dict[str, Any]) -> None:
    items = register.anyone.get(f"search/partnerships/{world['plain']['id']}/similar")["items"]
    assert items
    assert world["plain"]["id"] not in {each["id"] for each in items}
    register.anyone.get(f"search/partnerships/{NOWHERE}/similar", expect=404)


def test_aggregates(register: Register, world: dict[str, Any]) -> None:
    items = register.anyone.get("search/aggregates", q=world["mark"])["items"]
    cells = {(each["goal"], each["country"], each["constituency"]): each["count"] for each in items}
    assert cells["6", "KHM", "academia"] == 2
    assert cells["13", "LAO", "civil_society"] == 1


def test_the_feed(register: Register, world: dict[str, Any]) -> None:
    response = register.anyone.http.get("search/feeds/partnerships.atom", params={"q": world["mark"], "goal": "13"})
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    assert feed.find(f"{ATOM}updated") is not None
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == world["rich"]["title"]["en"]
    assert world["rich"]["id"] in (entry.findtext(f"{ATOM}id") or "")


def test_status_compares_index_and_register(register: Register, world: dict[str, Any]) -> None:
    counts = register.anyone.get("search/status")["records"]["partnerships"]
    assert counts["index"] > 4
    assert register.system.json("search", "status")["records"]["partnerships"]["index"] > 4


@pytest.mark.parametrize(
    "params",
    [
        {"goal": "18"},
        {"goal": "x" * 5000},
        {"target": "6.99"},
        {"country": "XXX"},
        {"region": "Asia"},
        {"constituency": "x"},
        {"organization": "me"},
        {"kind": "x"},
        {"standing": "x"},
        {"phase": "x"},
        {"overdue": "maybe"},
        {"confirmed": "perhaps"},
        {"lesson": "inclusive:9"},
        {"language": "klingon language"},
        {"year": "0"},
        {"year": "two"},
        {"has": "x"},
        {"lang": "!!"},
        {"sort": "x"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"cursor": "x"},
        {"wait_for": "x"},
        {"wait_for": f"{NOWHERE}@-1"},
        {"surprise": "1"},
        {"q": "x" * 50_000},
    ],
    ids=lambda params: "-".join(f"{name}-{value[:12]}" for name, value in params.items()),
)
def test_what_cannot_be_meant_is_422(register: Register, params: dict[str, str]) -> None:
    if "q" in params:
        register.anyone.get("search/partnerships", expect=(414, 422, 400, 431), **params)
    else:
        refused = register.anyone.get("search/partnerships", expect=422, **params)
        assert (
            refused["errors"][0]["pointer"].endswith(f"/{next(iter(params))}") or "/" in refused["errors"][0]["pointer"]
        )


@pytest.mark.parametrize(
    "q", ['"', '""', "-", "- -", '-"', "AND OR NOT", "a*b?c~d^2", "(((", "\\", "field:x", "💧", "ا", "[1 TO 2]", "/x/"]
)
def test_strange_words_are_searched_for_without_harm(register: Register, q: str) -> None:
    register.anyone.get("search/partnerships", q=q)
    register.anyone.get("search/organizations", q=q)
    register.anyone.get("search/suggestions", q=q)
    register.anyone.get("search/aggregates", q=q)


def test_the_index_is_rebuilt_while_it_is_read(register: Register, world: dict[str, Any]) -> None:
    register.system.command("search", "rebuild")
    assert found(register, world) == ALL
    register.system.command("search", "rebuild", "--from-topics")
    assert found(register, world) == ALL
