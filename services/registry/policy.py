"""Who may do what in the registry: one table of action × standing → functions, and the one function that reads it.

Services ask `decide` before they write; nothing else in the registry grants anything. A rule that is not about who somebody
is (a tier, a term, a stale version) is not here but in the service that knows it.
"""

from dataclasses import dataclass
from itertools import chain

from services.chassis.errors import NotAllowed, NotKnown, Unauthenticated
from services.chassis.policy import Row, Table
from services.registry.authority import Authority
from services.registry.errors import WrongStanding

# What somebody can be to a subject. The order is the order of the documentation.
FUNCTIONS: dict[str, str] = {
    "anyone": "everybody, signed in or not",
    "person": "anybody signed in",
    "author": "who wrote it: the author or an invited co-author of a draft, the proposer of an organization",
    "holder": "the person whom the designation or nomination names",
    "lead": "a lead of its organization",
    "focal_point": "a focal point (or lead) of its organization; of a partnership: of the organization that leads it",
    "partner_focal_point": "a focal point of a partner organization (of the entry that the action is about)",
    "partner_confirmer": "a confirmer or focal point of a partner organization (of the entry that the action is about)",
    "registrar": "a registrar of the unit that it lies with, who is not its author",
    "second_registrar": "a registrar of another unit for its goal or country, who is not its author",
    "any_registrar": "a registrar of any unit",
    "network_contact": "the contact of the network",
    "administrator": "platform role: administrator",
    "pdu_officer": "platform role: officer of the Partnership Development Unit",
    "system": "an import, acting under the name of its source",
}


# Organizations, designations and nominations have standings too; what has none is always `current`.
TABLE = Table(
    # action                     standings                            functions
    Row("organization.list", "current", "anyone"),
    Row("organization.read", "proposed accepted refused merged", "anyone"),
    Row("organization.propose", "current", "person"),
    Row("organization.create_accepted", "current", "any_registrar administrator"),
    Row("organization.accept", "proposed", "any_registrar administrator"),
    Row("organization.refuse", "proposed", "any_registrar administrator"),
    Row("organization.replace", "proposed", "author focal_point administrator"),
    Row("organization.replace", "accepted", "focal_point administrator"),
    Row("organization.merge", "proposed accepted", "any_registrar administrator"),
    Row("organization.claims", "proposed accepted refused merged", "anyone"),
    Row("organization.hidden_claims", "proposed accepted refused merged", "partner_confirmer"),
    Row("unit.list", "current", "anyone"),
    Row("unit.read", "current", "anyone"),
    Row("unit.create", "current", "administrator"),
    Row("unit.replace", "current", "administrator"),
    Row("unit.queue", "current", "registrar"),
    Row("focal_point.list", "current", "anyone"),
    Row("focal_point.coverage", "current", "anyone"),
    Row("focal_point.me", "current", "person"),
    Row("focal_point.read", "designated bound lapsed ended", "anyone"),
    Row("focal_point.designate", "current", "lead administrator"),
    Row("focal_point.handover", "designated bound", "holder lead administrator"),
    Row("focal_point.handover", "lapsed", "lead administrator"),
    Row("focal_point.end", "designated bound", "holder lead administrator"),
    Row("network.list", "current", "anyone"),
    Row("network.read", "current", "anyone"),
    Row("network.create", "current", "administrator pdu_officer"),
    Row("network.replace", "current", "administrator pdu_officer"),
    Row("nomination.list", "current", "network_contact administrator pdu_officer"),
    Row("nomination.read", "nominated bound withdrawn", "holder network_contact administrator pdu_officer"),
    Row("nomination.nominate", "current", "network_contact administrator pdu_officer"),
    Row("nomination.withdraw", "nominated bound", "holder network_contact administrator pdu_officer"),
    Row("vocabulary.read", "current", "anyone"),
    # partnerships
    Row("partnership.list", "current", "anyone"),
    Row("partnership.create", "current", "focal_point"),
    Row("partnership.create_with_lead", "current", "person"),
    Row("partnership.read", "draft", "author focal_point"),
    Row("partnership.read", "listed submitted returned registered reported suspended withdrawn", "anyone"),
    Row("partnership.read_versions", "listed submitted returned registered reported", "anyone"),
    Row("partnership.read_versions", "suspended withdrawn", "focal_point any_registrar administrator"),
    Row("partnership.edit", "draft", "author focal_point"),
    Row("partnership.edit", "listed submitted returned registered", "focal_point"),
    Row("partnership.delete", "draft", "author"),
    Row("partnership.invite_author", "draft", "focal_point"),
    Row("partnership.to_listed", "draft", "focal_point"),
    Row("partnership.to_submitted", "listed returned", "focal_point"),
    Row("partnership.to_registered", "submitted", "registrar second_registrar"),
    Row("partnership.to_registered", "suspended", "registrar"),
    Row("partnership.to_returned", "submitted", "registrar second_registrar"),
    Row("partnership.to_suspended", "registered", "registrar"),
    Row("partnership.to_withdrawn", "listed submitted returned registered suspended", "focal_point"),
    Row("partnership.change_phase", "draft listed submitted returned registered", "focal_point"),
    Row("partnership.make_dormant", "listed submitted returned registered reported", "system"),
    Row("partnership.answer", "listed submitted returned registered reported", "partner_confirmer"),
    Row("partnership.vouch", "listed submitted returned registered reported", "any_registrar network_contact"),
    Row("partnership.invite_partner", "listed submitted returned registered", "focal_point"),
    Row("partnership.leave", "listed submitted returned registered", "focal_point partner_focal_point"),
    Row("partnership.report", "listed submitted returned registered", "focal_point"),
    Row("partnership.confirm_process", "listed submitted returned registered", "partner_focal_point"),
    Row("partnership.claim", "reported", "partner_focal_point"),
    Row(
        "partnership.read_claim",
        "reported listed submitted returned registered",
        "holder second_registrar administrator",
    ),
    Row("partnership.decide_claim", "reported", "second_registrar"),
    Row("partnership.proposals", "listed submitted returned registered", "focal_point"),
    Row("partnership.redact", "listed submitted returned registered reported", "any_registrar administrator"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about, as far as authority depends on it. Empty sets mean: nobody has that function here.

    `organization_ids`: whose focal points it belongs to. `partner_organization_ids`: the partners that have a word.
    `unit_id`: the unit that it lies with; `second_unit_ids`: the others that may take it now. `author_ids` and `holder_ids`
    are people.
    """

    standing: str = "current"
    organization_ids: frozenset[str] = frozenset()
    partner_organization_ids: frozenset[str] = frozenset()
    unit_id: str | None = None
    second_unit_ids: frozenset[str] = frozenset()
    network_id: str | None = None
    author_ids: frozenset[str] = frozenset()
    holder_ids: frozenset[str] = frozenset()


SYSTEM = Authority(person_id="system")


def functions_of(actor: Authority | None, subject: Subject) -> frozenset[str]:
    """Everything that somebody is to that subject, in the words of `FUNCTIONS`."""
    if actor is None:
        return frozenset({"anyone"})
    if actor is SYSTEM:
        return frozenset({"anyone", "system"})
    return frozenset(
        chain(
            ("anyone", "person"),
            _as_person(actor, subject),
            _by_organization(actor, subject),
            _by_unit(actor, subject),
            ("network_contact",) if subject.network_id in actor.networks else (),
            (actor.role,) if actor.role in ("administrator", "pdu_officer") else (),
        )
    )


def _as_person(actor: Authority, subject: Subject) -> list[str]:
    return [
        function
        for function, people in (("author", subject.author_ids), ("holder", subject.holder_ids))
        if actor.person_id in people
    ]


def _by_organization(actor: Authority, subject: Subject) -> list[str]:
    own = frozenset(chain.from_iterable(actor.organizations.get(each, ()) for each in subject.organization_ids))
    partner = frozenset(
        chain.from_iterable(actor.organizations.get(each, ()) for each in subject.partner_organization_ids)
    )
    found: list[str] = [function for function in ("lead", "focal_point") if function in own]
    if "focal_point" in partner:
        found.append("partner_focal_point")
    if partner & {"focal_point", "confirmer"}:
        found.append("partner_confirmer")
    return found


def _by_unit(actor: Authority, subject: Subject) -> list[str]:
    """A registrar must be another person than the author (record.md), so an author is no registrar of its own record."""
    units = actor.unit_ids()
    found = ["any_registrar"] if units else []
    if actor.person_id in subject.author_ids:
        return found
    if subject.unit_id in units:
        found.append("registrar")
    if units & subject.second_unit_ids:
        found.append("second_registrar")
    return found


allowed = TABLE.allows


def may(actor: Authority | None, action: str, subject: Subject) -> bool:
    """Whether `decide` would let `actor` do it: for offering an action, or choosing between two."""
    return allowed(functions_of(actor, subject), action, subject.standing)


def decide(actor: Authority | None, action: str, subject: Subject) -> None:
    """Returns when `actor` (None: nobody signed in) may do `action` to `subject`, else raises.

    NotKnown: it may not know of the subject. Unauthenticated: signing in might help. WrongStanding: a function that it has
    would allow this in another standing. NotAllowed: everything else.
    """
    functions = functions_of(actor, subject)
    if allowed(functions, action, subject.standing):
        return
    read = f"{action.partition('.')[0]}.read"
    hidden = subject.standing != "current" and read in TABLE and not allowed(functions, read, subject.standing)
    if hidden or action == read:
        raise NotKnown("Nothing is known under this identifier.")
    if actor is None:
        raise Unauthenticated("Sign in to do this.")
    possible = sorted(TABLE.standings_of(functions, action))
    if possible:
        raise WrongStanding(
            f"This can be done while the standing is {' or '.join(possible)}; it is {subject.standing}.",
            standing=subject.standing,
            possible_in=possible,
        )
    raise NotAllowed(f"This needs another function than yours ({action}).")
