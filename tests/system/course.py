"""One assessment from the request to the evaluation, over HTTP: by somebody who knows only what is promised.

Used by the tests of acceptance and of secrecy. What is given in confidence on the way is marked by the words that `secret` gives.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.chassis import clock
from tests.system.conftest import Register
from tests.system.outside import Answer, Outside

CONSTITUENCIES = (
    ("government", "un_system", "parliament", "government"),
    ("civil_society", "civil_society", "civil_society", "civil_society"),
    ("women", "farmers", "community", "persons_with_disabilities"),
    ("academia", "private_sector", "foundation", "media"),
)
"""Four members for each of the chambers: public, civil_society, affected_groups, business_and_knowledge."""
CANNOT = "cannot_judge"
Levels = dict[str, int | str]


@dataclass
class Member:
    """A member of the forum: who calls, as which nomination, with which levels in the end."""

    person: Outside
    name: str
    id: str = ""
    chamber: str = ""
    levels: Levels = field(default_factory=dict)


@dataclass
class Course:
    """The steps, in their order. `secret` gives a word for what is confidential, by its kind."""

    register: Register
    secret: Callable[[str], str]
    rounds: Answer = field(init=False)
    id: str = field(init=False)
    record: Answer = field(init=False)
    pool: list[Member] = field(default_factory=list)
    panel: list[Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        rubric = self.register.anyone.get("assessment/rubrics/1")
        self.chambers: dict[str, list[str]] = rubric["chambers"]
        self.judged = {
            lesson["lesson"]: [each["code"] for each in lesson["indicators"] if each["kind"] == "judged"]
            for lesson in rubric["lessons"]
        }

    @property
    def at(self) -> str:
        return f"assessment/assessments/{self.id}"

    def move(self, to: str, *, expect: int = 200) -> Answer:
        return self.register.officer.do(f"{self.at}/transitions", {"to": to}, expect=expect)

    def nominated(self) -> None:
        """Networks, and the members whom they nominate; each of them calls once."""
        register = self.register
        people = register.people(*(f"{self.secret('memberaddress')}{number}" for number in range(16)))
        networks: dict[str, str] = {}
        for person, constituency in zip(people, [each for four in CONSTITUENCIES for each in four], strict=True):
            if constituency not in networks:
                body = {"name": {"en": f"Network of {constituency}"}, "constituency": constituency}
                body |= {"contact_email": f"contact{uuid.uuid4().hex}@example.org"}
                networks[constituency] = register.officer.create("registry/networks", body)["id"]
            name = f"{self.secret('membername')} {uuid.uuid4().hex[:4]}"
            nominee = {"email": person.email, "display_name": name, "roles": ["forum_member"]}
            nominee |= {"languages": ["en"], "countries": ["VNM"]}
            register.officer.create(f"registry/networks/{networks[constituency]}/nominations", nominee)
            person.get("registry/focal-points/me")
            self.pool.append(Member(person, name))
        for member in self.pool:
            me = register.eventually(lambda member=member: member.person.call("GET", "assessment/members/me"))
            member.id, member.chamber = me["id"], me["chamber"]

    def opened(self) -> None:
        """A round, and the request of the partnership's focal point."""
        register = self.register
        days = {"questions_until": 10, "reviewing_until": 30, "deliberating_until": 45}
        today = clock.today()
        calendar = {name: (today + timedelta(days=ahead)).isoformat() for name, ahead in days.items()}
        body = {"title": {"en": "Water 2027"}, "calibration": False, "calendar": {**calendar, "reply_days": 30}}
        self.rounds = register.officer.create("assessment/rounds", body)
        self.record = register.registered()
        # What the panel judges is the version that the forum has heard of when the questions begin.
        profile = f"assessment/partnerships/{self.record['id']}/evidence"
        register.eventually(
            lambda: register.anyone.call("GET", profile),
            until=lambda heard: heard["partnership"]["version"] == self.record["version"],
        )
        asked = {"partnership_id": self.record["id"], "ground": "request"}
        at = f"assessment/rounds/{self.rounds['id']}"
        register.eventually(lambda: register.lead.call("POST", f"{at}/requests", asked), status=201)
        selected = register.officer.create(f"{at}/assessments", {"partnership_ids": [self.record["id"]]})
        (assessment,) = selected["items"]
        assert assessment["stage"] == "composing"
        self.id = assessment["id"]

    def composed(self) -> Answer:
        """A panel; whom others nominated gives way to one of the pool."""
        officer, by_id = self.register.officer, {member.id: member for member in self.pool}
        made = officer.create(f"{self.at}/panel", {})
        while strangers := [each["member_id"] for each in made["members"] if each["member_id"] not in by_id]:
            officer.delete(f"{self.at}/panel/{strangers[0]}", body={"reason": "Nobody has heard of this member since."})
            made = officer.get(f"{self.at}/panel")
        self.panel = [by_id[each["member_id"]] for each in made["members"]]
        self.move("questions")
        return made

    def asked(self) -> None:
        """A question without a name, answered for the panel alone."""
        body = {"text": "How many of the wells were repaired by now?", "pseudonymous": True}
        question = self.panel[0].person.create(f"{self.at}/questions", body)
        answer = {"text": f"Thirty, but do not tell: {self.secret('documentroom')}.", "panel_only": True}
        self.register.lead.call("POST", f"{self.at}/questions/{question['id']}/answer", answer, expect=(200, 201))
        for reader, reads in ((self.panel[1].person, True), (self.register.anyone, False)):
            assert (self.secret("documentroom") in reader.get(f"{self.at}/questions").text) == reads
        self.move("reviewing")

    def reviewed(self, seed: int) -> None:
        """Everybody drafts, writes and submits a review; chambers differ, and two of them cannot judge the last lesson."""
        chance = random.Random(seed)
        chambers, silent = list(self.chambers), list(self.judged)[-1]
        for member in self.panel:
            leaning = (1, 2, 2, 3)[chambers.index(member.chamber)]
            for lesson, codes in self.judged.items():
                for code in codes:
                    cannot = lesson == silent and chambers.index(member.chamber) > 1
                    member.levels[code] = CANNOT if cannot else min(4, max(0, leaning + chance.choice((-1, 0, 0, 1))))
            draft = self._review(member, self.secret("draftreason"))
            member.person.put(f"{self.at}/reviews/mine", draft)
            member.person.put(f"{self.at}/reviews/mine", self._review(member, self.secret("reason")))
            member.person.call("POST", f"{self.at}/reviews/mine/submission", {}, expect=(200, 201))
        self.move("deliberating")

    def _review(self, member: Member, word: str) -> dict[str, Any]:
        reason = f"This stands on what the record says of it: {word}."
        scores = [
            {"indicator": code, "level": level, "reason": reason, "confidence": "medium"}
            for code, level in member.levels.items()
        ]
        return {"scores": scores, "reasons": dict.fromkeys(self.judged, reason)}

    def deliberated(self) -> None:
        """Somebody argues, somebody revises; the panel approves its rationale and a recommendation."""
        first, second = self.panel[:2]
        discussed = first.person.get(self.at)["to_discuss"]
        assert discussed
        remark = {"indicator": discussed[0], "text": f"I saw it otherwise: {self.secret('discussion')}."}
        first.person.create(f"{self.at}/discussion", remark)
        second.levels[discussed[0]] = 2
        second.person.put(f"{self.at}/reviews/mine", self._review(second, self.secret("revised")))
        second.person.call("POST", f"{self.at}/reviews/mine/submission", {}, expect=(200, 201))
        rationale = {lesson: {"en": f"What the panel says of {lesson}, together."} for lesson in self.judged}
        first.person.put(f"{self.at}/rationale", rationale)
        due = (clock.today() + timedelta(days=200)).isoformat()
        body = {"text": {"en": "Publish the minutes."}, "addressee": self.register.organizations["lead"], "due": due}
        first.person.create(f"{self.at}/recommendations", body)
        for member in self.panel:
            member.person.call("POST", f"{self.at}/deliberation/done", {}, expect=(200, 201))
        self.move("replying")

    def replied(self) -> None:
        answer = {"text": {"en": "Thank you; the minutes will be published."}}
        self.register.lead.call("POST", f"{self.at}/reply", answer, expect=(200, 201))
        self.move("unit_review")

    def published(self) -> Answer:
        """The unit looks at it, and publishes; the evaluation."""
        named = self.panel[0]
        named.person.put("assessment/members/me", {"named": True, "display_name": "Sok Dara"})
        review = {
            "checklist": dict.fromkeys(("conflicts", "quorum", "rationale", "reply"), True),
            "costs": {"money": [{"amount": "40000.00", "currency": "USD"}], "days": 120},
            "impact": {"en": "Forty villages have clean water."},
            "risk_tier": "high",
        }
        self.register.officer.put(f"{self.at}/unit-review", review)
        done = self.move("published")
        assert done["stage"] == "published"
        return self.register.anyone.get(f"assessment/evaluations/{done['evaluation_id']}")

    def run(self, seed: int = 1) -> Answer:
        """All of it."""
        self.nominated()
        self.opened()
        self.composed()
        self.asked()
        self.reviewed(seed)
        self.deliberated()
        self.replied()
        return self.published()
