"""The vocabularies over HTTP: all of them, in all languages, kept by caches."""

from __future__ import annotations

from schemas import vocabulary
from tests.registry.conftest import World, ok, refused


def test_the_index_names_every_scheme(registry: World) -> None:
    found = ok(registry.get("/vocabularies"))
    assert [each["scheme"] for each in found["items"]] == list(vocabulary.schemes())
    counts = {each["scheme"]: each["count"] for each in found["items"]}
    assert (counts["sdg"], counts["sdg-target"], counts["mdg"]) == (17, 169, 8)


def test_every_scheme_is_served_with_its_labels(registry: World) -> None:
    for name in vocabulary.schemes():
        answer = registry.get(f"/vocabularies/{name}")
        assert ok(answer)["items"] == vocabulary.scheme(name).entries()
        assert "max-age" in answer.headers["Cache-Control"]
        again = registry.get(f"/vocabularies/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert registry.get(f"/vocabularies/{name}", headers={"If-Match": "*"}).status_code == 200
        assert (again.status_code, again.data) == (304, b"")


def test_an_unknown_scheme_names_the_nearest(registry: World) -> None:
    assert "constituency" in refused(registry.get("/vocabularies/constituencys"), 404, "not-known")["nearest"]
