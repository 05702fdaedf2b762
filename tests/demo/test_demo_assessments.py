"""The demo world's forum: eight published evaluations with what is promised of them, an open review, a reply, a missing quorum."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from schemas import documents, topics
from schemas.assessment import LEAST_REASON, ReviewCommand
from schemas.rubric import rubric
from services import demo
from services.accounts.app import key_source
from services.accounts.people import service as accounts
from services.assessment import app, maintenance
from services.assessment.errors import TooFewLessons
from services.assessment.evaluations.models import Evaluation
from services.assessment.forum.assessments import moving, replying
from services.assessment.forum.assessments.models import Assessment, Excluded, Seat, Submission, Word
from services.assessment.forum.members import calibration
from services.assessment.forum.members import service as members
from services.assessment.forum.rounds.models import Round
from services.chassis import clock
from services.chassis.identity import Principal
from services.chassis.identity.verification import verifier
from services.chassis.tables import outbox
from services.demo import assessments, world_files
from tests.demo.conftest import World, fresh
from tests.demo.test_demo_seeding import contents

pytestmark = pytest.mark.xdist_group("demo")  # one world for all of them

Json = dict[str, Any]
CHAMBERS = {"public": 3, "civil_society": 3, "affected_groups": 3, "business_and_knowledge": 3}


@pytest.fixture(scope="module")
def evaluations(assessed: World) -> list[Json]:
    with assessed.assessment.reading() as session:
        return [orjson.loads(each) for each in session.scalars(select(Evaluation.document).order_by(Evaluation.id))]


def as_person(world: World, email: str) -> Principal:
    token = accounts.issue_token(world.services[0].database, world.settings, email)
    return verifier(world.settings, key_source(world.settings)).verify(token)


def in_stage(world: World, stage: str) -> Assessment:
    with world.assessment.reading() as session:
        return session.scalars(select(Assessment).where(Assessment.stage == stage)).one()


def lessons(evaluations: list[Json], flag: str) -> list[Json]:
    return [lesson for each in evaluations for lesson in each["lessons"] if flag in lesson["flags"]]


def test_a_finished_round_of_eight_with_panels_of_twelve(assessed: World, evaluations: list[Json]) -> None:
    assert len(evaluations) == 8
    assert all((each["panel"]["size"], each["panel"]["chambers"]) == (12, CHAMBERS) for each in evaluations)
    assert {each["selection"]["ground"] for each in evaluations} == {"request", "petition"}
    assert {each["published_at"][:10] < clock.today().isoformat() for each in evaluations} == {True}
    with assessed.assessment.reading() as session:
        rounds = [orjson.loads(each) for each in session.scalars(select(Round.document).order_by(Round.id))]
        sat = session.execute(
            select(Seat.member_id, Assessment.round_id).join(Assessment, Assessment.id == Seat.assessment_id)
        )
        loads = Counter((row.round_id, row.member_id) for row in sat)
    assert [(each["state"], "seed" in each) for each in rounds] == [("closed", True), ("open", False)]
    assert max(loads.values()) <= 3


def test_disagreement_hesitation_and_what_was_not_judged(evaluations: list[Json]) -> None:
    assert len(lessons(evaluations, "disagreement")) == 2
    assert lessons(evaluations, "tentative")
    assert lessons(evaluations, "departs_from_evidence")
    assert len(lessons(evaluations, "not_judged")) == 2
    for each in evaluations:
        judged = [lesson for lesson in each["lessons"] if lesson["judged"]["level"] is not None]
        assert len(judged) >= 5
        assert all(len(lesson["judged"]["rationale"]) >= 2 for lesson in judged)
        assert "en" in each["impact"]


def test_members_are_excluded_by_what_the_register_says_and_by_what_they_declared(assessed: World) -> None:
    with assessed.assessment.reading() as session:
        rules = Counter(row.rule for row in session.scalars(select(Excluded)))
        sat = {(row.assessment_id, row.member_id) for row in session.scalars(select(Seat))}
        out = {(row.assessment_id, row.member_id) for row in session.scalars(select(Excluded))}
    assert rules["own-organization-is-partner"] >= 4
    assert rules["declared-interest"] == 1
    assert not sat & out


def test_a_reply_with_a_reconsidered_indicator(assessed: World, evaluations: list[Json]) -> None:
    assert all(each["reply"] for each in evaluations)
    with assessed.assessment.reading() as session:
        row = session.scalars(select(Assessment).where(Assessment.reconsideration.is_not(None))).one()
        seats = select(Seat.id).where(Seat.assessment_id == row.id)
        numbers = Counter(session.scalars(select(Submission.number).where(Submission.seat_id.in_(seats))))
    assert numbers[1] == 12
    assert 0 < numbers[2] < 12
    assert row.reconsideration is not None
    assert row.reconsideration["indicator"] == "quick_money"


def test_a_recommendation_is_overdue_and_others_are_answered(evaluations: list[Json]) -> None:
    made = [recommendation for each in evaluations for recommendation in each["recommendations"]]
    assert [each["status"] for each in made if each.get("overdue_since")] == ["open"]
    assert {each.get("response") for each in made} == {"accepted", "partly", "declined", None}
    assert {each["status"] for each in made} == {"open", "under_way", "done", "declined"}


def test_what_it_taught_can_be_read(assessed: World) -> None:
    client = app.create_app(assessed.settings, assessed.assessment, key_source(assessed.settings)).test_client()
    for by in ("goal", "country", "year"):
        found = client.get(f"/aggregates?by={by}")
        assert found.status_code == 200, found.text
        assert found.json["assessments"] == 8
        assert found.json["items"] or found.json["withheld"], by
    (of_all,) = client.get("/aggregates").json["items"]
    assert of_all["costs"]["days"] > 5_000
    assert len(client.get("/aggregates.csv").text.splitlines()) > 100
    assert client.get(f"/reports/{clock.today().year}").json["assessments"] == 8


def test_every_figure_comes_out_again(assessed: World) -> None:
    said = list(maintenance.recompute(assessed.assessment, None))
    assert len(said) == 8
    assert not [each for each in said if each.differences]


def test_somebody_can_review(assessed: World) -> None:
    member = as_person(assessed, "milagros@water-juries.example")
    open_one = in_stage(assessed, "reviewing")
    assert open_one.deadline is not None
    assert open_one.deadline > clock.now()
    work = {each["assessment_id"]: each for each in members.assignments(assessed.assessment, member)}
    assert (work[open_one.id]["stage"], work[open_one.id]["submitted"]) == ("reviewing", False)
    assert not calibration.read(assessed.assessment, member)["done"]
    with assessed.assessment.reading() as session:
        seats = list(session.scalars(select(Seat.id).where(Seat.assessment_id == open_one.id)))
        submitted = session.scalars(select(Submission).where(Submission.seat_id.in_(seats))).all()
    assert (len(seats), len(submitted)) == (8, 3)


def test_a_focal_point_may_reply(assessed: World) -> None:
    waiting = in_stage(assessed, "replying")
    assert waiting.replied_at is None
    assert waiting.deadline is not None
    assert waiting.deadline > clock.now()
    with assessed.assessment.transaction() as session:
        replying.reply(
            assessed.assessment,
            as_person(assessed, "dara@floating-homes.example"),
            waiting.id,
            {"text": {"en": "Thank you."}},
        )
        session.rollback()
    with assessed.assessment.reading() as session:
        assert session.scalars(select(Word.machine).where(Word.assessment_id == waiting.id)).all().count(True) == 1


def test_one_waits_for_a_quorum(assessed: World) -> None:
    waiting = in_stage(assessed, "unit_review")
    officer = as_person(assessed, "pdu@convene.example")
    with pytest.raises(TooFewLessons) as refused:
        moving.transition(assessed.assessment, officer, waiting.id, "published", None)
    assert (refused.value.status, refused.value.extensions["judged"]) == (409, 4)


def test_what_people_say_is_valid_and_long_enough(assessed: World) -> None:
    said = world_files.rounds()
    assert all(
        len(text) >= LEAST_REASON for texts in said["reasons"].values() for those in texts.values() for text in those
    )
    assert all(len(text) >= LEAST_REASON for texts in said["words"].values() for text in texts.values())
    assert {tuple(texts) for texts in said["reasons"].values()} == {tuple(each.code for each in rubric("1").lessons)}
    with assessed.assessment.reading() as session:
        for content in session.scalars(select(Submission.content).limit(12)):
            documents.load(ReviewCommand, content)


def test_a_second_time_changes_nothing(assessed: World) -> None:
    before, words = contents(assessed.assessment), assessed.marker.read_text().split()
    assert demo.seed(assessed.services, assessed.settings, assessed.marker) is None
    demo.assess(assessed.services, assessed.settings, assessed.marker)
    assert contents(assessed.assessment) == before
    assert assessed.marker.read_text().split() == words
    with assessed.assessment.reading() as session:
        published = {f"{row.id}@{row.version}" for row in session.scalars(select(Evaluation))}
    assert published <= set(words)


def test_nothing_private_is_in_events(assessed: World) -> None:
    public = {each.name for each in topics.TOPICS if each.audience == "public"}
    with assessed.assessment.reading() as session:
        events = session.execute(select(outbox.c.topic, outbox.c.value, outbox.c.headers).order_by(outbox.c.id)).all()
        seats = session.scalars(select(Seat)).all()
        said = session.scalars(select(Word.text)).all()
        contents = session.scalars(select(Submission.content)).all()
    texts = {
        text
        for each in contents
        for text in [*each["reasons"].values(), *(one.get("reason") for one in each["scores"])]
    }
    private = {
        *said,
        *(text for text in texts if text),
        *(each.member_id for each in seats),
        *(each.id for each in seats),
    }
    assert events
    assert {each.topic for each in events} <= public
    for event in events:
        body = (event.value or b"").decode() + str(event.headers)
        assert not [each for each in private if each in body]
        assert not re.search(r"person_id|email|pseudonym|@", body)


def test_what_broke_off_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = fresh(tmp_path)
    demo.seed(half.services, half.settings, half.marker)
    half.hear()
    empty = contents(half.assessment)
    with monkeypatch.context() as patched:
        patched.setitem(assessments._STEPS, "published", lambda _course: 1 / 0)  # type: ignore[arg-type]
        with pytest.raises(ZeroDivisionError):
            demo.assess(half.services, half.settings, half.marker)
    assert contents(half.assessment) == empty
    assert clock.today() >= date.fromisoformat("2026-01-01")
    assert demo.seed(half.services, half.settings, half.marker) is None
    demo.assess(half.services, half.settings, half.marker)
    with half.assessment.reading() as session:
        assert len(session.scalars(select(Evaluation.id)).all()) == 8
