"""Authority as other services learn it: who may act for whom, by ids and keyed hashes alone. Internal; the registry owns it.

One document for each designation, nomination and contact of a network. It never holds a name or an address.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas import fields as f
from schemas.documents import Contract

LEAD_INCLUDES = frozenset({"lead", "focal_point", "confirmer"})
STATES = ("designated", "nominated", "bound", "lapsed", "ended", "withdrawn")


def widened(functions: Iterable[str]) -> frozenset[str]:
    """The functions with those that they include: `lead` includes focal_point and confirmer."""
    held = frozenset(functions)
    return held | LEAD_INCLUDES if "lead" in held else held


class AddressHash(f.Line):
    """HMAC-SHA256 of a normalized address under the system's key, in hexadecimal."""


class AuthorityDocument(Contract):
    """One grant: from `bound` on it is the person's, before that of whoever verifies the address with this hash."""

    id = f.Identifier(required=True)
    version = f.Count(least=1, required=True)
    revision = f.Count(least=1, required=True)
    kind = f.Choice(("designation", "nomination", "contact"), "What it comes from.")
    state = f.Choice(STATES, required=True)
    person_id = f.Identifier("Once it is bound.")
    address_hash = AddressHash("Until it is bound.", limit=200)
    organization_id = f.Identifier()
    unit_ids = f.Items(f.Identifier(), "The units that a registrar of the organization acts for.", unique=True)
    network_id = f.Identifier()
    functions = f.Items(f.Code("focal-point-function"), required=True, unique=True)
    roles = f.Items(f.Line(limit=f.SHORT), "What a network nominates for.", unique=True)
    term_start = f.FullDate()
    term_end = f.FullDate()
    languages = f.Items(f.Language(), unique=True)
    countries = f.Items(f.Country(), unique=True)
    constituency = f.Code("constituency", "Of the network or organization.")
