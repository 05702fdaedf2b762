"""The assessment with its consumer, its app and people who call it; evaluations are published as the forum publishes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from joserfc import jwt
from sqlalchemy import select
from werkzeug.test import TestResponse

from services.assessment import app
from services.assessment.evaluations import service
from services.chassis import clock
from services.chassis.identity.keys import FunctionKeys
from services.chassis.identity.verification import issuer
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from tests.assessment.evaluations.made import ORGANIZATION, PARTNERSHIP, assessed, document
from tests.assessment.evidence.conftest import lake
from tests.assessment.forum.conftest import forum
from tests.assessment.register.conftest import World as Register
from tests.registry.conftest import KEY, jwks

__all__ = ["forum", "lake"]  # fixtures: the course, and a record with nearly every field


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    world: World
    id: str
    role: str | None = None

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        now = int(clock.now().timestamp())
        claims = {"iss": issuer(self.world.settings), "aud": "convene", "sub": self.id, "iat": now, "exp": now + 900}
        claims |= {"adr": []} | ({"role": self.role} if self.role else {})
        header = {"alg": "ES256", "kid": KEY.thumbprint(), "typ": "at+jwt"}
        token = jwt.encode(header, claims, KEY, algorithms=["ES256"])
        return self.world.client.open(
            path, method=method, json=body, headers={"Authorization": f"Bearer {token}"} | headers
        )


class World(Register):
    """The register's world, with HTTP."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings, folder)
        self.settings = settings
        self.shifted = 0.0
        keys = FunctionKeys(jwks)
        self.client = app.create_app(settings, self.database, keys).test_client()
        self.officer = Person(self, str(uuid4()), "pdu_officer")
        self.stranger = Person(self, str(uuid4()))

    def publish(self, **changed: Any) -> dict[str, Any]:
        """Publish an evaluation of the made assessment."""
        with self.database.transaction() as session:
            made: dict[str, Any] = orjson.loads(service.publish(session, assessed(**changed)).body)
        return made

    def record(self, version: int, happened: str = "revised", **more: Any) -> None:
        """A version of the partnership's record arrives."""
        body = orjson.dumps(document(version, **more))
        self.put(f"partnership.{happened}", PARTNERSHIP, body, version, version)

    def focal_point(self, organization: str = ORGANIZATION) -> Person:
        """A focal point of an organization."""
        who, id = Person(self, str(uuid4())), str(uuid4())
        said = {
            "id": id,
            "version": 1,
            "revision": 1,
            "kind": "designation",
            "state": "bound",
            "person_id": who.id,
            "organization_id": organization,
            "functions": ["focal_point"],
        }
        self.tell("authority.bound", said)
        return who

    def merged(self, organization: str, survivor: str) -> None:
        """An organization becomes part of another."""
        one = {"id": organization, "version": 2, "revision": 2, "standing": "merged", "merged_into": survivor}
        other = {"id": survivor, "version": 1, "revision": 1, "standing": "accepted"}
        for said in (one, other):
            body = orjson.dumps(said | {"name": {"en": "One"}, "constituency": "private_sector"})
            self.put("organization.merged", str(said["id"]), body, int(str(said["version"])))

    def read(self, evaluation_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/evaluations/{evaluation_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def travel(self, days: float) -> None:
        """Let time pass, and the clock do what is due."""
        self.shifted += days * 86400
        clock.use(f"offset:{self.shifted}")
        clock.Clock(self.database, app.jobs()).turn()

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What evaluations said: what happened, and the document."""
        with self.database.reading() as session:
            rows = session.execute(
                select(outbox.c.headers, outbox.c.value)
                .where(outbox.c.topic == "convene.assessment.evaluation")
                .order_by(outbox.c.id)
            ).all()
        return [(orjson.loads(row.headers)["ce_type"].split(".")[-2], orjson.loads(row.value)) for row in rows]


@pytest.fixture
def world(either_database: Settings, tmp_path: Path) -> Iterator[World]:
    """On SQLite, then on PostgreSQL."""
    made = World(either_database, tmp_path)
    yield made
    made.close()


def refused(answer: TestResponse, status: int, slug: str) -> dict[str, Any]:
    """The problem of an answer that must name this rule."""
    assert answer.status_code == status, answer.text
    problem: dict[str, Any] = answer.json or {}
    assert problem["type"].rpartition("/")[2] == slug, answer.text
    return problem
