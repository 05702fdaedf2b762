"""The one analysis: how words are cut, folded and stemmed in seven languages and outside them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search import analysis, query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Safe Water, for ALL!", ["safe", "water", "for", "all"]),
        ("L’école d'été — déjà vu", ["l", "ecole", "d", "ete", "deja", "vu"]),
        ("CVN-2026-000001", ["cvn", "2026", "000001"]),
        ("snake_case e-mail 1.25", ["snake", "case", "e", "mail", "1", "25"]),
        ("Straße ŁÓDŹ Ærø Ĳssel ﬁn", ["strasse", "lodz", "aero", "ijssel", "fin"]),
        ("Ёлка УЧЁБА йод", ["елка", "учеба", "иод"]),
        ("نسـبة الأطفال وفقــاً إِلى", ["نسبه", "الاطفال", "وفقا", "الي"]),
        ("改善环境卫生", ["改善", "环境", "卫生"]),
        ("到2030年COVID疫苗", ["到", "2030", "年", "covid", "疫苗"]),
        ("ទឹកស្អាតសម្រាប់ភូមិ", ["ទឹក", "ស្អាត", "សម្រាប់", "ភូមិ"]),
        ("២០៣០ ៩ពាន់", ["2030", "9", "ពាន់"]),
        ("٢٠٣٠ ２０３０", ["2030", "2030"]),
        ("İstanbul ISPARTA ısı", ["istanbul", "isparta", "isi"]),
        ("กินข้าว", ["กิน", "ข้าว"]),
        ("💧 … ៖ 。", []),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert analysis.surfaces(text) == words


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("developing", "developed", "en"),
        ("développements", "développement", "fr"),
        ("educación", "educaciones", "es"),
        ("водой", "воды", "ru"),
        ("учёбы", "учеба", "ru"),
        ("والأطفال", "أطفال", "ar"),
        ("للمياه", "المياه", "ar"),
        ("الوزارة", "وزارة", "ar"),
        ("والوقت", "وقت", "ar"),
        ("سياسات", "السياسة", "ar"),
        ("السياسه", "سياسة", "ar"),
    ],
)
def test_forms_of_a_word_have_a_stem_in_common(one: str, other: str, language: str) -> None:
    first, second = (set(analysis.stems_of(word, language)) for word in (one, other))
    assert first & second
    assert all(stem.startswith(f"{language}:") for stem in first | second)


def test_khmer_subscripts_that_look_alike_are_alike() -> None:
    assert analysis.surface("សម្ដេច") == analysis.surface("សម្តេច")
    assert analysis.surface("ស្រ្ត") == analysis.surface("ស្ត្រ")


def test_khmer_vowels_and_coeng_are_kept() -> None:
    assert analysis.surface("ក្មេង") != analysis.surface("កមេង")
    assert analysis.surface("ទឹក") != analysis.surface("ទក")


def test_other_languages_are_folded_only() -> None:
    assert analysis.index_lines("Educação Ambiental", "pt") == ("educacao ambiental", "")
    assert analysis.index_lines("Educação Ambiental", None) == ("educacao ambiental", "")


def test_words_are_bounded() -> None:
    assert analysis.surfaces("x" * 200) == ["x" * 64, "x" * 64, "x" * 64, "x" * 8]
    assert max(map(len, analysis.surfaces("é" * 500 + "ក" * 500 + "水" * 500))) <= 128


@given(st.text(max_size=200))
def test_tokens_have_no_white_space_and_lines_are_the_words(text: str) -> None:
    line, stems = analysis.index_lines(text, "en")
    assert line.split() == analysis.surfaces(text)
    for word in [*line.split(), *stems.split()]:
        assert word == "".join(word.split())
        assert 0 < len(word) <= 131
    folded = [analysis.surface(span.raw) for span in analysis.spans(text)]
    assert [word for word in folded if word] == analysis.surfaces(text)


@given(st.text(max_size=100))
def test_case_does_not_matter(text: str) -> None:
    if len(text.upper()) == len(text) and text.upper().lower() == text.lower():
        composed = unicodedata.normalize("NFC", text)
        assert analysis.surfaces(composed.lower()) == analysis.surfaces(text.lower()) or not composed.isascii()


@given(st.text(max_size=60))
def test_spans_stand_where_they_say(text: str) -> None:
    for span in analysis.spans(text):
        assert text[span.start : span.end] == span.raw


@given(st.text(max_size=60))
def test_a_plain_text_has_the_folded_words(text: str) -> None:
    if analysis.is_spaced(text):
        plain = analysis.plain(text)
        assert all(folded in plain for folded in analysis.surfaces(text))


@pytest.mark.parametrize(
    ("text", "aligned"),
    [
        ("Été à Łódź", True),
        ("Straße", False),
        ("مدرسة", True),
        ("مَدرسة", False),
        ("ß\u00ad", False),
        ("e\u0301", False),
    ],
)
def test_a_plain_text_says_whether_its_letters_stand_where_they_stood(text: str, aligned: bool) -> None:
    assert analysis.is_letter_for_letter(text, analysis.plain(text)) is aligned


def test_a_query_has_words_phrases_and_exclusions() -> None:
    parsed = query.parse('water "safe to drink" -oil -"deep sea" CVN-2026-000001 «eau potable» "alone')
    assert [word.surface for word in parsed.words] == ["water", "cvn", "2026", "000001", "alone"]
    assert [[word.surface for word in phrase] for phrase in parsed.phrases] == [
        ["safe", "to", "drink"],
        ["eau", "potable"],
    ]
    assert [word.surface for word in parsed.without_words] == ["oil"]
    assert [[word.surface for word in phrase] for phrase in parsed.without_phrases] == [["deep", "sea"]]


def test_stop_words_are_asked_for_only_where_there_is_nothing_else() -> None:
    assert [word.surface for word in query.parse("is there water in my district").needed] == ["water", "district"]
    assert [word.surface for word in query.parse("to be or not to be").needed] == ["to", "be", "or", "not"]


def test_a_word_is_stemmed_in_the_languages_of_its_script() -> None:
    [word] = query.parse("nations").words
    assert {stem[:3] for stem in word.stems} == {"en:", "fr:", "es:"}
    [word] = query.parse("воды").words
    assert word.stems == ("ru:вод",)
    [word] = query.parse("水").words
    assert word.stems == ()
