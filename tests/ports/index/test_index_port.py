"""What the index port promises, shown on both adapters by the same tests."""

from __future__ import annotations

import base64
import itertools
import socket
import threading
from typing import Any

import orjson
import pytest

from services.search import analysis, query
from services.search.index.elasticsearch import ElasticsearchIndex
from services.search.index.ports import Change, Facet, Index, IndexUnavailable, Request, Sort, TooManyCells
from services.search.query import All, Everything, Inside, Near, Prefix, Range, Some, Term, Terms

ALL = Everything()


def record(
    id: str, *, generation: int = 1, text: str = "", language: str = "en", title: str = "", **fields: Any
) -> Change:
    words, stems = analysis.index_lines(f"{title} {text}", language)
    title_words, title_stems = analysis.index_lines(title, language)
    body = {
        "id": id,
        "version": 1,
        "revision": 1,
        "generation": generation,
        "digest": generation,
        "words": [words],
        "stems": stems,
        "title": f"{title_words} {title_stems}",
        "by_title": title.encode().hex() + id.encode().hex(),
        "by_updated": f"{generation:08x}{id.encode().hex()}",
        "by_start": id.encode().hex(),
        "texts": base64.b64encode(f'[["en","text of {id}"]]'.encode()).decode(),
        "item": base64.b64encode(f"item of {id}".encode()).decode(),
        "document": base64.b64encode(f'{{"id":"{id}","generation":{generation}}}'.encode()).decode(),
        **fields,
    }
    return Change(id, generation, orjson.dumps(body))


def write(index: Index, *changes: Change) -> None:
    index.write("partnerships", changes)
    index.refresh("partnerships")


def found(index: Index, node: query.Node = ALL, **filters: query.Node) -> list[str]:
    answer = index.search("partnerships", Request(node, filters, limit=50))
    assert answer.total == len(answer.hits)
    return sorted(hit.id for hit in answer.hits)


def said(index: Index, text: str, manner: query.Manner = "all", *, unknown: bool = False) -> list[str]:
    parsed = query.parse(text)
    return found(index, query.text_node(parsed, manner, frozenset(parsed.words) if unknown else frozenset()))


def test_what_was_written_is_found_and_given_back_as_it_was(index: Index) -> None:
    write(index, record("a", text="clean water"), record("b", text="schools"))
    answer = index.search("partnerships", Request(Term("words", "water"), {}, texts=True))
    assert answer.total == 1
    assert answer.hits[0].item == b"item of a"
    assert answer.hits[0].texts == b'[["en","text of a"]]'
    assert answer.hits[0].score > 0
    assert index.document("partnerships", "a") == b'{"id":"a","generation":1}'
    assert index.document("partnerships", "zzz") is None
    assert index.count("partnerships") == 2


def test_a_later_generation_replaces_and_an_earlier_one_changes_nothing(index: Index) -> None:
    write(index, record("a", generation=5, text="five"))
    write(index, record("a", generation=4, text="four"))
    assert said(index, "five") == ["a"]
    write(index, record("a", generation=5, text="five again"))
    assert said(index, "again") == ["a"]
    write(index, record("a", generation=6, text="six"))
    assert said(index, "five") == []
    assert said(index, "six") == ["a"]
    assert index.count("partnerships") == 1
    assert index.held("partnerships", ["a", "none"])["a"].generation == 6
    assert list(index.held("partnerships", ["a", "none"])) == ["a"]


def test_of_several_changes_in_one_write_the_latest_generation_stands(index: Index) -> None:
    write(
        index,
        record("a", generation=1, text="one"),
        record("a", generation=3, text="three"),
        record("a", generation=2, text="two"),
    )
    assert said(index, "three") == ["a"]
    assert index.count("partnerships") == 1


def test_what_is_gone_is_gone_and_does_not_come_back_late(index: Index) -> None:
    write(index, record("a", generation=1), record("b", generation=1))
    write(index, Change("a", 2, None), Change("never", 1, None))
    assert found(index) == ["b"]
    write(index, record("a", generation=1))
    assert found(index) == ["b"]
    write(index, record("a", generation=3))
    assert found(index) == ["a", "b"]


def test_a_page_says_whether_there_is_more(index: Index) -> None:
    write(index, *[record(letter, text="water") for letter in "abcd"])

    def page(**asked: Any) -> tuple[list[str], bool]:
        answer = index.search("partnerships", Request(Term("words", "water"), {}, **asked))
        assert answer.total == 4
        return [hit.id for hit in answer.hits], answer.more

    by_start = Sort("by_start")
    assert page(sort=by_start, limit=3) == (["a", "b", "c"], True)
    assert page(sort=by_start, limit=4) == (["a", "b", "c", "d"], False)
    after = Sort("by_start", after=b"b".hex())
    assert page(sort=after, limit=1) == (["c"], True)
    assert page(sort=after, limit=2) == (["c", "d"], False)
    assert [page(limit=2, offset=offset)[1] for offset in (0, 1, 2)] == [True, True, False]
    assert page(sort=by_start, limit=0) == page(limit=0) == ([], False)


def test_labels_of_one_record_each(index: Index) -> None:
    labels = base64.b64encode(b'{"place":{}}').decode()
    write(index, record("a", place=["KHM:kampot"], labels=labels), record("b", place=["KHM:kep"]))
    asked = [Term("place", value) for value in ("KHM:kep", "KHM:kampot", "KHM:none")]
    assert index.labels(asked) == [None, b'{"place":{}}', None]
    assert index.labels([]) == []


def test_filters_choose_and_do_not_score(index: Index) -> None:
    write(
        index,
        record("a", text="water", goal=["6", "13"]),
        record("b", text="water", goal=["6"]),
        record("c", text="water", goal=["4"]),
    )
    assert found(index, Term("words", "water"), goal=Terms("goal", ("6",))) == ["a", "b"]
    assert found(index, Term("words", "water"), goal=Terms("goal", ("13", "4"))) == ["a", "c"]
    assert found(index, goal=Terms("goal", ("6",)), other=Terms("goal", ("13",))) == ["a"]
    plain = index.search("partnerships", Request(Term("words", "water"), {})).hits
    chosen = index.search("partnerships", Request(Term("words", "water"), {"goal": Terms("goal", ("6", "4"))})).hits
    assert {hit.id: round(hit.score, 4) for hit in plain} == {hit.id: round(hit.score, 4) for hit in chosen}


def test_ranges(index: Index) -> None:
    write(index, record("a", due=20200101), record("b", due=20300101), record("c"))
    assert found(index, due=Range("due", below=20250101)) == ["a"]
    assert found(index, due=Range("due", least=20200101)) == ["a", "b"]
    assert found(index, due=Range("due", least=20200102, below=20300101)) == []


def test_facets_leave_out_their_own_filter_alone(index: Index) -> None:
    write(
        index,
        record("a", goal=["6"], country=["KHM"], role=["lead"]),
        record("b", goal=["6", "4"], country=["LAO"], role=["lead"]),
        record("c", goal=["4"], country=["KHM"], role=["~"]),
        record("d", goal=["13"], country=["JOR"], role=["funder"]),
    )
    facets = (
        Facet("goal", "goal", 10, "goal"),
        Facet("country", "country", 10, "country"),
        Facet("role", "role", 10, "role"),
    )
    filters = {"goal": Terms("goal", ("6",)), "country": Terms("country", ("KHM",))}
    answer = index.search("partnerships", Request(ALL, filters, facets))
    assert [hit.id for hit in answer.hits] == ["a"]
    assert answer.total == 1
    assert answer.facets == {"goal": {"6": 1, "4": 1}, "country": {"KHM": 1, "LAO": 1}, "role": {"lead": 1}}
    everything = index.search("partnerships", Request(ALL, {}, facets))
    assert everything.facets["role"] == {"lead": 2, "~": 1, "funder": 1}
    none = index.search("partnerships", Request(Term("words", "nothing"), {}, facets, limit=0))
    assert (none.total, none.hits, dict(none.facets)) == (0, (), {"goal": {}, "country": {}, "role": {}})


def test_a_facet_gives_its_most_frequent_values_up_to_its_size(index: Index) -> None:
    write(index, *[record(f"r{number}", goal=[str(code) for code in range(number)]) for number in range(1, 8)])
    answer = index.search("partnerships", Request(ALL, {}, (Facet("goal", "goal", 3),), limit=0))
    assert answer.facets["goal"] == {"0": 7, "1": 6, "2": 5}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("field", ["by_title", "by_updated", "by_start"])
def test_pages_by_a_stored_key_go_through_all_records_once(index: Index, field: Any, descending: bool) -> None:
    write(
        index,
        *[
            record(f"r{number:02}", generation=number % 4 + 1, title="same" if number % 2 else f"t{number}")
            for number in range(23)
        ],
    )
    seen: list[str] = []
    keys: list[str] = []
    after = None
    while True:
        page = index.search("partnerships", Request(ALL, {}, sort=Sort(field, descending, after), limit=5))
        assert page.total == 23
        if not page.hits:
            break
        seen += [hit.id for hit in page.hits]
        keys += [str(hit.key) for hit in page.hits]
        after = page.hits[-1].key
        write(index, record(f"later{len(seen)}", generation=9), Change(f"later{len(seen)}", 10, None))
    assert len(seen) == len(set(seen)) == 23
    assert keys == sorted(keys, reverse=descending)


def test_pages_by_relevance(index: Index) -> None:
    write(index, *[record(f"r{number}", text="water " * number + "other " * 10) for number in range(1, 8)])
    pages = [
        index.search("partnerships", Request(Term("words", "water"), {}, limit=3, offset=offset)).hits
        for offset in (0, 3, 6)
    ]
    hits = list(itertools.chain(*pages))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.id for hit in hits}) == 7
    assert hits[0].id == "r7"


def test_words_stems_phrases_and_exclusions(index: Index) -> None:
    write(
        index,
        record("a", text="Developing the water supply of schools"),
        record("b", text="The supply of water was developed"),
        record("c", text="Le développement de l’école", language="fr"),
    )
    assert said(index, "develops supplies") == ["a", "b"]
    assert said(index, '"water supply"') == ["a"]
    assert said(index, '"supply of water"') == ["b"]
    assert said(index, "«water supply»") == ["a"]
    assert said(index, '"school"') == []
    assert said(index, "school") == ["a"]
    assert said(index, "supply -school") == ["b"]
    assert said(index, '-"water supply"') == ["b", "c"]
    assert said(index, "ECOLE developpement") == ["c"]
    assert said(index, "water school nothing") == []
    assert said(index, "water school nothing", "some") == ["a", "b"]


def test_titles_count_more(index: Index) -> None:
    write(index, record("a", title="Roads", text="water"), record("b", title="Water", text="roads"))
    node = query.text_node(query.parse("water"))
    assert [hit.id for hit in index.search("partnerships", Request(node, {})).hits] == ["b", "a"]


def test_phrases_do_not_run_from_one_text_into_the_next(index: Index) -> None:
    write(index, record("a", words=["one two", "three four"]))
    assert said(index, '"one two"') == ["a"]
    assert said(index, '"two three"') == []


@pytest.mark.parametrize(
    ("text", "language", "asked"),
    [
        ("អនុវត្តប្រព័ន្ធគាំពារសង្គមសមស្របនិងថ្នាក់ជាតិ", "km", "សង្គម"),
        ("改善所有人的饮用水和环境卫生", "zh", "环境卫生"),
        ("تنفيذ نظم وطنية للحماية والأطفال", "ar", "الأطفال"),
        ("Доступ к чистой воде для учёбы", "ru", "вода УЧЕБА"),
        ("La educación de los niños", "es", "EDUCACION niñas"),
    ],
)
def test_seven_languages(index: Index, text: str, language: str, asked: str) -> None:
    write(index, record("a", text=text, language=language), record("b", text="nothing"))
    assert said(index, asked) == ["a"]


def test_typing_errors(index: Index) -> None:
    write(index, record("a", text="sanitation water"), record("b", text="migration"))
    assert said(index, "sanitaton", "near", unknown=True) == ["a"]
    assert said(index, "satination", "near", unknown=True) == ["a"]
    assert said(index, "watre", "near", unknown=True) == ["a"]
    assert said(index, "xyzation", "near", unknown=True) == []
    assert found(index, Near("words", "wter", 1)) == ["a"]
    assert found(index, Near("words", "wtr", 1)) == []


def test_parts_of_words(index: Index) -> None:
    write(index, record("a", text="气候变化框架公约"), record("b", text="sanitation", title="Sanitation"))
    assert found(index, Prefix("title", "sani")) == ["b"]
    assert found(index, Inside("words", "框")) == ["a"]
    assert found(index, Inside("words", "itat")) == ["b"]


def test_combinations(index: Index) -> None:
    write(index, record("a", text="x y z"), record("b", text="x y"), record("c", text="x"))
    x, y, z = (Term("words", word) for word in "xyz")
    assert found(index, Some((x, y, z), 2)) == ["a", "b"]
    assert found(index, All((x,), without=(y,))) == ["c"]
    assert found(index, All((x,), also=(z,))) == ["a", "b", "c"]
    assert index.count_each("partnerships", [x, y, z, Term("words", "w")]) == [3, 2, 1, 0]


def test_codes_crossed(index: Index) -> None:
    write(
        index,
        record("a", goal=["6", "4"], country=["KHM"], constituency=["women"]),
        record("b", goal=["6"], country=["KHM"], constituency=["women", "media"]),
        record("c", goal=["6"], country=["JOR"], constituency=["media"]),
    )
    rows = {
        row.codes: row.count
        for row in index.cross(ALL, {"g": Terms("goal", ("6",))}, ("goal", "country", "constituency"), 50)
    }
    assert rows == {
        ("6", "KHM", "women"): 2,
        ("6", "KHM", "media"): 1,
        ("6", "JOR", "media"): 1,
        ("4", "KHM", "women"): 1,
    }


def test_odd_values_are_only_values(index: Index) -> None:
    odd = 'a:b" OR (x) [y] *?\\ ~{z}'
    write(index, record("a", place=[odd]), record("b", place=["*"]))
    assert found(index, place=Terms("place", (odd,))) == ["a"]
    assert found(index, place=Terms("place", ("*",))) == ["b"]
    assert found(index, Inside("words", "*")) == []
    assert found(index, Prefix("words", "?")) == []


def test_an_edition_built_beside_is_seen_only_after_the_switch(index: Index) -> None:
    write(index, record("a", text="old"))
    index.create("second")
    index.create("second")
    index.write("partnerships", [record("b", text="new"), record("c", text="new")], "second")
    index.refresh("partnerships", "second")
    assert found(index) == ["a"]
    assert index.count("partnerships", "second") == 2
    assert index.held("partnerships", ["b"], "second")["b"].generation == 1
    assert (index.current(), index.editions()) == ("first", ("first", "second"))
    index.switch("second")
    assert index.current() == "second"
    assert found(index) == ["b", "c"]
    write(index, record("d"))
    assert found(index) == ["b", "c", "d"]
    index.drop("first")
    index.drop("first")
    assert index.editions() == ("second",)
    assert found(index) == ["b", "c", "d"]
    with pytest.raises(ValueError, match="current"):
        index.drop("second")


def test_no_read_fails_while_editions_are_switched(index: Index) -> None:
    write(index, *[record(f"r{number}", text="water") for number in range(20)])
    failures: list[BaseException] = []
    wrong: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                total = index.search("partnerships", Request(Term("words", "water"), {}, texts=True)).total
            except BaseException as error:
                failures.append(error)
                return
            if total != 20:
                wrong.append(total)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for name in ("second", "third", "fourth"):
            index.create(name)
            index.write("partnerships", [record(f"r{number}", text="water") for number in range(20)], name)
            index.refresh("partnerships", name)
            index.switch(name)
    finally:
        done.set()
        reader.join()
    assert failures == []
    assert wrong == []


def test_without_an_edition_there_is_no_answer(index: Index) -> None:
    with pytest.raises(IndexUnavailable):
        index.count("partnerships", "never-made")
    with pytest.raises(IndexUnavailable):
        index.write("partnerships", [record("a")], "never-made")
    index.check()


def test_an_index_without_a_field_says_that_it_is_too_old(index: Index) -> None:
    """An edition made by another version of the program: refused where the engine can tell, empty where it cannot."""
    write(index, record("a"))
    try:
        assert found(index, new=Terms("not_a_field", ("x",))) == []
    except IndexUnavailable as error:
        assert "another version" in str(error)


def test_more_combinations_than_one_answer_may_hold(index: Index) -> None:
    values = {name: [f"{name}{number}" for number in range(45)] for name in ("goal", "country", "constituency")}
    write(index, record("a", **values))
    with pytest.raises(TooManyCells):
        index.cross(ALL, {}, ("goal", "country", "constituency"), 300)
    assert len(index.cross(ALL, {}, ("country", "constituency"), 300)) == 45**2


def test_a_password_in_the_url_is_not_repeated() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(IndexUnavailable) as refused:
        ElasticsearchIndex(f"http://elastic:s3cret@127.0.0.1:{port}").current()
    assert "s3cret" not in str(refused.value)
    assert f"127.0.0.1:{port}" in str(refused.value)
