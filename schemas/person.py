"""A person as other services know one: an id, and keyed hashes of verified addresses. Internal; the accounts own it."""

from __future__ import annotations

from schemas import fields as f
from schemas.documents import Contract


class PersonDocument(Contract):
    """Of somebody who was erased only the id remains, so that others can erase what they hold."""

    id = f.Identifier(required=True)
    version = f.Count(least=1, required=True)
    revision = f.Count(least=1, required=True)
    state = f.Choice(("active", "erased"), required=True)
    address_hashes = f.Items(f.Line(limit=200), "HMAC-SHA256 of each verified address.", required=True, most=100)
