"""What is shown of a person, and to whom: pure functions from rows to documents.

The account goes to the person alone; the internal event carries ids and keyed hashes; the role list goes to administrators.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from schemas.account import AccountDocument
from schemas.documents import StoredDocument, render
from schemas.person import PersonDocument
from services.accounts.people.models import Address, Password, Person
from services.accounts.tokens.models import RefreshFamily
from services.chassis import clock


def account(person: Person, addresses: Sequence[Address], password: Password | None) -> dict[str, Any]:
    """The account as its person reads it (`schemas.account.AccountDocument`)."""
    return {
        "id": person.id,
        "version": person.version,
        "revision": person.revision,
        "display_name": person.display_name,
        "language": person.language,
        "role": person.role,
        "addresses": [{"email": each.email, "verified_at": _instant(each.verified_at)} for each in addresses],
        "has_password": password is not None,
        "created_at": _instant(person.created_at),
        "updated_at": _instant(person.updated_at),
    }


def stored(person: Person, document: dict[str, Any]) -> StoredDocument:
    """The account as bytes with its ETag."""
    return StoredDocument(person.id, person.version, person.revision, render(AccountDocument, document))


def person_event(person: Person, addresses: Sequence[Address]) -> bytes:
    """The internal document on `convene.accounts.person`: ids and hashes of verified addresses; of the erased no hash."""
    hashes = sorted(each.address_hash for each in addresses if each.verified_at is not None)
    erased = person.state == "erased"
    return render(
        PersonDocument,
        {
            "id": person.id,
            "version": person.version,
            "revision": person.revision,
            "state": person.state,
            "address_hashes": [] if erased else hashes,
        },
    )


def export(
    person: Person,
    addresses: Sequence[Address],
    password: Password | None,
    families: Sequence[RefreshFamily],
    failures: int,
) -> dict[str, Any]:
    """Everything that the accounts hold about a person (`schemas.account.AccountExport`)."""
    return {
        "exported_at": clock.timestamp(),
        "account": account(person, addresses, password),
        "role": {"granted_at": _instant(person.role_granted_at), "granted_by": person.role_granted_by}
        if person.role
        else None,
        "password": {"changed_at": _instant(password.changed_at)} if password else None,
        "sign_ins": [
            {
                "started_at": _instant(family.started_at),
                "renewed_at": _instant(family.renewed_at),
                "expires_at": _instant(family.expires_at),
                "revoked_at": _instant(family.revoked_at),
                "revoked_because": family.revoked_because,
            }
            for family in families
        ],
        "failed_sign_ins": failures,
    }


def role_holder(person: Person) -> dict[str, Any]:
    """A person with a platform role, as administrators read it: no address (`schemas.account.RoleHolder`)."""
    return {
        "person_id": person.id,
        "display_name": person.display_name,
        "role": person.role,
        "granted_at": _instant(person.role_granted_at),
        "granted_by": person.role_granted_by,
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else clock.timestamp(moment)
