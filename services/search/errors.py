"""What search refuses, in one table for its clients. Everything it has is public: nothing here is about who somebody is."""

from __future__ import annotations

from services.chassis.errors import Invalid, NotFound, ServiceError, Unavailable


class BadParameter(Invalid):
    """A parameter has a value that cannot be meant; `errors` names the nearest right ones."""

    slug, title = "bad-parameter", "A search parameter cannot be used"


class RecordNotFound(NotFound):
    """The index has no such record."""

    slug, title = "record-not-found", "There is no such record"


class SearchUnavailable(Unavailable):
    """The index cannot be asked now."""

    slug, title = "search-unavailable", "Search is not available now"


PROBLEMS: tuple[type[ServiceError], ...] = (BadParameter, RecordNotFound, SearchUnavailable)
