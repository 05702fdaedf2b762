"""Waiting until a version is searchable, for whoever has just written it: at most five seconds, and only so many at once.

A waiting request holds a web worker, so the places are shared by all workers of a machine: one less than there are
workers, and at least one. Who finds no place is answered at once from what is there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, select

from services.chassis.database import Database
from services.chassis.locks import Locked, file_lock
from services.search.index.fields import COLLECTIONS, Collection
from services.search.index.ports import Index
from services.search.models import Evaluation, Record

LONGEST_SECONDS = 5.0
LOOK_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Awaited:
    """A version of a record (`id@version`), or one rendering of it (`id@version.revision`)."""

    id: str
    version: int
    revision: int = 0


class Waiting:
    """The places to wait in, and the looking."""

    def __init__(self, database: Database, index: Index, folder: Path, workers: int) -> None:
        self._database = database
        self._index = index
        self._folder = folder
        self._places = max(1, workers - 1)

    def until(self, awaited: Awaited) -> bool:
        """Wait until this or a later version is searchable; returns whether it is."""
        if self._is_searchable(awaited):
            return True
        with self._place() as place:
            return place and self._wait(awaited)

    def _wait(self, awaited: Awaited) -> bool:
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            if self._is_searchable(awaited, hasten=True):
                return True
        return False

    def _is_searchable(self, awaited: Awaited, *, hasten: bool = False) -> bool:
        for collection in COLLECTIONS:
            with self._database.connection() as connection:
                row = connection.execute(
                    select(
                        Record.version, Record.revision, Record.generation, Record.document.is_(None).label("gone")
                    ).where(Record.collection == collection, Record.id == awaited.id)
                ).first()
            if row is None:
                continue
            if (row.version, row.revision) < (awaited.version, awaited.revision):
                return False
            return self._holds(collection, awaited.id, row.generation, gone=row.gone, hasten=hasten)
        return self._is_joined(awaited, hasten=hasten)

    def _is_joined(self, awaited: Awaited, *, hasten: bool) -> bool:
        """Whether what is awaited is an evaluation that its partnership is found by."""
        with self._database.connection() as connection:
            row = connection.execute(
                select(Evaluation.version, Evaluation.revision, Record.id, Record.generation)
                .join(Record, and_(Record.collection == "partnerships", Record.id == Evaluation.partnership_id))
                .where(Evaluation.id == awaited.id, Record.document.is_not(None))
            ).first()
        if row is None or (row.version, row.revision) < (awaited.version, awaited.revision):
            return False
        return self._holds("partnerships", row.id, row.generation, gone=False, hasten=hasten)

    def _holds(self, collection: Collection, id: str, generation: int, *, gone: bool, hasten: bool) -> bool:
        """Whether searches see this generation. Where the index shows what it holds only now and then, `hasten` asks it to."""
        if hasten:
            self._index.refresh(collection)
        held = self._index.held(collection, [id]).get(id)
        return held is None if gone else held is not None and held.generation >= generation

    @contextlib.contextmanager
    def _place(self) -> Iterator[bool]:
        for number in range(self._places):
            try:
                with file_lock(self._folder / f"waiting-{number}.lock"):
                    yield True
                    return
            except Locked:
                continue
        yield False
