"""A batch of imported activities inside its transaction: records, versions, proposals and events.

A record that nobody has claimed follows its source; of one that was claimed a change becomes a proposal. What a content becomes
is decided in `partnerships.editing`, how it is rendered in `partnerships.projections`; this module writes. `batches` calls it.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.registry.imports import organizations
from services.registry.imports.iati import Activity
from services.registry.imports.matching import Key
from services.registry.imports.organizations import table_of
from services.registry.partnerships import projections, recording, redaction, references
from services.registry.partnerships.content import organization_of, partners_of, state_of
from services.registry.partnerships.editing import Hand, edited
from services.registry.partnerships.models import ImportProposal, Partnership, PartnershipPartner, PartnershipVersion
from services.registry.partnerships.naming import Names, names_of

SYSTEM = "iati"
AUTHOR = recording.Author(system=f"system:{SYSTEM}")
REPORTED = "reported"
CANCELLED = {"en": "The source reports that it was cancelled."}
# An advisory lock of PostgreSQL: two imports of one file wait for each other instead of colliding.
IMPORT_LOCK = 0x0C011A71
MOST_ASKED_FOR = 500


def placeholder(place: int) -> str:
    """What stands in a checked content for the id of the activity's organization of that place."""
    return f"00000000-0000-7000-8000-{place:012x}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An activity with the hash and the size of everything that the register takes of it."""

    activity: Activity
    hash: str
    size: int


def prepare(activity: Activity) -> Prepared:
    """The hash changes exactly when an import would write something else."""
    said = [each.name for each in activity.organizations], [each.identifiers for each in activity.organizations]
    kinds = [(each.country, each.constituency) for each in activity.organizations]
    whole = [activity.content, *said, kinds, activity.lead, activity.phase, activity.url, activity.parent]
    body = orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)
    return Prepared(activity, blake2b(body, digest_size=16).hexdigest(), len(body))


@dataclass(frozen=True, slots=True)
class Held:
    """What the register holds of an activity: the hash of what it was made of, and of what was last proposed."""

    standing: str
    hash: str | None
    proposed_hash: str | None = None

    def says(self, prepared: Prepared) -> bool:
        """Whether the source says nothing new."""
        return prepared.hash in (self.hash, self.proposed_hash)


@dataclass(frozen=True, slots=True)
class Checked:
    """An activity whose content the contract accepts; `content` names organizations by placeholders, and is used up once."""

    prepared: Prepared
    content: dict[str, Any]

    @property
    def activity(self) -> Activity:
        return self.prepared.activity


@dataclass(slots=True)
class Memory:
    """What one import remembers across batches: the organizations that it made of what a source said, and the records that
    wait for the one that they are part of (by its identifier)."""

    made: MutableMapping[Key, str] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    before: Mapping[str, list[str]] = field(default_factory=dict)

    def fork(self) -> Memory:
        """For a transaction that may fail: it reads this memory and writes its own."""
        return Memory(ChainMap({}, self.made), {}, self.waiting)

    def join(self, fork: Memory) -> None:
        """Take over what a committed transaction has learnt."""
        if isinstance(fork.made, ChainMap):
            self.made.update(fork.made.maps[0])
        for identifier, ids in fork.waiting.items():
            self.waiting.setdefault(identifier, []).extend(ids)


def held(session: Session, identifiers: Sequence[str]) -> dict[str, Held]:
    """What the register holds, by the identifiers of the source."""
    statement = select(
        Partnership.id, Partnership.source_identifier, Partnership.standing, Partnership.source_hash
    ).where(Partnership.source_system == SYSTEM, Partnership.source_identifier.in_(identifiers))
    rows = session.execute(statement).all()
    proposed = _proposed(session, [row.id for row in rows if row.standing != REPORTED])
    return {row.source_identifier: Held(row.standing, row.source_hash, proposed.get(row.id)) for row in rows}


def _proposed(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The hash of what was last proposed to each record, whatever became of the proposal."""
    if not ids:
        return {}
    statement = (
        select(ImportProposal.partnership_id, ImportProposal.source_hash)
        .where(ImportProposal.partnership_id.in_(ids), ImportProposal.system == SYSTEM)
        .order_by(ImportProposal.received_at, ImportProposal.id)
    )
    return {row.partnership_id: row.source_hash for row in session.execute(statement)}


class Applying:
    """A batch inside its transaction."""

    def __init__(self, session: Session, memory: Memory) -> None:
        self.session, self.memory = session, memory
        self.now = clock.now()
        self.stamp = clock.timestamp(self.now)
        self.created = self.updated = self.proposed = 0
        self.names = Names()

    def apply(self, news: Sequence[Checked]) -> Applying:
        """Write everything that is new: records, versions, proposals, events."""
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": IMPORT_LOCK})
        rows = self._rows([each.activity.identifier for each in news])
        news = [each for each in news if not self._says(rows.get(each.activity.identifier), each)]
        ids = self._organizations(news, rows)
        own = {
            each.activity.identifier: row.id if (row := rows.get(each.activity.identifier)) else uuid7()
            for each in news
        }
        parents = self._parents(news, own)
        created = []
        for each in news:
            identifier = each.activity.identifier
            content = named(each, ids[identifier])
            lead = ids[identifier][each.activity.lead]
            if (parent := parents.get(each.activity.parent or "")) not in (None, own[identifier]):
                content["part_of"] = parent
            elif each.activity.parent:
                self.memory.waiting.setdefault(each.activity.parent, []).append(own[identifier])
            row = rows.get(identifier)
            if row is None:
                created.append(self._new(each, own[identifier], content, lead))
                continue
            content = self._without_hidden(row, content, called(each, ids[identifier]))
            if row.standing == REPORTED:
                self._update(row, each, content, lead)
            else:
                self._propose(row, each, content)
        self._create(created)
        return self

    def _rows(self, identifiers: Collection[str]) -> dict[str, Partnership]:
        statement = (
            select(Partnership)
            .where(Partnership.source_system == SYSTEM, Partnership.source_identifier.in_(identifiers))
            .order_by(Partnership.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return {str(row.source_identifier): row for row in self.session.scalars(statement)}

    def _says(self, row: Partnership | None, checked: Checked) -> bool:
        """Whether another import has written the same since this one looked."""
        if row is None:
            return False
        proposed = _proposed(self.session, [row.id]).get(row.id) if row.standing != REPORTED else None
        return Held(row.standing, row.source_hash, proposed).says(checked.prepared)

    def _organizations(self, news: Sequence[Checked], rows: Mapping[str, Partnership]) -> dict[str, list[str]]:
        """By activity, the ids of its organizations in their places; `self.names` then has what a document says of them."""
        wanted = [organization for each in news for organization in each.activity.organizations]
        entering = organizations.Entering(
            self.session, organizations.candidates(self.session, wanted, self.memory.made)
        )
        found = {}
        for each in news:
            row = rows.get(each.activity.identifier)
            partners = projections.organization_ids(row.content) if row is not None else set()
            found[each.activity.identifier] = entering.ids_of(each.activity.organizations, partners)
        entering.enter()
        self.names = names_of(self.session, {each for ids in found.values() for each in ids})
        return {identifier: [self.names.survivor(each) for each in ids] for identifier, ids in found.items()}

    def _parents(self, news: Sequence[Checked], own: Mapping[str, str]) -> dict[str, str]:
        """The ids of the records that activities of this batch are part of, as far as they have been imported."""
        wanted = {each.activity.parent for each in news if each.activity.parent} - own.keys()
        statement = select(Partnership.source_identifier, Partnership.id).where(
            Partnership.source_system == SYSTEM, Partnership.source_identifier.in_(wanted)
        )
        known = {str(row.source_identifier): row.id for row in self.session.execute(statement)} if wanted else {}
        return known | dict(own)

    def _new(self, checked: Checked, record_id: str, content: dict[str, Any], lead: str) -> Partnership:
        activity = checked.activity
        return Partnership(
            id=record_id,
            reference=None,
            standing=REPORTED,
            phase=activity.phase,
            phase_reason=self._phase_reason(activity.phase),
            kind=content["kind"],
            lead_organization_id=lead,
            version=1,
            revision=1,
            content=edited(content, None, self._hand(lead)),
            source_system=SYSTEM,
            source_identifier=activity.identifier,
            source_url=activity.url,
            source_hash=checked.prepared.hash,
            appealed=False,
            authors=[],
            spoken_at=self.now,
            created_at=self.now,
            updated_at=self.now,
        )

    def _hand(self, lead: str) -> Hand:
        return Hand(lead, self.stamp, imported=True)

    def _phase_reason(self, phase: str) -> dict[str, Any] | None:
        """Ending early asks for a reason (record.md); the source has no more to say than that."""
        return {"reason": CANCELLED, "at": self.stamp} if phase == "ended_early" else None

    def _create(self, rows: Sequence[Partnership]) -> None:
        """Insert new records with everything that belongs to them, table by table; then tell those that waited for them."""
        if not rows:
            return
        change = recording.Change(REPORTED, AUTHOR)
        for row, reference in zip(rows, references.allocate(self.session, self.now.year, len(rows)), strict=True):
            row.reference = reference
            row.document = projections.render(projections.build_document(row, self.names.organizations))
        self.session.execute(insert(table_of(Partnership)), [_columns(row) for row in rows])
        partners = [each for row in rows for each in projections.partner_rows(row, self.names.organizations)]
        self.session.execute(insert(table_of(PartnershipPartner)), partners)
        self.session.execute(
            insert(table_of(PartnershipVersion)), [recording.version_row(row, change, []) for row in rows]
        )
        outbox.add_many(self.session, [_event(row, change) for row in rows])
        self.created += len(rows)
        self._tell_waiting({str(row.source_identifier): row.id for row in rows})

    def _tell_waiting(self, created: Mapping[str, str]) -> None:
        """Records imported before the one that they are part of now say so."""
        parts = {
            part: whole for identifier, whole in created.items() for part in self.memory.before.get(identifier, ())
        }
        for row in self._locked(parts):
            if row.standing == REPORTED:
                row.content = {**row.content, "part_of": parts[row.id]}
                recording.publish(self.session, row, recording.Change("revised", AUTHOR), self.names)

    def _locked(self, ids: Collection[str]) -> Iterable[Partnership]:
        wanted = sorted(ids)
        for start in range(0, len(wanted), MOST_ASKED_FOR):
            part = wanted[start : start + MOST_ASKED_FOR]
            statement = select(Partnership).where(Partnership.id.in_(part)).order_by(Partnership.id).with_for_update()
            yield from self.session.scalars(statement.execution_options(populate_existing=True)).all()

    def _update(self, row: Partnership, checked: Checked, content: dict[str, Any], lead: str) -> None:
        """A new version of a record that nobody has claimed."""
        activity = checked.activity
        if "part_of" in row.content:
            content.setdefault("part_of", row.content["part_of"])
        after = edited(content, row.content, self._hand(lead))
        row.source_hash = checked.prepared.hash
        told = (row.content, row.phase, row.source_url, row.lead_organization_id)
        if told == (after, activity.phase, activity.url, lead):
            self.session.flush()
            return
        if row.phase != activity.phase:
            row.phase, row.phase_reason = activity.phase, self._phase_reason(activity.phase)
        row.content, row.kind, row.source_url, row.lead_organization_id = after, after["kind"], activity.url, lead
        recording.publish(self.session, row, recording.Change("revised", AUTHOR), self.names)
        self.updated += 1

    def _without_hidden(self, row: Partnership, content: dict[str, Any], names: redaction.Names) -> dict[str, Any]:
        """The content without the names that have left the record: a source that repeats them does not bring them back.

        Who is at risk stays an entry when the source leaves it out, or it would come back under its name with a later import.
        """
        content = redaction.without_hidden(self.session, row, content, names)
        sent = projections.organization_ids(content)
        unnamed = [each for each in partners_of(row.content) if state_of(each) == "unnamed"]
        kept = [
            {name: value for name, value in each.items() if name not in ("id", "confirmation")}
            for each in unnamed
            if organization_of(each) not in (None, *sent)
        ]
        return {**content, "partners": [*content["partners"], *kept]} if kept else content

    def _propose(self, row: Partnership, checked: Checked, content: dict[str, Any]) -> None:
        """What the source says now of a record that its partnership has claimed: for its focal points to decide on."""
        self.session.execute(
            update(ImportProposal)
            .where(ImportProposal.partnership_id == row.id, ImportProposal.state == "open")
            .values(state="superseded", decided_at=self.now)
            .execution_options(synchronize_session=False)
        )
        proposal = {
            "id": uuid7(),
            "partnership_id": row.id,
            "system": SYSTEM,
            "content": edited(content, row.content, self._hand(row.lead_organization_id)),
            "source_hash": checked.prepared.hash,
            "state": "open",
            "received_at": self.now,
        }
        self.session.execute(insert(table_of(ImportProposal)), [proposal])
        self.proposed += 1


def named(checked: Checked, ids: Sequence[str]) -> dict[str, Any]:
    """The content with ids in the place of placeholders, in place; an organization under two names is one partner."""
    by_placeholder = {placeholder(place): organization_id for place, organization_id in enumerate(ids)}
    partners: dict[str, dict[str, Any]] = {}
    for entry in checked.content["partners"]:
        entry["organization"]["id"] = by_placeholder[entry["organization"]["id"]]
        first = partners.setdefault(entry["organization"]["id"], entry)
        if first is not entry:
            _join(first, entry)
    for transaction in checked.content.get("transactions", ()):
        for side in ("provider", "receiver"):
            party = transaction.get(side)
            if party is not None and "organization_id" in party:
                party["organization_id"] = by_placeholder[party["organization_id"]]
    return {**checked.content, "partners": list(partners.values())}


def called(checked: Checked, ids: Sequence[str]) -> dict[str, list[str]]:
    """The names that the source gives to organizations, by id."""
    names: dict[str, list[str]] = {}
    for organization, organization_id in zip(checked.activity.organizations, ids, strict=True):
        names.setdefault(organization_id, []).extend(organization.name.values())
    return names


def _join(first: dict[str, Any], other: Mapping[str, Any]) -> None:
    first["roles"] = list(dict.fromkeys([*first.get("roles", ()), *other.get("roles", ())]))
    given = [*first.get("contributions", ()), *other.get("contributions", ())]
    if given:
        first["contributions"] = given


def _columns(row: Partnership) -> dict[str, Any]:
    stated = row.__dict__  # as it is: a row that no session knows has nothing to load
    return {column.key: stated.get(column.key) for column in table_of(Partnership).columns}


def _event(row: Partnership, change: recording.Change) -> dict[str, Any]:
    name = recording.EVENT.format(change.event)
    return outbox.row_of(type=name, key=row.id, version=row.version, revision=row.revision, data=row.document)
