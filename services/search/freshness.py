"""How fresh an answer is: until when everything that happened is in it, and how many events it is behind.

The bus is asked at most every second, and never while somebody waits for an answer if a recent one is at hand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from services.chassis import clock
from services.chassis.database import Database, Lookup
from services.chassis.eventbus.ports import Bus
from services.search.models import Record

RECENT_SECONDS = 1.0
OLD_SECONDS = 10.0
_NEWEST = Lookup(lambda: select(func.max(Record.time)))


@dataclass(frozen=True, slots=True)
class Freshness:
    """`as_of`: what happened until then is in the answer. `behind`: events not yet in it; `None` where the bus cannot say."""

    as_of: str | None
    behind: int | None


class FreshnessSource:
    """Asks the bus how far the consumer is; remembers the answer for a second."""

    def __init__(self, database: Database, bus: Callable[[], Bus], consumer: str, topics: Sequence[str]) -> None:
        self._database = database
        self._bus = bus
        self._consumer = consumer
        self._topics = tuple(topics)
        self._lock = threading.Lock()
        self._known: tuple[float, Freshness] | None = None

    def read(self) -> Freshness:
        """What is known; asked anew where it is older than a second (in the background while it is not much older)."""
        known = self._known
        age = time.monotonic() - known[0] if known else None
        if known is None or age is None or age > OLD_SECONDS:
            return self._ask()
        if age > RECENT_SECONDS and self._lock.acquire(blocking=False):
            threading.Thread(target=self._ask_and_release, name="freshness", daemon=True).start()
        return known[1]

    def _ask_and_release(self) -> None:
        try:
            self._ask()
        finally:
            self._lock.release()

    def _ask(self) -> Freshness:
        found = self._measure()
        self._known = (time.monotonic(), found)
        return found

    def _measure(self) -> Freshness:
        moment = clock.timestamp()
        try:
            behind = sum(self._bus().lag(self._consumer, self._topics).values())
        except Exception:  # whatever keeps the bus from answering, a search is answered without it
            return Freshness(self._newest(), None)
        return Freshness(moment if behind == 0 else self._newest(), behind)

    def _newest(self) -> str | None:
        found = _NEWEST.first(self._database)
        return found[0] if found else None
