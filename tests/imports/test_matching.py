"""Organizations are matched by identifier, then by name and country, and never guessed into one."""

from __future__ import annotations

from typing import Any

from services.registry.imports.matching import (
    Candidates,
    ImportedOrganization,
    KnownOrganization,
    folded,
    key_of,
    names_a_country,
    needs_context,
)


def imported(name: str, *identifiers: tuple[str, str], **said: Any) -> ImportedOrganization:
    return ImportedOrganization({"en": name}, identifiers, **said)


def known(each: str, name: str, *identifiers: tuple[str, str], **said: Any) -> KnownOrganization:
    return KnownOrganization(each, frozenset({folded(name)}), frozenset(identifiers), **said)


def match(wanted: ImportedOrganization, *register: KnownOrganization, **options: Any) -> str | None:
    return Candidates(register, {}).match(wanted, **options)


def test_an_identifier_decides_whatever_the_name_is() -> None:
    undp = known("1", "United Nations Development Programme", ("XM-DAC", "41114"), country="USA")
    assert match(imported("PNUD", ("XM-DAC", "41114")), undp) == "1"
    assert match(imported("United Nations Development Programme", ("XM-DAC", "41122")), undp) is None


def test_identifiers_however_they_are_parted_and_written() -> None:
    assert key_of(("XM-DAC", "41114")) == key_of(("org-id", "xm-dac-41114")) == key_of(("IATI", "XM-DAC-41114"))
    assert match(imported("X", ("GB-COH", "1")), known("1", "Y", ("org-id", "GB-COH-1"))) == "1"


def test_names_match_without_case_accents_and_spaces_in_the_same_country() -> None:
    register = known("1", "Médecins du  Monde", country="FRA")
    assert match(imported("MEDECINS DU MONDE", country="FRA"), register) == "1"
    assert match(imported("Médecins du Monde", country="ESP"), register) is None
    assert match(imported("Médecins du Monde"), register) is None
    assert match(imported("Médecins du Monde"), known("1", "Médecins du Monde")) == "1"


def test_what_says_otherwise_keeps_two_of_one_name_apart() -> None:
    red_cross = known("1", "Red Cross", ("GB-CHC", "220949"), country="GBR", constituency="civil_society")
    same = {"country": "GBR"}
    assert match(imported("Red Cross", constituency="government", **same), red_cross) is None
    assert match(imported("Red Cross", ("GB-CHC", "1"), **same), red_cross) is None
    assert match(imported("Red Cross", ("GB-COH", "RC000070"), **same), red_cross) == "1"
    assert match(imported("Red Cross", **same), red_cross) == "1"


def test_two_that_fit_are_no_match_but_the_record_s_own_partner_stays() -> None:
    register = (known("1", "Water Trust", country="KEN"), known("2", "Water Trust", country="KEN"))
    assert match(imported("Water Trust", country="KEN"), *register) is None
    assert match(imported("Water Trust", country="KEN"), *register, partners={"2"}) == "2"


def test_what_is_ambiguous_becomes_one_new_organization_not_one_per_activity() -> None:
    made: dict[Any, str] = {}
    register = (known("1", "Water Trust", country="KEN"), known("2", "Water Trust", country="KEN"))
    first = Candidates(register, made)
    assert first.match(imported("Water Trust", country="KEN")) is None
    first.entered(imported("Water Trust", country="KEN"), "3")
    assert first.match(imported("Water Trust", country="KEN")) == "3"
    another_batch = Candidates((*register, known("3", "Water Trust", country="KEN")), made)
    assert another_batch.match(imported("Water Trust", country="KEN")) == "3"


def test_a_ministry_without_a_country_is_not_that_of_another_country() -> None:
    kenya = imported("Ministry of Health", constituency="government", context="KEN")
    malawi = imported("Ministry of Health", constituency="government", context="MWI")
    candidates = Candidates((known("1", "Ministry of Health", constituency="government"),), {})
    assert candidates.match(kenya) is None
    candidates.entered(kenya, "2")
    assert candidates.match(kenya) == "2"
    assert candidates.match(malawi) is None


def test_a_name_that_holds_a_country_says_enough() -> None:
    assert names_a_country(folded("Ministère de la Santé du Sénégal"))
    assert names_a_country(folded("Government of the Republic of Côte d’Ivoire"))
    assert not names_a_country(folded("Ministry of Health"))
    named = imported("Ministry of Health of Malawi", constituency="government", context="MWI")
    assert not needs_context(named)
    assert match(named, known("1", "Ministry of Health of Malawi", constituency="government")) == "1"


def test_names_in_several_languages() -> None:
    wanted = ImportedOrganization({"en": "World Bank", "fr": "Banque mondiale"})
    assert match(wanted, known("1", "Banque Mondiale")) == "1"


def test_the_same_doubt_finds_what_an_import_entered_for_it() -> None:
    doubled = (known("1", "Twin", ("XM-BB", "1")), known("2", "Twin", ("XM-BB", "2")))
    entered = known("3", "Twin", imported=True)
    assert match(imported("Twin"), *doubled) is None
    assert match(imported("Twin"), *doubled, entered) == "3"
    assert match(imported("Twin"), *doubled, entered, known("4", "Twin", imported=True)) == "3"
    assert match(imported("Twin"), *doubled, known("3", "Twin")) is None  # somebody's own entry, for other reasons
    assert match(imported("Twin", constituency="civil_society"), *doubled, entered) is None


def test_a_ministry_met_in_the_same_country_is_the_same() -> None:
    stated: dict[str, Any] = {"constituency": "government"}
    rivers = known("1", "Ministry of Rivers", met="KHM", **stated)
    assert match(imported("Ministry of Rivers", context="KHM", **stated), rivers) == "1"
    assert match(imported("Ministry of Rivers", context="LAO", **stated), rivers) is None
    assert match(imported("Ministry of Rivers", context="KHM LAO", **stated), rivers) is None
    assert match(imported("Ministry of Rivers", context="KHM", constituency="local_authority"), rivers) is None
    assert match(imported("Ministry of Rivers", **stated), known("1", "Ministry of Rivers", **stated)) is None
