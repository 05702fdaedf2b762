"""What each version of the standard calls things: 1.01, 1.05, 2.x, and versions that nobody has published."""

from __future__ import annotations

import pytest

from services.registry.imports.iati import Activity
from tests.imports.files import activity_xml, iati_file, one, only, reasons, results, validated

ONE_POINT_ONE = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<iati-activities generated-datetime="2011-03-01T00:00:00Z">
<iati-activity default-currency="GBP" xml:lang="en" last-updated-datetime="2011-03-01T00:00:00Z" hierarchy="1">
  <reporting-org ref="GB-1" type="10">Department for International Development</reporting-org>
  <iati-identifier>
    GB-1-113414
  </iati-identifier>
  <other-identifier owner-ref="GB-1" owner-name="DFID">113414</other-identifier>
  <title>Safety, security and access to justice</title>
  <title xml:lang="fr">S\xfbret\xe9, s\xe9curit\xe9 et acc\xe8s \xe0 la justice</title>
  <description type="1" xml:lang="en">Justice for the poor.</description>
  <description type="2">Fewer people wait for a trial.</description>
  <description type="3">Women and children</description>
  <activity-date type="start-planned" iso-date="2009-09-15"/>
  <activity-date type="start-actual">2009-10-01</activity-date>
  <activity-date type="end-planned" iso-date="2010-09-01">1 September 2010</activity-date>
  <activity-date type="end-actual" iso-date="2010-12-24"/>
  <activity-status code="4">Completed</activity-status>
  <participating-org role="Funding" type="10" ref="GB">United Kingdom</participating-org>
  <participating-org role="Extending" type="10" ref="GB-1">Department for International Development</participating-org>
  <participating-org role="implementing" type="22">Malawi Legal Aid</participating-org>
  <recipient-country code="mw" percentage="100">Malawi</recipient-country>
  <recipient-region code="298">Africa, regional</recipient-region>
  <location percentage="100">
    <location-type code="PPLC"/>
    <name>Lilongwe</name>
    <administrative country="MW" adm1="MW.C">Central</administrative>
    <coordinates latitude="-13.97" longitude="33.79" precision="1"/>
    <gazetteer-entry gazetteer-ref="GEO">927967</gazetteer-entry>
  </location>
  <sector vocabulary="DAC" code="15130" percentage="70">Legal and judicial development</sector>
  <sector vocabulary="DAC-3" code="151"/>
  <sector vocabulary="WB" code="BG" percentage="30">Law and justice</sector>
  <sector vocabulary="RO">Justice</sector>
  <policy-marker vocabulary="DAC" code="1" significance="1">Gender</policy-marker>
  <policy-marker vocabulary="DAC" code="2" significance="0"/>
  <collaboration-type code="1"/><default-flow-type code="10"/><default-finance-type code="110"/>
  <default-aid-type code="B01"/><default-tied-status code="5"/>
  <contact-info><organisation>DFID</organisation>
    <person-name>Jane Person</person-name><email>jane@example.org</email></contact-info>
  <activity-website>http://projects.example.org/113414</activity-website>
  <budget type="1"><period-start iso-date="2009-04-01"/><period-end iso-date="2010-03-31"/>
    <value value-date="2009-04-01">422558</value></budget>
  <budget type="2"><period-start iso-date="2009-04-01"/><period-end iso-date="2010-03-31"/>
    <value value-date="2009-04-01">430000</value></budget>
  <transaction ref="A1"><transaction-type code="C">Commitment</transaction-type><value value-date="2009-09-20">700000</value>
    <transaction-date iso-date="2009-09-20"/></transaction>
  <transaction><transaction-type code="D"/><value value-date="2010-03-31" currency="GBP">390246</value>
    <provider-org ref="GB-1">DFID</provider-org><receiver-org>Malawi Legal Aid</receiver-org>
    <transaction-date iso-date="2010-03-31"/></transaction>
  <transaction><transaction-type code="E"/><value value-date="2010-04-30" currency="MWK">1000.50</value>
    <transaction-date iso-date="2010-04-30"/></transaction>
  <transaction><transaction-type code="IF"/><value value-date="2009-10-01">690000</value>
    <provider-org>United Kingdom</provider-org><transaction-date iso-date="2009-10-01"/></transaction>
  <document-link url="http://www.example.org/mou.pdf" format="application/pdf"><title>MoU</title><title xml:lang="fr">Accord</title>
    <category code="A09">Memorandum of understanding</category><language>en</language></document-link>
  <related-activity ref="GB-1-113" type="1">The programme</related-activity>
  <result type="Output" aggregation-status="false">
    <title>Judges trained</title>
    <description xml:lang="en">Training of judges</description>
    <indicator measure="Judges"><title>Number of judges</title>
      <baseline year="2008" value="10"><comment>Court records</comment></baseline>
      <period><period-start iso-date="2009-01-01"/><period-end iso-date="2009-12-31"/>
        <target value="20"/><actual value="18"><comment>Two fell ill</comment></actual></period>
    </indicator>
    <indicator measure="2" ascending="false"><title>Share of cases pending</title>
      <period><period-end iso-date="2010-12-31"/><target value="N=42;P=57"/><actual value="41.5"/></period></indicator>
  </result>
</iati-activity>
</iati-activities>
"""


@pytest.fixture(scope="module")
def oldest() -> Activity:
    return only(ONE_POINT_ONE)


def test_1_01_is_a_valid_record_without_anybody_s_address(oldest: Activity) -> None:
    record = validated(oldest)
    assert oldest.identifier == "GB-1-113414"
    assert "Jane" not in str(record)
    assert "@" not in str(record)


def test_1_01_texts_stand_in_the_elements_themselves(oldest: Activity) -> None:
    content = oldest.content
    assert content["title"]["fr"] == "Sûreté, sécurité et accès à la justice"
    assert content["title"]["en"] == "Safety, security and access to justice"
    assert content["summary"] == {"en": "Justice for the poor."}
    assert content["purpose"] == {"en": "Fewer people wait for a trial."}
    assert content["beneficiaries"] == [{"group": {"en": "Women and children"}}]
    assert content["website"] == "http://projects.example.org/113414"


def test_1_01_dates_and_status(oldest: Activity) -> None:
    assert oldest.content["dates"] == [
        {"type": "planned_start", "date": "2009-09-15"},
        {"type": "actual_start", "date": "2009-10-01"},
        {"type": "planned_end", "date": "2010-09-01"},
        {"type": "actual_end", "date": "2010-12-24"},
    ]
    assert (oldest.content["start"], oldest.content["end"]) == ("2009-10-01", "2010-12-24")
    assert (oldest.phase, oldest.content["source_status"]) == ("completed", "4")


def test_1_01_partners_by_words(oldest: Activity) -> None:
    named = [
        (next(iter(oldest.organizations[each["organization"]].name.values())), each["roles"])
        for each in oldest.content["partners"]
    ]
    assert named == [
        ("Malawi Legal Aid", ["lead", "implementer"]),
        ("United Kingdom", ["funder"]),
        ("Department for International Development", ["extending", "funder"]),
    ]
    kingdom = oldest.organizations[oldest.content["partners"][1]["organization"]]
    assert (kingdom.country, kingdom.constituency) == ("GBR", "government")


def test_1_01_places(oldest: Activity) -> None:
    assert oldest.content["geography"] == {
        "countries": ["MWI"],
        "regions": ["002"],
        "places": [{"country": "MWI", "name": {"en": "Lilongwe"}, "code": "geonames:927967", "level": "PPLC"}],
    }


def test_1_01_sectors_markers_and_types(oldest: Activity) -> None:
    kept = [(each["scheme"], each["code"]) for each in oldest.content["classifications"]]
    assert kept == [
        ("dac-5", "15130"),
        ("dac-3", "151"),
        ("world-bank", "BG"),
        ("GB-1:sector", "Justice"),
        ("dac-policy-marker", "1"),
        ("dac-collaboration-type", "1"),
        ("dac-flow-type", "10"),
        ("dac-finance-type", "110"),
        ("dac-aid-type", "B01"),
        ("dac-tied-status", "5"),
        ("iati-related-parent", "GB-1-113"),
    ]
    assert oldest.parent == "GB-1-113"


def test_1_01_money(oldest: Activity) -> None:
    totals = {(each["basis"], each["currency"]): each["amount"] for each in oldest.content["budget"]["totals"]}
    assert totals == {
        ("planned", "GBP"): "430000",  # the revised budget stands in the original one's place
        ("committed", "GBP"): "700000",
        ("spent", "GBP"): "390246",
        ("spent", "MWK"): "1000.50",
        ("received", "GBP"): "690000",
    }
    assert [each["type"] for each in oldest.content["transactions"]] == ["C", "D", "E", "IF"]
    _, kingdom, department = oldest.content["partners"]
    assert kingdom["contributions"][0]["delivered"]["amount"] == "690000"
    assert department["contributions"] == [
        {
            "kind": "financial",
            "confirmed": {"amount": "700000", "currency": "GBP", "date": "2009-09-20"},
            "delivered": {"amount": "390246", "currency": "GBP", "date": "2010-03-31"},
        }
    ]


@pytest.mark.parametrize(
    ("said", "basis"),
    [
        ("Disbursement", "spent"),
        (" Incoming  Funds ", "received"),
        ("COMMITMENT", "committed"),
        ("Expenditure", "spent"),
    ],
)
def test_1_x_types_of_transactions_in_words(said: str, basis: str) -> None:
    body = f"<transaction><transaction-type>{said}</transaction-type><value>5</value></transaction>"
    activity = one(body, title="<title>Old</title>", version="1.02")
    assert [(each["basis"], each["amount"]) for each in activity.content["budget"]["totals"]] == [(basis, "5")]
    assert activity.content["transactions"][0]["type"] == " ".join(said.split())


def test_1_x_types_in_words_that_no_code_has() -> None:
    body = "<transaction><transaction-type>Zahlung</transaction-type><value>5</value></transaction>"
    activity = one(body, title="<title>Old</title>", version="1.02")
    assert "transactions" not in activity.content
    assert reasons(activity) == ["a transaction has no type"]


def test_1_01_documents(oldest: Activity) -> None:
    assert oldest.content["documents"] == [
        {"kind": "agreement", "title": {"en": "MoU", "fr": "Accord"}, "url": "http://www.example.org/mou.pdf"}
    ]


def test_1_01_results(oldest: Activity) -> None:
    (deliverable,) = oldest.content["deliverables"]
    assert (deliverable["level"], deliverable["due"]) == ("output", "2009-12-31")
    first, second = deliverable["indicators"]
    assert (first["unit"], first["direction"]) == ("Judges", "increase")  # 1.x: "Defaults to true if omitted"
    assert first["baseline"] == {"value": "10", "date": "2008"}
    assert first["targets"] == [{"value": "20", "due": "2009-12-31"}]
    assert first["actuals"] == [
        {"period": {"start": "2009-01-01", "end": "2009-12-31"}, "value": "18", "note": {"en": "Two fell ill"}}
    ]
    assert (second["unit"], second["direction"]) == ("percent", "decrease")
    assert "targets" not in second
    assert second["actuals"][0]["value"] == "41.5"
    assert any("'N=42;P=57' is no number" in reason for reason in reasons(oldest))


def test_1_05_location_of_1_04_on() -> None:
    body = """<activity-scope code="4"/>
    <location ref="AF-KAN"><location-reach code="1"/><location-id vocabulary="G1" code="1453782"/><name>Kandahar</name>
    <description>West end</description><administrative level="1" code="1453782" vocabulary="G1">Kandahar</administrative>
    <administrative vocabulary="A4" code="AF"/><point srsName="x"><pos>31.6 65.7</pos></point><location-class code="1"/></location>
    <document-link url="https://e.org/x"><title>Report</title><category code="A07"/><language code="en"/></document-link>"""
    activity = one(
        body,
        version="1.05",
        title="<title>Roads</title>",
        reporting='<reporting-org ref="AF-1">Afghan Roads</reporting-org>',
    )
    assert activity.content["geography"]["scope"] == "national"
    assert activity.content["geography"]["places"] == [
        {"country": "AFG", "name": {"en": "Kandahar"}, "code": "geonames:1453782", "level": "administrative level 1"}
    ]
    assert activity.content["documents"][0]["kind"] == "evaluation"
    validated(activity)


@pytest.mark.parametrize("version", ["", "1", "1.0", "1.02b", "1.03beta", "v1.04", " 1.05 ", "odd"])
def test_odd_versions_are_read_as_1_x(version: str) -> None:
    result = '<result type="1"><title>R</title><indicator measure="1"><title>I</title></indicator></result>'
    activity = only(iati_file(activity_xml(body=result, title="<title>T</title>"), version=version))
    assert activity.content["deliverables"][0]["indicators"][0]["direction"] == "increase"


@pytest.mark.parametrize("version", ["2.01", "2.02", "2.03", "2.04", "3.0"])
def test_2_x_and_later_are_read_as_2_x(version: str) -> None:
    result = (
        '<result type="1"><title><narrative>R</narrative></title>'
        '<indicator measure="1"><title><narrative>I</narrative></title></indicator></result>'
    )
    activity = only(iati_file(activity_xml(body=result), version=version))
    assert "direction" not in activity.content["deliverables"][0]["indicators"][0]
    validated(activity)


def test_a_file_without_a_version_is_read_as_1_x_and_an_activity_may_say_its_own() -> None:
    plain = iati_file(activity_xml("A"), activity_xml("B", attributes='version="2.03"')).replace(
        b' version="2.03">\n<iati', b">\n<iati", 1
    )
    assert all(isinstance(found, Activity) for found in results(plain))


def test_words_of_1_x_and_numbers_of_2_x_may_stand_in_one_file() -> None:
    body = """<activity-date type="start-planned" iso-date="2012-01-01"/><activity-date type="3" iso-date="2013-01-01"/>
    <participating-org role="FUNDING" type="10"><narrative>Ghana</narrative></participating-org>
    <participating-org role="4" type="22"><narrative>Local water board</narrative></participating-org>"""
    activity = one(body)
    assert [each["type"] for each in activity.content["dates"]] == ["planned_start", "planned_end"]
    assert [each["roles"] for each in activity.content["partners"]] == [["lead", "implementer"], ["funder"]]


def test_a_file_of_one_activity_without_the_element_around_it() -> None:
    activity = only(activity_xml().encode())
    assert activity.content["title"] == {"en": "Safe water"}
