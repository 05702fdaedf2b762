"""The fields of the two collections, once, for both engines: the adapters build schema and mapping from this table.

A record goes to either engine as the same JSON object of these fields; `projections.py` makes it.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

Collection = Literal["partnerships", "organizations"]
COLLECTIONS: tuple[Collection, ...] = ("partnerships", "organizations")

NOT_STATED = "~"
"""The code in a field of codes for «the record does not say»: so that one aggregation counts silence too."""


class Kind(enum.Enum):
    """What can be done with a field."""

    IDENTIFIER = "identifier"  # one term; found, sorted by
    CODES = "codes"  # terms; filtered by, counted
    TEXT = "text"  # tokens set apart by white space, with places: found, in phrases
    TOKENS = "tokens"  # the same without places
    SORT = "sort"  # one term in [0-9a-f], another for every record; sorted by, continued after
    NUMBER = "number"  # a whole number; ranges, read back
    KEPT = "kept"  # bytes (base64 in JSON), read back as they are


_COMMON: Mapping[str, Kind] = {
    "id": Kind.IDENTIFIER,
    "version": Kind.NUMBER,
    "revision": Kind.NUMBER,
    "generation": Kind.NUMBER,
    "digest": Kind.NUMBER,
    "words": Kind.TEXT,
    "stems": Kind.TOKENS,
    "title": Kind.TOKENS,
    "by_updated": Kind.SORT,
    "by_title": Kind.SORT,
    "country": Kind.CODES,
    "constituency": Kind.CODES,
    "item": Kind.KEPT,
    "document": Kind.KEPT,
}

_CODES = (
    "goal", "goal_derived", "target", "region", "place", "place_name", "organization", "role", "confirmed", "kind",
    "standing", "phase", "scope", "process", "process_name", "beneficiary", "lesson", "language", "year", "open_since",
    "has",
)  # fmt: skip

FIELDS: Mapping[Collection, Mapping[str, Kind]] = {
    "partnerships": {
        **_COMMON,
        **dict.fromkeys(_CODES, Kind.CODES),
        "by_start": Kind.SORT,
        "texts": Kind.KEPT,
        "labels": Kind.KEPT,
        "due": Kind.NUMBER,
        "open_from": Kind.NUMBER,
    },
    "organizations": {**_COMMON, "standing": Kind.CODES, "family": Kind.CODES, "identifier": Kind.CODES},
}


@cache
def fingerprint() -> str:
    """Twelve letters that change whenever what is indexed may: an index that others made is built anew.

    Made from this table and from the code of the analysis and the projections, for nobody remembers to raise a number.
    """
    hashed = hashlib.blake2b(digest_size=6)
    for name in ("analysis.py", "projections.py", "index/fields.py"):
        hashed.update((resources.files("services.search") / name).read_bytes())
    return hashed.hexdigest()
