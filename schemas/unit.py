"""Units: the parts of organizations that accept records, and their queue. The registry owns them (Panel ¶74)."""

from __future__ import annotations

from schemas import fields as f
from schemas.documents import Contract


class UnitDocument(Contract):
    """A country or technical unit that accepts records. Empty `countries` or `goals` mean all of them."""

    id = f.Identifier(required=True, read_only=True)
    version = f.Count("Counts edits.", least=1, required=True, read_only=True)
    revision = f.Count("Counts renderings.", least=1, required=True, read_only=True)
    organization_id = f.Identifier("The organization whose registrars act for it.", required=True)
    name = f.LanguageMap(limit=f.LINE, one_line=True, required=True)
    countries = f.Items(f.Country(), "For which countries it accepts records; all where it is empty.", unique=True)
    goals = f.Items(f.GoalReference(), "For which goals; all where it is empty.", unique=True)
    created_at = f.Timestamp(required=True, read_only=True)
    updated_at = f.Timestamp(required=True, read_only=True)


READ_ONLY = f.read_only_of(UnitDocument)
UnitInput = f.input_of(UnitDocument, "UnitInput")
UnitPatch = f.patch_of(UnitInput, "UnitPatch")


class UnitPage(Contract):
    items = f.Items(UnitDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class QueueEntry(Contract):
    """A submission that waits for the unit."""

    partnership_id = f.Identifier(required=True)
    version = f.Count(required=True)
    reference = f.Line(limit=40)
    title = f.LanguageMap(limit=f.LINE)
    kind = f.Code("kind")
    countries = f.Items(f.Country())
    submitted_at = f.Timestamp(required=True)
    due = f.FullDate("Fifteen working days after it was submitted.", required=True)
    days_left = f.Count("Working days until then; below zero once it is overdue.", least=-1_000_000)
    overdue = f.Flag("Whether another unit of the same goal or country may take it now.")
    own = f.Flag("Whether it was submitted to this unit; false where it may be taken from another.")
    appeal = f.Flag("Whether it was returned by another unit and appealed to this one.")


class UnitQueue(Contract):
    items = f.Items(QueueEntry, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)
