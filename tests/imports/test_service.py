"""Imports into a register, on SQLite and on PostgreSQL: created, unchanged, changed, proposed; batches, events, dry runs."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from schemas import documents
from schemas.partnership import PartnershipDocument
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from services.cli import convene
from services.registry.imports import service
from services.registry.imports.report import ImportReport
from services.registry.organizations import service as organizations
from services.registry.organizations.models import Organization
from services.registry.partnerships.models import ImportProposal, Partnership, PartnershipPartner, PartnershipVersion
from tests.databases import with_tables
from tests.imports.files import activity_xml, iati_file

FUNDER = '<participating-org role="1" type="10" ref="NO-4"><narrative>Norway</narrative></participating-org>'


@pytest.fixture
def database(either_database: Settings) -> Database:
    opened = Database.open(either_database, "registry")
    with_tables(opened)
    return opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "activities.xml"


def imported(database: Database, file: Path, *activities: str, **options: Any) -> dict[str, Any]:
    """Import a file of these activities; returns the report without what is empty."""
    file.write_bytes(iati_file(*activities))
    return counts(service.import_iati(database, [file], **options))


def counts(report: ImportReport) -> dict[str, Any]:
    shown = report.as_json()
    assert shown.pop("rejected") == len(shown["rejections"])
    return {name: value for name, value in shown.items() if value}


def records(session: Session) -> dict[str, Partnership]:
    return {
        str(row.source_identifier): row for row in session.scalars(select(Partnership).order_by(Partnership.reference))
    }


def test_the_577_are_created_once_and_found_unchanged(database: Database, shared_data: Path) -> None:
    path = shared_data / "iati" / "iom-577-activities-2.03.xml"
    told: list[int] = []
    first = service.import_iati(database, [path], progress=told.append)
    assert (first.read, first.created, first.rejected) == (577, 577, 0)
    assert told == [200, 400, 577]
    assert [each["reason"] for each in first.as_json()["warnings"]] == ["'XK' is no country of ISO 3166-1"]
    second = service.import_iati(database, [path])
    assert (second.read, second.created, second.updated, second.unchanged) == (577, 0, 0, 577)
    with database.reading() as session:
        rows = list(session.scalars(select(Partnership).order_by(Partnership.reference)))
        assert [row.reference for row in rows] == [f"CVN-{rows[0].created_at.year}-{n:06d}" for n in range(1, 578)]
        events = Counter(
            orjson.loads(headers)["ce_type"].split(".")[-2] for headers in session.scalars(select(outbox.c.headers))
        )
        assert events == {"reported": 577, "proposed": session.scalar(select(func.count()).select_from(Organization))}
        by_key = {row.key: row.value for row in session.execute(select(outbox.c.key, outbox.c.value))}
        versions = {row.partnership_id: row for row in session.scalars(select(PartnershipVersion))}
        for row in rows:
            assert (row.standing, row.kind, row.version, row.revision) == ("reported", "project", 1, 1)
            assert row.document == by_key[row.id] == versions[row.id].document
            assert (versions[row.id].author_system, versions[row.id].event) == ("system:iati", "reported")
            document = orjson.loads(row.document or b"")
            documents.load(PartnershipDocument, document)
            assert document["source"] == {"system": "iati", "identifier": row.source_identifier}
            assert {partner["confirmation"]["state"] for partner in document["partners"]} == {"claimed"}
            assert not document["tiers"]["registered"]["met"]
        partners = session.scalar(select(func.count()).select_from(PartnershipPartner))
        assert partners == sum(len(row.content["partners"]) for row in rows)


def test_a_changed_activity_is_a_new_version_whose_items_keep_their_ids(database: Database, file: Path) -> None:
    before = activity_xml("A-1", FUNDER + '<activity-status code="1"/><recipient-country code="KH"/>')
    after = activity_xml(
        "A-1", FUNDER + '<activity-status code="2"/><recipient-country code="KH"/><tag vocabulary="2" code="6"/>'
    )
    assert imported(database, file, before, activity_xml("A-2")) == {"read": 2, "created": 2}
    with database.reading() as session:
        old = orjson.loads(records(session)["A-1"].document or b"")
    assert imported(database, file, after, activity_xml("A-2")) == {"read": 2, "updated": 1, "unchanged": 1}
    with database.reading() as session:
        row = records(session)["A-1"]
        new = orjson.loads(row.document or b"")
        assert (row.version, row.revision, row.standing, row.phase) == (2, 2, "reported", "active")
        assert [partner["id"] for partner in new["partners"]] == [partner["id"] for partner in old["partners"]]
        assert new["goals"][0]["code"] == "6"
        history = session.scalars(
            select(PartnershipVersion)
            .where(PartnershipVersion.partnership_id == row.id)
            .order_by(PartnershipVersion.version)
        ).all()
        assert [(each.version, each.event, each.author_system) for each in history] == [
            (1, "reported", "system:iati"),
            (2, "revised", "system:iati"),
        ]
        assert session.scalar(select(func.count()).select_from(Organization)) == 2
    assert imported(database, file, after, activity_xml("A-2")) == {"read": 2, "unchanged": 2}


def test_a_claimed_record_gets_proposals_and_is_never_overwritten(database: Database, file: Path) -> None:
    imported(database, file, activity_xml("A-1", FUNDER))
    with database.transaction() as session:
        session.execute(update(Partnership).values(standing="listed"))
        before = records(session)["A-1"].document
    changed = activity_xml("A-1", FUNDER + '<recipient-country code="KH"/>')
    assert imported(database, file, changed, dry_run=True) == {"read": 1, "proposed": 1}
    assert imported(database, file, changed) == {"read": 1, "proposed": 1}
    assert imported(database, file, changed) == {"read": 1, "unchanged": 1}
    assert imported(database, file, activity_xml("A-1", FUNDER)) == {"read": 1, "unchanged": 1}
    again = activity_xml("A-1", FUNDER + '<recipient-country code="LA"/>')
    assert imported(database, file, again) == {"read": 1, "proposed": 1}
    with database.reading() as session:
        row = records(session)["A-1"]
        assert (row.document, row.version, row.standing) == (before, 1, "listed")
        proposals = session.scalars(select(ImportProposal).order_by(ImportProposal.received_at)).all()
        assert [each.state for each in proposals] == ["superseded", "open"]
        assert proposals[1].content["geography"]["countries"] == ["LAO"]
        assert session.scalar(select(func.count()).select_from(outbox).where(outbox.c.key == row.id)) == 1


def test_what_partners_have_said_survives_the_next_import(database: Database, file: Path) -> None:
    imported(database, file, activity_xml("A-1", FUNDER))
    with database.transaction() as session:
        row = records(session)["A-1"]
        lead, funder = row.content["partners"]
        declined = {**funder, "confirmation": {"state": "declined", "at": "2026-01-01T00:00:00Z"}}
        row.content = {**row.content, "partners": [lead, declined]}
    assert imported(database, file, activity_xml("A-1", FUNDER + '<recipient-country code="KH"/>'))["updated"] == 1
    with database.reading() as session:
        document = orjson.loads(records(session)["A-1"].document or b"")
        assert b"Norway" not in (records(session)["A-1"].document or b"")
        assert (len(document["partners"]), document["declined"]) == (1, 1)


def test_a_dry_run_writes_nothing_and_counts_the_same(database: Database, file: Path, tmp_path: Path) -> None:
    activities = [activity_xml("A-1"), activity_xml(" "), activity_xml("A-2"), activity_xml("A-1")]
    file.write_bytes(iati_file(*activities))
    another = tmp_path / "another.xml"
    another.write_bytes(iati_file(activity_xml("A-2"), activity_xml("A-1", FUNDER)))
    dry = service.import_iati(database, [file, another], dry_run=True).as_json()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Partnership)) == 0
        assert session.scalar(select(func.count()).select_from(outbox)) == 0
    wet = service.import_iati(database, [file, another]).as_json()
    assert dry == wet
    assert (wet["read"], wet["created"], wet["updated"], wet["unchanged"], wet["rejected"]) == (6, 2, 1, 1, 2)
    assert {each["file"] for each in wet["rejections"]} == {str(file)}


def test_organizations_of_the_register_are_found_and_not_changed(database: Database, file: Path) -> None:
    data = {
        "name": {"en": "Kingdom of Norway"},
        "identifiers": [{"scheme": "org-id", "value": "NO-BRC-971277882"}],
        "constituency": "government",
        "country": "NOR",
    }
    with database.transaction() as session:
        known = organizations.enter(session, data, accepted=True, proposed_by=None).id
    by_identifier = FUNDER.replace("NO-4", "NO-BRC-971277882")
    by_name = (
        FUNDER.replace('ref="NO-4"', "")
        .replace("Norway", "KINGDOM OF NORWAY")
        .replace('role="1"', 'role="1" ref="NO-9x"')
    )
    imported(
        database, file, activity_xml("A-1", by_identifier), activity_xml("A-2", by_name), activity_xml("A-3", FUNDER)
    )
    with database.reading() as session:
        partners = {
            identifier: row.content["partners"][1]["organization"]["id"] for identifier, row in records(session).items()
        }
        assert partners["A-1"] == partners["A-2"] == known
        assert partners["A-3"] != known
        assert session.scalar(select(Organization.version).where(Organization.id == known)) == 1


def test_two_names_of_one_organization_are_one_partner(database: Database, file: Path) -> None:
    with database.transaction() as session:
        names = {"en": "United Nations Development Programme", "fr": "PNUD"}
        data = {"name": names, "identifiers": [{"scheme": "XM-DAC", "value": "41114"}], "constituency": "un_system"}
        organizations.enter(session, data, accepted=True, proposed_by=None)
    body = '<participating-org role="4" type="40"><narrative>PNUD</narrative></participating-org>'
    body = body.replace('type="40"', "")
    imported(database, file, activity_xml("A-1", body))
    with database.reading() as session:
        (partner,) = records(session)["A-1"].content["partners"]
        assert partner["roles"] == ["lead", "implementer"]


MINISTRY = '<participating-org role="4" type="10"><narrative>Ministry of Rivers</narrative></participating-org>'


def called(database: Database, name: str) -> list[Organization]:
    with database.reading() as session:
        return [row for row in session.scalars(select(Organization)) if row.content["name"] == {"en": name}]


def test_imports_one_after_the_other_do_not_multiply_an_organization_in_doubt(database: Database, file: Path) -> None:
    cambodia, laos = '<recipient-country code="KH"/>', '<recipient-country code="LA"/>'
    for number in range(3):
        imported(database, file, activity_xml(f"KH-{number}", MINISTRY + cambodia))
        imported(database, file, activity_xml(f"LA-{number}", MINISTRY + laos))
        imported(database, file, activity_xml(f"NO-{number}", MINISTRY))
        twins = (
            f'<participating-org role="4" ref="XM-BB-{twin}"><narrative>Twin</narrative></participating-org>'
            for twin in (1, 2)
        )
        imported(database, file, *(activity_xml(f"T-{number}{twin}", each) for twin, each in enumerate(twins)))
        doubt = '<participating-org role="4"><narrative>Twin</narrative></participating-org>'
        imported(database, file, activity_xml(f"T-{number}", doubt))
    assert len(called(database, "Ministry of Rivers")) == 3
    assert sorted(len(row.content.get("identifiers", ())) for row in called(database, "Twin")) == [0, 1, 1]
    with database.reading() as session:
        of_record = {name: row.content["partners"][0]["organization"]["id"] for name, row in records(session).items()}
    assert len({of_record[f"KH-{number}"] for number in range(3)}) == 1
    assert of_record["KH-0"] != of_record["LA-0"] != of_record["NO-0"] != of_record["KH-0"]


def test_imports_at_the_same_time_enter_an_organization_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 5)
    files = [tmp_path / f"{number}.xml" for number in range(3)]
    funder = '<participating-org role="1" type="10"><narrative>Fund {}</narrative></participating-org>'
    for file in files:
        activities = (activity_xml(f"{file.stem}-{n}", funder.format(n % 10)) for n in range(40))
        file.write_bytes(iati_file(*activities))
    with ThreadPoolExecutor(len(files)) as pool:
        reports = list(pool.map(lambda file: service.import_iati(database, [file]), files))
    assert [report.created for report in reports] == [40] * 3
    assert [len(called(database, f"Fund {number}")) for number in range(10)] == [1] * 10


def test_part_of_is_set_where_the_whole_was_imported_in_any_order(
    database: Database, file: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(service, "BATCH", 1)
    child = activity_xml("CHILD", '<related-activity ref="PARENT" type="1"/>')
    orphan = activity_xml("ORPHAN", '<related-activity ref="NOWHERE" type="1"/>')
    late = activity_xml("LATE", '<related-activity ref="PARENT" type="1"/>')
    own = activity_xml("OWN", '<related-activity ref="OWN" type="1"/>')
    assert imported(database, file, child, orphan, activity_xml("PARENT"), late, own)["created"] == 5
    with database.reading() as session:
        rows = records(session)
        parent = rows["PARENT"].id
        assert rows["CHILD"].content["part_of"] == rows["LATE"].content["part_of"] == parent
        assert orjson.loads(rows["CHILD"].document or b"")["part_of"] == parent
        assert "part_of" not in rows["ORPHAN"].content
        assert "part_of" not in rows["OWN"].content
    assert imported(database, file, child, orphan, activity_xml("PARENT"), late, own) == {"read": 5, "unchanged": 5}


def test_an_import_that_was_stopped_goes_on_where_it_was(database: Database, file: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(service, "BATCH", 10)
    activities = [activity_xml(f"A-{number}", FUNDER) for number in range(35)]

    def stop(read: int) -> None:
        if read >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(database, file, *activities, progress=stop)
    assert imported(database, file, *activities) == {"read": 35, "created": 15, "unchanged": 20}
    with database.reading() as session:
        references = [row.reference or "" for row in records(session).values()]
        assert [reference[-6:] for reference in references] == [f"{number:06d}" for number in range(1, 36)]


def test_a_cancelled_activity_ended_early_with_a_reason(database: Database, file: Path) -> None:
    imported(database, file, activity_xml("A-1", '<activity-status code="5"/>'))
    with database.reading() as session:
        document = orjson.loads(records(session)["A-1"].document or b"")
        assert (document["phase"], document["source_status"]) == ("ended_early", "5")
        assert "cancelled" in document["phase_reason"]["reason"]["en"]


def test_a_cut_file_a_file_of_another_kind_and_a_good_one(database: Database, file: Path, tmp_path: Path) -> None:
    content = iati_file(activity_xml("A-1"), activity_xml("A-2"))
    file.write_bytes(content[: content.index(b"A-2") + 30])
    other = tmp_path / "page.html"
    other.write_bytes(b"<html/>")
    good = tmp_path / "good.xml"
    good.write_bytes(iati_file(activity_xml("A-3")))
    shown = service.import_iati(database, [file, other, good, tmp_path / "missing.xml"]).as_json()
    assert (shown["read"], shown["created"], shown["rejected"]) == (3, 2, 3)
    cut, page, missing = shown["rejections"]
    assert (cut["identifier"], cut["file"]) == ("A-2", str(file))
    assert "web page" in page["reason"]
    assert "cannot be read" in missing["reason"]


def test_a_rejection_names_the_file_as_it_was_written_where_there_are_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("sub") / "page.html"
    file.parent.mkdir()
    file.write_bytes(b"<html/>")
    command = ["import", "iati", str(file), ".", "--data-dir", str(tmp_path / "data")]
    shown = CliRunner().invoke(convene, command)
    assert f"rejected (no identifier) ({file}, line 1): this is a web page" in shown.output
    assert "rejected (no identifier) (.): . is a folder" in shown.output
    found = orjson.loads(CliRunner().invoke(convene, [*command, "--json"]).stdout)
    assert [each["file"] for each in found["rejections"]] == [str(file), "."]
    alone = CliRunner().invoke(convene, ["import", "iati", str(file), "--data-dir", str(tmp_path / "data")])
    assert "rejected (no identifier) (line 1): this is a web page" in alone.output


def test_many_transactions_of_one_activity(database: Database, file: Path) -> None:
    one = (
        '<transaction><transaction-type code="3"/><transaction-date iso-date="2020-01-01"/>'
        '<value value-date="2020-01-01">{}</value><receiver-org><narrative>Builder {}</narrative></receiver-org></transaction>'
    )
    body = "".join(one.format(number, number % 700) for number in range(3000))
    assert imported(database, file, activity_xml("A-1", body))["created"] == 1
    with database.reading() as session:
        document = orjson.loads(records(session)["A-1"].document or b"")
        assert len(document["transactions"]) == 3000
        assert document["budget"]["totals"][0]["amount"] == str(sum(range(3000)))
        assert session.execute(text("SELECT count(*) FROM organization")).scalar() == 1
