"""The rounds of the demo world's forum, played by the use cases of the assessment in the name of invented people.

`play` does it in one transaction, so that the engine's clock and readers never see a round half done. What people say is in
`world/rounds.json` and `world/assessments/`; levels come from patterns there, a pair for every member and lesson. Who sits on a
panel is drawn anew with every seeding, so a file names seats by their place (`by`), never a member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import assessment as contracts
from schemas import documents
from schemas.evaluation import ResponseCommand
from schemas.round import RequestCommand, RoundCommand
from schemas.rubric import Rubric, rubric
from services.assessment.evaluations import follow_up
from services.assessment.evaluations.models import Evaluation
from services.assessment.evidence.models import Evidence
from services.assessment.figures import Panel, Review, judge, published
from services.assessment.forum.assessments import deliberation, moving, panel, questions, replying, reviews
from services.assessment.forum.assessments.models import Assessment, Seat
from services.assessment.forum.assessments.seats import sitting
from services.assessment.forum.members import calibration
from services.assessment.forum.members import service as members
from services.assessment.forum.rounds import service as rounds
from services.assessment.forum.rounds.models import Round
from services.assessment.register.authority import Nomination, pool
from services.assessment.register.models import RegisteredOrganization
from services.chassis import clock
from services.chassis.clock import Job
from services.chassis.database import Database
from services.chassis.identity import Principal
from services.demo import world_files
from services.demo.days import Days, resolved
from services.demo.people import People
from services.demo.register import Happening

Said = Mapping[str, Any]
CANNOT, DEPARTURE = "x", 2
CHECKLIST = ("conflicts", "quorum", "rationale", "reply")


def prepare() -> None:
    """Do what waits for nobody: load what composes panels, and find out what of the patterns' figures may be published.

    That is remembered for the whole process; `play` takes two thirds of its time after it.
    """
    import scipy.optimize  # noqa: F401 - nearly a second

    codes = ("first", "second")
    for pattern, chambers in world_files.rounds()["patterns"].items():
        size = Panel({chamber: len(pairs.split()) for chamber, pairs in chambers.items()})
        given = []
        for chamber, seats in size.chambers.items():
            for place in range(seats):
                levels = (each if isinstance(each, int) else None for each in _levels(chamber, place, pattern))
                given.append(Review(f"{chamber} {place}", chamber, dict(zip(codes, levels, strict=True))))
        judgement = judge(size, given, codes, None)
        shown = published(judgement, size, given, codes)
        published(judgement, size, given, codes, earlier=[shown])


def play(database: Database, people: People, days: Days, jobs: Sequence[Job], present: str) -> None:
    """Play the rounds, then set the process's clock to `present` and let fall due what fell due meanwhile.

    Raises what the use cases raise, `KeyError` for something that the register does not hold.
    """
    with database.transaction() as session:
        forum = _forum(database, session, people, days)
        for nth, happening in enumerate(sorted(_happenings(forum), key=lambda each: each.day)):
            clock.use(days.moment(happening.day, nth).isoformat())
            happening.run()
        clock.use(present)
        for job in jobs:
            while job.run(session, clock.now()):
                pass


@dataclass(frozen=True, slots=True)
class Forum:
    """What the rounds are played with: who is who by address, by nomination and by organization, and the ids of the register."""

    database: Database
    session: Session
    people: People
    days: Days
    members: Mapping[str, Nomination]
    acting: Mapping[str, Principal]
    organizations: Mapping[str, str]
    partnerships: Mapping[str, str]
    leads: Mapping[str, str]

    @property
    def unit(self) -> Principal:
        """The officer of the Partnership Development Unit."""
        return self.people.with_role("pdu_officer")

    def loaded(self, contract: type[Any], value: Any) -> dict[str, Any]:
        """A value of the world as the contract takes it. Raises `ValidationError`, `KeyError` for an unknown organization."""
        return documents.load(contract, resolved(value, self.days, self.organizations.__getitem__))

    def of(self, organization: str) -> Principal:
        """Who speaks for an organization. Raises `ValueError` where the world has nobody."""
        found = self.people.acting(organization, "lead", "focal_point")
        if found is None:
            raise ValueError(f"nobody of {organization} is lead or focal_point")
        return found


def _forum(database: Database, session: Session, people: People, days: Days) -> Forum:
    nominations = {each.id: each for each in pool(session)}
    persons = {each.person_id: each for each in people.principals.values()}
    named = session.execute(select(RegisteredOrganization.name, RegisteredOrganization.id))
    organizations = {_key(row.name): row.id for row in named}
    bodies = session.execute(select(Evidence.partnership_id, Evidence.document).where(Evidence.document.is_not(None)))
    titled = {_key(orjson.loads(row.document or b"")["title"]): row.partnership_id for row in bodies}
    asked = [each for one in world_files.rounds()["rounds"] for each in world_files.assessments(one["key"])]
    records = {each.key: each for each in world_files.records()}
    return Forum(
        database,
        session,
        people,
        days,
        nominations,
        {each.id: persons[each.person_id] for each in nominations.values() if each.person_id in persons},
        {f"org:{name}": organizations[_key(each["name"])] for name, each in world_files.organizations().items()},
        {each["record"]: titled[_key(records[each["record"]].content["title"])] for each in asked},
        {each["record"]: records[each["record"]].lead for each in asked},
    )


def _key(words: Mapping[str, str]) -> bytes:
    return orjson.dumps(words, option=orjson.OPT_SORT_KEYS)


def _happenings(forum: Forum) -> Iterator[Happening]:
    """Everything that happens in the forum, in no order of days."""
    world = world_files.rounds()
    first = min(each["day"] for each in world["rounds"])
    yield Happening(first, partial(_introduce, forum))
    for said in world["rounds"]:
        yield from _Round(forum, said).happenings()


def _introduce(forum: Forum) -> None:
    """Members say whether they may be named, and what they have an interest in."""
    by_email = forum.people.principals
    for network in world_files.networks():
        for each in network.get("nominations", ()):
            if each.get("named"):
                members.change(
                    forum.database, by_email[each["email"]], {"named": True, "display_name": each["display_name"]}
                )
    for each in world_files.rounds()["interests"]:
        interest = {"organization_id": forum.organizations[f"org:{each['organization']}"], "nature": each["nature"]}
        members.declare(forum.database, by_email[each["email"]], interest)


@dataclass
class _Round:
    """A round while it is played; `id` is there once it is opened, and the row, so that the session need not read it again."""

    forum: Forum
    said: Said
    id: str = ""
    row: Round | None = None
    courses: list[_Course] = field(default_factory=list)

    def happenings(self) -> Iterator[Happening]:
        """The opening, the selection, and the courses."""
        self.courses = [_Course(self, each) for each in world_files.assessments(self.said["key"])]
        days = self.said["course"]
        yield Happening(self.said["day"], self.open)
        yield Happening(days["select"], self.select)
        for name in _STEPS:
            for course in self.courses:
                if name in days and course.takes(name):
                    yield Happening(days[name], partial(_STEPS[name], course))

    def open(self) -> None:
        """By the unit."""
        names = ("title", "criteria", "panel", "calibration", "calendar")
        data = self.forum.loaded(RoundCommand, {name: self.said[name] for name in names})
        self.id = rounds.open_round(self.forum.database, self.forum.unit, data).id
        self.row = self.forum.session.get(Round, self.id)

    def select(self) -> None:
        """The unit takes all of them up."""
        wanted = [course.partnership_id for course in self.courses]
        rounds.select_for(self.forum.database, self.forum.unit, self.id, wanted)


@dataclass
class _Course:
    """An assessment while it is played."""

    round: _Round
    said: Said
    id: str = ""

    def takes(self, step: str) -> bool:
        """Whether it comes as far as that step, and does it."""
        if step in ("reconsider", "revise") and "reconsider" not in self.said:
            return False
        steps = list(_STEPS)
        return steps.index(step) <= steps.index(_LAST[self.said.get("until", "published")])

    # Who and what

    @property
    def forum(self) -> Forum:
        """What it is played with."""
        return self.round.forum

    @property
    def partnership_id(self) -> str:
        """The record that is assessed."""
        return self.forum.partnerships[self.said["record"]]

    @property
    def lead(self) -> Principal:
        """The focal point of the partnership."""
        return self.forum.of(self.forum.leads[self.said["record"]])

    def seats(self) -> list[Seat]:
        """Who sits, chamber after chamber, in the order of members."""
        chambers = list(_rubric().chambers)
        return sorted(
            sitting(self.forum.session, self.id), key=lambda each: (chambers.index(each.chamber), each.member_id)
        )

    def member(self, seat: Seat) -> Principal:
        """The person on a seat."""
        return self.forum.acting[seat.member_id]

    def move(self, to: str) -> None:
        """The unit moves it."""
        moving.transition(self.forum.database, self.forum.unit, self.id, to, None)

    # The steps

    def request(self) -> None:
        """The partnership asks, or organizations petition."""
        command = {"partnership_id": self.partnership_id, "ground": self.said["ground"]}
        petitioners = self.said.get("petitioners", ())
        if petitioners:
            command["organization_ids"] = [f"org:{each}" for each in petitioners]
        data = self.forum.loaded(RequestCommand, command)
        asking = [self.forum.of(each) for each in petitioners] or [self.lead]
        for each in asking:
            self.id = rounds.request(self.forum.database, each, self.round.id, data)[0].id

    def compose(self) -> None:
        """The unit lets the panel be composed."""
        panel.compose(self.forum.database, self.forum.unit, self.id)

    def ask(self) -> None:
        """The panel asks."""
        seats = self.seats()
        for each in self.said["questions"]:
            data = {"text": each["text"], "pseudonymous": bool(each.get("pseudonymous"))}
            questions.ask(self.forum.database, self.member(seats[each["by"]]), self.id, data)

    def answer(self) -> None:
        """The partnership answers what was asked, in that order."""
        asked = questions.listed(self.forum.database, self.lead, self.id)
        for question, each in zip(asked, self.said["questions"], strict=True):
            said = {"text": each["answer"], "panel_only": each.get("panel_only", False)}
            data = self.forum.loaded(contracts.AnswerCommand, said)
            questions.answer(self.forum.database, self.lead, self.id, question["id"], data)

    def review(self) -> None:
        """Members review, each alone; where the round asks for it, they work through the anchor cases before."""
        kept_open = self.forum.people.principals.get(self.said.get("open_for", ""))
        reviewing = [each for each in self.placed() if self.member(each[0]) is not kept_open]
        computed = self.computed()
        for seat, place in reviewing[: self.said.get("submitted")]:
            if self.round.said["calibration"]:
                self.calibrate(seat)
            review = self.written(seat, place, self.said["patterns"], computed)
            reviews.write(self.forum.database, self.member(seat), self.id, review)
            reviews.submit(self.forum.database, self.member(seat), self.id)

    def calibrate(self, seat: Seat) -> None:
        """A member answers the anchor cases, as it was meant."""
        answers = [
            {"case": code, "level": case["level"]} for code, case in calibration.cases(_rubric().version).items()
        ]
        calibration.answer(self.forum.database, self.member(seat), answers)

    def deliberate(self) -> None:
        """The panel talks, writes its rationale, and recommends."""
        seats, database = self.seats(), self.forum.database
        words: list[str] = []
        for each in self.said["discussion"]:
            said = {name: each[name] for name in ("indicator", "text", "language", "machine") if name in each}
            said |= {"translation_of": words[each["translates"]]} if "translates" in each else {}
            data = self.forum.loaded(contracts.DiscussionCommand, said)
            words.append(deliberation.discuss(database, self.member(seats[each["by"]]), self.id, data)["id"])
        writing = self.member(seats[0])
        rationale = self.forum.loaded(contracts.RationaleCommand, self.said["rationale"])
        deliberation.write_rationale(database, writing, self.id, rationale)
        for each in self.said["recommendations"]:
            said = {"text": each["text"], "addressee": f"org:{each['addressee']}", "due": each["due"]}
            data = self.forum.loaded(contracts.RecommendationCommand, said)
            deliberation.recommend(database, writing, self.id, data)

    def approve(self) -> None:
        """Everybody on the panel approves what it says."""
        for seat in self.seats():
            deliberation.approve(self.forum.database, self.member(seat), self.id)

    def reconsider(self) -> None:
        """The partnership says which facts were wrong."""
        said = {name: self.said["reconsider"][name] for name in ("indicator", "fact", "source")}
        data = self.forum.loaded(contracts.ReconsiderationCommand, said)
        replying.reconsider(self.forum.database, self.lead, self.id, data)

    def revise(self) -> None:
        """Those on the panel whom the facts convince judge that indicator again; all approve what is said of it now."""
        again, computed, database = self.said["reconsider"], self.computed(), self.forum.database
        place = [lesson.code for lesson in _rubric().lessons].index(again["lesson"])
        patterns = [*self.said["patterns"]]
        before = patterns[place]
        patterns[place] = again["pattern"]
        for seat, number in self.placed():
            if _levels(seat.chamber, number, before) != _levels(seat.chamber, number, again["pattern"]):
                reviews.write(database, self.member(seat), self.id, self.written(seat, number, patterns, computed))
                reviews.submit(database, self.member(seat), self.id)
        rationale = self.forum.loaded(contracts.RationaleCommand, {again["lesson"]: again["rationale"]})
        deliberation.write_rationale(database, self.member(self.seats()[0]), self.id, rationale)
        self.approve()

    def reply(self) -> None:
        """The partnership replies."""
        data = self.forum.loaded(contracts.ReplyCommand, {"text": self.said["reply"]})
        replying.reply(self.forum.database, self.lead, self.id, data)

    def check(self) -> None:
        """The unit looks at conflicts, quorum, rationale and reply, and writes down costs and impact."""
        review = {"checklist": dict.fromkeys(CHECKLIST, True), **self.said["unit"]}
        data = self.forum.loaded(contracts.UnitReviewDocument, review)
        replying.review_unit(self.forum.database, self.forum.unit, self.id, data)

    def respond(self) -> None:
        """Those whom the panel recommended something answer."""
        evaluation = self.forum.session.scalars(select(Evaluation).where(Evaluation.assessment_id == self.id)).one()
        made = orjson.loads(evaluation.document)["recommendations"]
        for recommendation, each in zip(made, self.said["recommendations"], strict=True):
            if "response" in each:
                data = self.forum.loaded(ResponseCommand, each["response"])
                answering = self.forum.of(each["addressee"])
                follow_up.respond(self.forum.database, answering, evaluation.id, recommendation["id"], data)

    # Reviews

    def placed(self) -> list[tuple[Seat, int]]:
        """The seats, each with its place in its chamber."""
        those = groupby(self.seats(), key=lambda each: each.chamber)
        return [(seat, place) for _, chamber in those for place, seat in enumerate(chamber)]

    def computed(self) -> Mapping[str, Fraction | None]:
        """By lesson the level that the record gives; a judgement far from it owes a reason."""
        row = self.forum.session.get_one(Assessment, self.id)
        return reviews.computed_levels(self.forum.session, row, _rubric())

    def written(
        self, seat: Seat, place: int, patterns: Sequence[str], computed: Mapping[str, Fraction | None]
    ) -> dict[str, Any]:
        """A member's review: levels by the patterns, reasons in the first language of the member that there are reasons in."""
        texts = world_files.rounds()
        spoken = self.forum.members[seat.member_id].languages
        language = next((each for each in (*spoken, "en") if each in texts["reasons"]), "en")
        scores, reasons = [], {}
        for lesson, pattern in zip(_rubric().lessons, patterns, strict=True):
            levels = _levels(seat.chamber, place, pattern)
            for indicator, level in zip(_rubric().judged(lesson.code), levels, strict=True):
                score: dict[str, Any] = {"indicator": indicator.code, "level": level, "confidence": "medium"}
                reason = _owed(level, computed[lesson.code])
                scores.append(score | ({"reason": texts["words"][language][reason]} if reason else {}))
            given = [each for each in levels if isinstance(each, int)]
            if given:
                reasons[lesson.code] = texts["reasons"][language][lesson.code][_band(given)]
        return {"scores": scores, "reasons": reasons}


def _rubric() -> Rubric:
    return rubric("1")


def _levels(chamber: str, place: int, pattern: str) -> list[int | str]:
    """The levels that somebody on that place of a chamber gives by a pattern."""
    pair = world_files.rounds()["patterns"][pattern][chamber].split()[place]
    return [contracts.CANNOT_JUDGE if each == CANNOT else int(each) for each in pair]


def _band(levels: Sequence[int]) -> int:
    """Which of three sentences suits: of low, of middling, or of high levels."""
    mean = sum(levels) / len(levels)
    return 0 if mean <= 1 else 1 if mean < 3 else 2


def _owed(level: int | str, computed: Fraction | None) -> str | None:
    """Which kind of reason a level owes."""
    if not isinstance(level, int):
        return None
    if level in (0, 4):
        return "low" if level == 0 else "high"
    return "departs" if computed is not None and abs(level - computed) >= DEPARTURE else None


_STEPS: Mapping[str, Callable[[_Course], None]] = {
    "request": _Course.request,
    "compose": _Course.compose,
    "questions": lambda course: course.move("questions"),
    "ask": _Course.ask,
    "answer": _Course.answer,
    "reviewing": lambda course: course.move("reviewing"),
    "review": _Course.review,
    "deliberating": lambda course: course.move("deliberating"),
    "deliberate": _Course.deliberate,
    "approve": _Course.approve,
    "replying": lambda course: course.move("replying"),
    "reconsider": _Course.reconsider,
    "revise": _Course.revise,
    "reply": _Course.reply,
    "unit_review": lambda course: course.move("unit_review"),
    "check": _Course.check,
    "published": lambda course: course.move("published"),
    "respond": _Course.respond,
}
_LAST = {"reviewing": "review", "replying": "replying", "unit_review": "check", "published": "respond"}
"""By the stage in which an assessment is left: the last of its steps."""
