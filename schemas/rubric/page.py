"""The rubric as a page to print or to read on a phone: Markdown, one page for each language, generated into `docs/rubric/`.

It shows what a version says and nothing else; the words of the page itself (headings, units) are in `page.json` and belong to no
version. `python -m schemas.rubric pages` writes the pages, and a test keeps them true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

import orjson

from schemas.rubric.model import LEVELS, Anchors, Indicator, Lesson, Rubric
from schemas.vocabulary import LANGUAGES, scheme

NAMES = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "ru": "Русский",
    "ar": "العربية",
    "zh": "中文",
    "km": "ភាសាខ្មែរ",
}
_DECIMAL_COMMA = ("fr", "es", "ru")
_RIGHT_TO_LEFT = ("ar",)
_COLON = {"fr": "\u00a0: ", "zh": "：", "km": "៖ "}


def page_name(version: str, language: str) -> str:
    """The name of the page's file."""
    return f"{version}.{language}.md"


def render_page(rubric: Rubric, language: str) -> str:
    """The page of a rubric in one of the seven languages, as Markdown. Raises ValueError for another language."""
    if language not in LANGUAGES:
        raise ValueError(f"the rubric is not written in {language!r}, but in {', '.join(LANGUAGES)}")
    direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
    blocks = [
        f'<div lang="{language}" dir="{direction}">',
        *_head(rubric, language),
        *(block for lesson in rubric.lessons for block in _lesson(rubric, lesson, language)),
        *_pulse(rubric, language),
        "</div>",
    ]
    return "\n\n".join(blocks) + "\n"


def formatted(value: Fraction, language: str) -> str:
    """A number with at most one decimal, as the language writes it."""
    text = f"{float(value):.1f}".removesuffix(".0")
    return text.replace(".", ",") if language in _DECIMAL_COMMA else text


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return cast("dict[str, dict[str, str]]", orjson.loads((Path(__file__).parent / "page.json").read_bytes()))


def _said(key: str, language: str) -> str:
    return _words()[key][language]


def _head(rubric: Rubric, language: str) -> Iterator[str]:
    yield f"# {_said('title', language)}"
    yield f"{_said('version', language)} {rubric.version}. {_said('source', language)}"
    others = (other for other in LANGUAGES if other != language)
    yield " · ".join(f"[{NAMES[other]}]({page_name(rubric.version, other)})" for other in others)
    yield f"## {_said('how', language)}"
    yield "\n".join(f"- {text[language]}" for text in rubric.notes.values())
    yield f"## {_said('chambers', language)}"
    yield _said("averages", language)
    yield "\n".join(f"- {line}" for line in _chambers(rubric, language))


def _chambers(rubric: Rubric, language: str) -> Iterator[str]:
    chambers, constituencies = scheme("chamber"), scheme("constituency")
    for chamber, members in rubric.chambers.items():
        names = " · ".join(constituencies.label(member, language) for member in members)
        yield f"**{chambers.label(chamber, language)}**{_COLON.get(language, ': ')}{names}"


def _lesson(rubric: Rubric, lesson: Lesson, language: str) -> Iterator[str]:
    number = rubric.lessons.index(lesson) + 1
    yield f"## {number}. {lesson.title[language]}"
    yield f"*{lesson.text[language]}*"
    for indicator in lesson.indicators:
        yield f"### {indicator.question[language]}"
        yield " · ".join(_about(indicator, language))
        yield "\n".join(f"{level}. {text[language]}" for level, text in zip(LEVELS, indicator.levels, strict=True))
        if indicator.applicability:
            yield f"*{rubric.applicability[indicator.applicability][language]}*"


def _about(indicator: Indicator, language: str) -> Iterator[str]:
    yield f"`{indicator.code}`"
    yield _said(indicator.kind, language)
    if indicator.computed_from:
        yield f"{_said('from', language)} " + " ".join(f"`{pointer}`" for pointer in indicator.computed_from)
    if indicator.anchors and indicator.anchors.values:
        yield _anchors(indicator.anchors, language)
    yield " ".join(indicator.sources)


def _anchors(anchors: Anchors, language: str) -> str:
    values = " / ".join(formatted(value, language) for value in anchors.values)
    return f"{_said('anchors', language)} {values} ({_said(anchors.measure, language)})"


def _pulse(rubric: Rubric, language: str) -> Iterator[str]:
    yield f"## {rubric.pulse.title[language]}"
    yield rubric.pulse.text[language]
    yield "\n".join(
        f"{number}. {text[language]}" for number, text in enumerate(rubric.pulse.questions.values(), start=1)
    )
    answers = " / ".join(text[language] for text in rubric.pulse.answers.values())
    yield f"{_said('answers', language)}{_COLON.get(language, ': ')}{answers}"
