"""People who register one partnership after another, and people who search without pause, whatever is killed meanwhile.

Each write is retried under its key until it is answered, and what was acknowledged is written down; afterwards `check` compares
it with what the system holds. Each read is judged at once.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import func, select

from services.chassis.eventbus import dead_letters
from services.chassis.eventbus.build import build_bus
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from services.search.index.build import build_index
from services.search.models import Record
from tests.system.running import TLS, System, client, wait

ADMINISTRATOR = "admin@example.org"
UNANSWERED = (500, 502, 503, 504)
BETWEEN_RECORDS_SECONDS = 0.1


@dataclass
class Cast:
    """An administrator, a lead organization with its focal point, and a partner."""

    admin: httpx.Client
    focal_point: httpx.Client
    email: str
    organization: str
    partner: str

    def sign(self, system: System) -> None:
        """New tokens for both: time has passed."""
        for person, token in (
            (self.admin, system.token(ADMINISTRATOR, "administrator")),
            (self.focal_point, system.token(self.email)),
        ):
            person.headers["Authorization"] = f"Bearer {token}"


def cast(system: System) -> Cast:
    """Make them over HTTP."""
    name = uuid.uuid4().hex[:8]
    admin = client(system, system.token(ADMINISTRATOR, "administrator"))
    organizations = []
    for number, constituency in enumerate(("civil_society", "academia")):
        body = {"name": {"en": f"Organization {name} {number}"}, "constituency": constituency, "country": "KHM"}
        organizations.append(answered(admin.post("/api/registry/organizations", json=body))["id"])
    email = f"focal-{name}@example.org"
    designation = {
        "organization_id": organizations[0],
        "email": email,
        "display_name": "Sok Dara",
        "functions": ["lead"],
    }
    answered(admin.post("/api/registry/focal-points", json=designation))
    return Cast(admin, client(system, system.token(email)), email, organizations[0], organizations[1])


def answered(response: httpx.Response) -> Any:
    """The body of a good answer."""
    assert response.status_code < 300, (
        f"{response.request.method} {response.request.url}: {response.status_code} {response.text[:600]}"
    )
    return response.json()


def record(cast: Cast, title: str) -> dict[str, Any]:
    """A partnership that can be listed."""
    return {
        "title": {"en": title},
        "organization_id": cast.organization,
        "summary": {"en": "Villages along the river keep their wells clean and share what they measure."},
        "kind": "partnership",
        "geography": {"scope": "national", "countries": ["KHM"]},
        "goals": [{"scheme": "sdg", "code": "6", "weight": "primary"}],
        "start": "2024-03",
        "partners": [{"organization": {"id": cast.partner}, "roles": ["knowledge"]}],
    }


@dataclass
class Load:
    """Writers at work."""

    system: System
    cast: Cast
    writers: int = 3
    acknowledged: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    disturbed: int = 0

    def __post_init__(self) -> None:
        self._stopped, self._abandoned = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._signing = threading.Lock()
        self._threads = [
            threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(self.writers)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._stopped.set()
        if kind is not None:
            self._abandoned.set()  # the system may be in pieces: nobody waits for an answer any more
        for thread in self._threads:
            thread.join(120)

    def reach(self, more: int, seconds: float = 90) -> None:
        """Wait until so many more have been acknowledged."""
        wanted = len(self.acknowledged) + more
        wait(lambda: len(self.acknowledged) >= wanted, seconds, f"{more} more acknowledged writes")

    def _write(self, writer: int) -> None:
        number = 0
        http = httpx.Client(timeout=30, verify=TLS)
        while not self._stopped.is_set():
            number += 1
            self._stopped.wait(
                BETWEEN_RECORDS_SECONDS
            )  # under load, yet the machine has a core left for what was killed
            made = self._until_answered(
                http, "/api/registry/partnerships", record(self.cast, f"Wells {writer}-{number}"), {}
            )
            if made is None:
                continue
            body, etag = made
            listed = self._until_answered(
                http, f"/api/registry/partnerships/{body['id']}/transitions", {"to": "listed"}, {"If-Match": etag}
            )
            if listed is not None:
                with self._lock:
                    self.acknowledged[body["id"]] = listed[0]["version"]

    def _until_answered(
        self, http: httpx.Client, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[dict[str, Any], str] | None:
        headers = {**headers, "Idempotency-Key": str(uuid.uuid4())}
        while not self._abandoned.is_set():
            token = headers["Authorization"] = self.cast.focal_point.headers["Authorization"]
            try:
                response = http.post(self.system.url + path, json=body, headers=headers)
            except httpx.HTTPError:
                self._pause()
                continue
            if response.status_code in UNANSWERED or "still-running" in response.text:
                self._note_failure(path, response)
                self._pause()
                continue
            if response.status_code == 401:
                self._sign_again(token)
                continue
            if response.status_code >= 300:
                with self._lock:
                    self.refused.append(f"{path}: {response.status_code} {response.text[:300]}")
                return None
            return response.json(), response.headers["ETag"]
        return None

    def _sign_again(self, expired: str) -> None:
        """Whoever sees first that the token has expired gets another for all."""
        with self._signing:
            if self.cast.focal_point.headers["Authorization"] == expired:
                self.cast.sign(self.system)

    def _note_failure(self, path: str, response: httpx.Response) -> None:
        """A 502 is the proxy's, whose service is away; whatever a service says itself must be a problem that helps: no 500."""
        problem = response.headers["Content-Type"] == "application/problem+json"
        if response.status_code == 500 or (response.status_code == 503 and not problem):
            with self._lock:
                self.failures.append(f"{path}: {response.status_code} {response.text[:300]}")

    def _pause(self) -> None:
        with self._lock:
            self.disturbed += 1
        time.sleep(0.05)


class Readers:
    """Those who search without pause; `judge` looks at each answer and asserts what must hold. The first wrong one is kept."""

    def __init__(self, system: System, judge: Callable[[httpx.Client], None], readers: int = 2) -> None:
        self._system = system
        self._judge = judge
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(readers)]
        self.reads = 0
        self.wrong: list[BaseException] = []

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)
        if kind is None:
            self.check()

    def check(self) -> None:
        """There were reads, and all of them were right."""
        if self.wrong:
            raise self.wrong[0]
        assert self.reads > 0

    def reach(self, more: int, seconds: float = 60) -> None:
        """Wait until there were so many more."""
        wanted = self.reads + more
        wait(lambda: self.wrong or self.reads >= wanted, seconds, f"{more} more reads")

    def _read(self) -> None:
        with client(self._system) as reader:
            while not self._stopped.is_set() and not self.wrong:
                try:
                    self._judge(reader)
                except BaseException as wrong:
                    self.wrong.append(wrong)
                self.reads += 1


def check(system: System, load: Load, beside: int = 0, *, rebuilt: bool = False) -> None:
    """Nothing acknowledged is lost, nothing was made or applied twice, references have no gap and no double, search holds all.

    `beside` is how many records there are beside those of this load; `rebuilt` says that search has read events anew on purpose.
    """
    assert load.refused == []
    assert load.failures == []
    reader = client(system)
    wait(lambda: reader.get("/api/registry/health/ready").status_code == 200, 60, "the registry being ready")
    for identifier, version in load.acknowledged.items():
        response = reader.get(f"/api/registry/partnerships/{identifier}")
        assert response.status_code == 200, f"{identifier} was acknowledged and is lost: {response.text[:300]}"
        assert response.json()["version"] >= version
    held = every(reader, "/api/registry/partnerships")
    references = sorted(int(each["reference"].rpartition("-")[2]) for each in held)
    assert references == list(range(1, len(references) + 1)), "references have a gap or a double"
    total = len(references)
    assert total == len(load.acknowledged) + beside, "something was made twice, or made and not acknowledged"
    newest = {each["id"]: (each["version"], each["revision"]) for each in held}
    _all_indexed(system, newest)
    assert answered(reader.get("/api/search/partnerships?limit=1"))["total"] == total
    assert {each["id"] for each in every(reader, "/api/search/partnerships")} == set(newest)
    with contextlib.closing(build_bus(Settings.from_env(system.environ))) as bus:
        assert dead_letters.waiting(bus) == []
    if not rebuilt:
        applied_once(system)


def _all_indexed(system: System, newest: dict[str, tuple[int, int]]) -> None:
    """Wait until the index holds version and revision of every partnership as the registry has them."""

    def held() -> dict[str, tuple[int, int]]:
        ids = list(newest)
        found = [index.held("partnerships", ids[start : start + 500]).items() for start in range(0, len(ids), 500)]
        return {id: (each.version, each.revision) for id, each in itertools.chain(*found)}

    with contextlib.closing(build_index(Settings.from_env(system.environ))) as index:
        wait(lambda: held() == newest, 120, "everything searchable as it is")


def applied_once(system: System) -> None:
    """No event changed search's table more than once: a record's generation counts the changes to it.

    It may be less than the events there were, where the log was compacted before search had read it.
    """
    topic = "convene.registry.partnership"
    with system.database("registry").reading() as session:
        rows = session.execute(select(outbox.c.key, func.count()).where(outbox.c.topic == topic).group_by(outbox.c.key))
        events: dict[str, int] = {key: count for key, count in rows}  # noqa: C416 - a row is no pair to `dict`
    with system.database("search").reading() as session:
        applied = session.execute(select(Record.id, Record.generation).where(Record.collection == "partnerships"))
        twice = {id: generation for id, generation in applied if generation > events[id]}
    assert not twice, "applied more often than there were events"


def every(reader: httpx.Client, path: str, **filters: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    params = {"limit": "200", **({"sort": "updated"} if "search" in path else {}), **filters}
    found, cursor = [], None
    while True:
        page = answered(reader.get(path, params={**params, **({"cursor": cursor} if cursor else {})}))
        found += page["items"]
        cursor = page.get("next")
        if not cursor:
            return found
