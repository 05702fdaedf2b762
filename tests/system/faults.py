"""Work that must be done exactly once while something is killed: terms that lapse, an organization that gets another name.

Each function begins the work, lets the caller do harm in the middle of it, and asserts what holds at the end. For embedded and
distributed systems alike.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from services.chassis.tables import outbox
from tests.system.load import ADMINISTRATOR, Cast, answered, every
from tests.system.running import System, client, wait

DESIGNATIONS = 60
LAPSED = "org.convene.registry.authority.lapsed.v1"


def terms_lapse_while(system: System, harm: Callable[[], None]) -> None:
    """Designations whose term ends today lapse when the clock (a file in the system's folder) jumps: once each."""
    admin = client(system, system.token(ADMINISTRATOR, "administrator"))
    name = uuid.uuid4().hex[:8]
    body = {"name": {"en": f"Ministry {name}"}, "constituency": "government", "country": "KHM"}
    organization = answered(admin.post("/api/registry/organizations", json=body))["id"]
    today = answered(admin.get(f"/api/registry/organizations/{organization}"))["updated_at"][:10]
    made = [_designate(admin, organization, f"{number}-{name}@example.org", today) for number in range(DESIGNATIONS)]
    _two_days_pass(system.folder / "clock")
    wait(lambda: _lapses(system, made), 60, "the first lapse")
    harm()
    wait(lambda: len(_lapses(system, made)) == DESIGNATIONS, 90, "every lapse")
    admin = client(system, system.token(ADMINISTRATOR, "administrator"))
    states = Counter(answered(admin.get(f"/api/registry/focal-points/{identifier}"))["state"] for identifier in made)
    assert states == {"lapsed": DESIGNATIONS}
    assert set(_lapses(system, made).values()) == {1}, "a term lapsed more than once"


def _two_days_pass(file: Path) -> None:
    """The clock is never put back: the next time it is two days later again."""
    passed = int(file.read_text().removeprefix("offset:")) if file.exists() else 0
    fresh = file.with_name("clock.new")
    fresh.write_text(f"offset:{passed + 2 * 86400}")
    fresh.replace(file)  # at once: nobody reads half of it


def _designate(admin: Any, organization: str, email: str, last_day: str) -> str:
    body = {
        "organization_id": organization,
        "email": email,
        "display_name": "Chan Thy",
        "functions": ["focal_point"],
        "term_end": last_day,
    }
    return str(answered(admin.post("/api/registry/focal-points", json=body))["id"])


def _lapses(system: System, wanted: list[str]) -> Counter[str]:
    """How often each of the designations has lapsed, by the events in the registry's outbox."""
    with system.database("registry").reading() as session:
        rows = session.execute(select(outbox.c.key, outbox.c.headers).where(outbox.c.key.in_(wanted))).all()
    return Counter(row.key for row in rows if orjson.loads(row.headers)["ce_type"] == LAPSED)


def rename_while(system: System, cast: Cast, harm: Callable[[], None]) -> None:
    """The lead organization gets another name; every record that names it is rendered again with the new one."""
    admin = client(system, system.token(ADMINISTRATOR, "administrator"))
    path = f"/api/registry/organizations/{cast.organization}"
    found = admin.get(path)
    name = f"Renamed {uuid.uuid4().hex[:8]}"
    answered(admin.patch(path, json={"name": {"en": name}}, headers={"If-Match": found.headers["ETag"]}))
    harm()
    reader = client(system)

    def renamed() -> bool:
        names = [
            partner["organization"]["name"]["en"]
            for each in every(reader, "/api/registry/partnerships")
            for partner in each["partners"]
            if partner.get("organization", {}).get("id") == cast.organization
        ]
        return bool(names) and set(names) == {name}

    wait(renamed, 90, "the new name in every record")
