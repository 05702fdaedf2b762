"""A rubric with a hole does not load, and the error names the hole."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from schemas.rubric import RubricError, rubric, versions
from schemas.vocabulary import LANGUAGES
from tests.rubric.conftest import Draft

INDICATOR = "/lessons/inclusive/indicators/who_is_missing"


def text(content: Any) -> Any:
    return content["lessons"]["inclusive"]["indicators"]["who_is_missing"]


def entry(content: Any, index: int = 0) -> Any:
    return content["lessons"][0]["indicators"][index]


def problems(draft: Draft) -> tuple[str, ...]:
    with pytest.raises(RubricError) as caught:
        draft.read()
    assert caught.value.version == "1"
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def test_the_copy_itself_loads(draft: Draft) -> None:
    assert draft.read() == rubric("1")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", "01234")
def test_a_missing_level(draft: Draft, language: str, level: str) -> None:
    draft.change(language, lambda content: text(content)["levels"].pop(level))
    assert problems(draft) == (f"text.{language}.json {INDICATOR}/levels/{level} is missing",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_language(draft: Draft, language: str) -> None:
    (draft.folder / f"text.{language}.json").unlink()
    assert problems(draft) == (f"text.{language}.json is missing",)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: text(c).pop("question"), f"{INDICATOR}/question is missing"),
        (lambda c: text(c).update(question=" "), f"{INDICATOR}/question is no text"),
        (lambda c: text(c).update(question=None), f"{INDICATOR}/question is missing"),
        (lambda c: text(c)["levels"].update({"2": 7}), f"{INDICATOR}/levels/2 is no text"),
        (lambda c: text(c)["levels"].update({"5": "x"}), f"{INDICATOR}/levels/5: the structure knows nothing of it"),
        (lambda c: c["lessons"]["mandate"].pop("title"), "/lessons/mandate/title is missing"),
        (lambda c: c["lessons"]["mandate"].pop("text"), "/lessons/mandate/text is missing"),
        (lambda c: c["pulse"].pop("title"), "/pulse/title is missing"),
        (lambda c: c["pulse"]["questions"].pop("would_join_again"), "/pulse/questions/would_join_again is missing"),
        (lambda c: c["pulse"]["answers"].pop("partly"), "/pulse/answers/partly is missing"),
        (lambda c: c["notes"].pop("unknown"), "/notes/unknown is missing"),
        (lambda c: c["applicability"].pop("sponsor"), "/applicability/sponsor is missing"),
        (lambda c: c.update(language="fr"), "/language: must be km"),
        (lambda c: c["notes"].update(more="x"), "/notes/more: the structure knows nothing of it"),
    ],
)
def test_a_hole_in_a_text(draft: Draft, change: Any, problem: str) -> None:
    draft.change("km", change)
    assert problems(draft) == (f"text.km.json {problem}",)


def test_a_missing_lesson_of_texts_names_every_text(draft: Draft) -> None:
    draft.change("ar", lambda content: content["lessons"].pop("mandate"))
    found = problems(draft)
    assert len(found) == 2 + 6 * 6
    assert all(problem.startswith("text.ar.json /lessons/mandate/") for problem in found)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c["lessons"].pop(0), "lessons.json /lessons: inclusive is missing"),
        (lambda c: c["lessons"][0].update(lesson="kind"), "lessons.json /lessons: there is no kind"),
        (lambda c: c["lessons"].append(c["lessons"][0]), "lessons.json /lessons: inclusive is there 2 times"),
        (lambda c: c["chambers"].remove("public"), "lessons.json /chambers: public is missing"),
        (
            lambda c: c["lessons"][0]["indicators"].pop(0),
            "lessons.json: lesson inclusive has 3 computed indicators, not 4",
        ),
        (
            lambda c: c["lessons"][0]["indicators"].pop(),
            "lessons.json: lesson inclusive has 1 judged indicators, not 2",
        ),
        (
            lambda c: entry(c, 4).update(kind="computed"),
            "lessons.json: lesson inclusive has 5 computed indicators, not 4",
        ),
        (lambda c: entry(c, 4).update(kind="computed"), "lessons.json: indicator who_is_missing lacks anchors"),
        (lambda c: entry(c).update(kind="judged"), "lessons.json: indicator affected_named is judged, but has anchors"),
        (lambda c: entry(c).pop("anchors"), "lessons.json: indicator affected_named lacks anchors"),
        (lambda c: entry(c).pop("computed_from"), "lessons.json: indicator affected_named lacks computed_from"),
        (lambda c: entry(c).pop("code"), "lessons.json /lessons/0/indicators/0/code: is asked for"),
        (lambda c: entry(c).pop("sources"), "lessons.json /lessons/0/indicators/0/sources: is asked for"),
        (lambda c: entry(c).update(kind="guessed"), "lessons.json /lessons/0/indicators/0/kind: 'guessed' is not"),
        (
            lambda c: entry(c).update(weight=2),
            "lessons.json /lessons/0/indicators/0/weight: there is no such field here",
        ),
        (lambda c: entry(c, 1)["anchors"].update(values=["1", "2"]), "affected_represented needs three anchors"),
        (lambda c: entry(c, 1)["anchors"].update(values=["1", "3", "2"]), "affected_represented needs three anchors"),
        (lambda c: entry(c, 1)["anchors"].update(values=["0", "x", "1/0"]), "has anchors that are no numbers"),
        (lambda c: entry(c)["anchors"].update(values=["1", "2", "3"]), "has anchor values, but is graded by practice"),
        (lambda c: entry(c).update(computed_from=["stakeholders"]), "neither a pointer nor a question of the pulse"),
        (lambda c: entry(c).update(computed_from=["pulse:mood"]), "neither a pointer nor a question of the pulse"),
        (lambda c: entry(c).update(applicability="never"), "has an applicability 'never' that there is not"),
        (lambda c: entry(c).update(code=entry(c, 1)["code"]), "indicator affected_represented is there 2 times"),
        (lambda c: c.update(version="2"), "lessons.json /version: is '2', in a folder named '1'"),
        (lambda c: c.pop("pulse"), "lessons.json /pulse: is asked for"),
    ],
)
def test_a_wrong_structure(draft: Draft, change: Any, problem: str) -> None:
    draft.change("lessons", change)
    assert any(problem in found for found in problems(draft))


def test_all_holes_are_named_at_once(draft: Draft) -> None:
    draft.change("fr", lambda content: text(content).pop("question"))
    draft.change("zh", lambda content: text(content)["levels"].pop("3"))
    assert problems(draft) == (
        f"text.fr.json {INDICATOR}/question is missing",
        f"text.zh.json {INDICATOR}/levels/3 is missing",
    )


@pytest.mark.parametrize("name", ["lessons.json", "text.en.json"])
def test_what_is_no_json(draft: Draft, name: str) -> None:
    (draft.folder / name).write_text("{", encoding="utf-8")
    assert problems(draft)[0].startswith(f"{name} is not JSON")


@pytest.mark.parametrize("version", ["0", "7", "../rubric/1", "", "one", "9" * 200])
def test_a_version_that_there_is_not(version: str) -> None:
    with pytest.raises(RubricError, match="there is no such version; there are: 1"):
        rubric(version)


def test_versions_are_read_once() -> None:
    assert versions()[0] == "1"
    assert rubric("1") is rubric("1")


def test_nothing_is_read_at_import() -> None:
    program = (
        "import pathlib, schemas.rubric as r\n"
        "from schemas.rubric import reading\n"
        "assert reading.rubric.cache_info().currsize == 0\n"
        "from schemas.rubric import page\n"
        "assert page._words.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
