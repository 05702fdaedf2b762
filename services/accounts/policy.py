"""Who may do what in the accounts: one table of action → who, and the one function that reads it.

Views ask `decide` before they call a service. Platform roles say what somebody may do to the platform; authority over
organizations and records is the registry's business and never in a token.
"""

from dataclasses import dataclass

from schemas.account import PLATFORM_ROLES
from services.accounts.errors import NotAllowed
from services.chassis.errors import Unauthenticated
from services.chassis.identity.principal import Principal

# What somebody can be to the accounts.
WHO: dict[str, str] = {
    "anyone": "everybody, signed in or not",
    "person": "anybody signed in, about the own account",
    "administrator": "platform role: administrator",
    "pdu_officer": "platform role: officer of the Partnership Development Unit",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `who` are words of `WHO` separated by spaces."""

    action: str
    who: str


TABLE: tuple[Row, ...] = (
    # action           who
    Row("token.issue", "anyone"),
    Row("token.revoke", "anyone"),
    Row("keys.read", "anyone"),
    Row("providers.list", "anyone"),
    Row("me.read", "person"),
    Row("me.change", "person"),
    Row("me.export", "person"),
    Row("me.erase", "person"),
    Row("me.password", "person"),
    Row("role.list", "administrator"),
    Row("role.grant", "administrator"),
    Row("role.withdraw", "administrator"),
)

_ALLOWED: dict[str, frozenset[str]] = {row.action: frozenset(row.who.split()) for row in TABLE}


def who_is(principal: Principal | None) -> frozenset[str]:
    """Everything that somebody is to the accounts, in the words of `WHO`."""
    if principal is None:
        return frozenset({"anyone"})
    return frozenset({"anyone", "person", *((principal.role,) if principal.role in PLATFORM_ROLES else ())})


def decide(principal: Principal | None, action: str) -> None:
    """Returns when `principal` (None: nobody signed in) may do `action`.

    Raises Unauthenticated where signing in might help, NotAllowed otherwise, KeyError for an action that is not in the table.
    """
    allowed = _ALLOWED[action]
    if allowed & who_is(principal):
        return
    if principal is None:
        raise Unauthenticated("Send an access token: Authorization: Bearer …")
    raise NotAllowed(f"This needs the platform role {' or '.join(sorted(allowed))}.")
