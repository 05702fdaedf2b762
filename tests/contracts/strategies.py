"""Valid documents of any contract, made from its fields, and JSON of any shape; for the property tests beside this module."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st
from marshmallow import Schema
from marshmallow import fields as base

from schemas import fields as f
from schemas import vocabulary
from schemas.evaluation import PerChamber
from schemas.organization import Domain
from schemas.partnership_parts import Goal, Partner, PartnerOrganizationInput, Stage

LETTERS = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")) | st.just(" "), min_size=1, max_size=12
)
WORDS = LETTERS.map(str.strip).filter(bool)
MAPS = st.dictionaries(st.sampled_from(["en", "km", "zh", "ar", "pt-BR", "sr-Latn"]), WORDS, min_size=1, max_size=3)
DAYS = st.dates(min_value=date(1000, 1, 1)).map(str)
DATES = DAYS.flatmap(lambda day: st.sampled_from([day, day[:7], day[:4]]))
DECIMALS = st.decimals(-(10**12), 10**12, allow_nan=False, places=2).map(lambda number: f"{number:f}")
GOALS = st.sampled_from(["sdg:6", "sdg-target:6.1", "sdg-indicator:6.1.1", "mdg:7", "agenda21:18", "plan:khm-nsdp:3"])

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)

_PLAIN: dict[type, st.SearchStrategy[Any]] = {
    f.Text: WORDS | MAPS,
    f.LanguageMap: MAPS,
    f.Line: WORDS,
    Domain: st.sampled_from(["example.org", "xn--e1afmkfd.example"]),
    f.Flag: st.booleans(),
    f.Decimal: DECIMALS,
    f.PartialDate: DATES,
    f.FullDate: DAYS,
    f.Timestamp: st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z"),
    f.Identifier: st.uuids().map(str),
    f.Link: st.sampled_from(
        ["https://example.org/a", "http://xn--e1afmkfd.example/?q=1#part", "https://[2001:db8::1]:8443/"]
    ),
    f.Language: st.sampled_from(["en", "km", "zh-Hant"]),
    f.GoalScheme: st.sampled_from(["sdg", "plan:khm-nsdp"]),
    f.GoalReference: GOALS,
    f.Pointer: st.sampled_from(["/complaints", "/partners/0/roles", "/a~1b"]),
    f.Silences: st.dictionaries(st.sampled_from(["/complaints", "/funding"]), st.sampled_from(["not_applicable"])),
    f.Anything: st.integers() | st.text(max_size=5),
}


def value_of(field: base.Field[Any]) -> st.SearchStrategy[Any]:
    """Values that the field of a document takes."""
    if isinstance(field, f.Stated):
        return documents_of(field.contract) | st.just(False)
    if isinstance(field, f.Object):
        return documents_of(field.contract)
    if isinstance(field, f.Items):
        unique_by = _id_or_itself if _have_ids(field) else None
        if field.unique:
            return st.lists(value_of(field.inner), min_size=field.least, max_size=3, unique=True)
        return st.lists(value_of(field.inner), min_size=field.least, max_size=2, unique_by=unique_by)
    if isinstance(field, PerChamber):
        return st.dictionaries(st.sampled_from(["public", "civil_society"]), value_of(field.inner))
    if isinstance(field, f.Either):
        return st.one_of([value_of(alternative) for alternative in field.alternatives])
    if isinstance(field, f.Choice):
        return st.sampled_from(field.choices)
    if isinstance(field, f.Code):
        return st.sampled_from(vocabulary.scheme(field.scheme).codes[:50])
    if isinstance(field, f.Count | f.Quantity):
        return st.integers(field.least, field.most)
    for kind in type(field).__mro__:
        if kind in _PLAIN:
            return _PLAIN[kind]
    raise AssertionError(f"no values for {field}")


def _id_or_itself(item: dict[str, Any]) -> object:
    return item.get("id", id(item))


def _have_ids(field: f.Items) -> bool:
    """Whether the items of a list are told apart by an id."""
    return isinstance(field.inner, f.Object) and "id" in field.inner.contract._declared_fields


@st.composite
def documents_of(draw: st.DrawFn, contract: type[Schema], most: int = 5) -> dict[str, Any]:
    """Documents that obey the fields of the contract and its rules between fields, with up to `most` of what may be left out."""
    members = {field.data_key or name: field for name, field in contract._declared_fields.items()}
    possible = [name for name, field in members.items() if not field.required]
    stated = draw(st.lists(st.sampled_from(possible), unique=True, max_size=most)) if possible else []
    document = {name: draw(value_of(field)) for name, field in members.items() if field.required or name in stated}
    return _obedient(contract, document)


def _obedient(contract: type[Schema], document: dict[str, Any]) -> dict[str, Any]:
    """The document without what breaks a rule between its fields."""
    for first, second in (("start", "end"), ("joined", "left")):
        if first in document and second in document:
            del document[second]
    if "goals" in document and contract.__name__.startswith("Partnership"):
        document["goals"] = document["goals"][:1]
    for deliverable in document.get("deliverables") or ():
        deliverable.pop("parent_id", None)
        deliverable.pop("pledge", None)
    if issubclass(contract, Goal):
        document |= {"scheme": "sdg", "code": "6"} if document["scheme"] == "sdg" else {"code": "W2"}
    if issubclass(contract, Partner):
        for name in ("organization", "group", "unnamed"):
            document.pop(name, None)
        document["unnamed"] = {"constituency": "media"}
    if issubclass(contract, PartnerOrganizationInput):
        document |= {"id": "019505a0-0000-7000-8000-000000000001"}
    if issubclass(contract, Stage):
        document |= {"amount": "5", "currency": "USD"}
    if "holder" in document:
        document["holder"] = {"constituency": "women"}
    return document
