"""The rubric over HTTP: everybody reads by what partnerships are assessed, in one language or in all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from schemas import rubric
from schemas.documents import load
from schemas.rubric import RubricDocument
from services.assessment import app
from services.chassis.database import Database
from services.chassis.identity.keys import FunctionKeys
from services.chassis.settings import Settings
from tests.databases import with_tables


@pytest.fixture
def client(settings: Settings) -> Iterator[FlaskClient]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings, app.NAME)
    with_tables(database)
    yield app.create_app(settings, database, FunctionKeys(lambda: {"keys": []})).test_client()
    database.close()


def test_the_versions_are_listed_whole(client: FlaskClient) -> None:
    found = client.get("/rubrics").json
    assert found is not None
    assert [each["version"] for each in found["items"]] == list(reversed(rubric.versions()))
    assert found["total"] == len(found["items"])


def test_a_version_says_everything(client: FlaskClient) -> None:
    answer = client.get("/rubrics/1")
    document = answer.json
    assert document is not None
    load(RubricDocument, document)
    assert (document["version"], document["frozen"]) == ("1", rubric.is_frozen("1"))
    assert sorted(document["chambers"]) == ["affected_groups", "business_and_knowledge", "civil_society", "public"]
    assert "women" in document["chambers"]["affected_groups"]
    kinds = [[each["kind"] for each in lesson["indicators"]] for lesson in document["lessons"]]
    assert [(each.count("computed"), each.count("judged")) for each in kinds] == [(4, 2)] * 8
    indicator = document["lessons"][0]["indicators"][0]
    assert set(indicator["question"]) == {"ar", "en", "es", "fr", "km", "ru", "zh"}
    assert sorted(indicator["levels"]) == ["0", "1", "2", "3", "4"]
    again = client.get("/rubrics/1", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_one_language_is_enough(client: FlaskClient) -> None:
    document = client.get("/rubrics/1?lang=km").json
    assert document is not None
    assert list(document["lessons"][0]["title"]) == ["km"]
    assert client.get("/rubrics/1?lang=xx").status_code == 422


def test_what_is_not_there_says_what_is(client: FlaskClient) -> None:
    answer = client.get("/rubrics/99")
    assert answer.status_code == 404
    assert "1" in (answer.json or {})["detail"]
