"""What an import did, as the command and its callers show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_WARNINGS = 1_000


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that was not imported. `file` is named where there were several, as it was written on the command line."""

    identifier: str | None
    line: int | None
    reason: str
    file: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the report lists it."""
        shown: dict[str, Any] = {"identifier": self.identifier, "line": self.line, "reason": self.reason}
        return shown if self.file is None else shown | {"file": self.file}


@dataclass(slots=True)
class Warnings:
    """What was left out of records that were imported: every reason once, where it stood first, and how often it stood.

    The first thousand reasons are kept, so that a report stays a report.
    """

    found: dict[tuple[str | None, str], dict[str, Any]] = field(default_factory=dict)

    def add(self, identifier: str, line: int, reason: str, file: str | None) -> None:
        known = self.found.get((file, reason))
        if known is not None:
            known["count"] += 1
        elif len(self.found) < MOST_WARNINGS:
            where = {"identifier": identifier, "line": line, "reason": reason, "count": 1}
            self.found[(file, reason)] = where if file is None else where | {"file": file}


@dataclass(slots=True)
class ImportReport:
    """Counts of activities, what was rejected and why, and what was left out of what was taken.

    `read` counts activities; `rejected` counts them too, and every file (or rest of one) that could not be read.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    proposed: int = 0
    rejections: list[Rejected] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)

    @property
    def rejected(self) -> int:
        """How many rejections there are."""
        return len(self.rejections)

    def as_json(self) -> dict[str, Any]:
        """The report as `convene import --json` prints it."""
        return {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "proposed": self.proposed,
            "rejected": self.rejected,
            "rejections": [each.as_json() for each in self.rejections],
            "warnings": list(self.warnings.found.values()),
        }
