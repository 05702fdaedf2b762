"""A whole round over HTTP by somebody who knows only what is promised; every figure worked out again from the method."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean
from typing import Any

import pytest
from scipy import stats

from tests.system.conftest import Register, register_of
from tests.system.course import CANNOT, Course, Member
from tests.system.outside import Answer

pytestmark = pytest.mark.system

STAGES = ["requested", "composing", "questions", "reviewing", "deliberating", "replying", "unit_review", "published"]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("embedded", marks=pytest.mark.xdist_group("outside")),
        pytest.param("real", marks=[pytest.mark.real, pytest.mark.xdist_group("real-system")]),
    ],
)
def course(request: pytest.FixtureRequest) -> Course:
    """On one machine, then with every process of its own on Kafka, Elasticsearch and PostgreSQL."""
    if request.param == "embedded":
        register: Register = request.getfixturevalue("register")
    else:
        register = register_of(request.getfixturevalue("real")[0])
    return Course(register, lambda kind: f"{kind}canary")


@pytest.fixture(scope="module")
def evaluation(course: Course) -> Answer:
    return course.run()


def test_the_course_is_public_and_nothing_of_it_but_stages(course: Course, evaluation: Answer) -> None:
    public = course.register.anyone.get(course.at)
    assert [step["stage"] for step in public["stages"]] == STAGES
    assert public["evaluation_id"] == evaluation["id"]
    assert "canary" not in public.text
    for path in ("reviews/mine", "discussion", "panel"):
        course.register.anyone.get(f"{course.at}/{path}", expect=(401, 403, 404, 405))
        course.register.outsider.get(f"{course.at}/{path}", expect=(403, 404, 405))


def test_the_seed_was_committed(course: Course, evaluation: Answer) -> None:
    closed = course.register.anyone.get(f"assessment/rounds/{course.rounds['id']}")
    assert closed["seed_hash"] == course.rounds["seed_hash"]
    assert "seed" not in course.rounds
    assert hashlib.sha256(closed["seed"].encode()).hexdigest() == course.rounds["seed_hash"]


def test_the_evaluation_says_what_it_stands_on(course: Course, evaluation: Answer) -> None:
    assert evaluation["partnership"]["id"] == course.record["id"]
    assert evaluation["judged_version"] == course.record["version"]
    assert evaluation["panel"]["size"] == 12
    assert set(evaluation["panel"]["chambers"].values()) == {3}
    assert evaluation["panel"]["members"] == [{"display_name": "Sok Dara"}]
    assert evaluation["selection"] == {"ground": "request"}
    assert evaluation["series"]["previous"] is None
    assert [each["lesson"] for each in evaluation["lessons"]] == list(course.judged)
    assert "canary" not in evaluation.text
    assert "score" not in evaluation, "a profile, never a league table"


def test_every_figure_comes_out_again(course: Course, evaluation: Answer) -> None:
    for lesson in evaluation["lessons"]:
        expected = figures(course.panel, course.judged[lesson["lesson"]])
        judged, flags = lesson["judged"], set(lesson["flags"])
        if expected is None:
            assert judged["level"] is None
            assert judged["interval"] is None
            assert "not_judged" in flags
            continue
        assert judged["level"] == pytest.approx(expected["level"], abs=0.0501), lesson["lesson"]
        if judged["interval"] is not None:
            assert judged["interval"] == pytest.approx(expected["interval"], abs=0.0501), lesson["lesson"]
        for chamber, mean in (judged["chambers"] or {}).items():
            assert mean == pytest.approx(expected["means"][chamber], abs=0.0501)
        for flag in ("tentative", "disagreement", "one_chamber_decides"):
            assert (flag in flags) == expected[flag], (lesson["lesson"], flag)
        evidence = lesson["evidence"]["level"]
        departs = evidence is not None and abs(expected["level"] - evidence) >= 1
        assert ("departs_from_evidence" in flags) == departs, lesson["lesson"]
        for each in judged["indicators"] or []:
            low, high = each["band"] if isinstance(each["band"], list) else (each["band"], each["band"] + 0.5)
            level = fmean(means(course.panel, [each["code"]]).values())
            assert low - 1e-9 <= level <= high + 1e-9
    assert any("not_judged" in lesson["flags"] for lesson in evaluation["lessons"])


def counted(member: Member, codes: list[str]) -> float | None:
    """x of a member: the mean of the levels given, if at least half of the indicators were judged."""
    given = [float(member.levels[code]) for code in codes if member.levels[code] != CANNOT]
    return fmean(given) if given and 2 * len(given) >= len(codes) else None


def by_chamber(panel: list[Member], codes: list[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for member in panel:
        x = counted(member, codes)
        if x is not None:
            found[member.chamber].append(x)
    return found


def means(panel: list[Member], codes: list[str]) -> dict[str, float]:
    return {chamber: fmean(those) for chamber, those in by_chamber(panel, codes).items()}


def figures(panel: list[Member], codes: list[str]) -> Mapping[str, Any] | None:
    """The figures of a lesson as the method writes them; None where it is not judged."""
    chambers = by_chamber(panel, codes)
    able = sum(len(those) for those in chambers.values())
    if len(chambers) < 3 or 2 * able < len(panel):
        return None
    mean = {chamber: fmean(those) for chamber, those in chambers.items()}
    groups, level = len(chambers), fmean(mean.values())
    degrees = sum(len(those) - 1 for those in chambers.values())
    squares = sum((x - mean[chamber]) ** 2 for chamber, those in chambers.items() for x in those)
    pooled = math.sqrt(squares / degrees)
    half = stats.t.ppf(0.975, degrees) * pooled * math.sqrt(sum(1 / len(those) for those in chambers.values())) / groups
    interval = [max(0.0, level - half), min(4.0, level + half)]
    spread = math.sqrt(fmean(1 / len(those) for those in chambers.values()))
    limit = max(1.5, stats.studentized_range.ppf(0.95, groups, degrees) * pooled * spread)
    return {
        "level": level,
        "interval": interval,
        "means": mean,
        "tentative": interval[1] - interval[0] > 1.5 or 4 * able < 3 * len(panel),
        "disagreement": max(mean.values()) - min(mean.values()) >= limit - 1e-9,
        "one_chamber_decides": max(abs(each - level) for each in mean.values()) / (groups - 1) >= 0.5 - 1e-9,
    }


def test_it_is_found(course: Course, evaluation: Answer) -> None:
    """Search carries the profile: by lesson and level, and on the item."""
    anyone = course.register.anyone
    best = max(
        (each for each in evaluation["lessons"] if each["judged"]["level"] is not None),
        key=lambda each: float(each["judged"]["level"]),
    )
    level = math.floor(best["judged"]["level"])
    found = course.register.eventually(
        lambda: anyone.call("GET", "search/partnerships", lesson=f"{best['lesson']}:{level}", has="evaluation"),
        until=lambda answer: any(each["id"] == course.record["id"] for each in answer["items"]),
    )
    item = next(each for each in found["items"] if each["id"] == course.record["id"])
    assert item["evaluation"]["id"] == evaluation["id"]
    assert "canary" not in found.text


def test_the_addressee_answers_and_somebody_complains(course: Course, evaluation: Answer) -> None:
    at = f"assessment/evaluations/{evaluation['id']}"
    (recommendation,) = evaluation["recommendations"]
    answer = {"response": "accepted", "action": {"en": "Minutes on the web"}, "due": "2030-01-31"}
    path = f"{at}/recommendations/{recommendation['id']}/response"
    course.register.outsider.put(path, answer, expect=403)
    answered = course.register.lead.put(path, answer)
    assert answered["version"] == evaluation["version"] + 1
    assert answered["recommendations"][0]["response"] == "accepted"
    complaint = course.register.anyone.create(
        f"{at}/complaints", {"text": "The reply was not read: secretcanary, and nobody asked us."}
    )
    assert complaint["id"]
    assert "secretcanary" not in course.register.anyone.get(at).text


def test_the_command_finds_no_difference(course: Course, evaluation: Answer) -> None:
    done = course.register.system.command("assessment", "recompute", evaluation["id"])
    assert done.returncode == 0, done.stdout + done.stderr
    every = course.register.system.command("assessment", "recompute", "--all")
    assert every.returncode == 0, every.stdout + every.stderr


def test_what_was_confidential_is_nowhere_outside(course: Course, evaluation: Answer) -> None:
    system = course.register.system
    for word in ("reasoncanary", "draftreasoncanary", "discussioncanary", "documentroomcanary", "revisedcanary"):
        assert word not in system.log.read_text()
    topics = [each["topic"] for each in system.json("events", "topics")]
    options = [word for topic in topics for word in ("--topic", topic)]
    said = system.command("events", "tail", "--json", "--from-beginning", "--no-follow", *options).stdout
    assert evaluation["id"] in said
    assert "canary" not in said.casefold()
