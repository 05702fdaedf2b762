"""Countries and regions, against the tables of the United Nations Statistics Division."""

import csv
from pathlib import Path

import pytest

from schemas.vocabulary import UnknownCode, alpha_2, countries_of, country, regions_of, scheme


def rows(data: Path) -> list[dict[str, str]]:
    with (data / "geo" / "UNSD-M49-en.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def expected_regions(row: dict[str, str]) -> tuple[str, ...]:
    columns = ("Intermediate Region Code", "Sub-region Code", "Region Code", "Global Code")
    regions = tuple(row[column] for column in columns if row[column])
    return regions or ("001",)


def test_countries_and_their_regions_are_those_of_m49(data: Path) -> None:
    table = rows(data)
    assert {row["ISO-alpha3 Code"]: row["ISO-alpha2 Code"] for row in table} == {
        code: alpha_2(code) for code in scheme("country").codes
    }
    for row in table:
        assert regions_of(row["ISO-alpha3 Code"]) == expected_regions(row), row["Country or Area"]


def test_regions_are_those_of_m49(data: Path) -> None:
    assert {region for row in rows(data) for region in expected_regions(row)} == set(scheme("region").codes)


def test_countries_of_a_region_are_those_of_m49(data: Path) -> None:
    table = rows(data)
    for region in scheme("region").codes:
        inside = {row["ISO-alpha3 Code"] for row in table if region in expected_regions(row)}
        assert countries_of(region) == inside, region


def test_regions_of_a_country_from_the_smallest_to_the_world() -> None:
    assert regions_of("KHM") == ("035", "142", "001")
    assert regions_of("ke") == ("014", "202", "002", "001")
    assert regions_of("ATA") == ("001",)


def test_countries_of_a_region_include_those_of_its_parts() -> None:
    assert countries_of("034") == {"AFG", "BGD", "BTN", "IND", "IRN", "LKA", "MDV", "NPL", "PAK"}
    assert countries_of("014") < countries_of("202") < countries_of("002") < countries_of("001")
    assert countries_of("001") == set(scheme("country").codes)


@pytest.mark.parametrize("code", ["KHM", "khm", "KH", "kh", " Kh "])
def test_country_by_either_code_in_any_case(code: str) -> None:
    assert country(code) == "KHM"
    assert alpha_2(code) == "KH"


@pytest.mark.parametrize(("code", "near"), [("Kenia", "KEN"), ("Kambodscha", "KHM"), ("UK", "UKR")])
def test_unknown_country_has_those_near_it(code: str, near: str) -> None:
    with pytest.raises(UnknownCode) as caught:
        country(code)
    assert near in caught.value.nearest


@pytest.mark.parametrize("region", ["KHM", "35", "999", ""])
def test_unknown_region(region: str) -> None:
    with pytest.raises(UnknownCode):
        countries_of(region)


def test_regions_of_an_unknown_country() -> None:
    with pytest.raises(UnknownCode):
        regions_of("035")
