"""Organizations, suggestions, what is similar, aggregates, the feed and the status: on both engines."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import load
from schemas.search import AggregateAnswer, OrganizationAnswer, SimilarAnswer, StatusAnswer, SuggestionAnswer
from services.search.index.ports import TooManyCells
from services.search.suggestions import begins_nearly
from tests.search.conftest import World, identifier, organization, partner, partnership

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def goal(code: str, scheme: str = "sdg") -> dict[str, Any]:
    return {"id": identifier(), "scheme": scheme, "code": code}


def test_organizations(either_world: World) -> None:
    world = either_world
    water = organization(
        "Mekong Water Users' Federation", country="KHM", identifiers=[{"scheme": "XM-DAC", "value": "47066"}]
    )
    old = organization("Lake Alliance", constituency="women", former_names=[{"fr": "Alliance du lac"}])
    gone = organization("Mekong Water Twin", standing="merged", merged_into=water["id"])
    world.add(water, old, gone)

    def names(**asked: Any) -> list[str]:
        answer = world.get("/organizations", **asked)
        load(OrganizationAnswer, answer)
        assert answer["total"] == len(answer["items"])
        return [item["name"]["en"] for item in answer["items"]]

    assert names() == ["Lake Alliance", "Mekong Water Users' Federation"]
    assert names(q="water federation") == ["Mekong Water Users' Federation"]
    assert names(q="alliance du lac") == ["Lake Alliance"]
    assert names(q="47066") == ["Mekong Water Users' Federation"]
    assert names(constituency="women") == ["Lake Alliance"]
    assert names(country="kh") == ["Mekong Water Users' Federation"]
    assert names(standing="merged") == ["Mekong Water Twin"]
    assert names(q="Mekonk") == ["Mekong Water Users' Federation"]
    page = world.get("/organizations", limit=1)
    assert page["total"] == 2
    assert [item["name"]["en"] for item in world.get("/organizations", limit=1, cursor=page["next"])["items"]] == [
        "Mekong Water Users' Federation"
    ]


def test_suggestions(either_world: World) -> None:
    world = either_world
    place = {"id": identifier(), "country": "KHM", "name": {"en": "Kampong Luong"}}
    record = partnership(
        title={"en": "Safe water for villages", "fr": "Eau potable"},
        geography={"countries": ["KHM"], "places": [place]},
    )
    body = organization("Sanitation Council")
    world.add(record, body)

    def suggested(q: str, lang: str = "en") -> dict[tuple[str, str], str]:
        answer = world.get("/suggestions", q=q, lang=lang)
        load(SuggestionAnswer, answer)
        return {(item["type"], item["value"]): item["label"] for item in answer["items"]}

    assert suggested("safe wat")[("partnership", record["id"])] == "Safe water for villages"
    assert suggested("eau pot", "fr")[("partnership", record["id"])] == "Eau potable"
    assert suggested("sanit")[("organization", body["id"])] == "Sanitation Council"
    assert ("goal", "6") in suggested("sanit")
    assert suggested("éducation") == suggested("education")
    assert ("goal", "4") in suggested("educ")
    assert ("goal", "4") in suggested("образован")
    assert ("goal", "6") in suggested("清洁饮水")
    assert suggested("Cambod")[("country", "KHM")] == "Cambodia"
    assert suggested("កម្ពុ", "fr")[("country", "KHM")] == "Cambodge"
    assert suggested("kampong")[("place", "KHM:kampong luong")] == "Kampong Luong"
    assert suggested("zzzz") == suggested("") == {}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("6", "6"),
        ("goal 6", "6"),
        ("Goal 06", "6"),
        ("sdg 13", "13"),
        ("SDG13", "13"),
        ("ODD 6", "6"),
        ("objectif 6", "6"),
        ("ODS 6", "6"),
        ("ЦУР 6", "6"),
        ("الهدف ٦", "6"),
        ("可持续发展目标6", "6"),
        ("គោលដៅ ៦", "6"),
        ("mdg 7", "mdg:7"),
        ("OMD 7", "mdg:7"),
    ],
)
def test_a_goal_is_suggested_by_its_number(world: World, typed: str, value: str) -> None:
    first, *_ = world.get("/suggestions", q=typed)["items"]
    assert (first["type"], first["value"]) == ("goal", value)


def test_what_is_no_number_of_a_goal_suggests_none_by_it(world: World) -> None:
    for typed in ("goal 99", "sdg 6.1", "1.7", "mdg 9", "water 6"):
        items = world.get("/suggestions", q=typed)["items"]
        assert [item for item in items if item["type"] == "goal"] == [], typed


def test_suggestions_fold_the_article(either_world: World) -> None:
    world = either_world
    record = partnership(title={"ar": "المدرسة والمعلمون"})
    world.add(record, partnership(title={"ar": "طريق"}))

    def suggested(q: str) -> set[tuple[str, str]]:
        return {(item["type"], item["value"]) for item in world.get("/suggestions", q=q)["items"]}

    assert ("goal", "6") in suggested("مياه") & suggested("المياه") & suggested("ميا") & suggested("بالمياه")
    for typed in ("مدرسة", "المدرسة", "مدرس", "معلمون مدرسة"):
        assert {each for each in suggested(typed) if each[0] == "partnership"} == {("partnership", record["id"])}


def test_suggestions_forgive_a_typing_error(either_world: World) -> None:
    world = either_world
    place = {"id": identifier(), "country": "KHM", "name": "Kampot"}
    record = partnership(title={"en": "Sanitation for schools"}, geography={"places": [place]})
    body = organization("Tonle Federation")
    world.add(record, body)

    def suggested(q: str) -> dict[tuple[str, str], str]:
        return {(item["type"], item["value"]): item["label"] for item in world.get("/suggestions", q=q)["items"]}

    for typed in ("watr", "wter", "wtaer", "watter", "xater"):
        assert ("goal", "6") in suggested(typed), typed
    assert ("goal", "4") in suggested("eduction")
    assert ("country", "KHM") in suggested("Camobdi")
    assert ("partnership", record["id"]) in suggested("sanitetion for")
    assert ("organization", body["id"]) in suggested("tonle federaton")
    assert suggested("kampto")[("place", "KHM:kampot")] == "Kampot"
    assert suggested("wzxr") == suggested("zzzz") == suggested("wtr") == {}


@given(word=st.text("abc", min_size=5, max_size=9), place=st.integers(0, 8), letter=st.sampled_from("abcd"))
def test_one_letter_may_be_wrong_anywhere(word: str, place: int, letter: str) -> None:
    place %= len(word)
    before, at, after = word[:place], word[place], word[place + 1 :]
    swapped = before + after[:1] + at + after[1:]
    for typed in (before + letter + after, before + after, before + letter + at + after, swapped):
        assert begins_nearly(word + "ing", typed), typed


def test_two_letters_may_not_be_wrong() -> None:
    assert not begins_nearly("sanitation", "sxnitxtion")
    assert not begins_nearly("sanitation", "saniitattion")
    assert not begins_nearly("water", "watering")


def test_places_are_suggested_by_every_name_and_as_they_are_written(either_world: World) -> None:
    world = either_world
    places = [
        {"id": identifier(), "country": "JOR", "name": {"en": "Amman", "ar": "عمّان"}},
        {"id": identifier(), "name": "Amman Hills"},
    ]
    world.add(partnership(geography={"places": places}))

    def suggested(q: str) -> list[dict[str, Any]]:
        return [item for item in world.get("/suggestions", q=q)["items"] if item["type"] == "place"]

    assert suggested("amm") == [
        {"type": "place", "value": ":amman hills", "label": "Amman Hills"},
        {"type": "place", "value": "JOR:amman", "label": "Amman", "country": "JOR"},
    ]
    assert suggested("عما") == [
        {"type": "place", "value": "JOR:amman", "label": "Amman", "matched": "عمّان", "country": "JOR"}
    ]


def test_similar(either_world: World) -> None:
    world = either_world
    wells = partnership(
        title={"en": "Wells for villages"}, goals=[goal("6.1", "sdg-target")], geography={"countries": ["KHM"]}
    )
    pumps = partnership(
        title={"en": "Pumps for village wells"}, goals=[goal("6.1", "sdg-target")], geography={"countries": ["KHM"]}
    )
    roads = partnership(title={"en": "Roads"}, geography={"countries": ["KHM"]})
    other = partnership(title={"en": "Loans"}, goals=[goal("8")])
    world.add(wells, pumps, roads, other)
    answer = world.get(f"/partnerships/{wells['id']}/similar")
    load(SimilarAnswer, answer)
    assert [item["id"] for item in answer["items"]] == [pumps["id"], roads["id"]]
    world.get(f"/partnerships/{identifier(999_999)}/similar", status=404)
    world.get("/partnerships/not-an-id/similar", status=404)


def test_aggregates(either_world: World) -> None:
    world = either_world
    world.add(
        partnership(goals=[goal("6")], geography={"countries": ["KHM", "LAO"]}, partners=[partner("women")]),
        partnership(goals=[goal("6")], geography={"countries": ["KHM"]}, partners=[partner("women"), partner("media")]),
        partnership(geography={"countries": ["JOR"]}, partners=[partner("media")]),
    )
    answer = world.get("/aggregates")
    load(AggregateAnswer, answer)
    cells = {(cell["goal"], cell["country"], cell["constituency"]): cell["count"] for cell in answer["items"]}
    assert cells == {
        ("6", "KHM", "women"): 2,
        ("6", "KHM", "media"): 1,
        ("6", "LAO", "women"): 1,
        (None, "JOR", "media"): 1,
    }
    by_country = world.get("/aggregates", by="country", goal="6")["items"]
    assert {cell["country"]: cell["count"] for cell in by_country} == {"KHM": 2, "LAO": 1}


def test_more_cells_than_an_engine_answers_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add(
        partnership(goals=[goal("6"), goal("4")], geography={"countries": ["KHM", "LAO"]}, partners=[partner("women")])
    )
    whole = world.get("/aggregates")["items"]
    cross = world.index.cross

    def few(query: Any, filters: Any, fields: Any, size: int) -> Any:
        if len(fields) == 3:
            raise TooManyCells
        return cross(query, filters, fields, size)

    monkeypatch.setattr(world.index, "cross", few)
    assert sorted(map(str, world.get("/aggregates")["items"])) == sorted(map(str, whole))


def test_the_feed(either_world: World) -> None:
    world = either_world
    records = [
        partnership(
            title={"en": f"Wells & <pumps> {number}"},
            summary={"en": "For 'all'"},
            goals=[goal("6")],
            updated_at=f"2026-01-{number + 1:02}T00:00:00Z",
        )
        for number in range(7)
    ]
    world.add(*records, partnership(title={"en": "Roads"}))
    seen: list[str] = []
    path = "/feeds/partnerships.atom?goal=6&limit=3"
    while path:
        response = world.client.get(path)
        assert response.status_code == 200
        assert response.mimetype == "application/atom+xml"
        feed = ElementTree.fromstring(response.get_data())
        assert feed.findtext(f"{ATOM}updated")
        assert feed.findtext(f"{ATOM}id") == "https://convene.example/api/search/feeds/partnerships.atom?goal=6&limit=3"
        for entry in feed.findall(f"{ATOM}entry"):
            seen.append(entry.findtext(f"{ATOM}id") or "")
            assert entry.findtext(f"{ATOM}title", "").startswith("Wells & <pumps>")
            assert (
                entry.find(f"{ATOM}link[@rel='alternate']")
                .get("href", "")
                .startswith("https://convene.example/en/partnerships/")
            )  # type: ignore[union-attr]
        following = feed.find(f"{ATOM}link[@rel='next']")
        path = (
            following.get("href", "").removeprefix("https://convene.example/api/search")
            if following is not None
            else ""
        )
    newest_first = sorted(records, key=lambda record: record["updated_at"], reverse=True)
    assert seen == [f"urn:uuid:{record['id']}" for record in newest_first]


def test_the_feed_names_the_language_of_every_text(world: World) -> None:
    world.add(
        partnership(title={"km": "ទឹកស្អាត"}, summary={"fr": "Puits", "km": "អណ្តូង"}),
        partnership(title={"en": "Water", "fr": "Eau"}, updated_at="2026-01-02T00:00:00Z"),
    )

    def languages(asked: str) -> list[tuple[str, str | None]]:
        feed = ElementTree.fromstring(world.client.get(f"/feeds/partnerships.atom?lang={asked}").get_data())
        texts = [each for name in ("title", "summary") for each in feed.findall(f"{ATOM}entry/{ATOM}{name}")]
        return [(each.text or "", each.get(XML_LANG)) for each in texts]

    assert languages("fr") == [("Eau", "fr"), ("ទឹកស្អាត", "km"), ("Puits", "fr")]
    assert languages("ar") == [("Water", "en"), ("ទឹកស្អាត", "km"), ("Puits", "fr")]


def test_the_status(either_world: World) -> None:
    world = either_world
    world.add(partnership(), partnership(), organization())
    answer = world.get("/status")
    load(StatusAnswer, answer)
    assert answer["records"] == {
        "partnerships": {"register": 2, "index": 2},
        "organizations": {"register": 1, "index": 1},
    }
    assert answer["behind"] == 0
    assert answer["generation"] in answer["generations"]
    assert world.get("/health/ready")["status"] == "ready"


def test_waiting_for_what_was_just_written(either_world: World) -> None:
    world = either_world
    record = partnership(title={"en": "Water"})
    world.add(record)
    assert "stale" not in world.find(wait_for=f"{record['id']}@1")
    assert "stale" not in world.find(wait_for=f"{record['id']}@1.1")
    world.publish(
        "org.convene.registry.partnership.revised.v1", {**record, "version": 2, "revision": 2, "title": {"en": "Fire"}}
    )
    thread, answers = world.in_background(lambda: world.find(q="fire", wait_for=f"{record['id']}@2"))
    world.deliver()
    thread.join()
    assert answers[0]["total"] == 1
    assert "stale" not in answers[0]


def test_whoever_finds_no_place_to_wait_is_answered_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.chassis.locks import file_lock

    monkeypatch.setattr("services.search.waiting.LONGEST_SECONDS", 0.2)
    assert world.find(wait_for=f"{identifier()}@1")["stale"] is True  # waited in vain
    monkeypatch.setattr("services.search.waiting.LONGEST_SECONDS", 1_000_000.0)
    with file_lock(world.settings.data_dir / "run" / "search" / "waiting-0.lock"):  # two workers: one place
        assert world.find(wait_for=f"{identifier()}@1")["stale"] is True


def test_answers_are_json_bytes_that_parse(world: World, full_record: dict[str, Any]) -> None:
    world.add(full_record)
    raw = world.client.get("/partnerships?q=water").get_data()
    assert orjson.loads(raw)["items"][0]["id"] == full_record["id"]


def test_without_an_index_search_says_so(world: World, tmp_path: Any) -> None:
    from services.search.index.tantivy import TantivyIndex

    world.index = TantivyIndex(tmp_path / "none")
    problem = world.get("/partnerships", status=503)
    assert problem["type"].endswith("/problems/search-unavailable")
    assert world.get("/health/ready", status=503)["status"] == "not ready"
    assert "problem" in world.get("/status")
