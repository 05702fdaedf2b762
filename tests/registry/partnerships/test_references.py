"""Reference numbers: no gap and no double, whatever happens at the same time or is rolled back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.chassis import clock
from services.registry.partnerships import references
from tests.registry.conftest import ok
from tests.registry.partnerships.conftest import Scene


def test_eight_at_once(either_scene: Scene) -> None:
    scene = either_scene
    drafts = [scene.draft() for _ in range(24)]
    app, headers = scene.world.client.application, scene.lead.headers

    def list_it(draft: dict[str, str]) -> str:
        path = f"/partnerships/{draft['id']}/transitions"
        answer = app.test_client().post(path, json={"to": "listed"}, headers=headers | {"If-Match": '"1"'})
        return str(ok(answer)["reference"])

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(list_it, drafts))
    year = clock.today().year
    assert sorted(given) == [f"CVN-{year}-{number:06d}" for number in range(1, 25)]


def test_of_two_edits_of_one_version_one_wins(either_scene: Scene) -> None:
    scene = either_scene
    document = scene.listed()
    app, headers = scene.world.client.application, scene.lead.headers

    def edit(number: int) -> int:
        path, sent = f"/partnerships/{document['id']}", {"acronym": f"A{number}"}
        return app.test_client().patch(path, json=sent, headers=headers | {"If-Match": '"2"'}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(edit, range(8)))
    assert answers == [200] + [412] * 7
    assert scene.read(document)["version"] == 3


def test_what_is_rolled_back_gives_its_numbers_back(scene: Scene) -> None:
    database = scene.world.service.database
    with database.transaction() as session:
        assert references.allocate(session, 2026, 3) == ["CVN-2026-000001", "CVN-2026-000002", "CVN-2026-000003"]
        assert references.allocate(session, 2027) == ["CVN-2027-000001"]
        assert references.allocate(session, 2026, 0) == []
    with pytest.raises(RuntimeError), database.transaction() as session:
        references.allocate(session, 2026, 5)
        raise RuntimeError
    with database.transaction() as session:
        assert references.allocate(session, 2026) == ["CVN-2026-000004"]


def test_numbers_outgrow_six_digits(scene: Scene) -> None:
    with scene.world.service.database.transaction() as session:
        references.allocate(session, 2026, 999_999)
        assert references.allocate(session, 2026) == ["CVN-2026-1000000"]
