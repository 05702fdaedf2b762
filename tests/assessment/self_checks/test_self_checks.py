"""The self-check over HTTP: for focal points of confirmed partners alone, in no event, and on a page in seven languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.rubric import rubric
from schemas.vocabulary import LANGUAGES
from services.chassis.settings import Settings
from tests.assessment.forum.conftest import Forum
from tests.assessment.pulses.conftest import Partnership
from tests.registry.conftest import ok, refused

ENTRIES = [
    {"indicator": "who_is_missing", "level": 1, "note": "Nobody from the <islands> & none asked."},
    {"indicator": "affected_named", "level": "cannot_judge"},
    {"indicator": "power_gap", "note": "To be discussed."},
]


@pytest.fixture
def partnership(either_database: Settings, tmp_path: Path) -> Partnership:
    return Partnership(Forum(either_database, tmp_path), 2)


def test_partners_fill_it_in_together(partnership: Partnership) -> None:
    path, forum = f"/partnerships/{partnership.id}/self-check", partnership.forum
    focal_point = partnership.speaker(partnership.partners[0], "focal_point")
    empty = ok(partnership.leader.get(path))
    assert (empty["version"], empty["entries"], empty["updated_at"]) == (0, [], None)
    written = ok(focal_point.put(path, {"entries": ENTRIES}))
    assert written["version"] == 1
    assert [each["indicator"] for each in written["entries"]] == ["affected_named", "who_is_missing", "power_gap"]
    assert ok(partnership.leader.get(path)) == written
    stale = partnership.leader.call("PUT", path, {"entries": []}, **{"If-Match": '"0.0"'})
    refused(stale, 412, "stale-version")
    fresh = partnership.leader.call("PUT", path, {"entries": []}, **{"If-Match": '"1.1"'})
    assert ok(fresh)["version"] == 2
    assert b"islands" not in forum.outbox_bytes()


def test_nobody_else_sees_it(partnership: Partnership) -> None:
    path, forum = f"/partnerships/{partnership.id}/self-check", partnership.forum
    claimed = partnership.speaker(partnership.claimed, "focal_point")
    for where in (path, f"{path}/page"):
        refused(forum.client.get(where), 401, "unauthenticated")
        for who in (forum.officer, forum.stranger, claimed, partnership.people[0]):
            refused(who.get(where), 403, "not-allowed")
        assert partnership.leader.get(where).headers["Cache-Control"] == "no-store"
    refused(forum.officer.put(path, {"entries": []}), 403, "not-allowed")
    refused(
        partnership.leader.get("/partnerships/0190a0a0-0000-7000-8000-000000000000/self-check"), 404, "record-not-known"
    )


@pytest.mark.parametrize(
    ("entry", "slug", "pointer"),
    [
        ({"indicator": "nothing", "level": 1}, "invalid", "/entries/0/indicator"),
        ({"indicator": "power_gap", "level": 5}, "level-out-of-range", "/entries/0/level"),
        ({"indicator": "power_gap", "level": True}, "level-out-of-range", "/entries/0/level"),
        ({"level": 1}, "invalid", "/entries/0/indicator"),
    ],
)
def test_bad_entries(partnership: Partnership, entry: dict[str, object], slug: str, pointer: str) -> None:
    path = f"/partnerships/{partnership.id}/self-check"
    problem = refused(partnership.leader.put(path, {"entries": [entry]}), 422, slug)
    assert problem["errors"][0]["pointer"] == pointer


def test_twice_and_unknown_versions(partnership: Partnership) -> None:
    path = f"/partnerships/{partnership.id}/self-check"
    refused(partnership.leader.put(path, {"entries": [ENTRIES[0], ENTRIES[0]]}), 422, "invalid")
    refused(partnership.leader.put(path, {"entries": [], "rubric_version": "99"}), 422, "invalid")


def test_it_prints_in_every_language(partnership: Partnership) -> None:
    path = f"/partnerships/{partnership.id}/self-check"
    ok(partnership.leader.put(path, {"entries": ENTRIES}))
    for language in LANGUAGES:
        answer = partnership.leader.get(f"{path}/page?lang={language}")
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        page = answer.get_data(as_text=True)
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
        assert page.count("<article>") == 48
        assert page.count("☒") == 2
        assert "&lt;islands&gt; &amp; none" in page
    question = rubric("1").indicator("who_is_missing").question["fr"]
    french = partnership.leader.get(f"{path}/page?lang=fr").get_data(as_text=True)
    assert question.split("’")[0].split("'")[0] in french
    refused(partnership.leader.get(f"{path}/page?lang=xx"), 422, "invalid")
