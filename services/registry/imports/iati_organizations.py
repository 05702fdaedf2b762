"""Organizations as IATI elements name them: identifier, names, country and constituency.

A reference is an identifier of the organization only where it is one that everybody would write so; many publishers put
numbers of their own there, and one such number may stand for ten ministries. Those count for nothing but their country.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from services.registry.imports import iati_codes as codes
from services.registry.imports import iati_elements as e
from services.registry.imports.matching import UNSPECIFIED, Identifier, ImportedOrganization, folded

if TYPE_CHECKING:
    from lxml.etree import _Element

# {RegistrationAgency}-{RegistrationNumber}, the agency written like GB-COH, XM-DAC or KE-NGO_CB (org-id.guide).
_REGISTERED = re.compile(r"([A-Z]{2}-[A-Z][A-Z0-9_]*)-(\S.*)")
# The DAC registers agencies as XM-DAC only; "DE-DAC-5-14" is a publisher's own making.
_NOT_AN_AGENCY = re.compile(r"(?!XM-)[A-Z]{2}-DAC")
# What 1.x used before registration agencies: the DAC's own codes of donors' agencies (GB-1), and channels (41114).
_AGENCY_OF_DONOR = re.compile(r"[A-Z]{2}-[0-9]{1,2}")
_CHANNEL = re.compile(r"(?:XM-DAC-)?(4[1-7][0-9A-Z]{3})(?:-.*)?")
_CHANNEL_ALONE = re.compile(r"4[1-7][0-9A-Z]{3}")
_COUNTRY_IN_FRONT = re.compile(r"([A-Z]{2}) ?- ?[A-Z0-9]")
_NOT_A_REFERENCE = frozenset({"", "0", "-", "N/A", "NA", "NONE", "NULL", "UNKNOWN", "XX", "TBD", "TBC"})
_LONGEST_SCHEME, _LONGEST_VALUE = 100, 200
MULTILATERAL = "40"


@functools.lru_cache(maxsize=8192)
def reference(raw: str | None) -> tuple[Identifier | None, str | None]:
    """The identifier and the country that a reference says, each where it does."""
    text = " ".join((raw or "").upper().split())
    if text in _NOT_A_REFERENCE:
        return None, None
    identifier = _identifier(text)
    in_front = _COUNTRY_IN_FRONT.match(text)
    return identifier, e.country(in_front[1]) if in_front else None


def _identifier(text: str) -> Identifier | None:
    if _CHANNEL_ALONE.fullmatch(text):
        return "XM-DAC", text
    if _AGENCY_OF_DONOR.fullmatch(text):
        return "IATI", text
    registered = _REGISTERED.fullmatch(text)
    if not registered or _NOT_AN_AGENCY.fullmatch(registered[1]):
        return None
    scheme, value = registered.groups()
    return (scheme, value) if len(scheme) <= _LONGEST_SCHEME and len(value) <= _LONGEST_VALUE else None


def is_un_body(ref: str | None, channel_code: str | None = None) -> bool:
    """Whether a DAC channel of the United Nations (41000 to 41999) is named, in the reference or beside it."""
    for text in (ref, channel_code):
        channel = _CHANNEL.fullmatch((text or "").strip().upper())
        if channel and channel[1].startswith("41") and channel[1] not in codes.UN_CHANNELS_NOT_UN:
            return True
    return False


def constituency(element: _Element, reading: e.Reading) -> str:
    """The constituency by the element's `type`; a multilateral is of the UN system only where its channel says so."""
    stated = (element.get("type") or "").strip()
    if stated in ("", "0"):
        return UNSPECIFIED
    found = codes.ORGANIZATION_TYPES.get(stated)
    if found is None:
        reading.warn(element, codes.ORGANIZATION_TYPES.wrong(stated))
        return UNSPECIFIED
    if stated == MULTILATERAL and is_un_body(element.get("ref"), element.get("crs-channel-code")):
        return "un_system"
    return found


def organization(element: _Element, reading: e.Reading, context: str) -> ImportedOrganization | None:
    """The organization that an element names; `None` where it has neither a name nor a reference."""
    names = e.texts(element, reading)
    ref = e.line(element.get("ref"))
    identifier, country = reference(ref)
    named = any(folded(name) != folded(ref or "") for name in names.values())
    if not names:
        if ref is None or ref.upper() in _NOT_A_REFERENCE:
            return None
        names = {e.UNDETERMINED: ref}
    kind = constituency(element, reading)
    if country is None and kind == "government":
        country = _country_named(names)
    return ImportedOrganization(names, (identifier,) if identifier else (), country, kind, context, named)


def _country_named(names: e.Texts) -> str | None:
    """The country of an organization that is called exactly like a country: the state itself."""
    return next(filter(None, (_countries_by_name().get(folded(name)) for name in names.values())), None)


@functools.cache
def _countries_by_name() -> dict[str, str]:
    from schemas import vocabulary as v

    countries = v.scheme("country")
    return {folded(label): code for code in countries.codes for label in countries.labels(code).values()}


class Parties:
    """The organizations of one activity, each once, in the order in which the file names them.

    Two mentions are one organization by one identifier, or by one name where not both have an identifier.
    """

    def __init__(self, context: str) -> None:
        self.context = context
        self.found: list[ImportedOrganization] = []
        self._identified: dict[tuple[Identifier, ...], int] = {}
        self._called: dict[str, list[int]] = {}  # under every name by which the activity mentions them

    def place_of(self, element: _Element, reading: e.Reading) -> int | None:
        """The place of the organization that the element names, which is added where it is new; `None` for nobody."""
        mention = organization(element, reading, self.context)
        if mention is None:
            return None
        place = self._known(mention)
        if place is None:
            place = len(self.found)
            self.found.append(mention)
        else:
            self.found[place] = joined(self.found[place], mention)
        if self.found[place].identifiers:
            self._identified[self.found[place].identifiers] = place
        for name in mention.folded_names:
            places = self._called.setdefault(name, [])
            if place not in places:
                places.append(place)
        return place

    def _known(self, mention: ImportedOrganization) -> int | None:
        if mention.identifiers and mention.identifiers in self._identified:
            return self._identified[mention.identifiers]
        called = sorted(place for name in mention.folded_names for place in self._called.get(name, ()))
        return next((place for place in called if not (mention.identifiers and self.found[place].identifiers)), None)


def joined(known: ImportedOrganization, again: ImportedOrganization) -> ImportedOrganization:
    """What the first mention says, with what it left open filled in by the second. A reference gives way to a name."""
    name = {**again.name, **known.name}
    if known.named != again.named:
        name = dict((known if known.named else again).name)
    return ImportedOrganization(
        name,
        known.identifiers or again.identifiers,
        known.country or again.country,
        again.constituency if known.constituency == UNSPECIFIED else known.constituency,
        known.context,
        known.named or again.named,
    )
