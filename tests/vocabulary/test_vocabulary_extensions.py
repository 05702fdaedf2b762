"""Operators add codes by a file, and never change the meaning of those that are there."""

import json
from pathlib import Path

import pytest

from schemas.vocabulary import ExtensionRefused, extended, scheme


def file(folder: Path, document: object) -> Path:
    path = folder / "codes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_added_codes_come_after_the_others(tmp_path: Path) -> None:
    path = file(tmp_path, {"role": {"mentor": {"labels": {"en": "Mentor", "fr": "Mentor ou mentore"}}}})
    roles = extended(scheme("role"), path)
    assert roles.codes == (*scheme("role").codes, "mentor")
    assert roles.label("mentor", "fr") == "Mentor ou mentore"
    assert roles.label("mentor", "km") == "Mentor"
    assert roles.label("lead") == scheme("role").label("lead")
    assert roles.nearest("mentr") == ("mentor",)
    assert roles.entries()[-1] == {"code": "mentor", "labels": {"en": "Mentor", "fr": "Mentor ou mentore"}}
    assert "mentor" not in scheme("role")


def test_a_file_says_nothing_of_other_schemes(tmp_path: Path) -> None:
    path = file(tmp_path, {"role": {"mentor": {"labels": {"en": "Mentor"}}}})
    assert extended(scheme("scope"), path) is scheme("scope")


def test_a_country_may_be_added_with_its_region(tmp_path: Path) -> None:
    path = file(tmp_path, {"country": {"XKX": {"labels": {"en": "Kosovo"}, "alpha_2": "XK", "parent": "039"}}})
    countries = extended(scheme("country"), path)
    assert countries.label("XKX", "km") == "Kosovo"
    assert countries.parent("XKX") == "039"
    assert countries.alternative("XKX") == "XK"
    assert countries.label("KHM", "fr") == "Cambodge"


def test_key_actors_are_extended_with_the_constituencies(tmp_path: Path) -> None:
    path = file(tmp_path, {"constituency": {"faith": {"labels": {"en": "Faith-based organizations"}}}})
    assert "faith" in extended(scheme("constituency"), path)
    assert "faith" in extended(scheme("key-actor"), path)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"role": {"lead": {"labels": {"en": "Boss"}}}}, "is there already"),
        ({"role": {"Lead": {"labels": {"en": "Boss"}}}}, "is there already"),
        ({"role": {"mentor": {"labels": {"en": "A"}}, "Mentor": {"labels": {"en": "B"}}}}, "is there already"),
        ({"role": {"mentor": {"labels": {"fr": "Mentor"}}}}, "English"),
        ({"role": {"mentor": {"labels": {"en": " "}}}}, "labels"),
        ({"role": {"mentor": {"labels": "Mentor"}}}, "labels"),
        ({"role": {"mentor": "Mentor"}}, "object with labels"),
        ({"role": {"a mentor": {"labels": {"en": "Mentor"}}}}, "letters"),
        ({"role": {"mentor": {"labels": {"en": "Mentor"}, "parent": "lead"}}}, "parent"),
        ({"country": {"XKX": {"labels": {"en": "Kosovo"}, "parent": "999"}}}, "parent"),
        ({"country": {"XKX": {"labels": {"en": "Kosovo"}, "alpha_2": "KH"}}}, "taken"),
        ({"country": {"KH": {"labels": {"en": "Another"}}}}, "is there already"),
        ({"standing": {"blessed": {"labels": {"en": "Blessed"}}}}, "cannot be added"),
        ({"sdg": {"18": {"labels": {"en": "Digital"}}}}, "cannot be added"),
        ({"role": ["mentor"]}, "object of codes"),
        (["role"], "object"),
    ],
)
def test_refused(tmp_path: Path, document: object, problem: str) -> None:
    path = file(tmp_path, document)
    name = next(iter(document)) if isinstance(document, dict) else "role"
    with pytest.raises(ExtensionRefused, match=problem):
        extended(scheme(name), path)


def test_what_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codes.json"
    path.write_text("role: mentor", encoding="utf-8")
    with pytest.raises(ExtensionRefused, match="not JSON"):
        extended(scheme("role"), path)
