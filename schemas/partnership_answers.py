"""What the registry answers about a record beside its document: invitations seen through their link, progress with its lateness,
co-authors of a draft, what imports propose. And the commands that go with them.

What depends on today (late, overdue) is computed when it is read, and is therefore here and not in the document.
"""

from __future__ import annotations

from schemas import fields as f
from schemas import partnership_parts as parts
from schemas.documents import Contract


class PartnerList(Contract):
    """The partners of a record."""

    items = f.Items(parts.Partner, required=True, most=2_000)


class CoAuthorCommand(Contract):
    """Invites somebody to write a draft too. The address stays private."""

    email = f.Address(required=True)


class CoAuthor(Contract):
    """A co-author of a draft, as seen by those who may invite one."""

    id = f.Identifier(required=True)
    email = f.Address(required=True)
    joined = f.Flag("Whether the person has called since.", required=True)
    invited_at = f.Timestamp(required=True)


class CoAuthorList(Contract):
    items = f.Items(CoAuthor, required=True)


class InvitationShown(Contract):
    """What somebody who follows a mailed link would confirm. Reading it changes nothing."""

    partnership_id = f.Identifier(required=True)
    reference = f.Line(limit=40)
    title = f.LanguageMap(limit=f.LINE, required=True)
    summary = f.LanguageMap(limit=2_000)
    partner = f.Object(parts.Partner, required=True)
    verified = f.Flag(
        "Whether an answer counts as confirmed: the address is on a domain verified for that organization.",
        required=True,
    )
    expires_at = f.Timestamp(required=True)


class ReportAsRead(parts.Report):
    """A report, and whether it was on time."""

    late = f.Flag("Whether it was submitted after it was due.")
    overdue = f.Flag("Whether it is due by now and not submitted.", required=True)


class Reports(Contract):
    """Progress reports, the newest last."""

    items = f.Items(ReportAsRead, required=True)
    next_due = f.PartialDate("When the next report is due.")
    overdue = f.Flag("Whether the next report is due by now.", required=True)


class Results(Contract):
    """What was promised, and the values reached."""

    items = f.Items(parts.Deliverable, required=True, most=5_000)


class ProposedChange(Contract):
    """What a later import says about a record that its partnership has claimed."""

    id = f.Identifier(required=True)
    system = f.Line("The source.", limit=f.SHORT, required=True, example="iati")
    state = f.Choice(("open", "accepted", "dismissed", "superseded"), required=True)
    received_at = f.Timestamp(required=True)
    decided_at = f.Timestamp()
    fields_changed = f.Items(f.Line(limit=f.SHORT), "The members in which it differs from the record.", required=True)
    content = f.Anything("What the source says, in the shape of the document.", required=True)


class ProposedChanges(Contract):
    items = f.Items(ProposedChange, required=True)
    next = f.Line(limit=2_000)


class ProposalDecisionCommand(Contract):
    """A focal point's decision on what an import proposes."""

    decision = f.Choice(("accept", "dismiss"), required=True)
    fields_taken = f.Items(
        f.Line(limit=f.SHORT),
        "With accept: the members to take over; all that differ where it is left out.",
        unique=True,
    )


class ProcessConfirmationCommand(Contract):
    """The authority confirms what a record says of its relation to an official process."""

    organization_id = f.Identifier("The authority for which it is confirmed; may be left out where there is only one.")
