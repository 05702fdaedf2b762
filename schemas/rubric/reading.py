"""Reads a version of the rubric from its folder and refuses one with a hole: a missing lesson, indicator, level or language.

A folder has `lessons.json` (codes, kinds, anchors) and one `text.{language}.json` for each of the seven languages (all words).
Chambers and their constituencies are the vocabulary's. Whether a version is frozen is not asked here (`schemas.rubric.frozen`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from marshmallow import ValidationError

from schemas import documents
from schemas.rubric.contract import Structure
from schemas.rubric.model import KINDS, LEVELS, Anchors, Indicator, LanguageMap, Lesson, Pulse, Rubric
from schemas.vocabulary import LANGUAGES, constituencies_of, scheme

VERSIONS = Path(__file__).parent
STRUCTURE = "lessons.json"
GRADED_BY_WORDS = ("practice", "steps")
_VERSION = re.compile(r"[1-9][0-9]{0,3}\Z")

Node = Mapping[str, Any]


class RubricError(ValueError):
    """A rubric cannot be used. `problems` names each thing that is missing or wrong, with its file and JSON Pointer."""

    def __init__(self, version: str, problems: tuple[str, ...]) -> None:
        super().__init__(version, problems)
        self.version = version
        self.problems = problems

    def __str__(self) -> str:
        return f"rubric {self.version}: " + "; ".join(self.problems)


def versions() -> tuple[str, ...]:
    """All versions there are, the oldest first."""
    found = (path.parent.name for path in VERSIONS.glob(f"*/{STRUCTURE}"))
    return tuple(sorted((name for name in found if _VERSION.match(name)), key=int))


@cache
def rubric(version: str) -> Rubric:
    """That version, read at first use and kept. Raises RubricError where there is no such version, or it has a hole."""
    if version not in versions():
        raise RubricError(version[:80], (f"there is no such version; there are: {', '.join(versions())}",))
    return read(VERSIONS / version)


def read(folder: Path) -> Rubric:
    """The rubric in a folder that is named after its version. Raises RubricError with everything that is wrong at once."""
    version = folder.name
    structure = _structure(folder)
    if problems := tuple(_wrong_structure(version, structure)):
        raise RubricError(version, problems)
    texts = {language: _texts(folder, language) for language in LANGUAGES}
    wanted = tuple(_wanted(structure))
    if problems := tuple(_holes(wanted, texts)):
        raise RubricError(version, problems)
    return _rubric(structure, {at: {language: str(texts[language][at]) for language in LANGUAGES} for at in wanted})


def _json(folder: Path, name: str) -> Any:
    try:
        return orjson.loads((folder / name).read_bytes())
    except FileNotFoundError:
        raise RubricError(folder.name, (f"{name} is missing",)) from None
    except orjson.JSONDecodeError as error:
        raise RubricError(folder.name, (f"{name} is not JSON: {error}",)) from error


def _structure(folder: Path) -> Node:
    try:
        return documents.load(Structure, _json(folder, STRUCTURE))
    except ValidationError as error:
        problems = (f"{STRUCTURE} {pointer}: {detail}" for pointer, detail in documents.pointers(error))
        raise RubricError(folder.name, tuple(problems)) from error


def _texts(folder: Path, language: str) -> Mapping[str, object]:
    """The texts of a language by JSON Pointer."""
    return dict(_flat(_json(folder, f"text.{language}.json"), ""))


def _flat(node: object, at: str) -> Iterator[tuple[str, object]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _flat(value, f"{at}/{documents.escaped(name)}")
    else:
        yield at, node


def _wrong_structure(version: str, structure: Node) -> Iterator[str]:
    """What is wrong with the structure as a whole: eight lessons (Panel ¶75), each with four computed and two judged indicators."""
    if structure["version"] != version:
        yield f"{STRUCTURE} /version: is {structure['version']!r}, in a folder named {version!r}"
    yield from _wrong_codes("chambers", structure["chambers"], scheme("chamber").codes)
    lessons = [lesson["lesson"] for lesson in structure["lessons"]]
    yield from _wrong_codes("lessons", lessons, scheme("lesson").codes)
    codes = Counter(one["code"] for lesson in structure["lessons"] for one in lesson["indicators"])
    yield from (f"{STRUCTURE} /lessons: indicator {code} is there {n} times" for code, n in codes.items() if n > 1)
    for lesson in structure["lessons"]:
        kinds = Counter(indicator["kind"] for indicator in lesson["indicators"])
        for kind, count in KINDS.items():
            if kinds[kind] != count:
                yield f"{STRUCTURE}: lesson {lesson['lesson']} has {kinds[kind]} {kind} indicators, not {count}"
        for indicator in lesson["indicators"]:
            for problem in _wrong_indicator(structure, indicator):
                yield f"{STRUCTURE}: indicator {indicator['code']} {problem}"


def _wrong_codes(name: str, given: list[str], right: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{STRUCTURE} /{name}: {code} is missing" for code in right if code not in given)
    yield from (f"{STRUCTURE} /{name}: there is no {code}" for code in dict.fromkeys(given) if code not in right)
    yield from (f"{STRUCTURE} /{name}: {code} is there {n} times" for code, n in Counter(given).items() if n > 1)


def _wrong_indicator(structure: Node, indicator: Node) -> Iterator[str]:
    if indicator["kind"] == "computed":
        yield from (f"lacks {name}" for name in ("computed_from", "anchors") if not indicator.get(name))
    else:
        yield from (f"is judged, but has {name}" for name in ("computed_from", "anchors") if name in indicator)
    questions = structure["pulse"]["questions"]
    for pointer in indicator.get("computed_from", ()):
        source, _, question = pointer.partition(":")
        if not pointer.startswith("/") and (source != "pulse" or question not in questions):
            yield f"is computed from {pointer!r}, neither a pointer nor a question of the pulse"
    if anchors := indicator.get("anchors"):
        yield from _wrong_anchors(anchors)
    if "applicability" in indicator and indicator["applicability"] not in structure["applicability"]:
        yield f"has an applicability {indicator['applicability']!r} that there is not"


def _wrong_anchors(anchors: Node) -> Iterator[str]:
    if anchors["measure"] in GRADED_BY_WORDS:
        if anchors["values"]:
            yield f"has anchor values, but is graded by {anchors['measure']}"
        return
    try:
        values = [Fraction(value) for value in anchors["values"]]
    except (ValueError, ZeroDivisionError):
        yield "has anchors that are no numbers or fractions"
        return
    if len(values) != 3 or not (values == sorted(set(values)) or values[::-1] == sorted(set(values))):
        yield "needs three anchors, for the levels 0, 2 and 4, that rise or fall"


def _wanted(structure: Node) -> Iterator[str]:
    """The JSON Pointers of all texts that each language must have."""
    for lesson in structure["lessons"]:
        at = f"/lessons/{lesson['lesson']}"
        yield from (f"{at}/title", f"{at}/text")
        for indicator in lesson["indicators"]:
            yield f"{at}/indicators/{indicator['code']}/question"
            yield from (f"{at}/indicators/{indicator['code']}/levels/{level}" for level in LEVELS)
    yield from ("/pulse/title", "/pulse/text")
    yield from (f"/pulse/questions/{code}" for code in structure["pulse"]["questions"])
    yield from (f"/pulse/answers/{code}" for code in structure["pulse"]["answers"])
    yield from (f"/{part}/{code}" for part in ("applicability", "notes") for code in structure[part])


def _holes(wanted: tuple[str, ...], texts: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    known = {"/language", *wanted}
    for language, found in texts.items():
        name = f"text.{language}.json"
        if found.get("/language") != language:
            yield f"{name} /language: must be {language}"
        for at in wanted:
            text = found.get(at)
            if text is None:
                yield f"{name} {at} is missing"
            elif not isinstance(text, str) or not text.strip():
                yield f"{name} {at} is no text"
        yield from (f"{name} {at}: the structure knows nothing of it" for at in found if at not in known)


def _rubric(structure: Node, texts: Mapping[str, LanguageMap]) -> Rubric:
    pulse = structure["pulse"]
    return Rubric(
        version=structure["version"],
        chambers={chamber: constituencies_of(chamber) for chamber in structure["chambers"]},
        lessons=tuple(_lesson(lesson, texts) for lesson in structure["lessons"]),
        pulse=Pulse(
            title=texts["/pulse/title"],
            text=texts["/pulse/text"],
            questions={code: texts[f"/pulse/questions/{code}"] for code in pulse["questions"]},
            answers={code: texts[f"/pulse/answers/{code}"] for code in pulse["answers"]},
        ),
        applicability={code: texts[f"/applicability/{code}"] for code in structure["applicability"]},
        notes={code: texts[f"/notes/{code}"] for code in structure["notes"]},
    )


def _lesson(lesson: Node, texts: Mapping[str, LanguageMap]) -> Lesson:
    code = lesson["lesson"]
    return Lesson(
        code=code,
        title=texts[f"/lessons/{code}/title"],
        text=texts[f"/lessons/{code}/text"],
        indicators=tuple(_indicator(code, indicator, texts) for indicator in lesson["indicators"]),
    )


def _indicator(lesson: str, indicator: Node, texts: Mapping[str, LanguageMap]) -> Indicator:
    at = f"/lessons/{lesson}/indicators/{indicator['code']}"
    anchors = indicator.get("anchors")
    return Indicator(
        code=indicator["code"],
        lesson=lesson,
        kind=indicator["kind"],
        question=texts[f"{at}/question"],
        levels=tuple(texts[f"{at}/levels/{level}"] for level in LEVELS),
        computed_from=tuple(indicator.get("computed_from", ())),
        anchors=Anchors(anchors["measure"], tuple(map(Fraction, anchors["values"]))) if anchors else None,
        sources=tuple(indicator["sources"]),
        applicability=indicator.get("applicability"),
    )
