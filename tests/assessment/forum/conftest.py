"""A world for the forum: partnerships that can be assessed, a pool of members of four chambers, the unit; a clock that jumps.

`forum` is on SQLite, `either_forum` on SQLite and on PostgreSQL. `Forum` has the steps of the course, over HTTP alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from joserfc import jwt
from sqlalchemy import select
from werkzeug.test import TestResponse

from schemas.rubric import rubric
from services.assessment import app
from services.chassis import clock
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventbus.build import topic_specs
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.runner import Runner
from services.chassis.identity.keys import FunctionKeys
from services.chassis.identity.verification import issuer
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from tests.assessment.evidence.documents import record
from tests.assessment.register.conftest import World as Register
from tests.databases import with_tables
from tests.registry.conftest import KEY, jwks, ok

Json = dict[str, Any]

CHAMBERS = {
    "public": ("government", "parliament", "un_system"),
    "civil_society": ("civil_society",),
    "affected_groups": ("women", "community", "farmers"),
    "business_and_knowledge": ("private_sector", "academia", "foundation"),
}
REASON = "Because of what the record says of it, and of what it leaves out."
JUDGED = [each.code for each in rubric("1").indicators if each.kind == "judged"]
LESSONS = [each.code for each in rubric("1").lessons]


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    world: Forum
    id: str
    role: str | None = None
    member_id: str = ""
    chamber: str = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        now = int(clock.now().timestamp())
        claims = {"iss": issuer(self.world.settings), "aud": "convene", "sub": self.id, "iat": now, "exp": now + 900}
        claims |= {"adr": []} | ({"role": self.role} if self.role else {})
        header = {"alg": "ES256", "kid": KEY.thumbprint(), "typ": "at+jwt"}
        token = jwt.encode(header, claims, KEY, algorithms=["ES256"])
        sent = {"Authorization": f"Bearer {token}"} | headers
        return self.world.client.open(path, method=method, json=body, headers=sent)

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.call("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any) -> TestResponse:
        return self.call("PUT", path, body)

    def delete(self, path: str, body: Any = None) -> TestResponse:
        return self.call("DELETE", path, body)


class Forum(Register):
    """The assessment with its register, its HTTP and its clock."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.database = Database.open(settings, app.NAME)
        with_tables(self.database)
        self.bus = LocalBus(folder / "bus.sqlite")
        self.bus.ensure(topic_specs())
        self.publisher = self.bus.publisher()
        self.runner = Runner(self.database, self.bus, app.subscriptions()[0])
        self.shifted = 0.0
        self.start()
        self.officer = Person(self, str(uuid4()), "pdu_officer")
        self.stranger = Person(self, str(uuid4()))
        self.members: dict[str, Person] = {}
        self.versions: dict[str, int] = {}

    def start(self) -> None:
        """The web process starts: nothing but the database is left of what was before."""
        self.client = app.create_app(self.settings, self.database, FunctionKeys(jwks)).test_client()

    # The register

    def organization(self, constituency: str = "civil_society", **more: Any) -> str:
        key = more.setdefault("id", str(uuid4()))
        version = more.setdefault("version", 1)
        document = {
            "revision": version,
            "standing": "accepted",
            "name": {"en": f"Organization {key[:4]}"},
            "constituency": constituency,
            "country": "KHM",
        }
        self.put("organization.accepted", key, orjson.dumps(document | more), version, version)
        return str(key)

    def designated(self, organization_id: str, *functions: str) -> Person:
        who = Person(self, str(uuid4()))
        self.authority(
            kind="designation",
            person_id=who.id,
            organization_id=organization_id,
            functions=list(functions or ("focal_point",)),
        )
        return who

    def nominated(self, constituency: str, chamber: str, **more: Any) -> Person:
        network = str(uuid4())
        body = {"id": network, "version": 1, "revision": 1, "name": {"en": f"Network of {constituency}"}}
        self.put("network.created", network, orjson.dumps(body | {"constituency": constituency}), 1)
        person_id = str(uuid4())
        member_id = self.authority(
            **{
                "kind": "nomination",
                "person_id": person_id,
                "network_id": network,
                "functions": [],
                "roles": ["forum_member"],
                "languages": ["en"],
                "countries": ["KHM"],
                "constituency": constituency,
                **more,
            }
        )
        who = Person(self, person_id, None, member_id, chamber)
        self.members[member_id] = who
        return who

    def pool(self, each: int = 4, without: str = "") -> list[Person]:
        """As many members of every chamber, or of every chamber but one."""
        return [
            self.nominated(those[number % len(those)], chamber)
            for chamber, those in CHAMBERS.items()
            for number in range(each)
            if chamber != without
        ]

    def authority(self, key: str = "", version: int = 1, **said: Any) -> str:
        """A designation or nomination; with `key` what is said of it later."""
        key = key or str(uuid4())
        body = {"id": key, "version": version, "revision": version, "state": "bound", **said}
        self.put("authority.bound", key, orjson.dumps(body), version)
        return key

    def end_nomination(self, member: Person) -> None:
        body = {"id": member.member_id, "version": 2, "revision": 2, "kind": "nomination", "state": "withdrawn"}
        body |= {"functions": [], "roles": ["forum_member"], "constituency": "women", "network_id": str(uuid4())}
        self.put("authority.ended", member.member_id, orjson.dumps(body), 2)

    def partnership(self, lead: str, key: str = "", happened: str = "listed", **stated: Any) -> str:
        """A record led by that organization; with `key` its next version."""
        key = key or str(uuid4())
        version = self.versions[key] = self.versions.get(key, 0) + 1
        partner = {
            "id": str(uuid4()),
            "organization": {"id": lead, "name": {"en": "Lead"}, "constituency": "civil_society"},
            "roles": ["lead"],
            "confirmation": {"state": "confirmed", "at": "2025-01-10T08:00:00Z"},
        }
        document = record(
            partner,
            **{
                "id": key,
                "reference": f"CVN-2026-{key[:6]}",
                "version": version,
                "revision": version,
                "standing": "listed",
                "kind": "partnership",
                "geography": {"scope": "national", "countries": ["KHM"]},
                **stated,
            },
        )
        self.put(f"partnership.{happened}", key, orjson.dumps(document), version, version)
        return key

    # Time, and what is said

    def travel(self, days: float) -> None:
        self.shifted += days * 86400
        clock.use(f"offset:{self.shifted}")

    def tick(self) -> int:
        """A turn of the clock."""
        return Clock(self.database, app.jobs()).turn()

    def day(self, days: float) -> str:
        """A day so far ahead."""
        return (clock.now() + timedelta(days=days)).date().isoformat()

    def events(self, kind: str = "assessment.assessment") -> list[tuple[str, Json]]:
        """What was said, in order: what happened, and the document."""
        with self.database.reading() as session:
            rows = session.execute(select(outbox.c.headers, outbox.c.value).order_by(outbox.c.id)).all()
        named = [(orjson.loads(row.headers)["ce_type"], orjson.loads(row.value)) for row in rows]
        start = f"org.convene.{kind}."
        return [(name.removeprefix(start).removesuffix(".v1"), body) for name, body in named if name.startswith(start)]

    def outbox_bytes(self) -> bytes:
        with self.database.reading() as session:
            return b"".join(value or b"" for value in session.scalars(select(outbox.c.value)))

    # The course

    def round(self, **more: Any) -> Json:
        body = {
            "title": {"en": "Water 2027"},
            "calibration": False,
            "calendar": {
                "questions_until": self.day(10),
                "reviewing_until": self.day(30),
                "deliberating_until": self.day(45),
                "reply_days": 30,
            },
        }
        return ok(self.officer.post("/rounds", body | more), 201)


class Course:
    """One assessment on its way: a partnership, its focal point, and its panel once it is composed."""

    def __init__(self, forum: Forum, of: Json | None = None) -> None:
        self.forum = forum
        self.lead = forum.organization()
        self.focal_point = forum.designated(self.lead)
        self.partnership_id = forum.partnership(self.lead)
        self.round = of or forum.round()
        asked = {"partnership_id": self.partnership_id, "ground": "request"}
        self.id = ok(self.focal_point.post(f"/rounds/{self.round['id']}/requests", asked), 201)["id"]
        self.panel: list[Person] = []

    @property
    def path(self) -> str:
        return f"/assessments/{self.id}"

    def selected(self) -> Course:
        body = {"partnership_ids": [self.partnership_id]}
        ok(self.forum.officer.post(f"/rounds/{self.round['id']}/assessments", body), 201)
        return self

    def composed(self) -> Course:
        self.selected()
        made = ok(self.forum.officer.post(f"{self.path}/panel"), 201)
        self.panel = [self.forum.members[each["member_id"]] for each in made["members"]]
        return self

    def move(self, to: str, reason: str | None = None, status: int = 200) -> Json:
        body = {"to": to} | ({"reason": reason} if reason else {})
        return ok(self.forum.officer.post(f"{self.path}/transitions", body), status)

    def asking(self) -> Course:
        self.composed().move("questions")
        return self

    def reviewing(self) -> Course:
        self.asking().move("reviewing")
        return self

    def review(self, level: Any = 2, **levels: Any) -> Json:
        return {
            "scores": [
                {"indicator": code, "level": levels.get(code, level), "reason": REASON, "confidence": "high"}
                for code in JUDGED
            ],
            "reasons": dict.fromkeys(LESSONS, REASON),
        }

    def submit(self, member: Person, review: Json | None = None) -> None:
        ok(member.put(f"{self.path}/reviews/mine", review or self.review()))
        ok(member.post(f"{self.path}/reviews/mine/submission"))

    def deliberating(self, *skipping: Person, levels: dict[str, Any] | None = None) -> Course:
        """Everybody reviews; a chamber's members give the level that `levels` says."""
        self.reviewing()
        for member in self.panel:
            if member not in skipping:
                self.submit(member, self.review((levels or {}).get(member.chamber, 2)))
        if not skipping:
            self.move("deliberating")
        return self

    def approved(self) -> Course:
        first = self.panel[0]
        ok(first.put(f"{self.path}/rationale", {lesson: {"en": f"{lesson}: {REASON}"} for lesson in LESSONS}))
        body = {"text": {"en": "Publish the minutes."}, "addressee": self.lead, "due": "2027-12-31"}
        ok(first.post(f"{self.path}/recommendations", body), 201)
        for member in self.panel:
            ok(member.post(f"{self.path}/deliberation/done"))
        return self

    def replying(self) -> Course:
        self.deliberating().approved().move("replying")
        return self

    def unit_review(self) -> Course:
        self.replying()
        ok(self.focal_point.post(f"{self.path}/reply", {"text": {"en": "Thank you."}}), 201)
        self.move("unit_review")
        return self

    def checked(self) -> Course:
        body = {
            "checklist": dict.fromkeys(("conflicts", "quorum", "rationale", "reply"), True),
            "costs": {"money": [{"amount": "1200", "currency": "USD"}], "days": 14},
            "impact": {"en": "Thirty stations run."},
            "risk_tier": "medium",
        }
        ok(self.forum.officer.put(f"{self.path}/unit-review", body))
        return self

    def published(self) -> Course:
        self.unit_review().checked().move("published")
        return self


@pytest.fixture
def forum(settings: Settings, tmp_path: Path) -> Iterator[Forum]:
    made = Forum(settings, tmp_path)
    yield made
    made.close()


@pytest.fixture
def either_forum(either_database: Settings, tmp_path: Path) -> Iterator[Forum]:
    """On SQLite, then on PostgreSQL."""
    made = Forum(either_database, tmp_path)
    yield made
    made.close()
