"""People: made by operators, known by verified addresses, changed, exported and erased by themselves.

Addresses count as verified when an operator enters them (`convene user add`, `convene token issue`): registration by mail
comes with the service that sends mail. Called by `api` and, for operators, by the command line and the demo world.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from schemas.account import PLATFORM_ROLES
from schemas.documents import StoredDocument
from services.accounts.errors import (
    AccountGone,
    AddressRefused,
    NoPassword,
    PersonUnknown,
    ReadOnlyField,
    WrongPassword,
)
from services.accounts.people import passwords, projections
from services.accounts.people.models import Address, Password, Person
from services.accounts.tokens import service as tokens
from services.accounts.tokens import throttle
from services.accounts.tokens.models import RefreshFamily
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, PreconditionFailed
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.identity.addresses import AddressError, hash_address, normalise
from services.chassis.rows import locked_or_none
from services.chassis.settings import Settings
from services.chassis.telemetry import log

OPERATOR = "operator"
WRITABLE = ("display_name", "language")
VERIFIED = "org.convene.accounts.person.verified.v1"
ERASED = "org.convene.accounts.person.erased.v1"


# ---- for operators: the command line and the demo world


def add_user(
    database: Database,
    settings: Settings,
    email: str,
    password: str,
    role: str | None = None,
    *,
    display_name: str | None = None,
    language: str | None = None,
) -> str:
    """A local account for that address, which counts as verified; returns the person's id.

    For an address that is known, sets the password anew, ends every sign-in, and grants the role if one is given. Raises
    `AddressRefused`, `PasswordRefused`, and `ValueError` for an unknown role.
    """
    _check_role(role)
    email = _normalised(email)
    passwords.check_policy(password, email=email, display_name=display_name)
    hashed = passwords.hash_password(password)
    with database.transaction() as session:
        person = _person_with(session, settings, email)
        person.display_name = display_name or person.display_name
        person.language = language or person.language
        if role:
            _grant(person, role, OPERATOR)
        _set_password(session, person, hashed)
        throttle.forget_address(session, settings.address_key, email)
    log.info("local account set", role=person.role)
    return person.id


def issue_token(
    database: Database, settings: Settings, email: str, role: str | None = None, lifetime: int = 3600
) -> str:
    """An access token for the person with that address, who is made where unknown and whose address then counts as verified.

    `lifetime` is in seconds, an hour at most. `role` is in this token alone and is not granted to the person; without it the
    token carries the role that the person holds. Raises `AddressRefused`, and `ValueError` for an unknown role or lifetime.
    """
    _check_role(role)
    email = _normalised(email)
    with database.transaction() as session:
        person = _person_with(session, settings, email)
        token = tokens.access_token(session, settings, person, lifetime=timedelta(seconds=lifetime), role=role)
    log.info("access token issued by the operator", role=role or person.role)
    return token


def acting(database: Database, settings: Settings, email: str) -> Principal:
    """The person with that address as one who calls, made where unknown; whose address then counts as verified.

    What `issue_token` gives to those outside, without the token: for the demo world. Raises `AddressRefused`.
    """
    email = _normalised(email)
    with database.transaction() as session:
        person = _person_with(session, settings, email)
        verified = select(Address.address_hash).where(Address.person_id == person.id, Address.verified_at.is_not(None))
        return Principal(person.id, person.role, frozenset(session.scalars(verified)))


def ensure_user(
    database: Database,
    settings: Settings,
    email: str,
    password: str,
    role: str | None = None,
    *,
    display_name: str | None = None,
    language: str | None = None,
) -> str:
    """As `add_user`, but an account that has a password is left as it is. For the demo world, at every start; returns the id."""
    address_hash = hash_address(settings.address_key, _normalised(email))
    with database.reading() as session:
        known = session.scalar(
            select(Password.person_id)
            .join(Address, Address.person_id == Password.person_id)
            .where(Address.address_hash == address_hash)
        )
    if known is not None:
        return known
    return add_user(database, settings, email, password, role, display_name=display_name, language=language)


def republish(session: Session, person: Person) -> None:
    """Write the person's present event into the outbox once more."""
    _publish(session, person, ERASED if person.state == "erased" else VERIFIED)


# ---- for the person


def read(database: Database, person_id: str) -> StoredDocument:
    """The person's own account. Raises `AccountGone`."""
    with database.reading() as session:
        return _stored(session, _active(session.get(Person, person_id)))


def change(
    database: Database, person_id: str, changes: Mapping[str, Any], expected_version: int | None
) -> StoredDocument:
    """Change the display name and the language (JSON merge patch: None takes a value away).

    Other fields of the account may be repeated, not changed. Raises `AccountGone`, `PreconditionFailed`, `ReadOnlyField`.
    """
    with database.transaction() as session:
        person = _active(locked_or_none(session, Person, person_id))
        if expected_version is not None and expected_version != person.version:
            raise PreconditionFailed("Read the account again, then change it.", current_version=person.version)
        _refuse_read_only(changes, _document(session, person))
        before = {name: getattr(person, name) for name in WRITABLE}
        for name in WRITABLE:
            if name in changes:
                setattr(person, name, changes[name])
        if before != {name: getattr(person, name) for name in WRITABLE}:
            _touch(person)
        return _stored(session, person)


def change_password(database: Database, settings: Settings, person_id: str, present: str, new: str) -> None:
    """Set a new password and end every sign-in.

    The present one is asked for, so that a stolen access token is not enough, and wrong ones count as failed sign-ins. Raises
    `AccountGone`, `NoPassword`, `WrongPassword`, `PasswordRefused`, `TooManyTries`.
    """
    with database.transaction() as session:
        person = _active(session.get(Person, person_id))
        held, email = session.get(Password, person_id), _first_email(session, person_id)
        if held is None:
            raise NoPassword("Ask the operator for a first password (convene user add).")
        passwords.check_policy(new, email=email, display_name=person.display_name, pointer="/new_password")
        tried = throttle.subjects(settings.address_key, email, None)
        throttle.count_try(session, tried)
        stored_hash = held.hash
    wrong = WrongPassword("Nothing was changed.", errors=[FieldError("/current_password", "is not the present one")])
    if not passwords.matches(present, stored_hash):
        raise wrong
    hashed = passwords.hash_password(new)
    with database.transaction() as session:
        person = _active(locked_or_none(session, Person, person_id))
        held = session.get(Password, person_id, populate_existing=True)
        # Another password was set while this one was compared: the one that was known is good for nothing any more.
        if held is None or held.hash != stored_hash:
            raise wrong
        throttle.forgive(session, tried)
        _set_password(session, person, hashed)
    log.info("password changed")


def export(database: Database, settings: Settings, person_id: str) -> dict[str, Any]:
    """Everything that is held about the person here. Raises `AccountGone`."""
    with database.reading() as session:
        person = _active(session.get(Person, person_id))
        addresses = _addresses(session, person_id)
        families = session.scalars(
            select(RefreshFamily).where(RefreshFamily.person_id == person_id).order_by(RefreshFamily.started_at)
        ).all()
        failures = sum(throttle.failures_of(session, settings.address_key, each.email) for each in addresses)
        return projections.export(person, addresses, session.get(Password, person_id), families, failures)


def erase(database: Database, settings: Settings, person_id: str) -> None:
    """Erase the person: the id stays, so that others can erase too and nobody gets it again; the rest is deleted.

    Other services hear of it by `person.erased` and redact what they hold. Raises `AccountGone`.
    """
    with database.transaction() as session:
        person = _active(locked_or_none(session, Person, person_id))
        for address in _addresses(session, person_id):
            throttle.forget_address(session, settings.address_key, address.email)
        tokens.forget_all(session, person_id)
        session.execute(delete(Password).where(Password.person_id == person_id))
        session.execute(delete(Address).where(Address.person_id == person_id))
        person.state, person.erased_at = "erased", clock.now()
        person.display_name = person.language = None
        person.role = person.role_granted_at = person.role_granted_by = None
        _touch(person)
        _publish(session, person, ERASED)
    log.info("person erased")


# ---- platform roles


def role_holders(database: Database, after: str | None, limit: int) -> list[dict[str, Any]]:
    """People with a platform role, in the order of their ids, after the id `after`."""
    with database.reading() as session:
        found = (
            select(Person).where(Person.role.is_not(None), Person.id > (after or "")).order_by(Person.id).limit(limit)
        )
        return [projections.role_holder(person) for person in session.scalars(found)]


def grant_role(database: Database, settings: Settings, email: str, role: str, by: str) -> dict[str, Any]:
    """Give the person with that verified address a platform role (in place of another). Raises `PersonUnknown`."""
    address_hash = hash_address(settings.address_key, _normalised(email, "/email"))
    with database.transaction() as session:
        person_id = session.scalar(
            select(Address.person_id).where(Address.address_hash == address_hash, Address.verified_at.is_not(None))
        )
        person = locked_or_none(session, Person, person_id) if person_id else None
        if person is None:
            raise PersonUnknown("No account has verified this address.")
        _grant(person, role, by)
        _touch(person)
        log.info("platform role granted", role=role)
        return projections.role_holder(person)


def withdraw_role(database: Database, person_id: str) -> None:
    """Take the platform role away; access tokens that carry it expire within 15 minutes. Raises `PersonUnknown`."""
    with database.transaction() as session:
        person = locked_or_none(session, Person, person_id)
        if person is None or person.role is None:
            raise PersonUnknown("Nobody with this id holds a platform role.")
        log.info("platform role withdrawn", role=person.role)
        person.role = person.role_granted_at = person.role_granted_by = None
        _touch(person)


# ---- shared


def _normalised(email: str, pointer: str = "/email") -> str:
    try:
        return normalise(email)
    except AddressError as error:
        raise AddressRefused(str(error), errors=[FieldError(pointer, str(error))]) from None


def _check_role(role: str | None) -> None:
    if role is not None and role not in PLATFORM_ROLES:
        raise ValueError(f"the platform roles are {' and '.join(PLATFORM_ROLES)}, not {role!r}")


def _person_with(session: Session, settings: Settings, email: str) -> Person:
    """The person with that address (in normal form), locked; made where unknown; the address counts as verified from now."""
    address_hash = hash_address(settings.address_key, email)
    address = session.get(Address, address_hash)
    if address is None:
        try:
            with session.begin_nested():
                return _make(session, email, address_hash)
        except IntegrityError:
            # Somebody else made the same person at the same time: that one it is.
            address = session.get_one(Address, address_hash, populate_existing=True)
    person = locked_or_none(session, Person, address.person_id)
    assert person is not None
    if address.verified_at is None:
        address.verified_at = clock.now()
        _touch(person)
        _publish(session, person, VERIFIED)
    return person


def _make(session: Session, email: str, address_hash: str) -> Person:
    now = clock.now()
    person = Person(id=uuid7(), state="active", version=1, revision=1, created_at=now, updated_at=now)
    session.add(person)
    session.flush()
    session.add(Address(address_hash=address_hash, person_id=person.id, email=email, verified_at=now))
    session.flush()
    _publish(session, person, VERIFIED)
    return person


def _grant(person: Person, role: str, by: str) -> None:
    person.role, person.role_granted_at, person.role_granted_by = role, clock.now(), by


def _set_password(session: Session, person: Person, hashed: str) -> None:
    tokens.revoke_all(session, person.id, "password_changed")
    session.merge(Password(person_id=person.id, hash=hashed, changed_at=clock.now()))
    _touch(person)


def _touch(person: Person) -> None:
    person.version += 1
    person.revision += 1
    person.updated_at = clock.now()


def _publish(session: Session, person: Person, event_type: str) -> None:
    session.flush()
    data = projections.person_event(person, _addresses(session, person.id))
    outbox.add(session, type=event_type, key=person.id, version=person.version, revision=person.revision, data=data)


def _active(person: Person | None) -> Person:
    if person is None or person.state != "active":
        raise AccountGone("This account is no more; its access tokens expire by themselves.")
    return person


def _addresses(session: Session, person_id: str) -> list[Address]:
    return list(session.scalars(select(Address).where(Address.person_id == person_id).order_by(Address.email)))


def _first_email(session: Session, person_id: str) -> str:
    return next((each.email for each in _addresses(session, person_id)), "")


def _document(session: Session, person: Person) -> dict[str, Any]:
    return projections.account(person, _addresses(session, person.id), session.get(Password, person.id))


def _stored(session: Session, person: Person) -> StoredDocument:
    return projections.stored(person, _document(session, person))


def _refuse_read_only(changes: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    wrong = [name for name in changes if name not in WRITABLE and changes[name] != document.get(name)]
    if wrong:
        errors = [FieldError(f"/{name}", "cannot be changed here") for name in wrong]
        raise ReadOnlyField("Leave these out, or repeat them unchanged.", errors=errors)
