"""The people of the demo world: accounts for those who have a password, persons for the others, and who acts for whom.

`seed` calls `enter` once; everything that happens in the register afterwards is done by a `Principal` from here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.accounts.people import service as accounts
from services.chassis.database import Database
from services.chassis.identity import Principal
from services.chassis.settings import Settings
from services.demo.world_files import Person
from services.demo.world_files import people as everybody

_INDENT = " " * 6
ANSWERING = ("lead", "focal_point", "confirmer")


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of the world, as those who call the services."""

    principals: Mapping[str, Principal]
    persons: tuple[Person, ...]

    @property
    def administrator(self) -> Principal:
        """Who opens the register."""
        return self.with_role("administrator")

    def with_role(self, role: str) -> Principal:
        """The first person with a platform role."""
        return next(each for each in self.principals.values() if each.role == role)

    def known(self) -> Iterable[Principal]:
        """Those who have signed in at least once."""
        return (self.principals[person.email] for person in self.persons if person.signed_in)

    def acting(self, organization: str, *functions: str) -> Principal | None:
        """Who holds one of the functions in an organization by now and has signed in; None for nobody."""
        gone = {person.succeeds for person in self.persons}
        for person in self.persons:
            if person.email in gone:
                continue
            if person.organization == organization and person.signed_in and set(person.functions) & set(functions):
                return self.principals[person.email]
        return None


def enter(database: Database, settings: Settings) -> People:
    """Make everybody in the accounts, in one transaction; whoever is there already stays as they are.

    People without a password cannot sign in by themselves; `convene token issue ADDRESS` acts for them.
    """
    persons = tuple(everybody())
    with database.transaction():
        return People({person.email: _entered(database, settings, person) for person in persons}, persons)


def _entered(database: Database, settings: Settings, person: Person) -> Principal:
    if person.password:
        accounts.ensure_user(
            database,
            settings,
            person.email,
            person.password,
            person.role,
            display_name=person.name,
            language=person.language,
        )
    return accounts.acting(database, settings, person.email)


def accounts_table() -> str:
    """The accounts that one can sign in to, as plain text: address, password, who it is, what to try."""
    shown = [person for person in everybody() if person.password]
    first = max(len(person.email) for person in shown) + 2
    lines = [
        "Demo accounts; everything in this world is invented. To sign in, POST to /api/accounts/token:",
        '{"grant_type": "password", "username": "<address>", "password": "<password>"}',
        "Anybody else of the world: convene token issue <address>",
    ]
    for person in shown:
        lines += ["", f"  {person.email:<{first}}{person.password:<26}{person.who}"]
        lines += textwrap.wrap(f"try: {person.attempt}", 100, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return "\n".join([*lines, "", ""])
