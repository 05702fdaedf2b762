"""Everything said again, and everything rendered again: the same documents, never a new version."""

from __future__ import annotations

from services.registry import maintenance
from tests.registry.conftest import World, ok


def _one_of_each(registry: World) -> None:
    organization = registry.organization()
    registry.unit(organization["id"])
    registry.designation("dara", organization["id"])
    network = {"name": {"en": "N"}, "constituency": "women", "contact_email": "contact@example.org"}
    made = ok(registry.admin.post("/networks", network), 201)
    nominee = {"email": "n@example.org", "display_name": "N", "roles": ["forum_member"]}
    ok(registry.admin.post(f"/networks/{made['id']}/nominations", nominee), 201)


def test_republishing_says_every_document_as_it_is(registry: World) -> None:
    _one_of_each(registry)
    before = {key: data for _, key, data in registry.events("registry")}
    said = len(registry.events())
    seen: list[int] = []
    assert maintenance.republish(registry.service.database, seen.append) == len(before) == 6
    assert seen[-1] == 6
    again = {key: data for _, key, data in registry.events("registry")[said:]}
    assert again == before


def test_rerendering_raises_the_revision_and_never_the_version(registry: World) -> None:
    _one_of_each(registry)
    before = {key: data for _, key, data in registry.events("registry")}
    said = len(registry.events())
    assert maintenance.rerender(registry.service.database) == 6
    for _, key, data in registry.events("registry")[said:]:
        assert data == before[key] | {"revision": before[key]["revision"] + 1}
        if "standing" in data:
            assert ok(registry.get(f"/organizations/{key}")) == data
