"""A used version never changes; a new one says what can no longer be compared; the printed pages are true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.rubric import (
    FIGURES,
    RubricDifference,
    RubricError,
    check_frozen,
    difference,
    digest,
    freeze,
    frozen,
    is_frozen,
    reading,
    render_page,
    rubric,
    versions,
)
from schemas.rubric.__main__ import main
from schemas.rubric.page import page_name
from schemas.vocabulary import LANGUAGES
from tests.rubric.conftest import Draft

ONE = rubric("1")
PAGES = Path(__file__).resolve().parents[2] / "docs" / "rubric"
JUDGEMENT = {
    "level", "interval", "chamber_means", "tentative", "disagreement", "one_chamber_decides", "agreement",
    "departs_from_evidence",
}  # fmt: skip


def at(content: Any, code: str) -> Any:
    for lesson in content["lessons"].values():
        if code in lesson["indicators"]:
            return lesson["indicators"][code]
    raise AssertionError(code)


def entry(content: Any, code: str) -> Any:
    return next(one for lesson in content["lessons"] for one in lesson["indicators"] if one["code"] == code)


def broken(found: RubricDifference) -> set[str]:
    return {figure.figure for figure in found.not_comparable}


# Frozen


def test_used_versions_are_as_they_were() -> None:
    check_frozen()
    assert is_frozen("1")
    assert not is_frozen("9999")


def test_the_digest_sees_every_text(draft: Draft) -> None:
    assert digest(draft.read()) == digest(ONE)
    draft.change("km", lambda content: content["pulse"]["answers"].update(no="…"))
    assert digest(draft.read()) != digest(ONE)


def test_a_changed_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "frozen.json"
    monkeypatch.setattr(frozen, "FROZEN", file)
    file.write_bytes(orjson.dumps({"1": "0" * 64}))
    with pytest.raises(RubricError, match="frozen and was changed; undo that, and make version 2"):
        check_frozen()
    with pytest.raises(RubricError):
        freeze("1")
    file.write_bytes(orjson.dumps({"8": "0" * 64}))
    with pytest.raises(RubricError, match="its folder is gone"):
        check_frozen()
    file.write_bytes(b"{}")
    assert not is_frozen("1")
    assert orjson.loads(file.read_bytes()) == {}
    assert freeze("1") == digest(ONE)
    assert orjson.loads(file.read_bytes()) == {"1": digest(ONE)}
    assert freeze("1") == digest(ONE)


# Differences


def test_nothing_differs_from_itself() -> None:
    found = difference(ONE, ONE)
    assert found.comparable
    assert found.indicators == ()
    assert found.sentences == ("All published figures of rubric 1 and rubric 1 can be compared.",)


def test_a_translation_alone_breaks_nothing_but_is_told(draft: Draft) -> None:
    draft.change("km", lambda c: at(c, "vital_first")["levels"].update({"2": "ទាំងពីរ។"}))
    draft.change("fr", lambda c: at(c, "vital_first").update(question="Le vital d’abord ?"))
    draft.change("fr", lambda c: c["pulse"]["questions"].update(would_join_again="Recommenceriez-vous ?"))
    found = difference(ONE, draft.read())
    assert found.comparable
    assert found.sentences == (
        "mandate/vital_first: translation changed (fr, km)",
        "partner pulse: question would_join_again: translation changed (fr)",
        "All published figures of rubric 1 and rubric 1 can be compared.",
    )


def test_a_judged_level_reworded_breaks_the_judged_figures_of_its_lesson(draft: Draft) -> None:
    draft.change("en", lambda c: at(c, "vital_first")["levels"].update({"2": "Both count.", "3": "Need counts more."}))
    found = difference(ONE, draft.read())
    (change,) = found.indicators
    assert str(change) == "mandate/vital_first: levels 2, 3 reworded"
    assert found.lessons == ("mandate",)
    assert broken(found) == JUDGEMENT | {"indicator_band"}
    assert found.sentences[1:] == (
        "Not comparable, mandate: the lesson's level, its interval, the chambers' means, the flag tentative, the flag "
        "disagreement, the flag one chamber decides, agreement (Krippendorff's alpha), the flag departs from evidence.",
        "Not comparable, mandate/vital_first: the indicator's band.",
    )


def test_other_anchors_break_the_evidence_but_not_its_coverage(draft: Draft) -> None:
    draft.change("lessons", lambda c: entry(c, "reaches_local")["anchors"].update(values=["5", "25", "50"]))
    found = difference(ONE, draft.read())
    assert str(found.indicators[0]) == "flexible_funding/reaches_local: other anchors"
    assert broken(found) == {"evidence_range", "evidence_level", "departs_from_evidence", "indicator_level"}
    assert found.lessons == ("flexible_funding",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.update(computed_from=["/partners"]), "computed from something else"),
        (lambda one: one.pop("applicability"), "applies otherwise"),
    ],
)
def test_what_changes_who_is_counted_breaks_the_coverage_too(draft: Draft, change: Any, words: str) -> None:
    draft.change("lessons", lambda c: change(entry(c, "days_to_payment")))
    found = difference(ONE, draft.read())
    assert words in str(found.indicators[0])
    assert "coverage" in broken(found)
    assert "level" not in broken(found)


def test_sources_are_told_and_break_nothing(draft: Draft) -> None:
    draft.change("lessons", lambda c: entry(c, "reviewed").update(sources=["¶75"]))
    found = difference(ONE, draft.read())
    assert found.comparable
    assert "good_governance/reviewed: other sources" in found.sentences


def test_a_kind_changed_breaks_both_sides(draft: Draft) -> None:
    def swap(content: Any) -> None:
        one, other = entry(content, "safeguards"), entry(content, "primary_first")
        other.update(kind="computed", computed_from=one.pop("computed_from"), anchors=one.pop("anchors"))
        one.update(kind="judged")

    found = difference(ONE, draft.change("lessons", swap).read())
    assert {str(change) for change in found.indicators} == {
        "good_governance/safeguards: judged instead of computed; other anchors; computed from something else",
        "good_governance/primary_first: computed instead of judged; other anchors; computed from something else",
    }
    assert found.lessons == ("good_governance",)
    assert {"level", "agreement", "coverage", "indicator_band", "indicator_level"} <= broken(found)


def test_an_indicator_renamed_is_one_removed_and_one_added(draft: Draft) -> None:
    draft.change("lessons", lambda c: entry(c, "quick_money").update(code="seed_money"))
    for language in LANGUAGES:
        draft.change(
            language,
            lambda c: c["lessons"]["flexible_funding"]["indicators"].update(
                seed_money=c["lessons"]["flexible_funding"]["indicators"].pop("quick_money")
            ),
        )
    found = difference(ONE, draft.read())
    assert [str(change) for change in found.indicators] == [
        "flexible_funding/quick_money: removed",
        "flexible_funding/seed_money: added",
    ]
    assert broken(found) == JUDGEMENT


def test_an_indicator_that_moves_breaks_both_lessons(draft: Draft) -> None:
    def swap(content: Any) -> None:
        one, other = content["lessons"][0]["indicators"], content["lessons"][1]["indicators"]
        one[4], other[4] = other[4], one[4]

    draft.change("lessons", swap)
    for language in LANGUAGES:
        draft.change(language, _swap_texts)
    found = difference(ONE, draft.read())
    assert {str(change) for change in found.indicators} == {
        "inclusive/who_is_missing: removed",
        "clear_purpose_and_roles/who_is_missing: moved from another lesson",
        "clear_purpose_and_roles/steered_by_change: removed",
        "inclusive/steered_by_change: moved from another lesson",
    }
    assert set(found.lessons) == {"inclusive", "clear_purpose_and_roles"}
    assert broken(found) == JUDGEMENT


def _swap_texts(content: Any) -> None:
    one, other = (content["lessons"][code]["indicators"] for code in ("inclusive", "clear_purpose_and_roles"))
    one["steered_by_change"], other["who_is_missing"] = other.pop("steered_by_change"), one.pop("who_is_missing")


def test_a_question_of_the_pulse_breaks_its_distribution_and_what_rests_on_it(draft: Draft) -> None:
    draft.change("en", lambda c: c["pulse"]["questions"].update(could_influence="Were you heard?"))
    found = difference(ONE, draft.read())
    assert found.questions_changed == ("could_influence",)
    assert "could_influence: the distribution of the answers" in map(str, found.not_comparable)
    assert "participatory/partners_say_they_decide: the indicator's computed level" in map(str, found.not_comparable)
    assert found.lessons == ("participatory",)


def test_other_answers_break_every_distribution(draft: Draft) -> None:
    draft.change("en", lambda c: c["pulse"]["answers"].update(partly="Somewhat"))
    found = difference(ONE, draft.read())
    assert len(found.questions_changed) == 6
    assert "partner pulse: answer partly reworded" in found.sentences


def test_texts_that_guide_readers_are_told(draft: Draft) -> None:
    draft.change("en", lambda c: c["notes"].update(unknown="Unknown is unknown."))
    draft.change("en", lambda c: c["lessons"]["mandate"].update(text="Stay on course."))
    found = difference(ONE, draft.read())
    assert found.comparable
    assert found.remarks == ("mandate: text reworded", "note unknown reworded")


def test_other_chambers_break_what_is_averaged_over_them(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "constituencies_of", lambda chamber: (f"{chamber}_of_another_kind",))
    found = difference(ONE, draft.read())
    assert found.chambers_changed
    assert len(found.lessons) == 8
    assert broken(found) == JUDGEMENT - {"agreement"} | {"indicator_band"}


def test_every_figure_has_words() -> None:
    assert FIGURES.keys() >= JUDGEMENT
    assert all(FIGURES.values())


# Pages


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("version", versions())
def test_pages_are_up_to_date(version: str, language: str) -> None:
    written = (PAGES / page_name(version, language)).read_text(encoding="utf-8")
    assert written == render_page(rubric(version), language), "run: python -m schemas.rubric pages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_everything_of_its_language(language: str) -> None:
    page = render_page(ONE, language)
    for indicator in ONE.indicators:
        assert f"### {indicator.question[language]}\n" in page
        assert f"`{indicator.code}`" in page
        for level, text in enumerate(indicator.levels):
            assert f"\n{level}. {text[language]}\n" in page
    assert all(text[language] in page for text in (*ONE.pulse.questions.values(), *ONE.notes.values()))
    assert page.startswith(f'<div lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">')


def test_there_is_no_page_too_many() -> None:
    expected = {page_name(version, language) for version in versions() for language in LANGUAGES}
    assert {path.name for path in PAGES.iterdir()} == expected


def test_no_page_in_another_language() -> None:
    with pytest.raises(ValueError, match="not written in 'de'"):
        render_page(ONE, "de")


# Commands


def test_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "rubric 1: whole, frozen" in capsys.readouterr().out
    assert main(["difference", "1", "1"]) == 0
    assert "can be compared" in capsys.readouterr().out
    assert main(["difference", "1", "77"]) == 1
    assert "there is no such version" in capsys.readouterr().err
    assert main([]) == 2
