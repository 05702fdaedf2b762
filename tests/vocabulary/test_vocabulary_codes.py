"""Schemes are asked by name and code; a wrong word gets the right ones beside it."""

import pycountry
import pytest

from schemas.vocabulary import (
    LANGUAGES,
    Scheme,
    UnknownCode,
    UnknownScheme,
    chamber_of,
    constituencies_of,
    country,
    scheme,
    schemes,
)


def test_a_scheme_is_read_once() -> None:
    assert scheme("sdg") is scheme("sdg")


def test_unknown_scheme_names_those_near_it() -> None:
    with pytest.raises(UnknownScheme) as caught:
        scheme("constituencies")
    assert caught.value.nearest[0] == "constituency"
    assert str(caught.value).endswith("near it: constituency")
    assert isinstance(caught.value, KeyError)


def test_unknown_code_names_those_near_it() -> None:
    with pytest.raises(UnknownCode) as caught:
        scheme("role").label("implementor")
    assert caught.value.nearest == ("implementer",)
    assert "implementer" in str(caught.value)
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize("question", [Scheme.label, Scheme.labels, Scheme.parent, Scheme.alternative])
def test_every_question_about_an_unknown_code_is_refused(question: object) -> None:
    assert callable(question)
    for name in ("sdg", "country", "language"):
        with pytest.raises(UnknownCode):
            question(scheme(name), "no such code")


def test_a_code_is_in_its_scheme() -> None:
    assert "6" in scheme("sdg")
    assert "18" not in scheme("sdg")
    assert 6 not in scheme("sdg")
    assert [] not in scheme("sdg")
    assert "km" in scheme("language")
    assert "KHR" in scheme("currency")


def test_label_in_a_language() -> None:
    assert scheme("sdg").label("6") == "Clean water and sanitation"
    assert scheme("sdg").label("6", "km") == "ទឹកស្អាត និងអនាម័យ"
    assert scheme("country").label("KHM", "km") == "កម្ពុជា"
    assert scheme("region").label("035") == "Southeast Asia"
    assert scheme("language").label("km", "fr") == "khmer"


@pytest.mark.parametrize(("asked", "given"), [("zh-Hans-CN", "zh"), ("fr_CA", "fr"), ("KM", "km"), ("de", "en")])
def test_label_in_a_variant_or_another_language(asked: str, given: str) -> None:
    for name in ("sdg", "country"):
        code = scheme(name).codes[0]
        assert scheme(name).label(code, asked) == scheme(name).label(code, given)


def test_languages_without_a_khmer_name_are_shown_in_english() -> None:
    languages = scheme("language")
    nameless = [code for code in languages.codes if "km" not in languages.labels(code)]
    assert nameless
    assert all(languages.label(code, "km") == languages.label(code, "en") for code in nameless)


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("country", "Kenia", "KEN"),
        ("country", "KH", "KHM"),
        ("country", "khm", "KHM"),
        ("country", "Camboda", "KHM"),
        ("country", "កម្ពុជា", "KHM"),
        ("country", "Cote d'Ivoire", "CIV"),
        ("country", "Иордания", "JOR"),
        ("region", "South Asia", "034"),
        ("constituency", "indigenous", "indigenous_peoples"),
        ("constituency", "NGO civil society", "civil_society"),
        ("constituency", "gov", "government"),
        ("sdg", "water", "6"),
        ("sdg-target", "drinking water", "6.1"),
        ("role", "Implementor", "implementer"),
        ("language", "Khmer", "km"),
        ("currency", "riel", "KHR"),
    ],
)
def test_nearest(name: str, wrong: str, right: str) -> None:
    assert right in scheme(name).nearest(wrong), scheme(name).nearest(wrong)


def test_nearest_puts_what_is_the_same_first_and_alone() -> None:
    assert scheme("country").nearest("Kenia") == ("KEN",)
    assert scheme("country").nearest("KH") == ("KHM",)


def test_nearest_proposes_nothing_for_nonsense() -> None:
    assert scheme("sdg").nearest("") == ()
    assert scheme("sdg").nearest("   ") == ()
    assert scheme("role").nearest("qqqqqq") == ()


def test_nearest_gives_no_more_than_asked_for() -> None:
    assert len(scheme("sdg-target").nearest("6")) == 3
    assert len(scheme("sdg-target").nearest("6.", n=1)) == 1


def test_khmer_subscripts_that_look_the_same_are_the_same() -> None:
    label = scheme("region").label("143", "km")
    assert "\u17d2\u178a" in label
    assert scheme("region").nearest(label.replace("\u17d2\u178a", "\u17d2\u178f"))[0] == "143"


def test_parents() -> None:
    assert scheme("sdg-target").parent("6.a") == "6"
    assert scheme("mdg-target").parent("7.C") == "7"
    assert scheme("country").parent("KHM") == "035"
    assert scheme("region").parent("035") == "142"
    assert scheme("region").parent("001") is None
    assert scheme("sdg").parent("6") is None


@pytest.mark.parametrize("name", schemes())
def test_every_parent_is_a_code_of_its_scheme(name: str) -> None:
    one = scheme(name)
    parents = {one.parent(code) for code in one.codes} - {None}
    assert bool(parents) == (one.parent_scheme is not None)
    if one.parent_scheme is not None:
        assert all(parent in scheme(one.parent_scheme) for parent in parents)


@pytest.mark.parametrize("name", schemes())
def test_entries_are_what_the_api_shows(name: str) -> None:
    one = scheme(name)
    entries = one.entries()
    assert [entry["code"] for entry in entries] == list(one.codes)
    for entry in entries:
        assert set(entry) <= {"code", "labels", "parent"}
        assert set(entry["labels"]) <= set(LANGUAGES)
        assert entry.get("parent") == one.parent(entry["code"])


def test_what_is_given_out_can_be_changed_without_harm() -> None:
    before = scheme("sdg").label("1")
    scheme("sdg").entries()[0]["labels"]["en"] = "changed"
    dict(scheme("sdg").labels("1"))["en"] = "changed"
    assert scheme("sdg").label("1") == before


def test_the_codes_that_the_record_names() -> None:
    expected = {
        "constituency": "government un_system intergovernmental civil_society private_sector local_authority parliament "
        "academia indigenous_peoples women children_youth workers_trade_unions farmers persons_with_disabilities "
        "foundation media community unspecified",
        "chamber": "public civil_society affected_groups business_and_knowledge",
        "lesson": "inclusive clear_purpose_and_roles participatory flexible_funding good_governance "
        "private_sector_balance mandate strategic_influence",
        "role": "lead co_lead funder implementer accountable extending host secretariat adviser knowledge advocate "
        "beneficiary_representative observer",
        "scope": "global regional national subnational local",
        "kind": "partnership platform programme project commitment",
        "standing": "draft listed submitted registered returned reported suspended withdrawn",
        "phase": "forming active dormant completed ended_early",
        "tier": "listed confirmed registered assessable",
        "contribution-kind": "financial in_kind staff expertise data venue technology outreach volunteering other",
        "earmarking": "none soft tight",
        "function": "service policy advocacy knowledge finance standard",
        "legal-agreement": "none memorandum charter contract legal_entity",
        "document-kind": "agreement minutes accounts budget audit policy evaluation",
        "date-type": "planned_start actual_start planned_end actual_end",
        "business-size": "micro sme multinational association",
        "process-kind": "national_plan local_plan cooperation_framework vnr hlpf conference",
        "process-relation": "tied submitted cited confirmed",
        "commitment-kind": "logo focal_point staff funds decision",
        "decision-rule": "lead consensus majority qualified double_majority",
        "quota-kind": "votes share",
        "chosen-by": "themselves partnership unknown",
        "goal-weight": "primary secondary",
        "deliverable-level": "outcome output activity",
        "confirmation-state": "claimed confirmed corrected answered declined unnamed",
        "silence": "not_applicable withheld_for_safety",
        "budget-basis": "planned committed received spent",
        "result-sex": "female male other unspecified",
        "focal-point-function": "lead focal_point registrar confirmer",
    }
    for name, codes in expected.items():
        assert scheme(name).codes == tuple(codes.split()), name
    assert scheme("key-actor").codes == scheme("constituency").codes


def test_chambers_part_the_constituencies_between_them() -> None:
    seated = [constituency for chamber in scheme("chamber").codes for constituency in constituencies_of(chamber)]
    assert len(set(seated)) == len(seated)
    assert {*seated, "unspecified"} == set(scheme("constituency").codes)
    for chamber in scheme("chamber").codes:
        assert all(chamber_of(constituency) == chamber for constituency in constituencies_of(chamber))


def test_chamber_of_a_constituency() -> None:
    assert chamber_of("parliament") == "public"
    assert chamber_of("farmers") == "affected_groups"
    assert chamber_of("media") == "business_and_knowledge"
    assert chamber_of("unspecified") is None
    assert chamber_of("no such constituency") is None
    with pytest.raises(UnknownCode):
        constituencies_of("lords")


def test_countries_are_those_of_iso_3166() -> None:
    assert {code: scheme("country").alternative(code) for code in scheme("country").codes} == {
        entry.alpha_3: entry.alpha_2 for entry in pycountry.countries
    }
    assert country("kh") == "KHM"


def test_currencies_are_those_of_iso_4217_and_of_the_years_since_2000() -> None:
    codes = set(scheme("currency").codes)
    current = {entry.alpha_3 for entry in pycountry.currencies}
    # Metals, codes for tests and for none, and units of account that nobody gives or receives.
    no_money = {code for code in current - codes if code.startswith("X")}
    assert current - codes == no_money
    assert {"XAF", "XOF", "XCD", "XPF", "XDR"} <= codes
    assert {"DEM", "FRF", "ITL"} <= codes


def test_languages_hold_every_language_with_two_letters() -> None:
    two_letters = {entry.alpha_2 for entry in pycountry.languages if hasattr(entry, "alpha_2")}
    assert two_letters - set(scheme("language").codes) == set()
    assert "und" not in scheme("language")
