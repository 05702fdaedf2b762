"""Absurd parameters are refused with 422 and a pointer, never with a 5xx; wrong codes name the nearest right ones."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.http.pages import decode_cursor, encode_cursor
from services.search import analysis
from tests.search.conftest import World, identifier, partnership

PATHS = ("/partnerships", "/organizations", "/suggestions", "/aggregates", "/feeds/partnerships.atom")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("goal", "66", "6"),
        ("goal", "6.1", "target="),
        ("goal", "sgd:6", "sdg"),
        ("target", "6.77", "6.7"),
        ("target", "6", "nearest"),
        ("country", "KHX", "KHM"),
        ("country", "Cambodia", "KHM"),
        ("region", "Western Asi", "145"),
        ("constituency", "womens", "women"),
        ("organization", "unicef", "UUID"),
        ("role", "founder", "funder"),
        ("confirmed", "maybe", "true"),
        ("kind", "projekt", "project"),
        ("standing", "registred", "registered"),
        ("phase", "activ", "active"),
        ("scope", "nation", "national"),
        ("overdue", "perhaps", "boolean"),
        ("derived", "2", "boolean"),
        ("lesson", "inclusiv:3", "inclusive"),
        ("lesson", "inclusive:9", "0 to 4"),
        ("language", "klingon!", "language"),
        ("year", "20244", "year"),
        ("year", "-5", "year"),
        ("has", "evaluations", "evaluation"),
        ("lang", "??", "language"),
        ("sort", "score", "relevance"),
        ("facet", "goals", "goal"),
        ("limit", "0", "1"),
        ("limit", "201", "200"),
        ("limit", "9" * 5000, "integer"),
        ("limit", "1e3", "integer"),
        ("cursor", "zzz", "cursor"),
        ("wait_for", "123", "version"),
        ("q", "x" * 501, "500"),
        ("q", "a\x00b", "NUL"),
        ("unheard_of", "1", "unknown"),
    ],
)
def test_a_wrong_value_is_refused_with_a_pointer_and_what_would_be_right(
    world: World, name: str, value: str, says: str
) -> None:
    response = world.client.get("/partnerships", query_string={name: value})
    problem = orjson.loads(response.get_data())
    assert response.status_code == 422, problem
    assert response.mimetype == "application/problem+json"
    [error] = problem["errors"]
    assert error["pointer"].startswith(f"/query/{name}")
    assert says.lower() in error["detail"].lower()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("wrong", ["%ff", "%ED%A0%80", "water%C3", "%C0%AF"])
def test_what_is_not_utf_8_is_refused(world: World, path: str, wrong: str) -> None:
    response = world.client.get(f"{path}?lang=fr&q={wrong}")
    assert response.status_code == 422
    assert orjson.loads(response.get_data())["errors"] == [{"pointer": "/query/q", "detail": "is not UTF-8"}]
    assert world.client.get(f"{path}?q={wrong}&%ff=a").status_code == 422
    assert world.client.get(f"{path}?q=caf%C3%A9+%F0%9F%92%A7").status_code == 200


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("q", ("a", "b")),
        ("q", ("a", "a")),
        ("limit", ("5", "6")),
        ("sort", ("title", "updated")),
        ("derived", ("true", "false")),
        ("overdue", ("true", "false")),
        ("lang", ("fr", "ar")),
    ],
)
def test_a_parameter_that_takes_one_value_is_given_once(world: World, name: str, values: tuple[str, ...]) -> None:
    [error] = world.get("/partnerships", status=422, **{name: list(values)})["errors"]
    assert error == {"pointer": f"/query/{name}", "detail": "is given more than once, and takes one value"}
    assert world.get("/partnerships", **{name: [values[0], "", " "]})["total"] == 0


def test_too_many_values_are_refused(world: World) -> None:
    problem = world.get("/partnerships", status=422, year=[str(1900 + number) for number in range(101)])
    assert problem["errors"][0]["pointer"] == "/query/year"
    assert world.get("/partnerships", year=[str(1900 + number) for number in range(100)])["total"] == 0


def test_cursors_belong_to_their_sort(world: World) -> None:
    world.add(*[partnership(title={"en": f"t{number} water"}) for number in range(3)])
    cursor = world.find(sort="title", limit=1)["next"]
    assert world.find(sort="title", limit=1, cursor=cursor)["items"][0]["title"] == {"en": "t1 water"}
    for asked in ({"sort": "updated", "cursor": cursor}, {"q": "t1", "cursor": cursor}):
        assert world.get("/partnerships", status=422, **asked)["errors"][0]["pointer"] == "/query/cursor"
    good = decode_cursor(world.find(q="water", limit=1)["next"])
    assert good is not None
    assert world.find(q="water", cursor=encode_cursor(good))["total"] == 3
    for keys in (
        ["relevance", 9_990],
        ["relevance", -1],
        ["relevance", 1.5],
        ["title", "} OR id:{"],
        ["title"],
        ["relevance"],
        [[]],
    ):
        for made in (encode_cursor(keys), encode_cursor([*keys, good[-1]])):
            assert world.client.get("/partnerships", query_string={"q": "water", "cursor": made}).status_code == 422


def test_a_cursor_belongs_to_its_filters(world: World) -> None:
    world.add(*[partnership(title={"en": f"t{number} water"}, kind="project") for number in range(3)])
    cursor = world.find(sort="title", kind=["project", "platform"], limit=1)["next"]
    same: dict[str, Any] = {"sort": "title", "kind": ["platform", "project"], "cursor": cursor}
    for more in ({}, {"limit": "2"}, {"lang": "fr"}, {"facet": "goal"}):
        assert world.find(**same, **more)["items"][0]["title"] == {"en": "t1 water"}
    for other in ({"kind": "project"}, {"q": "water"}, {"year": "2024"}, {"overdue": "false"}, {"derived": "true"}):
        [error] = world.get("/partnerships", status=422, **{**same, **other})["errors"]
        assert error == {"pointer": "/query/cursor", "detail": "was made for other words or filters"}
    page = world.client.get("/feeds/partnerships.atom?limit=1&kind=project").get_data(as_text=True)
    following = html.unescape(re.findall('rel="next"[^>]*href="https://convene.example/api/search([^"]*)"', page)[0])
    assert world.client.get(following).status_code == 200
    assert world.client.get(following.replace("kind=project", "kind=platform")).status_code == 422


def test_blank_parameters_of_a_form_are_none(world: World) -> None:
    world.add(partnership())
    assert world.find(q="", goal="", country=" ", sort="", cursor="", wait_for="")["total"] == 1


odd = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "~",
            '"',
            '"a',
            "-",
            "--",
            "-a",
            '-"',
            "*",
            "a*",
            "?",
            "\\",
            "{",
            "[* TO *]",
            "a:b",
            "AND",
            "OR NOT",
            "(",
            "ក្",
            "水水",
            "\u200b",
            "\u0301",
            "ﷺ",
            "İ",
            "𐍈",
        ]
    ),
    st.sampled_from(
        ["6", "KHM", "2024", "true", "null", "[]", "1e999", "NaN", "💧" * 20, "x" * 499, "w " * 200, "ក" * 300]
    ),
)
NAMES = (
    "q", "goal", "target", "country", "region", "place", "constituency", "organization", "role", "confirmed", "kind",
    "standing", "phase", "process", "overdue", "beneficiary", "lesson", "language", "year", "has", "lang", "sort",
    "limit", "cursor", "wait_for", "derived", "facet", "by", "other",
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from services.chassis.settings import Settings
    from services.search.index.build import build_index

    environ = {
        "CONVENE_DATA_DIR": str(tmp_path_factory.mktemp("fuzz")),
        "CONVENE_PUBLIC_URL": "https://convene.example",
    }
    chosen = Settings.from_env(environ).with_address_key()
    world = World(chosen, build_index(chosen))
    world.add(*[partnership(title={"en": f"Water {number}", "km": "ទឹកស្អាត"}) for number in range(5)])
    yield world
    world.close()


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PATHS), asked=st.lists(st.tuples(st.sampled_from(NAMES), odd), max_size=4))
def test_nothing_that_is_asked_breaks_it(
    filled: World, monkeypatch: Any, path: str, asked: list[tuple[str, str]]
) -> None:
    query = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'))}" for name, value in asked)
    response = filled.client.get(f"{path}?{query}")
    assert response.status_code in (200, 422), (path, asked, response.get_data(as_text=True))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=odd)
def test_what_a_query_finds_and_what_its_exclusion_finds_are_everything(filled: World, asked: str) -> None:
    if len(analysis.raw_words(asked)) != 1 or not asked.isalnum():
        return
    found = filled.client.get("/partnerships", query_string={"q": f"{asked}", "facet": "none"})
    without = filled.client.get("/partnerships", query_string={"q": f"-{asked}", "facet": "none"})
    if found.status_code == 200 and found.json["matched"] == "all" and found.json["total"]:
        assert found.json["total"] + without.json["total"] in (5, 10), ascii(asked)


def test_odd_queries_on_elasticsearch(either_world: World) -> None:
    either_world.add(partnership(title={"en": "Water"}), partnership(title={"km": "ទឹកស្អាត"}))
    for asked in (
        '"',
        "-",
        '-"water',
        "a:b",
        "*",
        "?",
        "\\",
        "{x}",
        "ក្",
        "水",
        "💧",
        "w " * 240,
        "ក" * 400,
        "~",
        "water~2",
        "/x/",
    ):
        for name in ("q", "place", "process", "beneficiary"):
            status = either_world.client.get("/partnerships", query_string={name: asked}).status_code
            assert status in (200, 422), (name, asked)
    assert identifier()
