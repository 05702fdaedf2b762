"""What the assessment refuses, and the rule that each refusal names, in one table for its clients."""

from __future__ import annotations

from services.chassis.errors import NotFound, ServiceError


class RecordNotKnown(NotFound):
    """The assessment knows no public record of this id. A record that was just listed is known within a moment."""

    slug, title = "record-not-known", "There is no such public record"


PROBLEMS: tuple[type[ServiceError], ...] = (RecordNotKnown,)
