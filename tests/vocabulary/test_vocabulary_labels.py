"""Every code is called something, in the script of each language, and in our own words."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.vocabulary import LANGUAGES, scheme, schemes
from schemas.vocabulary.codes import _CLOSED, _SAME_AS, _TABLES

NAMED_BY_CLDR = {"country", "region", "language", "currency"}
OWN = [name for name in schemes() if name not in NAMED_BY_CLDR]
SCRIPTS = {
    "en": r"[A-Za-z]",
    "fr": r"[A-Za-zÀ-ÿ]",
    "es": r"[A-Za-zÀ-ÿ]",
    "ru": r"[\u0400-\u04ff]",
    "ar": r"[\u0600-\u06ff]",
    "zh": r"[\u4e00-\u9fff]",
    "km": r"[\u1780-\u17ff]",
}
FOLDERS = {"zh": "zh-Hans"}


def official(data: Path, language: str, what: str) -> dict[str, str]:
    """Official texts by code (`6.1`), of `goals` or `targets`."""
    folder = data / "goals" / "open-sdg-translations" / FOLDERS.get(language, language)
    texts: dict[str, str] = yaml.safe_load((folder / f"global_{what}.yml").read_text(encoding="utf-8"))
    return {key.removesuffix("-title").replace("-", "."): text for key, text in texts.items() if key.endswith("-title")}


def words(text: str) -> list[str]:
    return re.findall(r"[\w’']+", unicodedata.normalize("NFC", text).casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


@pytest.mark.parametrize("name", OWN)
def test_every_code_has_a_label_in_the_script_of_each_language(name: str) -> None:
    one = scheme(name)
    for code in one.codes:
        labels = one.labels(code)
        assert tuple(labels) == LANGUAGES, code
        for language, label in labels.items():
            assert label == label.strip(), (code, language)
            assert "  " not in label, (code, language)
            assert re.search(SCRIPTS[language], label), (code, language, label)
            if language in ("ru", "ar", "km"):
                assert not re.search(r"[A-Za-z]", label), (code, language, label)
            assert "\u200b" not in label


@pytest.mark.parametrize("name", ["country", "region"])
def test_countries_and_regions_are_named_in_all_languages(name: str) -> None:
    one = scheme(name)
    for code in one.codes:
        labels = one.labels(code)
        assert tuple(labels) == LANGUAGES, code
        for language in ("ru", "ar", "zh", "km"):
            assert re.search(SCRIPTS[language], labels[language]), (code, language)


@pytest.mark.parametrize("name", ["language", "currency"])
def test_languages_and_currencies_have_at_least_an_english_name(name: str) -> None:
    one = scheme(name)
    for code in one.codes:
        assert one.labels(code)["en"]
        assert one.label(code, "km")


@pytest.mark.parametrize("name", OWN)
def test_two_codes_of_a_scheme_are_not_called_the_same(name: str) -> None:
    one = scheme(name)
    for language in LANGUAGES:
        labels = [one.label(code, language) for code in one.codes]
        assert len(set(labels)) == len(labels), [label for label in labels if labels.count(label) > 1]


def test_labels_are_short() -> None:
    for name in OWN:
        one = scheme(name)
        for code in one.codes:
            assert len(words(one.label(code))) <= 12, (name, code)
            assert max(map(len, one.labels(code).values())) <= 90, (name, code)


def test_counts_of_the_goals() -> None:
    counts = {name: len(scheme(name).codes) for name in ("sdg", "sdg-target", "mdg", "mdg-target", "agenda21")}
    assert counts == {"sdg": 17, "sdg-target": 169, "mdg": 8, "mdg-target": 21, "agenda21": 40}
    for name in ("sdg", "mdg", "agenda21"):
        assert scheme(name).codes == tuple(str(number + 1) for number in range(counts[name]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_goals_and_targets_have_the_official_codes(data: Path, language: str) -> None:
    assert set(official(data, language, "goals")) == set(scheme("sdg").codes)
    assert set(official(data, language, "targets")) == set(scheme("sdg-target").codes)


def test_millennium_targets_have_the_official_codes(data: Path) -> None:
    document = json.loads((data / "goals" / "mdg_goals_targets.json").read_text(encoding="utf-8"))
    assert scheme("mdg").codes == tuple(goal["code"] for goal in document["goals"])
    targets = {target[0]: goal["code"] for goal in document["goals"] for target in goal["targets"]}
    assert scheme("mdg-target").codes == tuple(targets)
    assert {code: scheme("mdg-target").parent(code) for code in targets} == targets


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language not in ("zh", "km")])
def test_no_label_repeats_the_official_sentence(data: Path, language: str) -> None:
    texts = official(data, language, "targets")
    for code in scheme("sdg-target").codes:
        label = scheme("sdg-target").label(code, language)
        assert words(label) != words(texts[code]), code
        assert not runs(label, 8) & runs(texts[code], 8), code


@pytest.mark.parametrize(("language", "length"), [("zh", 14), ("km", 40)])
def test_no_label_repeats_the_official_sentence_where_words_are_not_parted(
    data: Path, language: str, length: int
) -> None:
    texts = official(data, language, "targets")
    for code in scheme("sdg-target").codes:
        label, text = (
            re.sub(r"[\s\u200b，、；：。៖]", "", each)
            for each in (scheme("sdg-target").label(code, language), texts[code])
        )
        assert label != text, code
        assert not any(label[i : i + length] in text for i in range(len(label) - length + 1)), code


def test_no_millennium_label_repeats_the_official_sentence(data: Path) -> None:
    document = json.loads((data / "goals" / "mdg_goals_targets.json").read_text(encoding="utf-8"))
    for goal in document["goals"]:
        for code, text in goal["targets"]:
            label = scheme("mdg-target").label(code)
            assert words(label) != words(text)
            assert not runs(label, 8) & runs(text, 8)


def test_each_scheme_has_a_table_and_each_table_a_scheme() -> None:
    tables = {path.stem for path in _TABLES.glob("*.json")}
    assert tables == set(schemes()) - set(_SAME_AS)
    assert set(schemes()) >= _CLOSED


@pytest.mark.parametrize("name", [name for name in schemes() if name not in _SAME_AS])
def test_tables_say_nothing_twice(name: str) -> None:
    """A repeated key would silently win over the first when a person edits a table by hand."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(set(keys)) == len(keys), keys
        return dict(pairs)

    table = json.loads((_TABLES / f"{name}.json").read_text(encoding="utf-8"), object_pairs_hook=once)
    assert table["scheme"] == name
    assert "codes" in table
