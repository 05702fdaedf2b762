"""The errors that services raise: they know rules, not HTTP views. One table per service lists them for clients.

A subclass names its rule by `slug`; `status` is the class of answer that the HTTP layer gives (RFC 9110). `service.py` raises
them, `http.problems` renders them (RFC 9457), nobody else catches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: a JSON Pointer (RFC 6901) into the body, or `/query/name`, and a sentence."""

    pointer: str
    detail: str


class ServiceError(Exception):
    """A rule that does not allow what was asked. `detail` says what to do; `extensions` are added to the problem."""

    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "The request cannot be carried out"
    status: ClassVar[int] = 400

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), **extensions: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.extensions = extensions


class NotFound(ServiceError):
    """Nothing is there, or nothing that the caller may know of."""

    slug, title, status = "not-found", "Not found", 404


class NotKnown(NotFound):
    """Nothing is under this identifier, or the caller may not know of it; the two look alike on purpose."""

    slug, title = "not-known", "Nothing is known under this identifier"


class Unauthenticated(ServiceError):
    """Nobody is signed in, or the token is not good."""

    slug, title, status = "unauthenticated", "Sign in first", 401


class Forbidden(ServiceError):
    """The caller is known, and may not do this."""

    slug, title, status = "forbidden", "Not allowed", 403


class NotAllowed(Forbidden):
    """The caller is known and has not the function that this action asks for (the service's `policy.TABLE`)."""

    slug, title = "not-allowed", "Your functions do not allow this"


class Conflict(ServiceError):
    """A rule forbids it now."""

    slug, title, status = "conflict", "Not possible now", 409


class Invalid(ServiceError):
    """The content is bad; `errors` has a pointer for each bad field."""

    slug, title, status = "invalid", "The content is not valid", 422


class PreconditionFailed(ServiceError):
    """`If-Match` names a version that is no longer the current one (RFC 9110 §15.5.13)."""

    slug, title, status = "stale-version", "The document has changed since you read it", 412


class PreconditionRequired(ServiceError):
    """`If-Match` is required and missing (RFC 6585 §3)."""

    slug, title, status = "version-required", "Say which version you change, with If-Match", 428


class TooMany(ServiceError):
    """Too many tries; the extension `retry_after` gives seconds (RFC 6585 §4)."""

    slug, title, status = "too-many-requests", "Too many requests", 429


class Unavailable(ServiceError):
    """Something that the service needs is not there now; nothing was changed."""

    slug, title, status = "unavailable", "Not available now", 503


CHASSIS_PROBLEMS: tuple[type[ServiceError], ...] = (
    NotFound,
    Unauthenticated,
    Forbidden,
    Conflict,
    Invalid,
    PreconditionFailed,
    PreconditionRequired,
    TooMany,
    Unavailable,
)
