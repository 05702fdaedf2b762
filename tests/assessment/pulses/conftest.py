"""A partnership with a lead and partners that confirmed, in the forum's world; pulses are asked on either database."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.chassis.settings import Settings
from tests.assessment.forum.conftest import Forum, Person


class Partnership:
    """A lead and so many confirmed partners, with somebody who acts for each, and one who only claimed."""

    def __init__(self, forum: Forum, partners: int = 11, lead: str = "", key: str = "") -> None:
        self.forum = forum
        self.lead = lead or forum.organization()
        self.leader = forum.designated(self.lead, "lead")
        self.partners = [forum.organization("women") for _ in range(partners)]
        self.claimed = forum.organization("media")
        self.id = forum.partnership(self.lead, key, "revised" if key else "listed", partners=[*self._entries()])
        self.people = [self.speaker(each) for each in self.partners]

    def speaker(self, organization_id: str, *functions: str) -> Person:
        return self.forum.designated(organization_id, *(functions or ("confirmer",)))

    def _entries(self) -> list[dict[str, object]]:
        states = [(self.lead, "confirmed"), *((each, "confirmed") for each in self.partners), (self.claimed, "claimed")]
        return [
            {
                "id": key,
                "organization": {"id": key, "name": {"en": key}, "constituency": "women"},
                "roles": ["lead"] if key == self.lead else ["implementer"],
                "confirmation": {"state": state, "at": "2025-01-10T08:00:00Z"},
            }
            for key, state in states
        ]


@pytest.fixture
def forum(either_database: Settings, tmp_path: Path) -> Forum:
    return Forum(either_database, tmp_path)


@pytest.fixture
def partnership(forum: Forum) -> Partnership:
    return Partnership(forum)
