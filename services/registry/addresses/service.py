"""Keeps private addresses, and finds what waits for a person who has verified one.

Called by the services of designations, nominations and networks inside their transactions, and by `binding` on every call.
It makes no event: whoever owns the subject does.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from services.chassis.errors import FieldError, Invalid
from services.chassis.identity import addresses
from services.registry.addresses.models import KnownAddress, PrivateAddress


def hash_of(key: bytes, email: str, pointer: str = "/email") -> str:
    """The keyed hash of an address. Raises Invalid, pointing at the field that held it."""
    try:
        return addresses.hash_address(key, email)
    except addresses.AddressError as error:
        raise Invalid("This is not an e-mail address.", errors=[FieldError(pointer, str(error))]) from None


def keep(session: Session, subject: str, subject_id: str, email: str, address_hash: str, at: datetime) -> None:
    """Keep the address given for a subject, unbound."""
    session.add(
        PrivateAddress(
            subject_id=subject_id,
            subject=subject,
            email=addresses.normalise(email),
            address_hash=address_hash,
            person_id=None,
            created_at=at,
        )
    )


def waiting(connection: Connection | Session, hashes: Collection[str]) -> list[tuple[str, str]]:
    """What waits for somebody with one of these addresses: `(subject, subject_id)`. One indexed select."""
    if not hashes:
        return []
    found = connection.execute(
        select(PrivateAddress.subject, PrivateAddress.subject_id)
        .where(PrivateAddress.address_hash.in_(hashes), PrivateAddress.person_id.is_(None))
        .order_by(PrivateAddress.subject_id)
    )
    return [(row.subject, row.subject_id) for row in found]


def unbound_hash(session: Session, subject_id: str) -> str | None:
    """The hash by which other services recognise the person until it is bound; none once it is."""
    kept = session.get(PrivateAddress, subject_id)
    return None if kept is None or kept.person_id is not None else kept.address_hash


def bound(session: Session, subject_id: str, person_id: str) -> None:
    """The person turned out to have the address."""
    kept = session.get(PrivateAddress, subject_id)
    if kept is not None:
        kept.person_id = person_id


def subjects_of(session: Session, subject: str, address_hash: str) -> list[str]:
    """The ids of the subjects of one kind that were given this address, bound or not."""
    statement = select(PrivateAddress.subject_id).where(
        PrivateAddress.address_hash == address_hash, PrivateAddress.subject == subject
    )
    return list(session.scalars(statement))


def email_of(session: Session, subject_id: str) -> str | None:
    """The address itself, to write to; never to show."""
    kept = session.get(PrivateAddress, subject_id)
    return None if kept is None else kept.email


def know(session: Session, person_id: str, hashes: Collection[str]) -> None:
    """Know these as the person's verified addresses, and no others."""
    session.execute(delete(KnownAddress).where(KnownAddress.person_id == person_id))
    session.add_all(KnownAddress(person_id=person_id, address_hash=each) for each in sorted(set(hashes)))
    session.flush()


def known_hashes(session: Session, person_id: str) -> list[str]:
    """The hashes of the person's verified addresses, as far as the accounts have told."""
    return list(session.scalars(select(KnownAddress.address_hash).where(KnownAddress.person_id == person_id)))


def forget(session: Session, subject_id: str) -> None:
    """Forget the address of a subject: it is over, or was never more than waiting."""
    session.execute(delete(PrivateAddress).where(PrivateAddress.subject_id == subject_id))


def forget_person(session: Session, person_id: str) -> None:
    """Forget every address that turned out to be this person's."""
    session.execute(delete(PrivateAddress).where(PrivateAddress.person_id == person_id))
