"""What an assessment needs to know of the record that it is about: who leads it, whether it can be assessed, how it is called."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.documents import StoredDocument
from schemas.partnership import PartnershipDocument
from schemas.redaction import UNSPECIFIED, Redaction, all_texts, scrubbed
from services.assessment.errors import NotAssessable, RecordNotKnown
from services.assessment.evidence.models import Evidence
from services.assessment.evidence.service import document_of

ASSESSABLE = ("listed", "submitted", "returned", "registered")
GONE = ("withdrawn", "suspended")
Document = Mapping[str, Any]


def record(session: Session, partnership_id: str) -> tuple[StoredDocument, dict[str, Any]]:
    """The newest public document of a partnership, as kept and as read. Raises RecordNotKnown."""
    stored = document_of(session, partnership_id)
    return stored, orjson.loads(stored.body)


def shown(session: Session, partnership_id: str, frozen: bytes) -> bytes:
    """A frozen record as it may be shown today: without whoever was taken out of it or declined since, and with those who
    speak for it now. Raises RecordNotKnown where the record is withdrawn, suspended or gone.

    What is kept stays as it was judged: the figures are worked out from it again.
    """
    newest = visible(session, partnership_id)
    document: dict[str, Any] = orjson.loads(frozen)
    now = {entry["id"]: entry for entry in newest.get("partners", ())}
    for entry in document.get("partners", ()):
        if "unnamed" not in entry and _is_hidden(now.get(entry["id"])):
            document = scrubbed(document, _redaction(entry, now.get(entry["id"])))
    document.pop("focal_points", None)
    if newest.get("focal_points"):
        document["focal_points"] = newest["focal_points"]
    return documents.render(PartnershipDocument, document)


def visible(session: Session, partnership_id: str) -> dict[str, Any]:
    """The newest public document. Raises RecordNotKnown where it is withdrawn, suspended or gone."""
    _, newest = record(session, partnership_id)
    if newest.get("standing") in GONE:
        raise RecordNotKnown("The record is not public any more.")
    return newest


def _is_hidden(entry: Document | None) -> bool:
    """Whether a partner, as its record shows it now, is named no more: it was taken out, or has declined."""
    return entry is None or "unnamed" in entry


def _redaction(named: Document, now: Document | None) -> Redaction:
    """What is to be taken out: whoever was taken out in every text, whoever left the record otherwise as a partner alone."""
    organization = named.get("organization") or {}
    who = organization or named.get("group") or {}
    constituency = ((now or {}).get("unnamed") or who).get("constituency") or UNSPECIFIED
    names = all_texts(who.get("name")) if now is not None else []
    return Redaction(named["id"], organization.get("id"), tuple(dict.fromkeys(names)), constituency)


def leads_of(session: Session, partnership_id: str) -> frozenset[str]:
    """The organizations that lead by the newest record: partners in that role who have not left or declined."""
    body = session.scalar(select(Evidence.document).where(Evidence.partnership_id == partnership_id))
    return frozenset() if body is None else leads(orjson.loads(body))


def leads(document: Document) -> frozenset[str]:
    """As `leads_of`, of a document."""
    return frozenset(
        str(partner["organization"]["id"])
        for partner in document.get("partners", ())
        if "lead" in partner.get("roles", ())
        and "left" not in partner
        and partner.get("confirmation", {}).get("state") != "declined"
        and partner.get("organization", {}).get("id")
    )


def check_assessable(document: Document) -> None:
    """Raise NotAssessable for a record that nobody stands behind, or that is withdrawn or suspended."""
    standing = document.get("standing")
    if standing not in ASSESSABLE:
        raise NotAssessable(
            f"The record is {standing}; it can be assessed while it is {', '.join(ASSESSABLE)}.", standing=standing
        )


def check_public(document: Document) -> None:
    """Raise NotAssessable for a record that is withdrawn or suspended: what is public of it says nothing to go by."""
    if document.get("standing") in GONE:
        raise NotAssessable(f"The record is {document['standing']}; it goes on when it is public again.")


def is_public(session: Session, partnership_id: str) -> bool:
    """Whether there is a record that is neither withdrawn nor suspended."""
    try:
        visible(session, partnership_id)
    except RecordNotKnown:
        return False
    return True


def stated_costs(document: Document) -> dict[str, Any]:
    """What taking part costs those who are partners, as they stated it: days a month, and money by currency."""
    efforts = [
        partner["effort"]
        for partner in document.get("partners", ())
        if isinstance(partner.get("effort"), dict) and "left" not in partner
    ]
    money: dict[str, Decimal] = {}
    for effort in efforts:
        amount = effort.get("coordination_cost")
        if isinstance(amount, dict) and "amount" in amount and "currency" in amount:
            money[amount["currency"]] = money.get(amount["currency"], Decimal()) + Decimal(str(amount["amount"]))
    days = sum((Decimal(str(effort["days_per_month"])) for effort in efforts if "days_per_month" in effort), Decimal())
    return {
        "partners": len(efforts),
        "days_per_month": float(days),
        "coordination": [{"amount": f"{money[each]:f}", "currency": each} for each in sorted(money)],
    }


def candidates(session: Session) -> list[str]:
    """The ids of all records that can be assessed, in their order."""
    found = []
    for partnership_id, body in session.execute(select(Evidence.partnership_id, Evidence.document)):
        if body is not None and orjson.loads(body).get("standing") in ASSESSABLE:
            found.append(partnership_id)
    return sorted(found)
