"""Who gives money to whom, as a partnership's record says it: contributions, transactions, payments.

Pure: one document gives its links. `consumers` keeps them for all records, `conflicts` asks which join a member and a partner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.assessment.evidence import reading as r
from services.assessment.evidence.reading import Part

FINANCIAL, FUNDER = "financial", "funder"
RECEIVING = frozenset({"lead", "co_lead", "implementer", "host", "secretariat", "accountable", "extending"})


@dataclass(frozen=True, slots=True)
class FundingLink:
    """One organization gives to another. `source` is the record's id and the JSON Pointer in it (`id#/pointer`).

    `until` is the last day that the money may have flowed, None while it may still do.
    """

    giver_id: str
    receiver_id: str
    source: str
    until: str | None


def links(partnership_id: str, document: Mapping[str, object]) -> list[FundingLink]:
    """The links of a record, one for each pair: the one that lasts longest."""
    found: dict[tuple[str, str], FundingLink] = {}
    for giver, receiver, pointer, until in (*_contributions(document), *_transactions(document), *_payments(document)):
        known = found.get((giver, receiver))
        if giver != receiver and (
            known is None or (known.until is not None and (until is None or until > known.until))
        ):
            found[giver, receiver] = FundingLink(giver, receiver, f"{partnership_id}#{pointer}", until)
    return list(found.values())


Link = tuple[str, str, str, str | None]


def _contributions(document: Mapping[str, object]) -> Iterator[Link]:
    """Money to the recipient that is named; else to those who lead and carry out: that is where a funder's money goes."""
    receivers = _with_roles(document, RECEIVING)
    for place, partner, giver in _partners(document):
        at, left = f"/partners/{place}", _last(partner.get("left")) or _ends(document)
        unsaid = FUNDER in r.texts(partner.get("roles"))
        for index, item in r.items(partner.get("contributions"), repeatable=True):
            if r.text(item.get("kind")) != FINANCIAL:
                continue
            recipient = r.text(r.part(item.get("recipient")).get("organization_id"))
            until = _last(r.part(item.get("period")).get("end")) or left
            for receiver in [recipient] if recipient else receivers:
                yield giver, receiver, f"{at}/contributions/{index}", until
            unsaid = False
        if unsaid:
            for receiver in receivers:
                yield giver, receiver, f"{at}/roles", left


def _transactions(document: Mapping[str, object]) -> Iterator[Link]:
    for place, item in r.items(document.get("transactions"), repeatable=True):
        giver = r.text(r.part(item.get("provider")).get("organization_id"))
        receiver = r.text(r.part(item.get("receiver")).get("organization_id"))
        if giver and receiver:
            yield giver, receiver, f"/transactions/{place}", _last(item.get("date")) or _ends(document)


def _payments(document: Mapping[str, object]) -> Iterator[Link]:
    funders = _with_roles(document, frozenset({FUNDER}))
    payments = r.part(document.get("funding")).get("payments")
    for place, item in r.items(payments, repeatable=True):
        receiver = r.text(r.part(item.get("recipient")).get("organization_id"))
        until = _last(item.get("paid_on")) or _last(item.get("date")) or _ends(document)
        for giver in funders if receiver else ():
            assert receiver is not None
            yield giver, receiver, f"/funding/payments/{place}", until


def _partners(document: Mapping[str, object]) -> Iterator[tuple[int, Part, str]]:
    """The partners that are organizations: place, entry, the organization's id."""
    for place, partner in r.items(document.get("partners")):
        organization_id = r.text(r.part(partner.get("organization")).get("id"))
        if organization_id:
            yield place, partner, organization_id


def _with_roles(document: Mapping[str, object], roles: frozenset[str]) -> list[str]:
    return [each for _, partner, each in _partners(document) if not roles.isdisjoint(r.texts(partner.get("roles")))]


def _ends(document: Mapping[str, object]) -> str | None:
    return _last(document.get("end"))


def _last(value: object) -> str | None:
    written = r.day(value)
    return None if written is None else r.latest(written).isoformat()
