"""Published figures come out again from the stored reviews, and a changed one is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas import documents
from schemas.evaluation import EvaluationDocument
from services import cli
from services.assessment import maintenance
from services.assessment.evaluations.models import Evaluation, EvaluationVersion
from services.assessment.figures import Review
from services.assessment.forum.assessments.models import Submission
from services.chassis.database import Database
from tests.assessment.evaluations.conftest import World
from tests.assessment.evaluations.made import LESSONS, reviews
from tests.assessment.forum.conftest import Course, Forum
from tests.registry.conftest import ok


def stored(_session: Session, _assessment_id: str) -> Sequence[Review]:
    return reviews()[::-1]


def figures(database: Database, reviews_of: Any = stored) -> list[Any]:
    return list(maintenance.recompute(database, None, reviews_of))


def test_every_figure_comes_out_again_in_every_version(world: World) -> None:
    made = world.publish()
    world.client.post(f"/evaluations/{made['id']}/complaints", json={"text": "Nobody spoke to the upper village."})
    [found] = figures(world.database)
    assert found.differences == ()
    assert found.same > 2 * 8 * 20
    [one] = maintenance.recompute(world.database, [made["id"]], stored)
    assert one == found


def test_a_corrected_one_and_its_correction_both_come_out_again(world: World) -> None:
    made = world.publish()
    world.record(4)
    command = {"reason": "The evidence was that of another version.", "evidence": True}
    assert world.officer.call("POST", f"/evaluations/{made['id']}/corrections", command).status_code == 201
    assert [each.differences for each in figures(world.database)] == [(), ()]


@pytest.mark.parametrize("member", [0, 11])
def test_a_changed_review_is_found_and_not_shown(world: World, member: int) -> None:
    world.publish()

    def changed(_session: Session, _assessment_id: str) -> Sequence[Review]:
        one = reviews()[member]
        other = replace(one, levels={code: 4 - (level or 0) for code, level in one.levels.items()})
        return [other if each.member == one.member else each for each in reviews()]

    [found] = figures(world.database, changed)
    assert found.differences[0].published == "as it was counted"
    assert any(each.pointer.endswith("/judged/level") for each in found.differences)


def test_a_lost_review_is_found(world: World) -> None:
    world.publish()
    [found] = figures(world.database, lambda _session, _id: reviews()[:-1])
    assert found.differences[0].recomputed == "not stored"


def test_a_changed_document_is_found(world: World) -> None:
    made = world.publish()
    with world.database.transaction() as session:
        body = session.scalars(select(Evaluation.document)).one()
        document = orjson.loads(body)
        document["lessons"][2]["judged"]["level"] += 0.1
        session.execute(update(EvaluationVersion).values(document=orjson.dumps(document)))
    [found] = figures(world.database)
    assert [each.pointer for each in found.differences] == ["/lessons/2/judged/level"]
    assert made["lessons"][2]["lesson"] == LESSONS[2]


def test_documents_are_written_to_the_bus_again(world: World) -> None:
    made = world.publish()
    assert maintenance.republish(world.database) == 1
    assert world.events()[-1] == ("rerendered", made)
    assert maintenance.rerender(world.database) == 1
    assert world.events()[-1] == ("rerendered", made | {"revision": 2})


def test_the_command_says_which_figures_differ(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.publish()
    monkeypatch.setattr(cli, "_database", lambda *_: world.database)
    monkeypatch.setattr(cli, "_settings", lambda *_: world.settings)
    recompute = maintenance.recompute
    monkeypatch.setattr(maintenance, "recompute", lambda database, ids=None: recompute(database, ids, stored))
    run = CliRunner().invoke
    assert run(cli.convene, ["assessment", "recompute"]).exit_code == 2
    assert run(cli.convene, ["assessment", "recompute", made["id"], "--all"]).exit_code == 2
    done = run(cli.convene, ["assessment", "recompute", made["id"]])
    assert (done.exit_code, "0 differ" in done.output) == (0, True), done.output
    monkeypatch.setattr(maintenance, "recompute", lambda database, ids=None: recompute(database, ids, lambda *_: []))
    failed = run(cli.convene, ["assessment", "recompute", "--all"])
    assert failed.exit_code == 1
    assert "/reviews/0" in failed.output


def test_what_the_forum_published_comes_out_again_from_its_reviews(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).published()
    [found] = maintenance.recompute(forum.database)
    assert found.differences == ()
    public = ok(forum.client.get(course.path))
    assert found.evaluation_id == public["evaluation_id"]
    evaluation = ok(forum.client.get(f"/evaluations/{found.evaluation_id}"))
    assert documents.load(EvaluationDocument, evaluation) == evaluation
    with forum.database.transaction() as session:
        first = session.scalars(select(Submission).limit(1)).one()
        score, *others = first.content["scores"]
        first.content = first.content | {"scores": [score | {"level": (score["level"] + 1) % 5}, *others]}
    [found] = maintenance.recompute(forum.database)
    assert found.differences[0].published == "as it was counted"


def test_rounds_and_assessments_are_written_to_the_bus_again(forum: Forum) -> None:
    forum.pool()
    Course(forum).published()
    assert maintenance.republish(forum.database) == 3
    assert maintenance.rerender(forum.database) == 3
