"""People who register partnerships without pause, whatever is killed: each write is retried under its key until it is answered.

What was acknowledged is written down; afterwards `check` compares it with what the system holds.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.system.running import System, client, wait


@dataclass
class Cast:
    """An administrator, a lead organization with its focal point, and a partner."""

    admin: httpx.Client
    focal_point: httpx.Client
    organization: str
    partner: str


def cast(system: System) -> Cast:
    """Make them over HTTP."""
    name = uuid.uuid4().hex[:8]
    admin = client(system, system.token("admin@example.org", "administrator"))
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
    return Cast(admin, client(system, system.token(email)), organizations[0], organizations[1])


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
    disturbed: int = 0

    def __post_init__(self) -> None:
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(self.writers)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(120)

    def reach(self, more: int, seconds: float = 90) -> None:
        """Wait until so many more have been acknowledged."""
        wanted = len(self.acknowledged) + more
        wait(lambda: len(self.acknowledged) >= wanted, seconds, f"{more} more acknowledged writes")

    def _write(self, writer: int) -> None:
        number = 0
        token = self.cast.focal_point.headers["Authorization"]
        while not self._stopped.is_set():
            number += 1
            made = self._until_answered(
                "/api/registry/partnerships", record(self.cast, f"Wells {writer}-{number}"), {"Authorization": token}
            )
            if made is None:
                continue
            body, etag = made
            listed = self._until_answered(
                f"/api/registry/partnerships/{body['id']}/transitions",
                {"to": "listed"},
                {"Authorization": token, "If-Match": etag},
            )
            if listed is not None:
                with self._lock:
                    self.acknowledged[body["id"]] = listed[0]["version"]

    def _until_answered(
        self, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[dict[str, Any], str] | None:
        headers = {**headers, "Idempotency-Key": str(uuid.uuid4())}
        while True:
            try:
                response = httpx.post(self.system.url + path, json=body, headers=headers, timeout=30)
            except httpx.HTTPError:
                self._pause()
                continue
            if response.status_code in (500, 502, 503, 504) or "still-running" in response.text:
                self._pause()
                continue
            if response.status_code >= 300:
                with self._lock:
                    self.refused.append(f"{path}: {response.status_code} {response.text[:300]}")
                return None
            return response.json(), response.headers["ETag"]

    def _pause(self) -> None:
        with self._lock:
            self.disturbed += 1
        time.sleep(0.05)


def check(system: System, load: Load) -> None:
    """Nothing acknowledged is lost, nothing was made twice, references have no gap and no double, search holds the same bytes."""
    assert load.refused == []
    reader = client(system)
    bodies: dict[str, bytes] = {}
    for identifier, version in load.acknowledged.items():
        response = reader.get(f"/api/registry/partnerships/{identifier}")
        assert response.status_code == 200, f"{identifier} was acknowledged and is lost"
        assert response.json()["version"] >= version
        bodies[identifier] = response.content
    references = sorted(
        int(each["reference"].rpartition("-")[2]) for each in every(reader, "/api/registry/partnerships")
    )
    assert references == list(range(1, len(references) + 1)), "references have a gap or a double"
    assert len(references) == len(load.acknowledged), "something was made twice, or made and not acknowledged"
    total = len(references)
    wait(
        lambda: answered(reader.get("/api/search/partnerships?limit=1"))["total"] == total,
        60,
        f"{total} records searchable",
    )
    found = {each["id"] for each in every(reader, "/api/search/partnerships")}
    assert found == set(bodies)
    assert system.json("events", "dead-letters") == []


def every(reader: httpx.Client, path: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found, cursor = [], None
    while True:
        page = answered(
            reader.get(
                path,
                params={"limit": 200, "sort": "updated", **({"cursor": cursor} if cursor else {})}
                if "search" in path
                else {"limit": 200, **({"cursor": cursor} if cursor else {})},
            )
        )
        found += page["items"]
        cursor = page.get("next")
        if not cursor:
            return found
