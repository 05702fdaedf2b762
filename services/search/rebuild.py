"""Rebuilding the index beside the living one: copied from the table, compared, then switched to at once for everybody.

The running consumer does it step by step between its batches (`Rebuilder.idle`); where none runs, the command line does
it itself (`rebuild`). While it lasts the consumer writes to both indices. What was asked for and how far it is stands in
a table, so that whoever comes next goes on after a kill. `--from-topics` first reads the table itself anew from the bus.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from schemas import topics
from schemas.envelope import Event, MalformedEvent
from services.chassis.database import Database
from services.chassis.eventbus.ports import Bus, Received
from services.chassis.eventbus.runner import Poison
from services.chassis.settings import Settings
from services.chassis.telemetry import log
from services.search import consumers, evaluations, projections
from services.search.freshness import FreshnessSource
from services.search.index.build import build_index
from services.search.index.fields import COLLECTIONS, Collection, fingerprint
from services.search.index.ports import Held, Index, IndexLocked, IndexUnavailable
from services.search.indexing import ACTIVE, COLLECTION_OF, EVALUATIONS, TOPICS, Indexer, change_of
from services.search.models import Rebuild, Record

PAGE = 500
LEASE_SECONDS = 10.0
KEPT_SECONDS = 60.0
"""How long an edition stays after it was replaced: answers that were under way are read from it."""
QUIET_SECONDS = 3.0
MOST_COMPARISONS = 10
WAIT_SECONDS = 0.2
CONSUMER = "search"

Progress = Callable[[int], None]


class ComparisonFailed(Exception):
    """The new index does not hold what the table holds, however often it was written again."""


def _wall() -> datetime:
    # Real time on purpose: leases and grace periods are about living processes, not about the shifted time of deadlines.
    return datetime.now(UTC)


class Rebuilder:
    """Does what rebuilds there are to do, for one process."""

    def __init__(
        self, database: Database, index: Index, bus: Callable[[], Bus], indexer: Indexer | None = None
    ) -> None:
        self._database = database
        self._index = index
        self._bus = bus
        self._indexer = indexer
        self._owner = str(uuid.uuid4())
        self._reading: Iterator[Received | None] | None = None
        self._comparisons = 0
        self._differences = 0
        self._untidy = True
        self._suspected_at = 0.0
        self._verified = False
        self._began = time.monotonic()

    # Called by the consumer

    def started(self) -> None:
        """This process works as the consumer from now on: it takes the index, and makes sure that there is one."""
        self._index.claim()
        self._began = time.monotonic()
        self._verified = False
        current = self._index.current()
        if current is None and self._is_empty():
            edition = new_edition()
            self._index.create(edition)
            self._made_here(edition)
            self._index.switch(edition)
        elif current is None:
            request(self._database, "there is no index")
        elif not current.endswith(fingerprint()):
            request(self._database, "the index was made by another version of the program")
        elif not self._was_made_here(current):
            # Its generations count the changes to another table: it would refuse ours as outdated.
            request(self._database, "the index was made from tables that are gone", from_topics=True)

    def stopped(self) -> None:
        """This process no longer works as the consumer."""
        self._reading = None
        self._index.release()

    def idle(self) -> bool:
        """Between two batches: one step of a rebuild, or a look whether all is well; returns whether there is more to do."""
        if self.step():
            return True
        self._tidy()
        self._verify()
        return False

    def _made_here(self, edition: str) -> None:
        """Note an edition that was made for the empty table, as those that rebuilds make are noted."""
        with self._database.transaction() as session:
            done = {"state": "done", "requested_at": _wall(), "ended_at": _wall(), "outcome": "begun empty"}
            session.add(Rebuild(edition=edition, reason="first start", from_topics=False, read=0, copied=0, **done))

    def _was_made_here(self, edition: str) -> bool:
        with self._database.reading() as session:
            return session.scalar(select(Rebuild.number).where(Rebuild.edition == edition).limit(1)) is not None

    def _is_empty(self) -> bool:
        with self._database.reading() as session:
            return session.scalar(select(Record.id).limit(1)) is None

    def _tidy(self) -> None:
        """Drop the editions that nobody reads any more."""
        if not self._untidy:
            return
        with self._database.reading() as session:
            last = session.scalar(select(func.max(Rebuild.ended_at)))
            if last is not None and _aware(last) > _wall() - timedelta(seconds=KEPT_SECONDS):
                return
            if _active(session) is not None:
                return
        current = self._index.current()
        for edition in self._index.editions():
            if edition != current:
                self._index.drop(edition)
        self._untidy = False

    def _verify(self) -> None:
        """Once after each start, when nothing has come for a while: does the index hold as many records as the table?

        It does not where one of them was restored or deleted without the other. Looked at twice, for another consumer
        may be between its commit and its writing.
        """
        now = time.monotonic()
        quiet_since = max(self._began, self._suspected_at, self._indexer.written_at if self._indexer else 0.0)
        if self._verified or now - quiet_since < QUIET_SECONDS:
            return
        different = [name for name, count in counts(self._database, self._index).items() if count[0] != count[1]]
        if different and not self._suspected_at:
            self._suspected_at = now
            return
        self._verified, self._suspected_at = True, 0.0
        if different:
            request(self._database, f"the index and the table do not hold the same number of {' and '.join(different)}")

    # A rebuild, step by step

    def step(self) -> bool:
        """Do a bounded piece of the rebuild that is to be done; returns whether there was one that this process could work on."""
        with self._database.reading() as session:
            if _active(session) is None:
                return False
        found = self._claim()
        if found is None:
            return False
        try:
            self._advance(found)
        except (ComparisonFailed, ValueError, KeyError, TypeError) as error:
            log.exception("the rebuild failed", edition=found.edition)
            self._end(found, "failed", f"failed: {error}; the index in use is unchanged")
        return True

    def _claim(self) -> Rebuild | None:
        """The rebuild, if no other living process works on it."""
        with self._database.transaction() as session:
            found = _active(session)
            if found is None:
                return None
            free = or_(Rebuild.owner.is_(None), Rebuild.owner == self._owner, Rebuild.owned_until < _wall())
            claimed = session.execute(
                update(Rebuild)
                .where(Rebuild.number == found.number, free)
                .values(owner=self._owner, owned_until=_wall() + timedelta(seconds=LEASE_SECONDS))
            )
            if found.owner not in (None, self._owner) and _count(claimed):
                self._reading = None
            return found if _count(claimed) else None

    def _advance(self, found: Rebuild) -> None:
        if not found.edition.endswith(fingerprint()):
            self._end(found, "failed", "abandoned: another version of the program had begun it")
            request(self._database, "a rebuild was begun by another version of the program", found.from_topics)
        elif found.state == "requested":
            self._begin(found)
        elif found.state == "reading":
            self._read(found)
        elif found.state == "copying":
            self._copy(found)
        else:
            self._compare(found)

    def _begin(self, found: Rebuild) -> None:
        log.info("rebuilding the index", edition=found.edition, reason=found.reason, from_topics=found.from_topics)
        self._index.create(found.edition)
        self._note(found, state="reading" if found.from_topics else "copying")

    def _read(self, found: Rebuild) -> None:
        """Take a batch of events from the topics into the table. Begun anew after a kill: it changes nothing twice."""
        if self._reading is None:
            self._reading = self._bus().read(list(TOPICS), from_beginning=True, follow=False)
        taken = 0
        with self._database.transaction() as session:
            for received in self._reading:
                taken += 1
                if received is not None:
                    _take(session, received)
                if taken >= PAGE:
                    break
        if taken >= PAGE:
            self._note(found, read=found.read + taken)
            return
        self._reading = None
        swept = self._sweep(found.number)
        log.info("the topics were read", events=found.read + taken, swept=swept)
        self._note(found, read=found.read + taken, state="copying", place=None)

    def _sweep(self, number: int) -> int:
        """What the topics no longer have is gone."""
        with self._database.transaction() as session:
            gone = session.execute(
                update(Record)
                .where(Record.sweep < number, Record.document.is_not(None))
                .values(document=None, generation=Record.generation + 1, sweep=number)
            )
            evaluations.sweep(session, number)
        return _count(gone)

    def _copy(self, found: Rebuild) -> None:
        rows = self._page(found.place)
        for collection in COLLECTIONS:
            mine = [change_of(collection, row) for row in rows if row.collection == collection]
            self._index.write(collection, mine, found.edition)
        if len(rows) == PAGE:
            self._note(found, place=_place(rows[-1]), copied=found.copied + len(rows))
            return
        for collection in COLLECTIONS:
            self._index.refresh(collection, found.edition)
        self._comparisons = self._differences = 0
        self._note(found, state="comparing", place=None, copied=found.copied + len(rows))

    def _compare(self, found: Rebuild) -> None:
        """Compare a page of the table with the new index by generation and digest; at the end the counts; then switch."""
        rows = self._page(found.place)
        for collection in COLLECTIONS:
            self._differences += self._settle(collection, [row for row in rows if row.collection == collection], found)
        if len(rows) == PAGE:
            self._note(found, place=_place(rows[-1]))
            return
        for collection in COLLECTIONS:
            self._index.refresh(collection, found.edition)
        totals = counts(self._database, self._index, found.edition)
        if self._differences == 0 and all(table == held for table, held in totals.values()):
            self._switch(found, totals)
            return
        self._comparisons += 1  # another consumer may be between its commit and its writing
        if self._comparisons >= MOST_COMPARISONS:
            raise ComparisonFailed(f"the new index differs from the table: {totals} (table, index)")
        if self._differences:
            self._differences = 0
            self._note(found, place=None)

    def _switch(self, found: Rebuild, totals: dict[str, tuple[int, int]]) -> None:
        self._index.switch(found.edition)
        said = ", ".join(f"{held} {name}" for name, (_, held) in totals.items())
        self._end(found, "done", f"rebuilt: {said}; counts and contents compared, generation {found.edition} in use")

    def _settle(self, collection: Collection, rows: list[Any], found: Rebuild) -> int:
        """How many of these rows the new index does not hold as they are, though it was refreshed and they written again."""
        wrong = self._wrong(collection, rows, found.edition)
        for again in (False, True):
            if not wrong:
                return 0
            if again:
                log.warning("written again", edition=found.edition, collection=collection, records=len(wrong))
                self._index.write(collection, [change_of(collection, row) for row in wrong], found.edition)
            self._index.refresh(collection, found.edition)
            wrong = self._wrong(collection, self._rows(collection, [row.id for row in wrong]), found.edition)
        return len(wrong)

    def _wrong(self, collection: Collection, rows: list[Any], edition: str) -> list[Any]:
        held = self._index.held(collection, [row.id for row in rows], edition)
        return [row for row in rows if not _is_held(row, held.get(row.id))]

    def _rows(self, collection: Collection, ids: list[str]) -> list[Any]:
        with self._database.reading() as session:
            statement = select(*_COLUMNS).where(Record.collection == collection, Record.id.in_(ids))
            return list(session.execute(statement).all())

    def _page(self, place: str | None) -> list[Any]:
        """The next rows of the table, by collection and id."""
        statement = select(*_COLUMNS).order_by(Record.collection, Record.id).limit(PAGE)
        if place is not None:
            collection, _, id = place.partition(" ")
            statement = statement.where(tuple_(Record.collection, Record.id) > tuple_(collection, id))
        with self._database.reading() as session:
            return list(session.execute(statement).all())

    def _note(self, found: Rebuild, **values: Any) -> None:
        """Keep how far it is. What is noted is done: the index was written before."""
        with self._database.transaction() as session:
            session.execute(
                update(Rebuild)
                .where(Rebuild.number == found.number, Rebuild.owner == self._owner)
                .values(**values, owned_until=_wall() + timedelta(seconds=LEASE_SECONDS))
            )

    def _end(self, found: Rebuild, state: str, outcome: str) -> None:
        log.info("the rebuild ended", edition=found.edition, outcome=outcome)
        self._note(found, state=state, outcome=outcome, ended_at=_wall(), owner=self._owner)
        self._untidy, self._reading = True, None


_COLUMNS = (Record.collection, Record.id, Record.generation, Record.document, Record.evaluation)


def _is_held(row: Any, held: Held | None) -> bool:
    """Whether an index holds a row as it is, or as it has become since the row was read."""
    if row.document is None:
        return held is None or held.generation > row.generation
    if held is None:
        return False
    return held.generation > row.generation or (
        held.generation == row.generation and held.digest == projections.digest(row.document, row.evaluation)
    )


def _take(session: Session, received: Received) -> None:
    """One event of a topic into the table; what is malformed is a dead letter already, and is passed over."""
    try:
        event = Event.from_record(received.key, received.value, received.headers)
        if event.type not in consumers.EVENT_TYPES:
            return
        topic = topics.event_type(event.type).topic
        if topic == EVALUATIONS:
            evaluations.hold(session, event)
            return
        collection = COLLECTION_OF[topic]
        if event.data is not None:
            consumers.project(collection, event, None)  # before anything is written: the transaction is that of many
        consumers.hold(session, collection, event)
    except (MalformedEvent, Poison) as error:
        log.warning("passed over", topic=received.topic, key=received.key, reason=str(error))


def new_edition() -> str:
    """A name for an edition: when it was begun, and by which table of fields it is made."""
    return f"{_wall():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}-{fingerprint()}"


def request(database: Database, reason: str, from_topics: bool = False) -> int:
    """Ask for a rebuild; returns its number. One that is asked for or under way and does as much is joined."""
    with database.transaction() as session:
        found = _active(session)
        if found is not None and (found.from_topics or not from_topics):
            return found.number
        if found is not None:
            session.execute(
                update(Rebuild)
                .where(Rebuild.number == found.number)
                .values(state="failed", outcome="gave way to a rebuild from the topics", ended_at=_wall())
            )
        row = Rebuild(
            edition=new_edition(),
            state="requested",
            from_topics=from_topics,
            reason=reason,
            read=0,
            copied=0,
            requested_at=_wall(),
        )
        session.add(row)
        session.flush()
        return row.number


def _active(session: Session) -> Rebuild | None:
    return session.scalars(
        select(Rebuild).where(Rebuild.state.in_(ACTIVE)).order_by(Rebuild.number.desc()).limit(1)
    ).first()


def counts(database: Database, index: Index, edition: str | None = None) -> dict[str, tuple[int, int]]:
    """Per collection, how many records the table holds and how many the index."""
    with database.reading() as session:
        rows = session.execute(
            select(Record.collection, func.count()).where(Record.document.is_not(None)).group_by(Record.collection)
        ).all()
    table = {row[0]: row[1] for row in rows}
    return {name: (table.get(name, 0), index.count(name, edition)) for name in COLLECTIONS}


def _place(row: Any) -> str:
    return f"{row.collection} {row.id}"


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def _aware(moment: datetime | str) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# For the command line


def rebuild(
    database: Database,
    settings: Settings,
    bus: Bus,
    *,
    from_topics: bool = False,
    wait: bool = True,
    progress: Progress | None = None,
) -> str:
    """Ask for a rebuild and, if `wait`, see it through; returns what became of it, as a sentence.

    Where a consumer runs, it does the work; where none does, this process takes the index and does it itself.
    """
    number = request(database, "asked for on the command line", from_topics)
    if not wait:
        return f"rebuild {number} is asked for; `convene search status` shows how far it is"
    index = build_index(settings)
    worker = Rebuilder(database, index, lambda: bus)
    owned, shown = False, -1
    try:
        while True:
            row = _row(database, number)
            if progress is not None and row.read + row.copied != shown:
                shown = row.read + row.copied
                progress(shown)
            if row.ended_at is not None:
                return row.outcome or row.state
            owned = owned or _take_index(index)
            if not owned or not worker.step():
                time.sleep(WAIT_SECONDS)
    finally:
        if owned:
            index.release()
        index.close()


def _take_index(index: Index) -> bool:
    try:
        index.claim()
    except IndexLocked:
        return False
    return True


def _row(database: Database, number: int) -> Rebuild:
    with database.reading() as session:
        found = session.get(Rebuild, number)
    assert found is not None
    return found


def status(
    database: Database, settings: Settings, index: Index | None = None, freshness: FreshnessSource | None = None
) -> dict[str, Any]:
    """The index beside the register: the generation in use, how many records table and index hold, how far it is behind."""
    from services.chassis.eventbus.build import build_bus

    opened = index or build_index(settings)
    source = freshness or FreshnessSource(database, lambda: build_bus(settings), CONSUMER, TOPICS)
    fresh = source.read()
    found: dict[str, Any] = {
        "engine": "embedded" if settings.search_url.startswith("local:") else "elasticsearch",
        "as_of": fresh.as_of,
        "behind": fresh.behind,
    }
    try:
        found["generation"] = opened.current()
        found["generations"] = list(opened.editions())
        found["records"] = {
            name: {"register": table, "index": held} for name, (table, held) in counts(database, opened).items()
        }
    except IndexUnavailable as error:
        found["problem"] = str(error)
    finally:
        if index is None:
            opened.close()
    with database.reading() as session:
        last = session.scalars(select(Rebuild).order_by(Rebuild.number.desc()).limit(1)).first()
    found["rebuild"] = _shown(last) if last else None
    return found


def _shown(row: Rebuild) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "reason": row.reason,
        "from_topics": row.from_topics,
        "generation": row.edition,
        "events_read": row.read,
        "records_copied": row.copied,
        "requested_at": _aware(row.requested_at).isoformat(),
        "ended_at": _aware(row.ended_at).isoformat() if row.ended_at else None,
        "outcome": row.outcome,
    }


__all__ = ["Rebuilder", "new_edition", "rebuild", "request", "status"]
