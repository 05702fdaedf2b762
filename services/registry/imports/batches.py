"""An import, batch by batch: what is new is told from what the register holds already, checked against the contract, and applied.

All that can be done outside of a transaction is done here, because on one machine nobody else can write meanwhile; `applying`
does the rest. `service` calls it.
"""

from __future__ import annotations

from collections.abc import Sequence

from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError

from schemas import documents
from schemas.partnership import PartnershipInput
from services.chassis.database import Database
from services.registry.errors import IdentifierTaken
from services.registry.imports.applying import REPORTED, Applying, Checked, Held, Memory, Prepared, held, placeholder
from services.registry.imports.report import ImportReport, Rejected

ATTEMPTS = 3


class Run:
    """One import: takes batches, counts into the report, remembers across batches what the register cannot be asked."""

    def __init__(self, database: Database, report: ImportReport, *, dry_run: bool, files: int = 1) -> None:
        self.database, self.report, self.dry_run = database, report, dry_run
        self.memory = Memory()
        # What a dry run would have written matters only where another file may speak of the same activity.
        self.pretended: dict[str, Held] | None = {} if dry_run and files > 1 else None

    def take(self, batch: Sequence[Prepared], file: str | None) -> None:
        """Apply a batch, or in a dry run only count it."""
        with self.database.reading() as session:
            known_before = held(session, [each.activity.identifier for each in batch]) | (self.pretended or {})
        news = []
        for prepared in batch:
            known = known_before.get(prepared.activity.identifier)
            if known is not None and known.says(prepared):
                self.report.unchanged += 1
            else:
                news.append(prepared)
        checked = [found for each in news if (found := self._checked(each, file)) is not None]
        if self.dry_run:
            for each in checked:
                self._pretend(each.prepared, known_before.get(each.activity.identifier))
        elif checked:
            self._write(checked)

    def _checked(self, prepared: Prepared, file: str | None) -> Checked | None:
        try:
            return checked_by_contract(prepared)
        except ValidationError as error:
            pointer, detail = documents.pointers(error)[0]
            reason = f"it cannot be a record: {pointer} {detail}"
            activity = prepared.activity
            self.report.rejections.append(Rejected(activity.identifier, activity.line, reason, file))
            return None

    def _pretend(self, prepared: Prepared, known: Held | None) -> None:
        if known is None:
            self.report.created += 1
        elif known.standing == REPORTED:
            self.report.updated += 1
        else:
            self.report.proposed += 1
        if self.pretended is not None:
            standing = REPORTED if known is None else known.standing
            self.pretended[prepared.activity.identifier] = Held(standing, prepared.hash)

    def _write(self, news: Sequence[Checked]) -> None:
        """One transaction. Somebody may enter the same organization or activity meanwhile: then it is looked up again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.database.transaction() as session:
                    applied = Applying(session, self.memory.fork()).apply(news)
            except (IntegrityError, IdentifierTaken):
                if attempt == ATTEMPTS:
                    raise
                news = [checked_by_contract(each.prepared) for each in news]
            else:
                break
        self.memory.join(applied.memory)
        self.report.created += applied.created
        self.report.updated += applied.updated
        self.report.proposed += applied.proposed
        self.report.unchanged += len(news) - applied.created - applied.updated - applied.proposed


def checked_by_contract(prepared: Prepared) -> Checked:
    """The activity's content as the contract takes it. Raises `ValidationError`."""
    activity = prepared.activity
    record = activity.record([placeholder(place) for place in range(len(activity.organizations))])
    return Checked(prepared, documents.load(PartnershipInput, record))
