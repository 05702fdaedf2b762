"""What the demo world promises: enough of everything to try every search, queue, claim and assessment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from schemas import partial_dates, vocabulary
from schemas.partnership import load_document
from services.chassis import clock
from services.chassis.identity import Principal
from services.registry.focal_points.models import FocalPoint
from services.registry.partnerships import claims, reports
from services.registry.partnerships.models import Partnership, PartnershipVersion
from services.registry.units import service as units
from services.registry.units.models import Unit
from tests.demo.conftest import Document, World

pytestmark = pytest.mark.xdist_group("demo")  # one world for all of them

LANGUAGES = {"ar", "en", "es", "fr", "km", "ru", "zh"}
COUNTRIES = {"KHM", "JOR", "KEN", "PER", "FRA", "PHL", "SEN", "KAZ"}


def partners(documents: list[Document]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield from document.get("partners", [])


def contributions(documents: list[Document]) -> Iterator[dict[str, Any]]:
    for partner in partners(documents):
        yield from partner.get("contributions", [])


def deliverables(documents: list[Document]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield from document.get("deliverables", [])


@pytest.fixture(scope="module")
def documents(world: World) -> list[Document]:
    return world.documents()


def test_about_forty_records_that_are_valid(documents: list[Document]) -> None:
    assert 38 <= len(documents) <= 50
    for document in documents:
        load_document(document)


def test_all_goals_are_stated_and_some_are_derived(documents: list[Document]) -> None:
    goals = [goal for document in documents for goal in document.get("goals", [])]
    stated = {goal["code"] for goal in goals if goal["scheme"] == "sdg" and "derived_from" not in goal}
    assert stated == set(vocabulary.scheme("sdg").codes)
    assert {"sdg-target", "sdg-indicator", "mdg", "agenda21"} <= {goal["scheme"] for goal in goals}
    assert any(goal["scheme"].startswith("plan:") for goal in goals)
    assert any("derived_from" in goal for goal in goals)


def test_every_constituency_takes_part(documents: list[Document]) -> None:
    entries = [each.get("organization") or each.get("group") or each["unnamed"] for each in partners(documents)]
    wanted = set(vocabulary.scheme("constituency").codes) - {"unspecified"}
    assert wanted <= {each["constituency"] for each in entries}


def test_seven_languages_and_eight_countries(documents: list[Document]) -> None:
    written = Counter(language for document in documents for language in document["title"])
    assert set(written) == LANGUAGES
    assert min(written.values()) >= 5
    where = Counter(country for each in documents for country in each.get("geography", {}).get("countries", []))
    assert min(where[country] for country in COUNTRIES) >= 5


def test_every_standing_phase_and_kind(world: World, documents: list[Document]) -> None:
    standings = Counter(each["standing"] for each in documents)
    assert set(standings) == {
        "listed", "submitted", "returned", "registered", "reported", "suspended", "withdrawn",
    }  # fmt: skip
    assert standings["registered"] >= 15
    assert standings["reported"] >= 3
    assert {each["phase"] for each in documents} == set(vocabulary.scheme("phase").codes)
    assert {each["kind"] for each in documents} == set(vocabulary.scheme("kind").codes)
    with world.registry.reading() as session:
        drafts = session.scalars(select(Partnership).where(Partnership.standing == "draft")).all()
    assert len(drafts) == 2


def test_forming_partnerships_say_whom_they_need(documents: list[Document]) -> None:
    forming = [each for each in documents if each["phase"] == "forming"]
    assert len(forming) >= 5
    assert all(each["needs"] for each in forming)
    assert any(each.get("offers") for each in forming)


def test_partners_in_every_state(documents: list[Document]) -> None:
    states = Counter(each["confirmation"]["state"] for each in partners(documents))
    assert set(states) == {"claimed", "confirmed", "corrected", "answered", "unnamed"}
    assert sum(each.get("declined", 0) for each in documents) >= 2


def test_money_in_many_currencies_pledged_confirmed_delivered(documents: list[Document]) -> None:
    given = list(contributions(documents))
    stages = [each[stage] for each in given for stage in ("pledged", "confirmed", "delivered") if each.get(stage)]
    assert len({each["currency"] for each in stages if "currency" in each}) >= 8
    assert all(any(each.get(stage) for each in given) for stage in ("pledged", "confirmed", "delivered"))
    assert any(each.get("delivered") is False or ("pledged" in each and "delivered" not in each) for each in given)


def test_deliverables_late_on_time_and_not_yet_due(documents: list[Document]) -> None:
    today = clock.today().isoformat()
    kinds = Counter(
        "to come" if each["due"] >= today else "reached" if _reached(each) else "late"
        for each in deliverables(documents)
        if "due" in each
    )
    assert min(kinds["to come"], kinds["reached"], kinds["late"]) >= 5
    assert any("parent_id" in each for each in deliverables(documents))


def _reached(deliverable: dict[str, Any]) -> bool:
    """Whether an indicator reached the target of the day on which the deliverable was due, by then."""
    for indicator in deliverable.get("indicators", []):
        wanted = [Decimal(each["value"]) for each in indicator["targets"] if each["due"] == deliverable["due"]]
        values = [Decimal(each["value"]) for each in indicator.get("actuals", [])]
        if wanted and values:
            fewer = indicator.get("direction") == "decrease"
            return min(values) <= wanted[0] if fewer else max(values) >= wanted[0]
    return False


def test_reports_on_time_late_and_missing(world: World, documents: list[Document]) -> None:
    found = [
        each for document in documents for each in reports.reports_of(world.registry, None, document["id"])["items"]
    ]
    assert any(each["overdue"] for each in found)
    assert {each.get("late") for each in found if "submitted" in each} >= {True, False}
    assert sum(bool(each.get("narrative")) for each in found) >= 5


def test_rich_records_and_poor_ones(documents: list[Document]) -> None:
    open_ones = [each for each in documents if "tiers" in each]
    rich = [each for each in open_ones if each["tiers"]["assessable"]["met"]]
    assert len(rich) >= 8
    assert sum(not each["tiers"]["assessable"]["met"] for each in open_ones) >= 10
    for part in (
        "stakeholders",
        "bodies",
        "documents",
        "funding",
        "private_sector",
        "mandate",
        "processes",
        "analysis",
    ):
        assert sum(bool(each.get(part)) for each in rich) >= 6, part
    assert {"vnr", "hlpf", "national_plan", "local_plan", "cooperation_framework", "conference"} <= {
        process["kind"] for each in documents for process in each.get("processes", [])
    }
    assert "confirmed" in {process["relation"] for each in documents for process in each.get("processes", [])}
    assert any(each.get("safeguarding") is False for each in documents)
    assert any(each.get("silences") for each in documents)


def test_an_overdue_submission_waits_and_a_claim_is_pending(world: World) -> None:
    waiting = list(_waiting(world))
    assert len(waiting) == 4
    assert [entry["title"]["en"] for entry in waiting if entry["overdue"]] == [
        "Sun on our roofs: clean power run by the women of the quarter"
    ]
    claimed = world.titled("Mangroves et ruches du Delta")["id"]
    administrator = Principal("an administrator", role="administrator")
    assert claims.latest(world.registry, administrator, claimed)["state"] == "pending"


def _waiting(world: World) -> Iterator[dict[str, Any]]:
    """What each unit's registrar finds in the unit's own queue."""
    with world.registry.reading() as session:
        registrars = {
            each.organization_id: each.person_id
            for each in session.scalars(select(FocalPoint))
            if "registrar" in each.functions
        }
        rows = session.execute(select(Unit.id, Unit.organization_id)).all()
    for row in rows:
        registrar = Principal(str(registrars[row.organization_id]))
        for entry in units.queue(world.registry, registrar, row.id, None, 50).items:
            if entry["own"]:
                yield entry


def test_no_version_knows_what_came_later(world: World) -> None:
    with world.registry.reading() as session:
        versions = session.scalars(select(PartnershipVersion)).all()
    assert len(versions) > 150
    for version in versions:
        for at, day in _facts(orjson.loads(version.document), ""):
            assert partial_dates.earliest(day) <= version.at.date(), f"{at} of version {version.version}: {day}"


def _facts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Pointers and dates of everything that says when it happened."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _facts(inner, f"{at}/{index}")
    elif isinstance(value, dict):
        planned = str(value.get("type", "")).startswith("planned")
        for name in ("date", "submitted", "updated", "as_of", "signed", "joined"):
            if isinstance(value.get(name), str) and not planned:
                yield f"{at}/{name}", value[name]
        for name, inner in value.items():
            yield from _facts(inner, f"{at}/{name}")


def test_histories_are_told_by_those_who_made_them(world: World) -> None:
    record = world.titled("Safe water for the floating villages")
    with world.registry.reading() as session:
        found = session.scalars(
            select(PartnershipVersion)
            .where(PartnershipVersion.partnership_id == record["id"])
            .order_by(PartnershipVersion.revision)
        ).all()
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert {each.event for each in found} >= {
        "listed",
        "confirmed",
        "submitted",
        "registered",
        "revised",
        "report_submitted",
    }
    authors = {each.event: each.author_name for each in found if each.author_name}
    assert authors["listed"] == "Sok Dara"
    assert authors["registered"] == "Chan Sophea"
    assert record["registered_by"]["independent"] is False
    assert date.fromisoformat(record["registered_by"]["date"]) < clock.today()
