"""From documents to index fields: pure functions, and every field of the table."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

import orjson
import pytest

from schemas.documents import render
from schemas.organization import OrganizationDocument
from schemas.partnership import PartnershipDocument
from services.search import projections
from services.search.index.fields import FIELDS, NOT_STATED
from tests.search.conftest import EXAMPLES, identifier, organization, partner, partnership


def fields(**stated: Any) -> dict[str, Any]:
    document = render(PartnershipDocument, partnership(**stated))
    found: dict[str, Any] = orjson.loads(projections.record_fields("partnerships", document))
    return found


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("org.convene.registry.*")), ids=lambda path: path.stem)
def test_every_example_is_projected_into_the_fields_there_are(path: Any) -> None:
    collection = "partnerships" if ".partnership." in path.name else "organizations"
    if ".partnership." not in path.name and ".organization." not in path.name:
        return
    document = orjson.dumps(orjson.loads(path.read_bytes()))
    found = orjson.loads(projections.record_fields(collection, document))  # type: ignore[arg-type]
    assert found.keys() <= FIELDS[collection].keys()  # type: ignore[index]
    assert base64.b64decode(found["document"]) == document
    assert orjson.loads(base64.b64decode(found["item"]))["id"] == found["id"]


def test_nothing_said_is_not_the_same_as_nothing_there() -> None:
    assert fields()["goal"] == [NOT_STATED]
    assert fields(goals=[])["goal"] == []
    assert fields()["organization"] == fields()["role"] == [NOT_STATED]
    assert fields(partners=[])["organization"] == []
    assert fields(partners=[partner()])["role"] == [NOT_STATED]
    assert fields(geography={"countries": []})["country"] == []
    assert fields(goals=[{"id": identifier(), "scheme": "sdg", "code": "6"}])["target"] == [NOT_STATED]
    assert fields()["confirmed"] == [NOT_STATED]


def test_a_target_states_its_goal_and_an_indicator_its_target() -> None:
    goals = [
        {"id": identifier(), "scheme": "sdg-indicator", "code": "6.1.1"},
        {"id": identifier(), "scheme": "mdg-target", "code": "7.C"},
        {"id": identifier(), "scheme": "sdg", "code": "3", "derived_from": "mdg:4"},
        {"id": identifier(), "scheme": "sdg", "code": "6", "derived_from": "mdg-target:7.C"},
    ]
    found = fields(goals=goals)
    assert found["goal"] == ["6", "mdg:7"]
    assert found["target"] == ["6.1", "mdg:7.C"]
    assert found["goal_derived"] == ["3"]


def test_regions_hold_their_countries_and_each_other() -> None:
    assert fields(geography={"countries": ["KHM"]})["region"] == ["035", "142", "001"]
    assert fields(geography={"regions": ["035"]})["region"] == ["035", "142", "001"]
    assert fields(geography={"scope": "global"})["region"] == [NOT_STATED]


@pytest.mark.parametrize(
    ("stated", "years", "open_from"),
    [
        ({"start": "2020", "end": "2022-05"}, ["2020", "2021", "2022"], None),
        ({"start": "2020-03", "ongoing": True}, [], 2020),
        ({"start": "2020-03"}, [], 2020),
        ({"start": "2020", "phase": "completed"}, ["2020"], None),
        ({"end": "2022"}, ["2022"], None),
        ({}, [NOT_STATED], None),
        ({"start": "1000", "end": "9999"}, [str(year) for year in range(1000, 1151)], None),
    ],
)
def test_years(stated: dict[str, Any], years: list[str], open_from: int | None) -> None:
    found = fields(**stated)
    assert found["year"] == years
    assert found.get("open_from") == open_from


def deliverable(due: str, *indicators: dict[str, Any]) -> dict[str, Any]:
    return {"id": identifier(), "level": "output", "title": {"en": "x"}, "due": due, "indicators": list(indicators)}


def indicator(targets: list[str], actuals: list[str], **stated: Any) -> dict[str, Any]:
    return {
        "id": identifier(),
        "title": "x",
        "targets": [{"id": identifier(), "value": value} for value in targets],
        "actuals": [{"id": identifier(), "value": value} for value in actuals],
        **stated,
    }


@pytest.mark.parametrize(
    ("item", "open_due"),
    [
        (deliverable("2026"), date(2026, 12, 31)),
        (deliverable("2026-02"), date(2026, 2, 28)),
        (deliverable("2026-02-03", indicator(["10"], ["9.99"])), date(2026, 2, 3)),
        (deliverable("2026", indicator(["10"], ["10.00"])), None),
        (deliverable("2026", indicator(["10"], ["3", "11"])), None),
        (deliverable("2026", indicator(["10"], [])), date(2026, 12, 31)),
        (deliverable("2026", indicator([], ["1"])), None),
        (deliverable("2026", indicator(["5"], ["4"], direction="decrease")), None),
        (deliverable("2026", indicator(["5"], ["4"], baseline={"value": "20"})), None),
        (deliverable("2026", indicator(["5"], ["6"], baseline={"value": "20"})), date(2026, 12, 31)),
        (deliverable("2026", indicator(["5"], ["5"]), indicator(["5"], [])), date(2026, 12, 31)),
    ],
)
def test_what_is_open(item: dict[str, Any], open_due: date | None) -> None:
    assert projections.earliest_open_due({"deliverables": [item]}) == open_due


def test_the_earliest_of_what_is_open_counts() -> None:
    record = {
        "deliverables": [deliverable("2027")],
        "reports": [{"due": "2026-06"}, {"due": "2025", "submitted": "2025-03"}],
        "next_due": "2028",
    }
    assert projections.earliest_open_due(record) == date(2026, 6, 30)


def test_lessons_of_an_evaluation_are_found_at_their_level_and_below() -> None:
    document = render(PartnershipDocument, partnership())
    evaluation = {
        "id": identifier(),
        "judged_version": 1,
        "lessons": [{"lesson": "inclusive", "level": 2.6}, {"lesson": "mandate", "level": None}],
    }
    found = orjson.loads(projections.record_fields("partnerships", document, orjson.dumps(evaluation)))
    assert found["lesson"] == ["inclusive:0", "inclusive:1", "inclusive:2"]
    assert "evaluation" in found["has"]
    assert orjson.loads(base64.b64decode(found["item"]))["evaluation"]["id"] == evaluation["id"]


def test_sort_keys_are_hexadecimal_and_differ_for_every_record() -> None:
    one, other = fields(title={"ar": "ماء"}), fields(title={"ar": "ماء"})
    for name in ("by_updated", "by_title", "by_start"):
        assert one[name] != other[name]
        assert set(one[name]) <= set("0123456789abcdef")


def test_organizations() -> None:
    body = organization(
        "Lake Council", former_names=[{"fr": "Conseil du lac"}], domains=["lake.example"], parent_id=identifier()
    )
    found = orjson.loads(projections.record_fields("organizations", render(OrganizationDocument, body)))
    assert found["words"] == ["lake council", "conseil du lac", "lake example"]
    assert found["country"] == [NOT_STATED]
    assert found["family"] == [body["parent_id"]]
