"""What the registry refuses, and the rule that each refusal names.

A `slug` is the last part of the problem's `type`; it is a promise to clients. Which HTTP status a refusal has is said by
its chassis class alone; services raise, `PROBLEMS` is the one table that the HTTP layer maps.
"""

from services.chassis.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotAllowed,
    NotKnown,
    ServiceError,
)


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


class ReadOnlyField(Invalid):
    """A read-only field was sent with another value than the document's; equal ones are ignored."""

    slug = "read-only-field"
    title = "Some fields cannot be written"


class TermInvalid(Invalid):
    """A term ends before it starts, or is over before it begins to count."""

    slug = "term-invalid"
    title = "The term is not possible"


# Partnerships


class TierNotMet(Conflict):
    """The record lacks what a tier asks for; `tier` names it, `lacking` has a JSON Pointer for each thing (record.md)."""

    slug = "tier-not-met"
    title = "The record lacks what this asks for"


class SamePhase(Conflict):
    """The partnership is already in that phase."""

    slug = "same-phase"
    title = "The partnership is in this phase already"


class NoAcceptingUnit(Conflict):
    """No unit answers for the record's countries and goals, and none was named."""

    slug = "no-accepting-unit"
    title = "No unit would take this submission"


class UnitUnknown(Invalid):
    """A unit that is named is not in the register."""

    slug = "unit-unknown"
    title = "The unit is not in the register"


class AlreadyAppealed(Conflict):
    """A return may be appealed once to another unit (Panel ¶74); that has been done."""

    slug = "already-appealed"
    title = "The return has been appealed already"


class RegistrarIsAuthor(Forbidden):
    """A registrar must be another person than the author of the record."""

    slug = "registrar-is-author"
    title = "Another registrar must decide on your own record"


class PartnersOwnWords(Conflict):
    """A partner has answered for itself; its words stand against the lead's, and against an unverified link."""

    slug = "partners-own-words"
    title = "These are the partner's own words"


class PartnerDeclined(Conflict):
    """The organization declined or is unnamed (which of the two is not said): it is not to be named in this record."""

    slug = "partner-declined"
    title = "This organization is not to be named here"


class LeadStays(Conflict):
    """The lead cannot leave its record, decline it or be taken out of it."""

    slug = "lead-stays"
    title = "The lead is part of the record"


class NothingToVouchFor(Conflict):
    """Only an answer that came through a mailed link can be vouched for."""

    slug = "nothing-to-vouch-for"
    title = "There is no unverified answer"


class InvitationOver(Conflict):
    """The link has been used, or its time is over; the lead can send another."""

    slug = "invitation-over"
    title = "This invitation is over"


class ClaimPending(Conflict):
    """The record is claimed already, and the claim waits for a decision."""

    slug = "claim-pending"
    title = "A claim waits for a decision"


class NoClaimPending(Conflict):
    """Nobody has claimed the record, or the claim has been decided."""

    slug = "no-claim-pending"
    title = "There is no claim to decide on"


class ClaimantGone(Conflict):
    """The organization that claimed the record is no partner any more, or asked not to be named; the claim can be refused."""

    slug = "claimant-gone"
    title = "Who claimed the record is no partner of it now"


class ProposalDecided(Conflict):
    """What the import proposed has been accepted, dismissed or overtaken by a later import."""

    slug = "proposal-decided"
    title = "This proposal has been decided"


class ReferenceUnknown(Invalid):
    """A partnership, indicator or report that is named is not there."""

    slug = "reference-unknown"
    title = "Something that is named here does not exist"


PROBLEMS: tuple[type[ServiceError], ...] = (
    NotAllowed,
    NotKnown,
    WrongStanding,
    IdentifierTaken,
    OrganizationUnknown,
    OrganizationCycle,
    MergeRefused,
    AlreadyDesignated,
    ReadOnlyField,
    TermInvalid,
    # partnerships
    TierNotMet,
    SamePhase,
    NoAcceptingUnit,
    UnitUnknown,
    AlreadyAppealed,
    RegistrarIsAuthor,
    PartnersOwnWords,
    PartnerDeclined,
    LeadStays,
    NothingToVouchFor,
    InvitationOver,
    ClaimPending,
    NoClaimPending,
    ClaimantGone,
    ProposalDecided,
    ReferenceUnknown,
    # imports
)
