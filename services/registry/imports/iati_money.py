"""Money in an IATI activity: budgets and transactions, to totals by basis and to what each provider pledged and gave.

Nothing is summed across currencies, and no money is counted twice that passes through: totals say what they count. Planned
disbursements, forecasts and loan terms (crs-add, fss) are no transactions and are not taken over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from schemas import fields as f
from services.registry.imports import iati_codes as codes
from services.registry.imports import iati_elements as e
from services.registry.imports.iati_organizations import Parties

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_TRANSACTIONS = 50_000
OF_GRAND_BARGAIN = "2"  # the vocabulary of aid types that says how far money is earmarked
EARMARKING = {"1": "none", "2": "soft", "4": "tight"}
"""Code 3, "earmarked" to a country or sector, lies between our soft and tight and is not forced into one."""


@dataclass(slots=True)
class Sum:
    """Money of one currency: the amount, the last day on which some of it moved."""

    amount: Decimal = Decimal(0)
    date: str | None = None
    start: str | None = None

    def add(self, amount: Decimal, date: str | None, start: str | None = None) -> None:
        self.amount += amount
        self.date = max(filter(None, (self.date, date)), default=None)
        self.start = min(filter(None, (self.start, start)), default=None)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction: what the record keeps of it, and what is needed to sum it. Parties are places in `Parties.found`."""

    kind: str
    amount: Decimal
    currency: str
    content: dict[str, Any]
    provider: int | None
    receiver: int | None
    earmarking: str | None


@dataclass(slots=True)
class Money:
    """All the money of an activity."""

    transactions: list[Transaction] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)

    def givers(self) -> list[int]:
        """The places of the organizations that have given or promised money, in the order of the file."""
        return list(
            dict.fromkeys(each.provider for each in self.transactions if each.provider is not None and gives(each))
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget for a period; `revised` ones take the place of the original ones of the same time and currency."""

    revised: bool
    start: str | None
    end: str | None
    amount: Decimal
    currency: str


def is_spending(money: Money) -> bool:
    """Whether the activity has disbursed or spent money: then it has begun."""
    return any(each.kind in (codes.DISBURSEMENT, codes.EXPENDITURE) for each in money.transactions)


def gives(transaction: Transaction) -> bool:
    """Whether the transaction is a contribution of its provider: pledged, committed or handed over."""
    return transaction.kind in codes.STAGES


def transactions(
    elements: Sequence[_Element], reading: e.Reading, parties: Parties, reporting: int | None, earmarking: str | None
) -> list[Transaction]:
    """The transactions that can be kept: those with a type, an amount and a currency."""
    found = []
    for element in elements:
        read = _transaction(element, reading, parties, reporting, earmarking)
        if read is not None:
            found.append(read)
    return found


def _transaction(
    element: _Element, reading: e.Reading, parties: Parties, reporting: int | None, earmarking: str | None
) -> Transaction | None:
    code = _code(element, "transaction-type") or _in_words(element.find("transaction-type"))
    if code is None:
        reading.warn(element, "a transaction has no type")
        return None
    kind = codes.TRANSACTION_TYPES.get(code)
    if kind is None:
        reading.warn(element, codes.TRANSACTION_TYPES.wrong(code))
    money = e.money(element.find("value"), reading)
    if money is None:
        return None
    amount, currency, value_date = money
    provider = _party(element.find("provider-org"), reading, parties)
    receiver = _party(element.find("receiver-org"), reading, parties)
    # "If omitted on outgoing funds the reporting-org is assumed"; it is in the sums then, not in the transaction.
    if provider is None and kind is not None and kind not in codes.INCOMING:
        assumed = reporting
    else:
        assumed = provider
    content = {
        "type": code,
        "date": e.date_of(element.find("transaction-date"), reading),
        "amount": f"{amount:f}",
        "currency": currency,
        "value_date": value_date,
        "identifier": e.line(element.get("ref")),
        **_described(element, reading),
        "provider": _as_said(element.find("provider-org"), reading, provider),
        "receiver": _as_said(element.find("receiver-org"), reading, receiver),
    }
    stated = {name: value for name, value in content.items() if value}
    return Transaction(
        kind or "", amount, currency, stated, assumed, receiver, earmarked(element.findall("aid-type")) or earmarking
    )


def _described(element: _Element, reading: e.Reading) -> dict[str, Any]:
    """What a transaction says besides who, when and how much."""
    description = element.find("description")
    country, region = element.find("recipient-country"), element.find("recipient-region")
    return {
        "description": None if description is None else e.texts(description, reading, f.LONG, one_line=False),
        "recipient_country": None if country is None else e.country(country.get("code") or ""),
        "recipient_region": None if region is None else e.line(region.get("code"), f.SHORT),
        "sectors": _sectors(element),
        "disbursement_channel": _code(element, "disbursement-channel"),
        "flow_type": _code(element, "flow-type"),
        "finance_type": _code(element, "finance-type"),
        "aid_type": _code(element, "aid-type"),
        "tied_status": _code(element, "tied-status"),
    }


def _sectors(element: _Element) -> list[dict[str, str]]:
    found = []
    for sector in element.findall("sector")[: f.MANY]:
        code = e.line(sector.get("code"), f.SHORT)
        scheme = e.line(sector.get("vocabulary") or "1", f.SHORT)
        if code and scheme:
            found.append({"scheme": codes.SECTOR_SCHEMES.get(scheme.lower(), scheme), "code": code})
    return found


def _code(element: _Element, name: str) -> str | None:
    inner = element.find(name)
    return None if inner is None else e.line(inner.get("code"), f.SHORT)


def _in_words(element: _Element | None) -> str | None:
    """The type of a transaction in the words of 1.x, which often left out the code; other words are none."""
    said = None if element is None else e.line(e.plain(element), f.SHORT)
    return said if said and codes.TRANSACTION_TYPES.get(said) else None


def _party(element: _Element | None, reading: e.Reading, parties: Parties) -> int | None:
    return None if element is None else parties.place_of(element, reading)


def _as_said(element: _Element | None, reading: e.Reading, place: int | None) -> dict[str, Any] | None:
    """A party of a transaction as the source calls it; `place` becomes the organization's id when it has one."""
    if element is None or place is None:
        return None
    said = {"place": place, "identifier": e.line(element.get("ref")), "name": e.texts(element, reading)}
    return {name: value for name, value in said.items() if value or name == "place"}


def earmarked(aid_types: Iterable[_Element]) -> str | None:
    """How far money is earmarked, where an aid type says so in the vocabulary made for that."""
    said = (each.get("code") or "" for each in aid_types if each.get("vocabulary") == OF_GRAND_BARGAIN)
    return next((EARMARKING[code] for code in said if code in EARMARKING), None)


def budgets(elements: Sequence[_Element], reading: e.Reading) -> list[Budget]:
    """The budgets that state an amount and a currency."""
    found = []
    for element in elements:
        kind = element.get("type")
        meaning = codes.BUDGET_TYPES.get(kind) if kind and kind.strip() else "original"
        if meaning is None:
            reading.warn(element, codes.BUDGET_TYPES.wrong(kind or ""))
        money = e.money(element.find("value"), reading)
        if money is not None:
            start = e.date_of(element.find("period-start"), reading)
            end = e.date_of(element.find("period-end"), reading)
            found.append(Budget(meaning == "revised", start, end, money[0], money[1]))
    return found


def in_force(budgets: Sequence[Budget]) -> list[Budget]:
    """The budgets without the original ones whose time a revised one covers: counting both would count money twice."""
    revised = [budget for budget in budgets if budget.revised]
    return [budget for budget in budgets if budget.revised or not any(_replaces(each, budget) for each in revised)]


def _replaces(revised: Budget, original: Budget) -> bool:
    if revised.currency != original.currency:
        return False
    starts_before_it_ends = not revised.start or not original.end or revised.start <= original.end
    ends_after_it_starts = not revised.end or not original.start or revised.end >= original.start
    return starts_before_it_ends and ends_after_it_starts


def totals(money: Money) -> list[dict[str, Any]]:
    """Per basis and currency: planned (budgets), committed, received (incoming funds), spent (disbursed, expended).

    Committed is what others committed to the activity where the file says so, else what the activity committed to others:
    with both, the second is the first passed on.
    """
    sums: dict[tuple[str, str], Sum] = {}
    for budget in in_force(money.budgets):
        sums.setdefault(("planned", budget.currency), Sum()).add(budget.amount, budget.end, budget.start)
    committed = {each.kind for each in money.transactions} & {codes.COMMITMENT, codes.INCOMING_COMMITMENT}
    basis_of = {
        codes.INCOMING_COMMITMENT if codes.INCOMING_COMMITMENT in committed else codes.COMMITMENT: "committed",
        codes.INCOMING_FUNDS: "received",
        codes.DISBURSEMENT: "spent",
        codes.EXPENDITURE: "spent",
    }
    for each in money.transactions:
        if (basis := basis_of.get(each.kind)) is not None:
            sums.setdefault((basis, each.currency), Sum()).add(each.amount, each.content.get("date"))
    return [total for (basis, currency), summed in sums.items() if (total := _total(basis, currency, summed))]


def _total(basis: str, currency: str, summed: Sum) -> dict[str, Any] | None:
    amount = e.decimal_text(summed.amount)
    if amount is None:
        return None
    total: dict[str, Any] = {"basis": basis, "amount": amount, "currency": currency}
    if basis != "planned":
        return total | ({"date": summed.date} if summed.date else {})
    period = {"start": summed.start, "end": summed.date}
    if summed.start and summed.date and summed.start > summed.date:
        return total
    return total | (
        {"period": {name: value for name, value in period.items() if value}} if any(period.values()) else {}
    )


def contributions(money: Money, provider: int) -> list[dict[str, Any]]:
    """What one organization gave, per currency: pledged, confirmed (committed) and delivered (paid in or disbursed)."""
    stages: dict[str, dict[str, Sum]] = {}
    earmarkings: dict[str, set[str | None]] = {}
    for each in money.transactions:
        stage = codes.STAGES.get(each.kind)
        if stage is None or each.provider != provider:
            continue
        stages.setdefault(each.currency, {}).setdefault(stage, Sum()).add(each.amount, each.content.get("date"))
        earmarkings.setdefault(each.currency, set()).add(each.earmarking)
    return [_contribution(currency, sums, earmarkings[currency]) for currency, sums in stages.items()]


def _contribution(currency: str, sums: dict[str, Sum], earmarkings: set[str | None]) -> dict[str, Any]:
    contribution: dict[str, Any] = {"kind": "financial"}
    if len(earmarkings) == 1 and (earmarking := next(iter(earmarkings))):
        contribution["earmarking"] = earmarking
    for stage in ("pledged", "confirmed", "delivered"):
        summed = sums.get(stage)
        if summed is not None and (amount := e.decimal_text(summed.amount)) is not None:
            contribution[stage] = {"amount": amount, "currency": currency}
            if summed.date:
                contribution[stage]["date"] = summed.date
    return contribution
