"""What the registry refuses, and the rule that each refusal names.

A `slug` is the last part of the problem's `type`; it is a promise to clients. Which HTTP status a refusal has is said by
its chassis class alone; services raise, `PROBLEMS` is the one table that the HTTP layer maps.
"""

from services.chassis.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ServiceError,
)


class NotAllowed(Forbidden):
    """The person is known and has not the function that this action asks for (`policy.TABLE`)."""

    slug = "not-allowed"
    title = "Your functions do not allow this"


class NotKnown(NotFound):
    """There is no such thing, or the person may not know of it; the two look alike on purpose."""

    slug = "not-known"
    title = "Nothing is known under this identifier"


class WrongStanding(Conflict):
    """The person might do this, but not while the subject has its present standing; `possible_in` lists the standings."""

    slug = "wrong-standing"
    title = "The present standing does not allow this"


class IdentifierTaken(Conflict):
    """An identifier (scheme, value) belongs to one organization; `holder` is its id."""

    slug = "identifier-taken"
    title = "Another organization holds this identifier"


class OrganizationUnknown(Invalid):
    """A reference names an organization that is not in the register."""

    slug = "organization-unknown"
    title = "The organization is not in the register"


class OrganizationCycle(Invalid):
    """`parent_id` and `controlled_by` must not lead back to the organization itself."""

    slug = "organization-cycle"
    title = "An organization cannot be its own parent or controller"


class MergeRefused(Conflict):
    """Merging into itself, into a merged organization or into a refused one."""

    slug = "merge-refused"
    title = "These two organizations cannot be merged"


class AlreadyDesignated(Conflict):
    """The same address already has a running designation for the organization, or nomination by the network."""

    slug = "already-designated"
    title = "This address is already designated here"


class TermInvalid(Invalid):
    """A term ends before it starts, or is over before it begins to count."""

    slug = "term-invalid"
    title = "The term is not possible"


class FunctionNotYours(Forbidden):
    """A lead designates only for its own organization."""

    slug = "not-your-organization"
    title = "You are not a lead of this organization"


PROBLEMS: tuple[type[ServiceError], ...] = (
    NotAllowed,
    NotKnown,
    WrongStanding,
    IdentifierTaken,
    OrganizationUnknown,
    OrganizationCycle,
    MergeRefused,
    AlreadyDesignated,
    TermInvalid,
    FunctionNotYours,
    # partnerships
    # imports
)
