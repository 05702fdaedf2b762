"""Takes a partner's name out of a partnership's document: its entry, what refers to it, and the texts that name it.

For partners at risk, and for those who decline. Whoever keeps documents of partnerships takes it out with this: the registry out of
all versions, the assessment out of the record that it froze.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from schemas import fields as f
from schemas.partnership import PartnershipDocument
from schemas.partnership_parts import Partner

Entry = dict[str, Any]

WITHHELD = "[…]"
UNSPECIFIED = "unspecified"
"""The constituency of a partner of whom nobody has said it."""
SHORTEST_NAME = 3
IDENTITIES = ("organization", "group", "unnamed")
# Members whose lines are codes and not words.
KEPT = frozenset({"reference", "covers", "derived_from", "scheme", "code", "currency", "confirmation"})
# Items that are about one organization, and nothing without it.
ABOUT_ORGANIZATION = frozenset({"due_diligence", "agency_commitments"})
LISTS_OF_ORGANIZATIONS = frozenset({"responsible", "represented_by"})
IDENTIFYING = ("organization_id", "identifier", "name")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is taken out: the entry, its organization (if any), its names; what stands there instead is the constituency."""

    partner_id: str
    organization_id: str | None
    names: tuple[str, ...]
    constituency: str

    def words(self) -> Callable[[str], str]:
        """A function that takes the names out of a text."""
        patterns = [_whole(name) for name in sorted(self.names, key=len, reverse=True) if len(name) >= SHORTEST_NAME]
        if not patterns:
            return lambda text: text
        pattern = re.compile("|".join(patterns), re.IGNORECASE)
        return lambda text: pattern.sub(WITHHELD, text)


def _whole(name: str) -> str:
    """A pattern for the name as whole words, where its script has words between spaces."""
    before = r"(?<!\w)" if name[0].isascii() else ""
    after = r"(?!\w)" if name[-1].isascii() else ""
    return before + re.escape(name) + after


def all_texts(value: Any) -> list[str]:
    """Every text in a plain value, like the names of a language map."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value or ()
    return [text for each in inner for text in all_texts(each)]


def scrubbed(document: Mapping[str, Any], redaction: Redaction) -> dict[str, Any]:
    """A document of a partnership, or its content, without the partner's name; its own entry is shown by the constituency alone."""
    result = _cleaned(document, PartnershipDocument, redaction, redaction.words())
    if "partners" in document:
        result["partners"] = [
            _anonymous(entry, redaction) if entry["id"] == redaction.partner_id else entry
            for entry in result["partners"]
        ]
    return result


def _anonymous(entry: Mapping[str, Any], redaction: Redaction) -> Entry:
    kept = {name: value for name, value in entry.items() if name not in (*IDENTITIES, "comment")}
    said = entry["confirmation"]
    confirmation = {"state": "unnamed", "at": said["at"]} if "at" in said else {"state": "unnamed"}
    return {**kept, "unnamed": {"constituency": redaction.constituency}, "confirmation": confirmation}


def scrubbed_entry(entry: Mapping[str, Any], redaction: Redaction) -> Entry:
    """An entry of `partners` with its own words free of the name; who it is stays, unseen."""
    cleaned = _cleaned(entry, Partner, redaction, redaction.words())
    return {**cleaned, **{name: entry[name] for name in (*IDENTITIES, "proposal") if name in entry}}


def _cleaned(
    value: Mapping[str, Any], contract: type[Schema], redaction: Redaction, clean: Callable[[str], str]
) -> dict[str, Any]:
    """An object without the name in its texts and without the organization in its references."""
    result: dict[str, Any] = {}
    for name, inner in value.items():
        if name in ABOUT_ORGANIZATION and isinstance(inner, list):
            inner = [item for item in inner if item.get("organization_id") != redaction.organization_id]
        elif name in LISTS_OF_ORGANIZATIONS and isinstance(inner, list):
            inner = [item for item in inner if item != redaction.organization_id]
        field = contract._declared_fields.get(name)
        kept = inner if name in KEPT or field is None else _cleaned_value(inner, field, redaction, clean)
        if kept is not None:
            result[name] = kept
    if redaction.organization_id is not None and value.get("organization_id") == redaction.organization_id:
        for name in IDENTIFYING:
            result.pop(name, None)
        if "constituency" in contract._declared_fields:
            result.setdefault("constituency", redaction.constituency)
    return result


def _cleaned_value(value: Any, field: Any, redaction: Redaction, clean: Callable[[str], str]) -> Any:
    """A value without the name; None where nothing of it can stay (an address on the web that holds the name)."""
    if isinstance(field, f.Items) and isinstance(value, list):
        cleaned = (_cleaned_value(item, field.inner, redaction, clean) for item in value)
        return [item for item in cleaned if item is not None]
    if isinstance(field, f.Object) and isinstance(value, dict):
        return _cleaned(value, field.contract, redaction, clean)
    if isinstance(field, f.Either):
        fitting = [each for each in field.alternatives if isinstance(each, f.Object) is isinstance(value, dict)]
        return _cleaned_value(value, fitting[0], redaction, clean) if fitting else value
    if isinstance(field, f.Link):
        return value if clean(value) == value else None
    return texts(value, clean) if isinstance(field, (f.LanguageMap, f.Line)) else value


def texts(value: Any, clean: Callable[[str], str]) -> Any:
    """A plain value with `clean` applied to its texts."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: texts(inner, clean) for name, inner in value.items()}
    return value
