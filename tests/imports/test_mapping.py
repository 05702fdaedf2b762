"""What an activity becomes, rule by rule."""

from __future__ import annotations

import pytest

from services.registry.imports import iati_codes as codes
from services.registry.imports.iati_elements import day, language, line, number
from services.registry.imports.iati_organizations import is_un_body, reference
from tests.imports.files import one, reasons, validated


def organization(role: str, kind: str = "22", ref: str = "", name: str = "") -> str:
    narrative = f"<narrative>{name}</narrative>" if name else ""
    return f'<participating-org role="{role}" type="{kind}" ref="{ref}">{narrative}</participating-org>'


def transaction(kind: str, amount: str, rest: str = "", currency: str = "USD", date: str = "2020-05-01") -> str:
    return (
        f'<transaction><transaction-type code="{kind}"/><transaction-date iso-date="{date}"/>'
        f'<value currency="{currency}" value-date="{date}">{amount}</value>{rest}</transaction>'
    )


# Who


@pytest.mark.parametrize(
    ("roles", "lead"),
    [
        (["1", "2", "4"], "Org 1"),
        (["4", "1"], "Org 0"),
        (["1", "3"], "UNDP"),
        ([], "UNDP"),
    ],
)
def test_the_lead_is_accountable_else_implementing_else_reporting(roles: list[str], lead: str) -> None:
    activity = one("".join(organization(role, name=f"Org {place}") for place, role in enumerate(roles)))
    assert activity.organizations[activity.lead].name == {"en": lead}
    assert activity.content["partners"][0]["roles"][0] == "lead"


def test_one_organization_in_several_roles_is_one_partner() -> None:
    both = organization("1", "40", "XM-DAC-41114", "UNDP") + organization("4", "40", "XM-DAC-41114", "U.N.D.P.")
    (partner,) = one(both).content["partners"]
    assert partner["roles"] == ["lead", "funder", "implementer"]


def test_who_only_reports_is_no_partner() -> None:
    activity = one(organization("2", name="Water board"))
    assert len(activity.organizations) == 1
    kept = {each["scheme"]: each["code"] for each in activity.content["classifications"]}
    assert kept["iati-reporting-organization"] == "XM-DAC-41114"


@pytest.mark.parametrize(
    ("kind", "ref", "constituency"),
    [
        ("10", "", "government"),
        ("11", "", "local_authority"),
        ("15", "", "government"),
        ("21", "", "civil_society"),
        ("24", "", "civil_society"),
        ("30", "", "unspecified"),
        ("40", "XM-DAC-41122", "un_system"),
        ("40", "41122", "un_system"),
        ("40", "XM-DAC-41302-ILO", "un_system"),
        ("40", "XM-DAC-41317", "intergovernmental"),  # the Green Climate Fund has a channel of that range
        ("40", "XM-DAC-47066", "intergovernmental"),
        ("40", "", "intergovernmental"),
        ("60", "", "foundation"),
        ("72", "", "private_sector"),
        ("80", "", "academia"),
        ("90", "", "unspecified"),
        ("", "", "unspecified"),
        ("99", "", "unspecified"),
    ],
)
def test_organization_types(kind: str, ref: str, constituency: str) -> None:
    activity = one(organization("1", kind, ref, "Somebody"))
    assert activity.organizations[1].constituency == constituency
    validated(activity)


def test_a_channel_beside_the_reference_tells_a_un_body() -> None:
    assert is_un_body(None, "41146")
    assert is_un_body("XM-DAC-41AAA")
    assert not is_un_body("XM-DAC-42001", "42001")


@pytest.mark.parametrize(
    ("raw", "identifier", "country"),
    [
        ("XM-DAC-41114", ("XM-DAC", "41114"), None),
        ("41114", ("XM-DAC", "41114"), None),
        ("gb-coh-01846493", ("GB-COH", "01846493"), "GBR"),
        ("GB-1", ("IATI", "GB-1"), "GBR"),
        ("KE-NGO_CB-123", ("KE-NGO_CB", "123"), "KEN"),
        ("CO-12001", None, "COL"),
        ("DE-DAC-5-14", None, "DEU"),
        ("TL - 11001", None, "TLS"),
        ("00012", None, None),
        ("0", None, None),
        ("N/A", None, None),
        (None, None, None),
    ],
)
def test_only_what_everybody_would_write_so_is_an_identifier(raw: str, identifier: object, country: object) -> None:
    assert reference(raw) == (identifier, country)


def test_an_organization_without_name_and_reference_is_left_out() -> None:
    activity = one(organization("1") + organization("1", ref="N/A"))
    assert len(activity.organizations) == 1
    assert set(reasons(activity)) == {"a participating organization has neither name nor reference"}


def test_a_reference_serves_as_name_where_there_is_none() -> None:
    activity = one(organization("1", "10", "GB-GOV-1"))
    assert activity.organizations[1].name == {"und": "GB-GOV-1"}


# When, where


@pytest.mark.parametrize(
    ("code", "phase"),
    [("1", "forming"), ("2", "active"), ("3", "completed"), ("4", "completed"), ("5", "ended_early"), ("6", "dormant")],
)
def test_status_to_phase(code: str, phase: str) -> None:
    activity = one(f'<activity-status code="{code}"/>')
    assert (activity.phase, activity.content["source_status"]) == (phase, code)


@pytest.mark.parametrize(("dates", "phase"), [("", "forming"), ("2", "active"), ("24", "completed")])
def test_without_a_status_the_dates_tell_the_phase(dates: str, phase: str) -> None:
    body = "".join(f'<activity-date type="{kind}" iso-date="2020-01-0{kind}"/>' for kind in dates)
    assert one(body).phase == phase


@pytest.mark.parametrize(("kind", "phase"), [("2", "forming"), ("1", "forming"), ("3", "active"), ("4", "active")])
def test_without_status_and_dates_money_spent_tells_that_it_has_begun(kind: str, phase: str) -> None:
    assert one(transaction(kind, "5")).phase == phase


@pytest.mark.parametrize("ahead", ["9999-12-31", "9999", "2100-01-01"])
def test_an_actual_date_that_lies_ahead_is_none(ahead: str) -> None:
    begun, ends = '<activity-date type="2" iso-date="2020-01-01"/>', f'<activity-date type="4" iso-date="{ahead}"/>'
    assert (one(begun + ends).phase, one(ends).phase) == ("active", "forming")
    assert one(f'<activity-date type="2" iso-date="{ahead}"/>').phase == "forming"
    assert {"type": "actual_end", "date": ahead} in one(ends).content["dates"]


def test_an_end_generations_ahead_is_no_end() -> None:
    activity = one('<activity-date type="3" iso-date="9999-12-31"/>')
    assert "end" not in activity.content
    assert reasons(activity) == ["it ends in 9999: the end is kept among its dates only"]
    assert one('<activity-date type="3" iso-date="2060-12-31"/>').content["end"] == "2060-12-31"


def test_a_wrong_code_is_kept_out_and_answered_with_the_nearest() -> None:
    activity = one(
        '<activity-status code="7"/><activity-scope code="77"/><recipient-country code="KHX"/>'
        '<recipient-region vocabulary="2" code="36"/><sector vocabulary="7" code="18"/>'
        '<activity-date type="start-plannd" iso-date="2020-01-01"/>' + organization("Fundng", "29", name="X")
    )
    said = "\n".join(reasons(activity))
    assert "'7' is no code of ActivityStatus; nearest: 6 (suspended)" in said
    assert "'18' is no code of sdg; nearest:" in said
    assert "'KHX' is no country of ISO 3166-1; nearest: " in said
    assert "'36' is no region of UN M49" in said
    assert "nearest: start-planned" in said
    assert "'Fundng' is no code of OrganisationRole; nearest: 1 (funding), funding" in said
    assert "'29' is no code of OrganisationType" in said
    assert activity.content["source_status"] == "7"
    kept = {each["scheme"]: each["code"] for each in activity.content["classifications"]}
    assert kept == {"iati-recipient-country": "KHX", "un-m49": "36"}
    assert "geography" not in activity.content
    assert "goals" not in activity.content
    assert activity.content["partners"][1]["roles"] == []
    validated(activity)


def test_regions_of_the_dac_only_where_they_are_regions_of_m49() -> None:
    body = "".join(f'<recipient-region code="{code}"/>' for code in ("298", "289", "1027", "998"))
    activity = one(body + '<recipient-region vocabulary="2" code="5"/><recipient-region vocabulary="99" code="EU"/>')
    assert activity.content["geography"]["regions"] == ["002", "014", "005"]
    kept = [(each["scheme"], each["code"]) for each in activity.content["classifications"]]
    assert kept == [("dac-region", "289"), ("dac-region", "998"), ("XM-DAC-41114:region", "EU")]


def test_countries_and_sectors_of_transactions_where_the_activity_names_none() -> None:
    rest = '<recipient-country code="KE"/><sector vocabulary="8" code="6.1"/><sector code="14030"/>'
    activity = one(transaction("3", "5", rest))
    assert activity.content["geography"]["countries"] == ["KEN"]
    assert activity.content["goals"] == [{"scheme": "sdg-target", "code": "6.1", "weight": "secondary"}]
    (kept,) = activity.content["transactions"]
    assert kept["recipient_country"] == "KEN"
    assert kept["sectors"] == [{"scheme": "8", "code": "6.1"}, {"scheme": "dac-5", "code": "14030"}]
    validated(activity)


def test_an_end_before_the_start_is_kept_among_the_dates_only() -> None:
    activity = one('<activity-date type="2" iso-date="2020-05-01"/><activity-date type="4" iso-date="2019-05-01"/>')
    assert "end" not in activity.content
    assert len(activity.content["dates"]) == 2
    assert any("before it starts" in reason for reason in reasons(activity))
    validated(activity)


def test_a_place_has_a_country_only_where_the_file_says_so() -> None:
    activity = one('<recipient-country code="SS"/><location><name><narrative>Kandahar</narrative></name></location>')
    assert activity.content["geography"]["places"] == [{"name": {"en": "Kandahar"}}]


# What for


def test_goals_are_stated_in_so_many_words_or_not_at_all() -> None:
    activity = one(
        '<tag vocabulary="2" code="6"/><tag vocabulary="3" code="6.1"/><tag vocabulary="99" code="6"/>'
        '<sector vocabulary="7" code="06" percentage="60"/><sector vocabulary="7" code="3" percentage="40"/>'
        '<sector vocabulary="8" code="3.B" percentage="100"/><sector vocabulary="9" code="6.1.1"/>'
        '<sector vocabulary="1" code="14030" percentage="100"/><policy-marker vocabulary="1" code="1" significance="2"/>'
    )
    assert [(each["scheme"], each["code"]) for each in activity.content["goals"]] == [
        ("sdg", "6"),
        ("sdg", "3"),
        ("sdg-target", "3.b"),
        ("sdg-indicator", "6.1.1"),
        ("sdg-target", "6.1"),
    ]
    assert {each["weight"] for each in activity.content["goals"]} == {"secondary"}
    assert activity.content["budget"]["by_goal"] == [
        {"goal": "sdg:6", "percent": "60"},
        {"goal": "sdg:3", "percent": "40"},
    ]
    validated(activity)


def test_a_long_description_is_whole_in_the_purpose() -> None:
    long = "A sentence about water. " * 200
    body = f"<description><narrative>{long}</narrative></description>"
    activity = one(body + '<description type="2"><narrative>The objective</narrative></description>')
    assert len(activity.content["summary"]["en"]) <= 2000
    assert activity.content["summary"]["en"].endswith("water.")
    assert activity.content["purpose"]["en"] == f"{long.strip()}\n\nThe objective"


def test_languages() -> None:
    assert [language(each) for each in ("EN", "fr_FR", "zh-CN", "zh-hans", "", None, "??", "english language")] == [
        "en", "fr-FR", "zh", "zh", None, None, None, None,
    ]  # fmt: skip
    title = '<title><narrative>A</narrative><narrative xml:lang="km">B</narrative><narrative xml:lang="km">C</narrative></title>'
    assert one(title=title, attributes="").content["title"] == {"und": "A", "km": "B"}


def test_what_is_no_text_is_left_out() -> None:
    assert line("a\x92b \n c\x85\x81") == "a’b c…"
    assert line("  ") is None


# Money


def test_money_by_provider_stage_and_currency_never_summed_across_currencies() -> None:
    norway = '<provider-org ref="NO-4"><narrative>Norway</narrative></provider-org>'
    activity = one(
        transaction("13", "9", norway)
        + transaction("11", "100", norway)
        + transaction("11", "50.5", norway, date="2020-06-01")
        + transaction("11", "7", norway, currency="EUR")
        + transaction("1", "60", norway)
        + transaction("1", "-10", norway)
        + transaction("4", "30")
        + transaction("3", "20")
        + transaction("2", "20")
    )
    undp, giver = activity.content["partners"]
    assert giver["roles"] == ["funder"]
    dollars, euros = giver["contributions"]
    assert dollars == {
        "kind": "financial",
        "pledged": {"amount": "9", "currency": "USD", "date": "2020-05-01"},
        "confirmed": {"amount": "150.5", "currency": "USD", "date": "2020-06-01"},
        "delivered": {"amount": "50", "currency": "USD", "date": "2020-05-01"},
    }
    assert euros["confirmed"]["amount"] == "7"
    # "If omitted on outgoing funds the reporting-org is assumed."
    assert undp["contributions"][0]["delivered"]["amount"] == "20"
    totals = {(each["basis"], each["currency"]): each["amount"] for each in activity.content["budget"]["totals"]}
    assert totals == {
        ("committed", "USD"): "150.5",  # what was passed on is not counted twice
        ("committed", "EUR"): "7",
        ("received", "USD"): "50",
        ("spent", "USD"): "50",
    }
    assert len(activity.content["transactions"]) == 9
    validated(activity)


def test_a_party_that_is_no_partner_is_told_as_the_source_calls_it() -> None:
    receiver = '<receiver-org ref="KE-9"><narrative>Builders</narrative></receiver-org>'
    (kept,) = one(transaction("4", "5", receiver)).content["transactions"]
    assert kept["receiver"] == {"identifier": "KE-9", "name": {"en": "Builders"}}


def test_budgets_that_were_revised_are_not_counted_twice() -> None:
    def budget(kind: str, year: str, amount: str) -> str:
        return (
            f'<budget type="{kind}"><period-start iso-date="{year}-01-01"/><period-end iso-date="{year}-12-31"/>'
            f'<value value-date="{year}-01-01">{amount}</value></budget>'
        )

    activity = one(budget("1", "2020", "10") + budget("1", "2021", "20") + budget("2", "2021", "25"))
    assert activity.content["budget"]["totals"] == [
        {"basis": "planned", "amount": "35", "currency": "USD", "period": {"start": "2020-01-01", "end": "2021-12-31"}}
    ]


def test_money_that_cannot_be_understood_is_named() -> None:
    activity = one(
        transaction("1", "1,234")
        + transaction("1", "1,234,567.5")
        + transaction("1", "1e3")
        + transaction("1", "5", currency="UDS")
        + transaction("", "1"),
    )
    assert [each["amount"] for each in activity.content["transactions"]] == ["1234567.5"]
    said = "\n".join(reasons(activity))
    assert "'1,234' is no amount" in said
    assert "'1e3' is no amount" in said
    assert "'UDS' is no currency; nearest:" in said
    assert "a transaction has no type" in said


def test_earmarking_where_an_aid_type_says_so() -> None:
    giver = "<provider-org><narrative>Norway</narrative></provider-org>"
    activity = one('<default-aid-type vocabulary="2" code="1"/>' + transaction("1", "5", giver))
    assert activity.content["partners"][1]["contributions"][0]["earmarking"] == "none"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("5", "5"), ("005.50", "5.50"), ("+3", "3"), ("-3.1", "-3.1"), ("1.5E3", "1500"), ("1,234,567", "1234567"),
        ("0.123456789012", "0.1234567890"), ("1,5", None), ("12%", None), ("NaN", None), ("1e99", None), ("", None), ("٣", None),
        ("1_000", None),
    ],
)  # fmt: skip
def test_numbers(raw: str, value: str | None) -> None:
    assert number(raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2012-01-31", "2012-01-31"), ("2012-01-31Z", "2012-01-31"), ("2012-01-31+02:00", "2012-01-31"),
        ("2012-01-31T10:00:00", "2012-01-31"), ("2012-02-30", None), ("31/01/2012", None), ("2012", "2012"), ("0001-01-01", None),
    ],
)  # fmt: skip
def test_days(raw: str, value: str | None) -> None:
    assert day(raw) == value


# Results


def test_values_by_sex_and_place_go_with_the_value_of_the_whole() -> None:
    def actual(value: str, inner: str = "") -> str:
        return f'<actual value="{value}">{inner}</actual>'

    body = (
        '<location ref="L1"><name><narrative>Lilongwe</narrative></name></location>'
        '<result type="2"><title><narrative>R</narrative></title><indicator measure="2" ascending="0">'
        '<title><narrative>I</narrative></title><reference vocabulary="9" code="6.1.1"/>'
        '<baseline year="2019" value="4"/><baseline year="2019" value="1"><dimension name="sex" value="female"/></baseline>'
        '<period><period-start iso-date="2020-01-01"/><period-end iso-date="2020-12-31"/><target value="9"/>'
        '<target value="5"><dimension name="sex" value="female"/></target>'
        + actual("8")
        + actual("5", '<dimension name="Sex" value="Female"/>')
        + actual("3", '<location ref="L1"/><dimension name="age" value="0-5"/><dimension name="caste" value="x"/>')
        + "</period></indicator></result>"
    )
    activity = one(body)
    (deliverable,) = activity.content["deliverables"]
    assert (deliverable["level"], deliverable["goals"]) == ("outcome", ["sdg-indicator:6.1.1"])
    (indicator,) = deliverable["indicators"]
    assert indicator["baseline"] == {"value": "4", "date": "2019"}
    assert indicator["targets"] == [{"value": "9", "due": "2020-12-31"}]
    assert indicator["actuals"] == [
        {
            "period": {"start": "2020-01-01", "end": "2020-12-31"},
            "value": "8",
            "disaggregation": [
                {"value": "5", "sex": "female"},
                {"value": "3", "age": "0-5", "place": "Lilongwe; caste: x"},
            ],
        }
    ]
    validated(activity)


def test_parts_without_a_whole_stand_for_themselves() -> None:
    parts = "".join(
        f'<actual value="{n}"><dimension name="sex" value="{s}"/></actual>' for n, s in ((5, "female"), (3, "male"))
    )
    body = (
        '<result type="1"><title><narrative>R</narrative></title><indicator measure="1"><title><narrative>I</narrative></title>'
        f'<period><period-end iso-date="2020-12-31"/>{parts}</period></indicator></result>'
    )
    actuals = one(body).content["deliverables"][0]["indicators"][0]["actuals"]
    assert [(each["value"], each["disaggregation"][0]["sex"]) for each in actuals] == [("5", "female"), ("3", "male")]


def test_every_code_list_names_the_nearest() -> None:
    for codelist in (
        codes.DATE_TYPES,
        codes.STATUSES,
        codes.ROLES,
        codes.TRANSACTION_TYPES,
        codes.SCOPES,
        codes.RESULT_TYPES,
    ):
        assert "nearest: " in codelist.wrong("0")
        assert set(codelist.labels) <= set(codelist.meanings)
