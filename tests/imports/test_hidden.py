"""A name that has left a record (declined, unnamed, taken out for safety) does not come back with the next import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.registry.imports import service
from services.registry.partnerships.models import ImportProposal, Partnership, PartnershipVersion
from tests.imports.files import activity_xml, iati_file
from tests.registry.conftest import Person, ok
from tests.registry.partnerships.conftest import Document, Scene
from tests.registry.partnerships.test_imported import decide

LEAD = (
    '<participating-org role="2" type="22" ref="KH-MOI-1"><narrative>Lake Trust</narrative></participating-org>'
    '<recipient-country code="KH"/>'
)
HIDDEN = '<participating-org role="4" type="22" ref="GB-CHC-2222"><narrative>{}</narrative></participating-org>'
PAID = (
    '<transaction><transaction-type code="3"/><transaction-date iso-date="2020-01-01"/>'
    '<value value-date="2020-01-01">{}</value>'
    '<{}-org ref="GB-CHC-2222"><narrative>Claim Impl</narrative></{}-org></transaction>'
)
PAYMENTS = PAID.format(50, "provider", "provider") + PAID.format(60, "receiver", "receiver")
TEXT = "<description><narrative>Carried out by {} in the hills.</narrative></description>"
RECEIVES_ONLY = TEXT.format("Claim Impl") + LEAD + PAID.format(60, "receiver", "receiver")


def everything(title: str, name: str = "Claim Impl") -> str:
    return activity(title, TEXT.format(name) + LEAD + HIDDEN.format(name) + PAYMENTS)


def activity(title: str, body: str, **more: Any) -> str:
    return activity_xml("BB-C9", body, title=f"<title><narrative>{title}</narrative></title>", **more)


class Importing:
    """A record of which Claim Impl is a partner, imported again and again."""

    def __init__(self, scene: Scene, file: Path) -> None:
        self.scene, self.file = scene, file

    def imports(self, *activities: str) -> dict[str, int]:
        self.file.write_bytes(iati_file(*activities))
        shown = service.import_iati(self.scene.world.service.database, [self.file]).as_json()
        return {name: shown[name] for name in ("created", "updated", "unchanged", "proposed") if shown[name]}

    def record(self) -> Document:
        with self.scene.world.service.database.reading() as session:
            return self.scene.read({"id": session.scalars(select(Partnership.id)).one()})

    def implementer(self) -> Person:
        return self.scene.world.designated("impl", self.partner("Claim Impl")["organization"]["id"], "focal_point")

    def partner(self, name: str) -> Document:
        (found,) = (each for each in self.record()["partners"] if each["organization"]["name"]["en"] == name)
        return found

    def hide(self, how: str) -> None:
        record, entry = self.record(), self.partner("Claim Impl")
        path = f"/partnerships/{record['id']}"
        if how == "redacted":
            ok(self.scene.registrar.post(f"{path}/redactions", {"partner_id": entry["id"], "reason": "At risk."}))
        else:
            ok(self.implementer().post(f"{path}/partners/{entry['id']}/confirmation", {"decision": how}))

    def kept(self) -> str:
        """All that is kept of records and can be read by others than their private rows."""
        with self.scene.world.service.database.reading() as session:
            versions = b"".join(session.scalars(select(PartnershipVersion.document))).decode()
            proposals = [each["transactions"] for each in session.scalars(select(ImportProposal.content))]
        return versions + str(proposals) + str(self.record())


@pytest.fixture
def importing(scene: Scene, tmp_path: Path) -> Importing:
    return Importing(scene, tmp_path / "c9.xml")


@pytest.mark.parametrize("how", ["redacted", "unnamed", "decline"])
def test_a_later_import_does_not_name_whom_the_record_names_no_more(importing: Importing, how: str) -> None:
    assert importing.imports(everything("One")) == {"created": 1}
    importing.hide(how)
    assert importing.imports(everything("One")) == {"unchanged": 1}
    before = importing.record()
    assert importing.imports(everything("Two")) == {"updated": 1}
    after = importing.record()
    assert after["title"] == {"en": "Two"}
    assert "GB-CHC-2222" not in importing.kept()
    expected = "Claim Impl" if how == "decline" else "[…]"  # who declines is no partner; texts are their authors'
    assert after["summary"] == {"en": f"Carried out by {expected} in the hills."}
    assert importing.kept().count("Claim Impl") == importing.kept().count("by Claim Impl in")
    assert [each["id"] for each in after["transactions"]] == [each["id"] for each in before["transactions"]]
    assert importing.imports(everything("Two")) == {"unchanged": 1}


@pytest.mark.parametrize("how", ["redacted", "unnamed"])
def test_another_name_in_the_source_is_the_same_name(importing: Importing, how: str) -> None:
    importing.imports(everything("One"))
    importing.hide(how)
    assert importing.imports(everything("Two", "Claim Implementation Ltd")) == {"updated": 1}
    assert "Claim Impl" not in importing.kept()


@pytest.mark.parametrize("how", ["redacted", "unnamed", "decline"])
def test_who_is_no_partner_in_the_source_any_more_stays_hidden(importing: Importing, how: str) -> None:
    importing.imports(everything("One"))
    importing.hide(how)
    assert importing.imports(activity("Two", RECEIVES_ONLY)) == {"updated": 1}
    assert importing.kept().count("Claim Impl") == importing.kept().count("by Claim Impl in")
    assert importing.imports(everything("Three")) == {"updated": 1}
    assert importing.kept().count("Claim Impl") == importing.kept().count("by Claim Impl in")
    assert "GB-CHC-2222" not in importing.kept()


def test_who_declined_and_is_at_risk_leaves_the_texts_of_later_imports_too(importing: Importing) -> None:
    importing.imports(everything("One"))
    entry, record = importing.partner("Claim Impl"), importing.record()
    importing.hide("decline")
    redaction = {"partner_id": entry["id"], "reason": "At risk."}
    ok(importing.scene.registrar.post(f"/partnerships/{record['id']}/redactions", redaction))
    assert importing.imports(everything("Two")) == {"updated": 1}
    assert "Claim Impl" not in importing.kept()
    assert importing.record()["declined"] == 1


def test_a_vocabulary_of_its_own_does_not_give_the_publisher_away(importing: Importing) -> None:
    own = '<sector vocabulary="99" code="W1"><narrative>Wells</narrative></sector>'
    reporting = '<reporting-org ref="GB-CHC-2222" type="22"><narrative>Claim Impl</narrative></reporting-org>'
    body = LEAD + HIDDEN.format("Claim Impl") + own
    importing.imports(activity("One", body, reporting=reporting))
    assert "GB-CHC-2222:sector" in str(importing.record())
    importing.hide("redacted")
    assert "GB-CHC-2222" not in str(importing.record())
    importing.imports(activity("Two", body, reporting=reporting))
    found = [(each["scheme"], each["code"]) for each in importing.record()["classifications"]]
    assert found == [("[…]:sector", "W1")]


def claimed(importing: Importing) -> tuple[Person, Document]:
    """The record, listed by its claimant."""
    importing.imports(everything("One"))
    lead = importing.scene.world.designated(
        "trust", importing.partner("Lake Trust")["organization"]["id"], "focal_point"
    )
    record = importing.record()
    ok(lead.post(f"/partnerships/{record['id']}/claim"), 201)
    return lead, decide(importing.scene, record)


@pytest.mark.parametrize("first", ["hidden", "proposed"])
@pytest.mark.parametrize("how", ["redacted", "unnamed", "decline"])
def test_a_proposal_does_not_bring_a_name_back(importing: Importing, how: str, first: str) -> None:
    lead, record = claimed(importing)
    if first == "hidden":
        importing.hide(how)
        assert importing.imports(everything("Two")) == {"proposed": 1}
        assert "GB-CHC-2222" not in importing.kept()
    else:
        assert importing.imports(everything("Two")) == {"proposed": 1}
        importing.hide(how)
    path = f"/partnerships/{record['id']}/proposals"
    (proposal,) = ok(lead.get(path))["items"]
    named = str(proposal).count("Claim Impl") - str(proposal).count("by Claim Impl in")
    assert (named, "GB-CHC-2222" in str(proposal)) == (0, False)
    after = ok(lead.post(f"{path}/{proposal['id']}/decision", {"decision": "accept"}))
    assert after["title"] == {"en": "Two"}
    assert str(after).count("Claim Impl") == str(after).count("by Claim Impl in")
    assert "GB-CHC-2222" not in str(after)
    with importing.scene.world.service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportProposal)) == 1
