"""Columns and single profiles agree, record by record; and no indicator reads more of a document than it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

import pytest

from schemas.rubric import rubric
from services.assessment.evidence.columns import NOT_APPLICABLE, UNKNOWN, columns, joined
from services.assessment.evidence.findings import Indicator
from services.assessment.evidence.indicators import NEWEST, VERSIONS
from services.assessment.evidence.profile import Document, findings, lesson_figures
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.record import Record
from tests.assessment.evidence.cases import CASES
from tests.assessment.evidence.documents import ON
from tests.assessment.evidence.made import Maker


def agree(documents: list[Document], on: date, pulse: Pulse | None = None) -> None:
    """Assert that both ways find the same levels and figures."""
    made = columns(iter(documents), on, (lambda _: pulse) if pulse else None)
    assert len(made) == len(documents)
    single = [findings(document, on, pulse) for document in documents]
    for code, column in made.levels.items():
        expected = [
            each[code].level if each[code].level is not None else UNKNOWN if each[code].applicable else NOT_APPLICABLE
            for each in single
        ]
        assert list(column) == expected, code
    for lesson in rubric(NEWEST).lessons:
        codes = [each.code for each in VERSIONS[NEWEST] if each.lesson == lesson.code]
        assert list(made.figures(lesson.code)) == [lesson_figures(each[code] for code in codes) for each in single]


@pytest.mark.parametrize("chance", [0.1, 0.5, 1.0])
def test_columns_and_profiles_agree(chance: float) -> None:
    maker = Maker(Random(int(chance * 10)))
    agree([maker.document(chance) for _ in range(150)], ON)


def test_they_agree_on_the_worked_cases() -> None:
    agree([case.document for case in CASES], ON)
    agree([case.document for case in CASES[:20]], ON, Pulse(yes=4, no=1))


def test_they_agree_on_nothing_and_on_nobody() -> None:
    agree([{}], ON)
    assert len(columns([], ON)) == 0


def test_runs_are_joined_in_order() -> None:
    documents = [Maker(Random(5)).document() for _ in range(30)]
    whole = columns(documents, ON)
    assert joined([columns(documents[:10], ON), columns(documents[10:], ON)]) == whole


def test_the_share_unknown_leaves_out_what_does_not_apply() -> None:
    made = columns([{"private_sector": {"absence_reason": "None here"}}, {}], ON)
    # Of the first record one of one is known, of the second none of four.
    assert made.share_unknown("private_sector_balance") == pytest.approx(4 / 5)


class Watched(dict[str, object]):
    """A document that remembers what was read of it."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.read: set[str] = set()

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.read.add(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("indicators ask for members by name")


@pytest.mark.parametrize("indicator", VERSIONS[NEWEST], ids=lambda each: each.code)
def test_an_indicator_reads_what_it_says(indicator: Indicator) -> None:
    maker = Maker(Random(7))
    documents = [maker.document(0.8) for _ in range(100)] + [
        each.document for each in CASES if each.code == indicator.code
    ]
    for document in documents:
        watched = Watched(document)
        indicator.function(Record(watched, ON), ON, None)
        assert watched.read <= indicator.reads
