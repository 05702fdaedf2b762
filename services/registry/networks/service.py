"""Use cases of networks: set up, replace, nominate, withdraw; what binds, is erased or follows a merged organization.

A network's contact is an authority like a designation: it is given by address, binds to the person, and ends when another is
named.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from schemas.network import NetworkDocument, NetworkInput
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import Page, check_version, locked, page_of
from services.registry import policy
from services.registry.addresses import service as addresses
from services.registry.authority import authority_of
from services.registry.errors import AlreadyDesignated
from services.registry.networks import projections
from services.registry.networks.models import Network, NetworkContact, Nomination
from services.registry.organizations.service import usable
from services.registry.policy import Subject
from services.registry.writing import check_read_only, patched

NETWORK_EVENT = "org.convene.registry.network.{}.v1"
AUTHORITY_EVENT = "org.convene.registry.authority.{}.v1"
CONTACT, NOMINATION = "network_contact", "nomination"
RUNNING = ("nominated", "bound")


# Networks


def create(database: Database, address_key: bytes, principal: Principal, data: Mapping[str, Any]) -> StoredDocument:
    """Set up a network with its contact. Raises NotAllowed, Invalid."""
    with database.transaction() as session:
        policy.decide(authority_of(session, principal), "network.create", Subject())
        if not data.get("contact_email"):
            raise Invalid("A network needs a contact.", errors=[FieldError("/contact_email", "is asked for")])
        now = clock.now()
        row = Network(
            id=uuid7(),
            content=_written(data),
            constituency=data["constituency"],
            version=1,
            revision=1,
            document=b"",
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        _announce(session, row, "created")
        _name_contact(session, address_key, row, data["contact_email"])
        return projections.stored(row)


def replace(
    database: Database,
    address_key: bytes,
    principal: Principal,
    network_id: str,
    data: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """Replace the writable part; the contact stays where none is given. Raises NotKnown, NotAllowed, PreconditionFailed."""
    return _rewrite(database, address_key, principal, network_id, data, expected, lambda _: data)


def change(
    database: Database,
    address_key: bytes,
    principal: Principal,
    network_id: str,
    patch: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """Change the writable part by a JSON merge patch (RFC 7396). Raises Invalid and what `replace` raises."""
    return _rewrite(
        database,
        address_key,
        principal,
        network_id,
        patch,
        expected,
        lambda row: patched(NetworkInput, row.content, patch),
    )


def _rewrite(
    database: Database,
    address_key: bytes,
    principal: Principal,
    network_id: str,
    sent: Mapping[str, Any],
    expected: int | None,
    make: Callable[[Network], Mapping[str, Any]],
) -> StoredDocument:
    with database.transaction() as session:
        row = locked(session, Network, network_id)
        policy.decide(authority_of(session, principal), "network.replace", Subject(network_id=row.id))
        check_version(expected, row.version)
        check_read_only(NetworkDocument, row.document, sent)
        data = make(row)
        if data.get("contact_email"):
            _name_contact(session, address_key, row, data["contact_email"])
        content = _written(data)
        if content == row.content:
            return projections.stored(row)
        constituency = row.constituency
        row.content, row.constituency = content, content["constituency"]
        row.version += 1
        row.revision += 1
        row.updated_at = clock.now()
        _announce(session, row, "revised")
        if row.constituency != constituency:
            _rerender_authority(session, row.id)
        return projections.stored(row)


def page(database: Database, constituencies: Sequence[str], after: str | None, limit: int) -> Page:
    """The networks, the oldest first."""
    conditions = [Network.constituency.in_(constituencies)] if constituencies else []
    statement = select(Network.id, Network.document).where(*conditions)
    if after is not None:
        statement = statement.where(Network.id > after)
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(Network).where(*conditions))
        rows = session.execute(statement.order_by(Network.id).limit(limit + 1)).all()
    return page_of([(row.document, [row.id]) for row in rows], limit, total)


def read(database: Database, network_id: str) -> StoredDocument:
    """The document. Raises NotKnown."""
    with database.reading() as session:
        return projections.stored(known(session, network_id))


def known(session: Session, network_id: str) -> Network:
    """The network's row. Raises NotKnown."""
    row = session.get(Network, network_id)
    if row is None:
        raise NotKnown("There is no network with this identifier.")
    return row


# Nominations


def nominate(
    database: Database, address_key: bytes, principal: Principal, network_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """Nominate somebody by address. Raises NotKnown, NotAllowed, OrganizationUnknown, AlreadyDesignated, Invalid."""
    with database.transaction() as session:
        network = locked(session, Network, network_id)
        policy.decide(authority_of(session, principal), "nomination.nominate", Subject(network_id=network.id))
        if data.get("organization_id"):
            usable(session, data["organization_id"], "/organization_id")
        address_hash = addresses.hash_of(address_key, data["email"])
        _refuse_double(session, network, address_hash)
        now = clock.now()
        row = Nomination(
            id=uuid7(),
            network_id=network.id,
            organization_id=data.get("organization_id"),
            display_name=data["display_name"],
            roles=list(data["roles"]),
            languages=list(data.get("languages", ())),
            countries=list(data.get("countries", ())),
            state="nominated",
            person_id=None,
            nominated_by=principal.person_id,
            version=0,
            revision=0,
            document=b"",
            authority_document=b"",
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        addresses.keep(session, NOMINATION, row.id, data["email"], address_hash, now)
        _edited_nomination(session, row, network.constituency, "nominated")
        return projections.stored_nomination(row)


def withdraw(
    database: Database, principal: Principal, network_id: str, nomination_id: str, expected: int | None
) -> StoredDocument:
    """Withdraw a nomination; the person nominated may do so too. Raises NotKnown, NotAllowed, WrongStanding."""
    with database.transaction() as session:
        network = known(session, network_id)
        row = locked(session, Nomination, nomination_id)
        if row.network_id != network.id:
            raise NotKnown("This network has no nomination with this identifier.")
        policy.decide(authority_of(session, principal), "nomination.withdraw", _subject_of(row))
        check_version(expected, row.version)
        row.state = "withdrawn"
        addresses.forget(session, row.id)
        _edited_nomination(session, row, network.constituency, "ended")
        return projections.stored_nomination(row)


def nominations(
    database: Database, principal: Principal, network_id: str, states: Sequence[str], after: str | None, limit: int
) -> Page:
    """The network's nominations, the oldest first. Raises NotKnown, NotAllowed."""
    conditions = [Nomination.network_id == network_id, Nomination.state.in_(states or RUNNING)]
    statement = select(Nomination.id, Nomination.document).where(*conditions)
    if after is not None:
        statement = statement.where(Nomination.id > after)
    with database.reading() as session:
        network = known(session, network_id)
        policy.decide(authority_of(session, principal), "nomination.list", Subject(network_id=network.id))
        total = session.scalar(select(func.count()).select_from(Nomination).where(*conditions))
        rows = session.execute(statement.order_by(Nomination.id).limit(limit + 1)).all()
    return page_of([(row.document, [row.id]) for row in rows], limit, total)


def read_nomination(database: Database, principal: Principal, network_id: str, nomination_id: str) -> StoredDocument:
    """One nomination. Raises NotKnown, also for those who may not know of it."""
    with database.reading() as session:
        row = session.get(Nomination, nomination_id)
        if row is None or row.network_id != network_id:
            raise NotKnown("This network has no nomination with this identifier.")
        policy.decide(authority_of(session, principal), "nomination.read", _subject_of(row))
        return projections.stored_nomination(row)


def _subject_of(row: Nomination) -> Subject:
    return Subject(
        standing=row.state,
        network_id=row.network_id,
        holder_ids=frozenset({row.person_id}) if row.person_id else frozenset(),
    )


def _refuse_double(session: Session, network: Network, address_hash: str) -> None:
    ids = addresses.subjects_of(session, NOMINATION, address_hash)
    held = session.scalars(
        select(Nomination.id).where(
            Nomination.id.in_(ids), Nomination.network_id == network.id, Nomination.state.in_(RUNNING)
        )
    ).first()
    if held is not None:
        raise AlreadyDesignated("The network has nominated this address already.", nomination=held)


# What happens without anybody asking


def bind_contact(session: Session, contact_id: str, person_id: str) -> None:
    """The person who verified the contact's address has called."""
    row = locked(session, NetworkContact, contact_id)
    if row.person_id is None and row.state == "designated":
        addresses.bound(session, row.id, person_id)
        row.person_id, row.state = person_id, "bound"
        _edited_contact(session, row, known(session, row.network_id).constituency, "bound")


def bind_nomination(session: Session, nomination_id: str, person_id: str) -> None:
    """The person who verified the nominated address has called."""
    row = locked(session, Nomination, nomination_id)
    if row.person_id is None and row.state == "nominated":
        addresses.bound(session, row.id, person_id)
        row.person_id, row.state = person_id, "bound"
        _edited_nomination(session, row, known(session, row.network_id).constituency, "bound")


def erase_person(session: Session, person_id: str) -> None:
    """A person was erased: no name, no address and no id of it remains; its nominations and contacts have ended."""
    for contact in session.scalars(
        select(NetworkContact)
        .where(NetworkContact.person_id == person_id)
        .order_by(NetworkContact.id)
        .with_for_update()
    ).all():
        contact.person_id, contact.state = None, "ended"
        _edited_contact(session, contact, known(session, contact.network_id).constituency, "ended")
    for row in session.scalars(
        select(Nomination).where(Nomination.person_id == person_id).order_by(Nomination.id).with_for_update()
    ).all():
        row.person_id, row.display_name, row.state = None, None, "withdrawn"
        addresses.forget(session, row.id)
        _edited_nomination(session, row, known(session, row.network_id).constituency, "ended")
    for row in session.scalars(select(Nomination).where(Nomination.nominated_by == person_id)):
        row.nominated_by = None


def follow_merge(session: Session, merged_id: str, survivor_id: str) -> int:
    """People nominated from a merged organization are of its survivor; returns how many."""
    rows = session.scalars(
        select(Nomination).where(Nomination.organization_id == merged_id).order_by(Nomination.id).with_for_update()
    ).all()
    for row in rows:
        row.organization_id = survivor_id
        _edited_nomination(session, row, known(session, row.network_id).constituency, "changed")
    return len(rows)


def rerender(session: Session, row: Network) -> None:
    """Render the same version of a network again (the contract grew)."""
    row.revision += 1
    _announce(session, row, "revised")


def rerender_contact(session: Session, row: NetworkContact) -> None:
    """Render the same version of a contact again."""
    _rendered_contact(session, row, known(session, row.network_id).constituency, "changed")


def rerender_nomination(session: Session, row: Nomination) -> None:
    """Render the same version of a nomination again."""
    _rendered_nomination(session, row, known(session, row.network_id).constituency, "changed")


# Inside


def _name_contact(session: Session, address_key: bytes, network: Network, email: str) -> None:
    """Make this address the network's contact; the one before ends, unless it is the same."""
    address_hash = addresses.hash_of(address_key, email, "/contact_email")
    current = session.scalars(
        select(NetworkContact)
        .where(NetworkContact.network_id == network.id, NetworkContact.state != "ended")
        .with_for_update()
    ).all()
    same = set(addresses.subjects_of(session, CONTACT, address_hash))
    if any(row.id in same for row in current):
        return
    for row in current:
        row.state = "ended"
        addresses.forget(session, row.id)
        _edited_contact(session, row, network.constituency, "ended")
    now = clock.now()
    row = NetworkContact(
        id=uuid7(),
        network_id=network.id,
        state="designated",
        person_id=None,
        version=0,
        revision=0,
        authority_document=b"",
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    addresses.keep(session, CONTACT, row.id, email, address_hash, now)
    _edited_contact(session, row, network.constituency, "granted")


def _rerender_authority(session: Session, network_id: str) -> None:
    """The network's constituency has changed: what other services learn of its people names it."""
    for contact in session.scalars(
        select(NetworkContact).where(NetworkContact.network_id == network_id, NetworkContact.state != "ended")
    ).all():
        rerender_contact(session, contact)
    for row in session.scalars(
        select(Nomination).where(Nomination.network_id == network_id, Nomination.state.in_(RUNNING))
    ).all():
        rerender_nomination(session, row)


def _written(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in projections.WRITABLE if data.get(name) is not None}


def _announce(session: Session, row: Network, happened: str) -> None:
    row.document = projections.document(row)
    session.flush()
    outbox.announce(session, NETWORK_EVENT.format(happened), row, row.document)


def _edited_contact(session: Session, row: NetworkContact, constituency: str, happened: str) -> None:
    row.version += 1
    row.updated_at = clock.now()
    _rendered_contact(session, row, constituency, happened)


def _rendered_contact(session: Session, row: NetworkContact, constituency: str, happened: str) -> None:
    row.revision += 1
    session.flush()
    row.authority_document = projections.contact_authority(row, constituency, addresses.unbound_hash(session, row.id))
    _announce_authority(session, row, happened)


def _edited_nomination(session: Session, row: Nomination, constituency: str, happened: str) -> None:
    row.version += 1
    row.updated_at = clock.now()
    _rendered_nomination(session, row, constituency, happened)


def _rendered_nomination(session: Session, row: Nomination, constituency: str, happened: str) -> None:
    row.revision += 1
    session.flush()
    row.document = projections.nomination_document(row)
    row.authority_document = projections.nomination_authority(
        row, constituency, addresses.unbound_hash(session, row.id)
    )
    _announce_authority(session, row, happened)


def _announce_authority(session: Session, row: NetworkContact | Nomination, happened: str) -> None:
    session.flush()
    outbox.announce(session, AUTHORITY_EVENT.format(happened), row, row.authority_document)
