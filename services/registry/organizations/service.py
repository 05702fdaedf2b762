"""Use cases of organizations: propose, accept, refuse, replace, merge, list.

`enter`, `find_by_identifier`, `find_by_name` and `survivors` are for the other aggregates and the imports, inside
their transactions. What is said about an organization in partnership records is in `claims.py`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, text, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from schemas.organization import OrganizationDocument, OrganizationInput
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, NotKnown
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import Page, check_version, locked, locked_or_none, page_of
from services.registry import policy
from services.registry.authority import authority_of
from services.registry.errors import IdentifierTaken, MergeRefused, OrganizationCycle, OrganizationUnknown
from services.registry.focal_points.speaking import speaking
from services.registry.organizations import projections
from services.registry.organizations.models import Organization, OrganizationIdentifier, OrganizationName
from services.registry.policy import Subject
from services.registry.writing import check_read_only, patched

EVENT = "org.convene.registry.organization.{}.v1"
CURRENT = ("proposed", "accepted")
REFERENCES = ("parent_id", "controlled_by")
# An advisory lock of PostgreSQL: whoever changes who belongs to whom does it alone, so that no two changes close a cycle.
FAMILY_LOCK = 0x0C0117E9


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list asks for; several values of one field mean or."""

    q: str | None = None
    constituencies: Sequence[str] = ()
    countries: Sequence[str] = ()
    standings: Sequence[str] = CURRENT
    identifier: tuple[str, str] | None = None


# Reading


def page(database: Database, wanted: Filter, after: Sequence[str] | None, limit: int) -> Page:
    """The organizations that match, by name: their documents. `after`: the sort keys of the last one seen."""
    conditions = _conditions(wanted)
    statement = select(Organization.sort_name, Organization.id, Organization.document).where(*conditions)
    if after is not None:
        statement = statement.where(tuple_(Organization.sort_name, Organization.id) > tuple_(*after))
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(Organization).where(*conditions))
        rows = session.execute(statement.order_by(Organization.sort_name, Organization.id).limit(limit + 1)).all()
    return page_of([(row.document, [row.sort_name, row.id]) for row in rows], limit, total)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Organization.standing.in_(wanted.standings or CURRENT)]
    if wanted.constituencies:
        found.append(Organization.constituency.in_(wanted.constituencies))
    if wanted.countries:
        found.append(Organization.country.in_(wanted.countries))
    if wanted.identifier:
        scheme, value = wanted.identifier
        found.append(
            exists().where(
                OrganizationIdentifier.organization_id == Organization.id,
                OrganizationIdentifier.scheme == scheme,
                OrganizationIdentifier.value == value,
            )
        )
    if wanted.q:
        found.append(_words(wanted.q))
    return found


def _words(q: str) -> ColumnElement[bool]:
    """Every word in one of the names, or the whole as the value of an identifier."""
    names = exists().where(
        OrganizationName.organization_id == Organization.id,
        *(OrganizationName.folded.contains(word, autoescape=True) for word in projections.folded(q).split()[:20]),
    )
    identified = exists().where(
        OrganizationIdentifier.organization_id == Organization.id, OrganizationIdentifier.value == q.strip()
    )
    return or_(names, identified)


def read(database: Database, organization_id: str) -> tuple[StoredDocument, str | None]:
    """The document, and of a merged organization the id of the one that it became part of. Raises NotKnown."""
    with database.reading() as session:
        row = known(session, organization_id)
        return projections.stored(row), row.merged_into


def known(session: Session, organization_id: str) -> Organization:
    """The organization's row. Raises NotKnown."""
    row = session.get(Organization, organization_id)
    if row is None:
        raise NotKnown("There is no organization with this identifier.")
    return row


# Writing


def propose(database: Database, principal: Principal, data: Mapping[str, Any]) -> StoredDocument:
    """Enter an organization: a proposal, or accepted at once where a registrar or an administrator enters it.

    Raises IdentifierTaken, OrganizationUnknown, OrganizationCycle.
    """
    with database.transaction() as session:
        actor = authority_of(session, principal)
        policy.decide(actor, "organization.propose", Subject())
        check_read_only(OrganizationDocument, b"{}", data)
        accepted = policy.may(actor, "organization.create_accepted", Subject())
        row = enter(session, data, accepted=accepted, proposed_by=principal.person_id)
        return projections.stored(row)


def enter(
    session: Session,
    data: Mapping[str, Any],
    *,
    accepted: bool,
    proposed_by: str | None,
    organization_id: str | None = None,
) -> Organization:
    """Enter an organization in the caller's transaction, with its event (proposed or accepted).

    `data`: the writable part of the document, checked. `organization_id`: the identifier that a draft has promised it. Asks
    nobody for permission: callers have done it.
    """
    content = written(data)
    now = clock.now()
    row = Organization(
        id=organization_id or uuid7(),
        standing="accepted" if accepted else "proposed",
        content=content,
        merged_into=None,
        former_names=[],
        reason=None,
        proposed_by=proposed_by,
        version=1,
        revision=1,
        created_at=now,
        updated_at=now,
    )
    _take_in(session, row, content)
    row.document = projections.document(row)
    session.add(row)
    session.flush()
    _announce(session, row, row.standing)
    return row


def replace(
    database: Database, principal: Principal, organization_id: str, data: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Replace the writable part. Raises NotKnown, NotAllowed, WrongStanding, PreconditionFailed and what `propose` raises."""
    return _rewrite(database, principal, organization_id, data, expected, lambda _: data)


def change(
    database: Database, principal: Principal, organization_id: str, patch: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Change the writable part by a JSON merge patch (RFC 7396). Raises Invalid and what `replace` raises."""
    return _rewrite(
        database,
        principal,
        organization_id,
        patch,
        expected,
        lambda row: patched(OrganizationInput, row.content, patch),
    )


def _rewrite(
    database: Database,
    principal: Principal,
    organization_id: str,
    sent: Mapping[str, Any],
    expected: int | None,
    make: Callable[[Organization], Mapping[str, Any]],
) -> StoredDocument:
    with database.transaction() as session:
        _lock_family(session, sent)
        row = locked(session, Organization, organization_id)
        policy.decide(authority_of(session, principal), "organization.replace", subject_of(row))
        check_version(expected, row.version)
        check_read_only(OrganizationDocument, row.document, sent)
        before = row.content
        content = written(make(row))
        if content == before:
            return projections.stored(row)
        _take_in(session, row, content)
        if content["name"] != before["name"] and before["name"] not in row.former_names:
            row.former_names = [*row.former_names, before["name"]]
        return _edited(session, row, "revised")


def accept(database: Database, principal: Principal, organization_id: str, expected: int | None) -> StoredDocument:
    """Accept a proposal; from then on it is like any other. Raises NotKnown, NotAllowed, WrongStanding."""
    return _decide_proposal(database, principal, organization_id, ("accept", "accepted"), None, expected)


def refuse(
    database: Database, principal: Principal, organization_id: str, reason: Any, expected: int | None
) -> StoredDocument:
    """Refuse a proposal, with a public reason; the document stays and its identifiers are free again."""
    return _decide_proposal(database, principal, organization_id, ("refuse", "refused"), reason, expected)


def _decide_proposal(
    database: Database,
    principal: Principal,
    organization_id: str,
    decision: tuple[str, str],
    reason: Any,
    expected: int | None,
) -> StoredDocument:
    action, standing = decision
    with database.transaction() as session:
        row = locked(session, Organization, organization_id)
        policy.decide(authority_of(session, principal), f"organization.{action}", subject_of(row))
        check_version(expected, row.version)
        row.standing, row.reason = standing, reason
        if standing == "refused":
            _free_identifiers(session, row.id)
        return _edited(session, row, standing)


def merge(
    database: Database, principal: Principal, organization_id: str, into: str, expected: int | None
) -> StoredDocument:
    """Make an organization part of another; both identifiers live on. Returns the merged one's document.

    The survivor takes the identifiers of other registers at once; whoever names the merged one follows by its event
    (`consumers.py` of each aggregate). Raises NotKnown, NotAllowed, WrongStanding, MergeRefused, OrganizationUnknown.
    """
    if organization_id == into:
        raise MergeRefused("An organization cannot be merged into itself.")
    with database.transaction() as session:
        _lock_family(session)
        rows = {each: locked_or_none(session, Organization, each) for each in sorted((organization_id, into))}
        row, survivor = rows[organization_id], rows[into]
        if row is None:
            raise NotKnown("There is no organization with this identifier.")
        policy.decide(authority_of(session, principal), "organization.merge", subject_of(row))
        check_version(expected, row.version)
        if survivor is None:
            raise unknown_organization(into, "/into")
        if survivor.standing not in CURRENT:
            raise MergeRefused(f"The other organization is {survivor.standing}.", survivor=survivor.merged_into)
        _hand_over(session, row, survivor)
        _edited(session, survivor, "merged")
        return _edited(session, row, "merged")


def _hand_over(session: Session, row: Organization, survivor: Organization) -> None:
    """What the survivor takes over: identifiers, a place in the family, those merged into the other before."""
    _inherit_place(session, row, survivor)
    identifiers = [*survivor.content.get("identifiers", ())]
    identifiers += [each for each in row.content.get("identifiers", ()) if each not in identifiers]
    survivor.content = {**survivor.content, **({"identifiers": identifiers} if identifiers else {})}
    for held in session.scalars(
        select(OrganizationIdentifier).where(OrganizationIdentifier.organization_id == row.id)
    ).all():
        held.organization_id = survivor.id
    row.standing, row.merged_into = "merged", survivor.id
    session.flush()
    for earlier in session.scalars(
        select(Organization).where(Organization.merged_into == row.id, Organization.id != row.id)
    ).all():
        earlier.merged_into = survivor.id
        rerender(session, earlier)


def _inherit_place(session: Session, row: Organization, survivor: Organization) -> None:
    """A survivor that belonged to the merged one takes that one's place above, so that it never belongs to itself."""
    for reference in REFERENCES:
        above = getattr(survivor, reference)
        if above is not None and row.id in {above, *_above(session, [above])}:
            inherited = getattr(row, reference)
            _set_reference(survivor, reference, None if inherited == survivor.id else inherited)


def follow_merge(session: Session, merged_id: str, survivor_id: str) -> int:
    """Those that belonged to a merged organization belong to its survivor; returns how many. Doing it again changes nothing."""
    _lock_family(session)
    found = session.scalars(
        select(Organization)
        .where(or_(Organization.parent_id == merged_id, Organization.controlled_by == merged_id))
        .where(Organization.id != merged_id)
        .order_by(Organization.id)
        .with_for_update()
    ).all()
    for row in found:
        for reference in REFERENCES:
            if getattr(row, reference) == merged_id:
                _set_reference(row, reference, None if row.id == survivor_id else survivor_id)
        rerender(session, row)
    return len(found)


def forget_person(session: Session, person_id: str) -> None:
    """Forget who proposed an organization; no document says it."""
    session.execute(update(Organization).where(Organization.proposed_by == person_id).values(proposed_by=None))


# For the other aggregates


def find_by_identifier(session: Session, scheme: str, value: str) -> Organization | None:
    """The organization that holds an identifier of another register; of merged ones the survivor holds it."""
    statement = (
        select(Organization)
        .join(OrganizationIdentifier, OrganizationIdentifier.organization_id == Organization.id)
        .where(OrganizationIdentifier.scheme == scheme, OrganizationIdentifier.value == value)
    )
    return session.scalars(statement).first()


def find_by_name(session: Session, names: Collection[str], country: str | None) -> list[Organization]:
    """The organizations of that country (None: those without one) that have one of these names in any language.

    Merged and refused ones are not among them. More than one: nobody may choose for them (never guessed into one).
    """
    folded = {projections.folded(name) for name in names} - {""}
    statement = (
        select(Organization)
        .where(
            Organization.id.in_(
                select(OrganizationName.organization_id).where(OrganizationName.folded.in_(folded)).distinct()
            ),
            Organization.standing.in_(CURRENT),
            Organization.country.is_(None) if country is None else Organization.country == country,
        )
        .order_by(Organization.id)
    )
    return list(session.scalars(statement)) if folded else []


def survivors(session: Session, ids: Collection[str]) -> dict[str, str]:
    """For each of the ids that are known: the id that stands for it now (its own, or that of its survivor)."""
    found: dict[str, str] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows = session.execute(select(Organization.id, Organization.merged_into).where(Organization.id.in_(part)))
        found.update({row.id: row.merged_into or row.id for row in rows})
    return found


def usable(session: Session, organization_id: str, pointer: str) -> Organization:
    """The organization that a command names, kept from being merged until the transaction ends.

    Raises OrganizationUnknown, also for merged and refused ones (saying which one survives).
    """
    row = session.scalars(
        select(Organization).where(Organization.id == organization_id).with_for_update(read=True)
    ).first()
    if row is None:
        raise unknown_organization(organization_id, pointer)
    if row.standing not in CURRENT:
        detail = f"this organization is {row.standing}" + (f" into {row.merged_into}" if row.merged_into else "")
        raise OrganizationUnknown("Name another organization.", errors=[FieldError(pointer, detail)])
    return row


def unknown_organization(organization_id: str, pointer: str) -> OrganizationUnknown:
    """The refusal of a reference to an organization that is not in the register."""
    return OrganizationUnknown(
        "An organization that is named here is not in the register.",
        errors=[FieldError(pointer, f"no organization has the identifier {organization_id}")],
    )


def subject_of(row: Organization) -> Subject:
    """What the policy needs to know of an organization."""
    return Subject(
        standing=row.standing,
        organization_ids=frozenset({row.id}),
        author_ids=frozenset({row.proposed_by}) if row.proposed_by else frozenset(),
    )


def give_name(session: Session, row: Organization, name: Mapping[str, str]) -> None:
    """Call a locked organization by its name, of which there was only a reference until now: that is kept as no former name."""
    _take_in(session, row, {**row.content, "name": dict(name)})
    _edited(session, row, "revised")


def rerender(session: Session, row: Organization) -> None:
    """Render the same version again (something that it names has changed, or the contract grew)."""
    row.revision += 1
    row.document = _document(session, row)
    session.flush()
    _announce(session, row, "rerendered")


def follow_focal_points(session: Session, organization_id: str) -> None:
    """Say who speaks for an organization now, where the document does not say so."""
    row = session.get(Organization, organization_id)
    if row is not None and _document(session, row) != row.document:
        rerender(session, row)


# Inside


def written(data: Mapping[str, Any]) -> dict[str, Any]:
    """The writable part of what was sent."""
    return {name: data[name] for name in projections.WRITABLE if data.get(name) is not None}


def _take_in(session: Session, row: Organization, content: dict[str, Any]) -> None:
    """Give the row new content, with its columns, names and identifiers. Raises what `propose` raises."""
    for reference in REFERENCES:
        if content.get(reference):
            content[reference] = _relative(session, row, content[reference], f"/{reference}")
    row.content = content
    row.sort_name = projections.sort_name(content["name"])
    row.constituency, row.country = content["constituency"], content.get("country")
    row.parent_id, row.controlled_by = content.get("parent_id"), content.get("controlled_by")
    session.execute(delete(OrganizationName).where(OrganizationName.organization_id == row.id))
    session.add_all(
        OrganizationName(organization_id=row.id, language=language, folded=projections.folded(name))
        for language, name in content["name"].items()
    )
    _hold_identifiers(session, row.id, content.get("identifiers", ()))


def _relative(session: Session, row: Organization, other_id: str, pointer: str) -> str:
    """The id of the organization above that is named (the survivor's, where it was merged)."""
    other = survivors(session, [other_id]).get(other_id)
    if other is None:
        raise unknown_organization(other_id, pointer)
    if row.id == other or row.id in _above(session, [other]):
        raise OrganizationCycle(
            "The organization would belong to itself.",
            errors=[FieldError(pointer, "leads back to this organization")],
        )
    return other


def _above(session: Session, ids: Sequence[str]) -> set[str]:
    """Every organization above these, by parent or control."""
    seen: set[str] = set()
    level = set(ids)
    while level:
        rows = session.execute(
            select(Organization.parent_id, Organization.controlled_by).where(Organization.id.in_(level))
        )
        level = {above for row in rows for above in row if above is not None} - seen
        seen |= level
    return seen


def _set_reference(row: Organization, reference: str, value: str | None) -> None:
    setattr(row, reference, value)
    row.content = written({**row.content, reference: value})


def _hold_identifiers(session: Session, organization_id: str, identifiers: Sequence[Mapping[str, str]]) -> None:
    """Make these the identifiers of the organization; the first that another holds is refused with its holder."""
    held = {
        (each.scheme, each.value): each
        for each in session.scalars(
            select(OrganizationIdentifier).where(OrganizationIdentifier.organization_id == organization_id)
        )
    }
    wanted = {(each["scheme"], each["value"]): index for index, each in reversed(list(enumerate(identifiers)))}
    for key, row in held.items():
        if key not in wanted:
            session.delete(row)
    session.flush()
    for (scheme, value), index in wanted.items():
        if (scheme, value) in held:
            continue
        try:
            with session.begin_nested():
                session.add(OrganizationIdentifier(scheme=scheme, value=value, organization_id=organization_id))
        except IntegrityError:
            holder = find_by_identifier(session, scheme, value)
            raise IdentifierTaken(
                f"{scheme} {value} is the identifier of another organization.",
                errors=[FieldError(f"/identifiers/{index}", "another organization holds it")],
                holder=holder.id if holder else None,
            ) from None


def _free_identifiers(session: Session, organization_id: str) -> None:
    session.execute(delete(OrganizationIdentifier).where(OrganizationIdentifier.organization_id == organization_id))


def _document(session: Session, row: Organization) -> bytes:
    points = [{"display_name": each.display_name, "functions": each.functions} for each in speaking(session, row.id)]
    return projections.document(row, _merged_from(session, row.id), points)


def _merged_from(session: Session, organization_id: str) -> list[str]:
    statement = select(Organization.id).where(Organization.merged_into == organization_id).order_by(Organization.id)
    return list(session.scalars(statement))


def _edited(session: Session, row: Organization, happened: str) -> StoredDocument:
    """A new version of the row as it now is, with its document and event."""
    row.version += 1
    row.revision += 1
    row.updated_at = clock.now()
    session.flush()
    row.document = _document(session, row)
    session.flush()
    _announce(session, row, happened)
    return projections.stored(row)


def _announce(session: Session, row: Organization, happened: str) -> None:
    outbox.announce(session, EVENT.format(happened), row, row.document)


def _lock_family(session: Session, data: Mapping[str, Any] | None = None) -> None:
    """Be the only one who changes who belongs to whom; not needed on SQLite, where writers are alone anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    if data is None or any(data.get(reference) for reference in REFERENCES):
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": FAMILY_LOCK})
