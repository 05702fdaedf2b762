"""The 577 real activities of IOM, read here and by independent XPath, and the standard's own examples."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from services.registry.imports.iati import Activity, Rejection, read
from tests.imports.files import validated

Pair = tuple[Any, Activity]


@pytest.fixture(scope="module")
def pairs(shared_data: Path) -> list[Pair]:
    """Every element of the file beside what was read of it."""
    path = shared_data / "iati" / "iom-577-activities-2.03.xml"
    read_here = [found for found in read(path) if isinstance(found, Activity)]
    elements = etree.parse(path).xpath("/iati-activities/iati-activity")
    assert len(read_here) == len(elements) == 577
    return list(zip(elements, read_here, strict=True))


@pytest.fixture(scope="module")
def alpha_3(shared_data: Path) -> dict[str, str]:
    with (shared_data / "geo" / "UNSD-M49-en.csv").open(encoding="utf-8-sig") as file:
        return {row["ISO-alpha2 Code"]: row["ISO-alpha3 Code"] for row in csv.DictReader(file)}


def test_every_activity_is_a_valid_record(pairs: list[Pair]) -> None:
    for _, activity in pairs:
        assert validated(activity)["kind"] == "project"


def test_identifiers_titles_and_lines(pairs: list[Pair]) -> None:
    for element, activity in pairs:
        assert activity.identifier == element.xpath("string(iati-identifier)").strip()
        assert activity.content["title"] == {"en": " ".join(element.xpath("string(title/narrative)").split())}
        assert activity.line == element.sourceline


def test_descriptions_are_whole(pairs: list[Pair]) -> None:
    for element, activity in pairs:
        told = activity.content.get("purpose", activity.content.get("summary", {})).get("en", "")
        assert told.split() == element.xpath("string(description/narrative)").split()


def test_countries_and_regions(pairs: list[Pair], alpha_3: dict[str, str]) -> None:
    unknown: Counter[str] = Counter()
    for element, activity in pairs:
        geography = activity.content.get("geography", {})
        codes = element.xpath("recipient-country/@code")
        unknown.update(code for code in codes if code not in alpha_3)
        assert geography.get("countries", []) == [alpha_3[code] for code in codes if code in alpha_3]
        m49 = [code.zfill(3) for code in element.xpath("recipient-region[@vocabulary='2']/@code")]
        assert [code for code in geography.get("regions", []) if code in m49] == m49
    assert unknown == {"XK": 3}  # Kosovo has no code in ISO 3166-1


def test_dates_and_status(pairs: list[Pair]) -> None:
    types = {"1": "planned_start", "2": "actual_start", "3": "planned_end", "4": "actual_end"}
    phases = {"1": "forming", "2": "active", "3": "completed", "4": "completed"}
    for element, activity in pairs:
        dates = [(types[each.get("type")], each.get("iso-date")) for each in element.xpath("activity-date")]
        assert [(each["type"], each["date"]) for each in activity.content["dates"]] == list(dict.fromkeys(dates))
        first = dict(reversed(dates))
        start = first.get("actual_start") or first["planned_start"]
        end = first.get("actual_end") or first["planned_end"]
        assert activity.content["start"] == start
        assert activity.content.get("end") == (end if end >= start else None)
        status = element.xpath("string(activity-status/@code)")
        assert (activity.content["source_status"], activity.phase) == (status, phases[status])


def _sums(pairs_of: Iterator[tuple[str, str]]) -> dict[str, Decimal]:
    sums: Counter[str] = Counter()
    for currency, amount in pairs_of:
        sums[currency] += Decimal(amount)  # type: ignore[assignment]
    return dict(sums)  # type: ignore[arg-type]


def test_money(pairs: list[Pair]) -> None:
    for element, activity in pairs:
        stated = _sums((each.get("currency"), each.text) for each in element.xpath("transaction/value"))
        kept = activity.content["transactions"]
        assert len(kept) == len(element.xpath("transaction"))
        assert [each["type"] for each in kept] == element.xpath("transaction/transaction-type/@code")
        assert [each["date"] for each in kept] == element.xpath("transaction/transaction-date/@iso-date")
        assert [each["value_date"] for each in kept] == element.xpath("transaction/value/@value-date")
        assert _sums((each["currency"], each["amount"]) for each in kept) == stated
        totals = {
            (each["basis"], each["currency"]): Decimal(each["amount"]) for each in activity.content["budget"]["totals"]
        }
        planned = _sums((each.get("currency"), each.text) for each in element.xpath("budget/value"))
        assert totals == {
            **{("planned", currency): amount for currency, amount in planned.items()},
            **{("committed", currency): amount for currency, amount in stated.items()},
        }
        given = [each for partner in activity.content["partners"] for each in partner.get("contributions", ())]
        assert _sums((each["confirmed"]["currency"], each["confirmed"]["amount"]) for each in given) == stated


def test_partners(pairs: list[Pair]) -> None:
    kinds = {"10": "government", "21": "civil_society", "70": "private_sector", "40": "intergovernmental"}
    for element, activity in pairs:
        named = [activity.organizations[partner["organization"]] for partner in activity.content["partners"]]
        refs = dict.fromkeys(["XM-DAC-47066", *element.xpath("participating-org/@ref")])
        assert len(named) == len(refs)
        assert activity.organizations[activity.lead].identifiers == (("XM-DAC", "47066"),)
        assert activity.content["partners"][0]["roles"][0] == "lead"
        (funder,) = element.xpath("participating-org")
        partner = named[0 if funder.get("ref") == "XM-DAC-47066" else 1]
        if partner.identifiers != (("XM-DAC", "47066"),):
            assert partner.name == {"en": " ".join(funder.findtext("narrative").split())}
            un = funder.get("ref").startswith(("XM-DAC-41", "41"))
            assert partner.constituency == ("un_system" if un else kinds[funder.get("type")])
        roles = activity.content["partners"][named.index(partner)]["roles"]
        assert "funder" in roles


def test_sectors_and_no_goal_that_is_not_stated(pairs: list[Pair]) -> None:
    schemes = {"1": "dac-5", "99": "XM-DAC-47066:sector", "98": "XM-DAC-47066:sector-2"}
    for element, activity in pairs:
        assert "goals" not in activity.content
        assert not element.xpath("tag[@vocabulary='2' or @vocabulary='3'] | sector[@vocabulary='7' or @vocabulary='8']")
        stated = [(schemes[each.get("vocabulary")], each.get("code")) for each in element.xpath("sector")]
        kept = [(each["scheme"], each["code"]) for each in activity.content["classifications"]]
        assert [pair for pair in kept if pair[0] in schemes.values()] == list(dict.fromkeys(stated))


def test_a_number_that_stands_for_ten_ministries_makes_ten_organizations(pairs: list[Pair]) -> None:
    colombian = {
        organization.name["en"]: organization
        for element, activity in pairs
        if "CO-12001" in element.xpath("participating-org/@ref")
        for organization in activity.organizations[1:]
    }
    assert len(colombian) == 10
    assert {organization.country for organization in colombian.values()} == {"COL"}
    assert not any(organization.identifiers for organization in colombian.values())


def test_the_example_of_the_standard(shared_data: Path) -> None:
    (found,) = read(shared_data / "iati" / "examples" / "activity-standard-example-annotated.xml")
    assert isinstance(found, Activity)
    record = validated(found)
    assert set(record["title"]) == {"en", "fr", "es"}
    assert found.identifier == "AA-AAA-123456789-ABC123"
    assert found.parent == "AA-AAA-123456789-6789"
    assert found.url == "http://data.example.org/123456789"
    assert [partner["roles"] for partner in record["partners"]] == [["lead", "accountable"], ["funder"], ["extending"]]
    assert record["partners"][1]["contributions"][0]["delivered"] == {
        "amount": "1000", "currency": "EUR", "date": "2012-01-01",
    }  # fmt: skip
    (indicator,) = record["deliverables"][0]["indicators"]
    assert indicator["baseline"] == {"value": "10", "date": "2012-01-01"}
    assert indicator["targets"] == [{"value": "10", "due": "2013-03-31"}]
    (actual,) = indicator["actuals"]
    assert (actual["value"], actual["note"]) == ("11", {"en": "Actual comment text"})
    assert actual["disaggregation"] == [
        {"sex": "female", "age": "adult", "place": "Location name; Location #2 name", "value": "11"}
    ]
    assert "@" not in str(record)
    assert "A. Example" not in str(record)


def test_the_example_of_an_organisation_file_says_that_it_is_none(shared_data: Path) -> None:
    (found,) = read(shared_data / "iati" / "examples" / "organisation-standard-example-annotated.xml")
    assert isinstance(found, Rejection)
    assert not found.of_activity
    assert "organisation file" in found.reason
