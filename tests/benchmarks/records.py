"""Made-up records in the shape of the public document, as many as a benchmark wants, always the same ones.

Words are drawn from a made-up vocabulary as often as words are in real texts (Zipf), so that queries have frequent and
rare ones to ask for.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

from schemas import vocabulary
from schemas.documents import render
from schemas.organization import OrganizationDocument
from schemas.partnership import PartnershipDocument

WORDS = 30_000
ORGANIZATIONS = 5_000
_SYLLABLES = [
    first + second for first in "bdfgklmnprstvw" for second in ("a", "e", "i", "o", "u", "an", "er", "is", "on", "ing")
]


class Maker:
    """Makes records from a seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < WORDS:
            made["".join(self._random.choices(_SYLLABLES, k=self._random.choice((1, 2, 2, 3, 3, 4))))] = None
        self.vocabulary = list(made)
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(WORDS)))
        self._countries = [code for code in vocabulary.scheme("country").codes if vocabulary.regions_of(code)]
        self._country_weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(self._countries))))
        self._targets = vocabulary.scheme("sdg-target").codes
        self._constituencies = [code for code in vocabulary.scheme("constituency").codes if code != "unspecified"]
        self._roles = list(vocabulary.scheme("role").codes)

    def text(self, words: int) -> str:
        """So many words."""
        return " ".join(self._random.choices(self.vocabulary, cum_weights=self._weights, k=words)).capitalize() + "."

    def identifier(self) -> str:
        """A UUID."""
        digits = f"{self._random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def documents(self, count: int) -> Iterator[tuple[str, bytes]]:
        """Ids and documents of partnerships."""
        organizations = [self.organization() for _ in range(min(ORGANIZATIONS, count))]
        for number in range(count):
            record = self.record(number, organizations)
            yield record["id"], render(PartnershipDocument, record)

    def organization(self) -> dict[str, Any]:
        """A partner organization."""
        return {
            "id": self.identifier(),
            "name": {"en": self.text(4)},
            "constituency": self._random.choice(self._constituencies),
            "country": self.country(),
        }

    def country(self) -> str:
        """A country; some are far more frequent than others."""
        return self._random.choices(self._countries, cum_weights=self._country_weights)[0]

    def record(self, number: int, organizations: list[dict[str, Any]]) -> dict[str, Any]:
        """A listed or reported partnership with 1.4 kB of text."""
        choice = self._random.choice
        start = self._random.randint(2005, 2025)
        return {
            "id": self.identifier(),
            "reference": f"CVN-2026-{number + 1:06}",
            "version": 1,
            "revision": 1,
            "kind": choice(("partnership", "project", "programme")),
            "standing": choice(("listed", "reported", "registered")),
            "phase": choice(("forming", "active", "completed")),
            "title": {"en": self.text(8)},
            "summary": {"en": self.text(30)},
            "purpose": {"en": self.text(90)},
            "geography": {
                "scope": "national",
                "countries": list({self.country() for _ in range(choice((1, 1, 2, 4)))}),
            },
            "start": f"{start}-{self._random.randint(1, 12):02}",
            "end": str(start + choice((1, 3, 5))),
            "goals": [
                {"id": self.identifier(), "scheme": "sdg-target", "code": code}
                for code in self._random.sample(self._targets, choice((1, 2, 3)))
            ],
            "partners": [
                self._partner(partner)
                for partner in self._random.sample(organizations, min(len(organizations), choice((2, 3, 5))))
            ],
            "deliverables": [
                {"id": self.identifier(), "level": "output", "title": {"en": self.text(8)}, "due": f"{start + 2}-06"}
                for _ in range(choice((0, 1, 3)))
            ],
            "created_at": "2026-01-01T00:00:00.000000Z",
            "updated_at": f"2026-{self._random.randint(1, 12):02}-{self._random.randint(1, 28):02}T12:00:00.000000Z",
        }

    def _partner(self, organization: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.identifier(),
            "organization": organization,
            "roles": self._random.sample(self._roles, self._random.choice((1, 1, 2))),
            "confirmation": {"state": "claimed", "at": "2026-01-01T00:00:00Z"},
        }


def organization_document(organization: dict[str, Any]) -> bytes:
    """The document of an organization that `Maker.organization` made."""
    moments = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    return render(
        OrganizationDocument, {**organization, "version": 1, "revision": 1, "standing": "accepted", **moments}
    )


def size(documents: list[bytes]) -> float:
    """Mean bytes of a document."""
    return sum(map(len, documents)) / len(documents)
