"""Deliberation, reply and reconsideration: under pseudonyms, by edition, and the profile under the rules of the public."""

from __future__ import annotations

import pytest

from tests.assessment.forum.conftest import JUDGED, LESSONS, REASON, Course, Forum
from tests.registry.conftest import ok, refused


@pytest.fixture
def course(forum: Forum) -> Course:
    forum.pool()
    return Course(forum)


def test_members_ask_without_names_and_the_room_leaves_with_the_round(course: Course) -> None:
    course.asking()
    path, first = f"{course.path}/questions", course.panel[0]
    refused(course.focal_point.post(path, {"text": "May I?"}), 403, "not-on-panel")
    open_one = ok(first.post(path, {"text": "Who chose?", "pseudonymous": True}), 201)
    hidden = ok(first.post(path, {"text": "Who paid?", "pseudonymous": False}), 201)
    assert "asked_by" in open_one
    assert "asked_by" not in hidden
    assert ok(course.forum.client.get(path))["items"] == []
    seen = ok(course.focal_point.get(path))["items"]
    assert [each["text"] for each in seen] == ["Who chose?", "Who paid?"]
    assert all("asked_by" not in each for each in seen)
    ok(course.focal_point.post(f"{path}/{open_one['id']}/answer", {"text": "The villages."}))
    answer = {"text": "A donor who fears reprisals.", "panel_only": True}
    ok(course.focal_point.post(f"{path}/{hidden['id']}/answer", answer))
    refused(course.focal_point.post(f"{path}/{hidden['id']}/answer", answer), 409, "already-answered")
    assert [each["text"] for each in ok(course.forum.client.get(path))["items"]] == ["Who chose?"]
    assert ok(course.panel[5].get(path))["items"][1]["answer"] == answer["text"]
    refused(first.post(f"{path}/{open_one['id']}/answer", {"text": "Mine."}), 403, "not-allowed")
    course.move("abandoned", "The partnership could not go on with it.")
    assert "fears reprisals" in course.panel[5].get(path).text  # other assessments of the round may still run
    course.forum.travel(12)


def test_the_discussion_is_under_pseudonyms(course: Course) -> None:
    course.deliberating(levels={"public": 0, "affected_groups": 4})
    path, first = f"{course.path}/discussion", course.panel[0]
    said = ok(first.post(path, {"indicator": JUDGED[0], "text": "ខ្ញុំយល់ខុស។", "language": "km"}), 201)
    body = {"indicator": JUDGED[0], "text": "I see it differently.", "language": "en"}
    translated = ok(first.post(path, body | {"translation_of": said["id"], "machine": True}), 201)
    assert translated["machine"]
    found = ok(course.panel[7].get(path))["items"]
    assert [each["pseudonym"] for each in found] == [ok(first.get(course.path))["me"]["pseudonym"]] * 2
    assert found[0]["text"] == "ខ្ញុំយល់ខុស។"
    refused(first.post(path, {"indicator": "affected_named", "text": REASON}), 422, "indicator-not-judged")
    for who in (course.forum.officer, course.focal_point, course.forum.stranger):
        refused(who.get(path), 403, "not-on-panel")


def test_a_later_change_asks_for_approval_again(course: Course) -> None:
    course.deliberating().approved()
    first, second = course.panel[:2]
    assert ok(first.get(course.path))["me"]["approved"]
    body = {"text": {"en": "Hold a meeting."}, "addressee": course.lead}
    made = ok(second.post(f"{course.path}/recommendations", body), 201)
    assert not ok(first.get(course.path))["me"]["approved"]
    assert second.delete(f"{course.path}/recommendations/{made['id']}").status_code == 204
    assert len(ok(first.get(course.path))["recommendations"]) == 1
    ok(first.post(f"{course.path}/deliberation/done"))
    same = ok(first.get(course.path))["rationale"]
    ok(second.put(f"{course.path}/rationale", same))  # nothing changed
    assert ok(first.get(course.path))["me"]["approved"]
    refused(second.put(f"{course.path}/rationale", {"overall": {"en": REASON}}), 422, "invalid")
    yesterday = body | {"due": course.forum.day(-1)}
    problem = refused(second.post(f"{course.path}/recommendations", yesterday), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/due"
    body["addressee"] = course.id
    refused(second.post(f"{course.path}/recommendations", body), 422, "invalid")


def test_before_the_reply_nobody_outside_the_panel_sees_the_findings(course: Course) -> None:
    course.deliberating().approved()
    for who in (course.focal_point, course.forum.officer, course.forum.stranger):
        seen = ok(who.get(course.path))
        assert not {"lessons", "rationale", "recommendations", "to_discuss"} & seen.keys()
    course.move("replying")
    seen = ok(course.focal_point.get(course.path))
    assert [each["lesson"] for each in seen["lessons"]] == LESSONS
    assert set(seen["rationale"]) == set(LESSONS)
    assert "panel" not in seen
    assert "lessons" not in ok(course.forum.stranger.get(course.path))


def test_what_is_shown_at_the_reply_is_what_would_be_published(course: Course) -> None:
    course.deliberating(levels={"public": 1, "affected_groups": 3}).approved().move("replying")
    shown = ok(course.focal_point.get(course.path))["lessons"]
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you."}}), 201)
    course.move("unit_review")
    course.checked().move("published")
    evaluation_id = ok(course.forum.client.get(course.path))["evaluation_id"]
    published = ok(course.forum.client.get(f"/evaluations/{evaluation_id}"))["lessons"]
    assert [each["judged"] for each in shown] == [each["judged"] for each in published]


def test_an_indicator_is_reconsidered_once_within_five_days(course: Course) -> None:
    course.replying()
    path, forum = f"{course.path}/reconsideration", course.forum
    body = {"indicator": JUDGED[0], "fact": "The council met twice.", "source": "/bodies/0"}
    refused(course.panel[0].put(f"{course.path}/reviews/mine", course.review()), 409, "stage-passed")
    refused(course.panel[0].post(path, body), 403, "not-allowed")
    refused(course.focal_point.post(path, body | {"indicator": "affected_named"}), 422, "indicator-not-judged")
    ok(course.focal_point.post(path, body), 201)
    refused(course.focal_point.post(path, body), 409, "already-reconsidered")
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "See the facts."}}), 201)
    waits = refused(forum.officer.post(f"{course.path}/transitions", {"to": "unit_review"}), 409, "still-waiting")
    assert (waits["waiting_for"], waits["count"]) == ("reviews", 12), "the reply is there"
    first, second, *others = course.panel
    other = course.review(2, **{JUDGED[1]: 3})
    refused(first.put(f"{course.path}/reviews/mine", other), 409, "only-reconsidered")
    for member in (first, second):
        course.submit(member, course.review(2, **{JUDGED[0]: 3}))
    ok(first.put(f"{course.path}/rationale", {LESSONS[0]: {"en": "With the facts as they are."}}))
    for member in others:
        ok(member.post(f"{course.path}/deliberation/done"))
    course.move("unit_review")
    lessons = ok(forum.officer.get(course.path))["lessons"]
    assert lessons[0]["judged"]["level"] > 2.0
    assert lessons[1]["judged"]["level"] == 2.0


def test_after_five_days_nothing_is_revised(course: Course) -> None:
    course.replying()
    body = {"indicator": JUDGED[0], "fact": "The council met twice.", "source": "https://example.org/minutes"}
    ok(course.focal_point.post(f"{course.path}/reconsideration", body), 201)
    course.forum.travel(6)
    refused(course.panel[0].put(f"{course.path}/reviews/mine", course.review()), 409, "stage-passed")


def test_the_time_to_reply_is_extended_once(course: Course) -> None:
    course.replying()
    refused(course.panel[0].post(f"{course.path}/reply/extension"), 403, "not-allowed")
    before = ok(course.focal_point.get(course.path))["deadline"]
    after = ok(course.focal_point.post(f"{course.path}/reply/extension"))
    assert after["extended"]
    assert after["deadline"] > before
    refused(course.focal_point.post(f"{course.path}/reply/extension"), 409, "already-extended")
    course.forum.travel(45)
    course.forum.tick()
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "In time."}}), 201)
    course.forum.travel(20)
    refused(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Late."}}), 409, "deadline-passed")


def test_later_evidence_is_marked_as_later(course: Course) -> None:
    course.replying()
    course.forum.partnership(course.lead, course.partnership_id, "revised", summary={"en": "Corrected."})
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "We corrected the record."}}), 201)
    course.move("unit_review")
    course.checked().move("published")
    evaluation_id = ok(course.forum.client.get(course.path))["evaluation_id"]
    evaluation = ok(course.forum.client.get(f"/evaluations/{evaluation_id}"))
    assert (evaluation["judged_version"], evaluation["evidence_version"]) == (1, 2)


def test_the_unit_cannot_change_a_level(course: Course) -> None:
    course.unit_review()
    body = {"checklist": {"conflicts": True}, "levels": {JUDGED[0]: 4}}
    refused(course.forum.officer.put(f"{course.path}/unit-review", body), 422, "invalid")
    for who in (course.focal_point, course.panel[0]):
        refused(who.put(f"{course.path}/unit-review", {}), 403, "not-allowed")


def test_the_document_room_leaves_with_the_round(course: Course) -> None:
    course.asking()
    path = f"{course.path}/questions"
    asked = ok(course.panel[0].post(path, {"text": "Who paid?"}), 201)
    answer = {"text": "A donor who fears reprisals.", "panel_only": True}
    ok(course.focal_point.post(f"{path}/{asked['id']}/answer", answer))
    course.move("reviewing")
    course.forum.travel(11)  # no request can come to this round any more
    course.move("abandoned", "The partnership could not go on with it.")
    assert ok(course.forum.client.get(f"/rounds/{course.round['id']}"))["state"] == "closed"
    assert "fears reprisals" not in course.panel[0].get(path).text + course.focal_point.get(path).text


def test_the_unit_begins_with_the_costs_that_partners_stated(course: Course) -> None:
    other = {"id": course.id, "organization": {"id": course.lead, "name": {"en": "Other"}}}
    partners = [
        {**other, "effort": {"days_per_month": 1.5, "coordination_cost": {"amount": "100.50", "currency": "USD"}}},
        {**other, "effort": {"days_per_month": 3, "coordination_cost": False}},
        {**other, "left": "2024", "effort": {"days_per_month": 30}},
        other,
    ]
    course.forum.partnership(course.lead, course.partnership_id, "revised", partners=partners)
    stated = ok(course.forum.officer.get(course.path))["stated_costs"]
    assert stated == {
        "partners": 2, "days_per_month": 4.5, "coordination": [{"amount": "100.50", "currency": "USD"}],
    }  # fmt: skip
    assert "stated_costs" not in ok(course.forum.stranger.get(course.path))


def test_costs_are_taken_as_the_evaluation_has_them(course: Course) -> None:
    course.unit_review().checked()
    body = ok(course.forum.officer.get(course.path))["unit_review"]
    body["costs"] = {
        "money": [{"amount": 900, "currency": "USD"}], "days": "14.5", "in_kind": {"en": "Two boats."}, "coordination": 6,
    }  # fmt: skip
    ok(course.forum.officer.put(f"{course.path}/unit-review", body))
    course.move("published")
    evaluation_id = ok(course.forum.client.get(course.path))["evaluation_id"]
    costs = ok(course.forum.client.get(f"/evaluations/{evaluation_id}"))["costs"]
    assert costs == body["costs"] | {"money": [{"amount": "900", "currency": "USD"}]}
