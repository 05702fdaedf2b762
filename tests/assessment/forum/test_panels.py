"""Panels as the forum keeps them: who may see them, who leaves and is replaced, interests that appear later."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tests.assessment.forum.conftest import CHAMBERS, REASON, Course, Forum, Json
from tests.registry.conftest import ok, refused


def test_a_panel_has_four_chambers_of_three(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).composed()
    made = ok(forum.officer.get(f"{course.path}/panel"))
    assert Counter(each["chamber"] for each in made["members"]) == dict.fromkeys(CHAMBERS, 3)
    assert len({each["pseudonym"] for each in made["members"]}) == 12
    assert made["balance"]["size"] == 12
    refused(forum.officer.post(f"{course.path}/panel"), 409, "panel-composed")
    for who in (course.panel[0], course.focal_point, forum.stranger):
        refused(who.get(f"{course.path}/panel"), 403, "not-allowed")
        refused(who.post(f"{course.path}/panel"), 403, "not-allowed")


def test_a_panel_that_cannot_be_composed_says_which_rule_fails_and_what_would_mend_it(forum: Forum) -> None:
    for _ in range(12):
        forum.nominated("government", "public")
    course = Course(forum).selected()
    problem = refused(forum.officer.post(f"{course.path}/panel"), 409, "panel-impossible")
    assert problem["rule"] == "panel-chambers"
    assert problem["mends"]


def test_exclusions_are_for_the_unit_and_the_member_alone(forum: Forum) -> None:
    forum.pool()
    course = Course(forum)
    own = forum.nominated("women", "affected_groups", organization_id=course.lead)
    course.composed()
    assert own not in course.panel
    excluded = ok(forum.officer.get(f"{course.path}/panel"))["excluded"]
    assert [(each["member_id"], each["rule"]) for each in excluded] == [(own.member_id, "own-organization-is-partner")]
    assert excluded[0]["source"].startswith(course.partnership_id)
    assert [each["assessment_id"] for each in ok(own.get("/members/me/exclusions"))["items"]] == [course.id]
    assert ok(course.panel[0].get("/members/me/exclusions"))["items"] == []
    assert "excluded" not in course.panel[0].get(course.path).text


def test_a_member_who_leaves_is_replaced_while_there_is_time(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    gone = course.panel[0]
    refused(course.panel[1].delete(f"{course.path}/panel/{gone.member_id}", {"reason": REASON}), 403, "not-allowed")
    ok(gone.delete(f"{course.path}/panel/{gone.member_id}", {"reason": "I am ill."}))
    refused(gone.post(f"{course.path}/questions", {"text": "Still here?"}), 403, "not-on-panel")
    panel = ok(forum.officer.get(f"{course.path}/panel"))
    assert Counter(each["chamber"] for each in panel["members"]) == dict.fromkeys(CHAMBERS, 3)
    assert gone.member_id not in [each["member_id"] for each in panel["members"]]
    assert [(each["member_id"], each["reason"]) for each in panel["left"]] == [(gone.member_id, "I am ill.")]
    assert forum.events()[-1][0] == "panel_changed"
    refused(forum.officer.delete(f"{course.path}/panel/{gone.member_id}", {"reason": REASON}), 404, "not-known")


def test_later_the_panel_is_smaller_and_the_quorum_is_counted_again(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating(levels={"public": 4}).approved()
    for gone in [each for each in course.panel if each.chamber == "public"][:2]:
        ok(forum.officer.delete(f"{course.path}/panel/{gone.member_id}", {"reason": "A conflict appeared."}))
    course.move("replying")
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you."}}), 201)
    course.move("unit_review")
    course.checked().move("published")
    evaluation_id = ok(forum.client.get(course.path))["evaluation_id"]
    panel = ok(forum.client.get(f"/evaluations/{evaluation_id}"))["panel"]
    assert (panel["size"], panel["chambers"]["public"]) == (10, 1)


def test_an_interest_declared_later_ends_a_seat(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).reviewing()
    member = course.panel[0]
    refused(member.post("/members/me/interests", {"nature": "None."}), 422, "invalid")
    both = {"organization_id": course.lead, "partnership_id": course.partnership_id, "nature": "Both."}
    refused(member.post("/members/me/interests", both), 422, "invalid")
    body = {"organization_id": course.lead, "nature": "Paid consultancy."}
    interest = ok(member.post("/members/me/interests", body), 201)
    assert ok(member.get("/members/me/interests"))["items"] == [interest]
    refused(member.put(f"{course.path}/reviews/mine", course.review()), 403, "not-on-panel")
    seats = ok(forum.officer.get(f"{course.path}/panel"))
    assert len(seats["members"]) == 12
    assert [each["source"] for each in seats["excluded"]] == [interest["id"]]


def test_a_conflict_that_appears_in_the_record_ends_a_seat(forum: Forum) -> None:
    forum.pool(without="affected_groups")
    theirs = {
        forum.nominated("women", "affected_groups", organization_id=org).member_id: org
        for org in (forum.organization("women") for _ in range(9))
    }
    course = Course(forum).asking()
    member_id = next(each.member_id for each in course.panel if each.member_id in theirs)
    host = {"organization_id": theirs[member_id]}
    forum.partnership(course.lead, course.partnership_id, "revised", host=host)
    after = ok(forum.officer.get(f"{course.path}/panel"))
    assert [each["member_id"] for each in after["left"]] == [member_id]
    assert [(each["member_id"], each["rule"]) for each in after["excluded"]] == [(member_id, "hosts-it")]


def test_whoever_comes_to_act_for_a_partner_sits_no_more(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    member = course.panel[0]
    elsewhere = {"kind": "designation", "person_id": member.id, "functions": ["focal_point"]}
    forum.authority(**elsewhere, organization_id=forum.organization("academia"))
    assert ok(forum.officer.get(f"{course.path}/panel"))["left"] == []
    forum.authority(**elsewhere, organization_id=course.lead)
    after = ok(forum.officer.get(f"{course.path}/panel"))
    assert [each["member_id"] for each in after["left"]] == [member.member_id]
    assert [(each["member_id"], each["rule"]) for each in after["excluded"]] == [
        (member.member_id, "own-organization-is-partner")
    ]


def test_whose_organization_comes_to_belong_to_a_partner_sits_no_more(forum: Forum) -> None:
    forum.pool(without="affected_groups")
    own = {forum.organization("women"): None for _ in range(9)}
    theirs = {forum.nominated("women", "affected_groups", organization_id=each).member_id: each for each in own}
    course = Course(forum).asking()
    member_id = next(each.member_id for each in course.panel if each.member_id in theirs)
    forum.organization("women", id=theirs[member_id], version=2, parent_id=course.lead)
    after = ok(forum.officer.get(f"{course.path}/panel"))
    assert [each["member_id"] for each in after["left"]] == [member_id]
    assert [each["member_id"] for each in after["excluded"]] == [member_id]


def test_a_nomination_that_ends_ends_the_seat(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).asking()
    gone = course.panel[0]
    forum.end_nomination(gone)
    refused(gone.get("/assignments"), 403, "not-a-member")
    left = ok(forum.officer.get(f"{course.path}/panel"))["left"]
    assert [each["member_id"] for each in left] == [gone.member_id]


def test_nobody_does_more_than_three_reviews_a_round(forum: Forum) -> None:
    forum.pool(3)
    of = forum.round()
    for _ in range(3):
        Course(forum, of).composed()
    course = Course(forum, of).selected()
    assert refused(forum.officer.post(f"{course.path}/panel"), 409, "panel-impossible")["rule"] == "panel-reviews"


def test_members_say_whether_they_may_be_named(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).composed()
    first, second = course.panel[:2]
    own = ok(first.get("/members/me"))
    assert (own["id"], own["named"], own["chamber"]) == (first.member_id, False, first.chamber)
    ok(first.put("/members/me", {"named": True, "display_name": "Sok Dara"}))
    ok(second.put("/members/me", {"named": True}))
    refused(forum.stranger.get("/members/me"), 403, "not-a-member")
    work = ok(first.get("/assignments"))["items"]
    assert [(each["assessment_id"], each["stage"]) for each in work] == [(course.id, "composing")]


def test_panels_composed_at_the_same_time_know_of_each_other(either_forum: Forum) -> None:
    forum = either_forum
    forum.pool(3)
    of = forum.round()
    courses = [Course(forum, of).selected() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda each: forum.officer.post(f"{each.path}/panel"), courses))
    assert sorted(each.status_code for each in answers) == [201, 201, 201, 409]


HASH = "f" * 64


def test_a_conflict_is_seen_before_anybody_has_signed_in(forum: Forum) -> None:
    forum.pool(each=3)
    course = Course(forum)
    forum.authority(
        kind="designation",
        state="designated",
        address_hash=HASH,
        organization_id=course.lead,
        functions=["focal_point"],
    )
    partner = forum.nominated("women", "affected_groups", state="nominated", person_id=None, address_hash=HASH)
    course.composed()
    assert partner not in course.panel
    [excluded] = ok(forum.officer.get(f"{course.path}/panel"))["excluded"]
    assert (excluded["member_id"], excluded["rule"]) == (partner.member_id, "own-organization-is-partner")


def test_who_turns_out_to_act_for_a_partner_when_the_nomination_is_bound_sits_no_more(forum: Forum) -> None:
    forum.pool(each=3, without="affected_groups")
    for _ in range(2):
        forum.nominated("women", "affected_groups")
    waiting = {"state": "nominated", "person_id": None, "address_hash": HASH}
    unbound = forum.nominated("farmers", "affected_groups", **waiting)
    course = Course(forum).reviewing()
    assert unbound in course.panel
    # The designation binds first, by another address; the nomination later.
    forum.authority(kind="designation", person_id="a", organization_id=course.lead, functions=["focal_point"])
    said = {"kind": "nomination", "network_id": "n", "functions": [], "roles": ["forum_member"]}
    forum.authority(unbound.member_id, 2, person_id="a", constituency="farmers", **said)
    [left] = ok(forum.officer.get(f"{course.path}/panel"))["left"]
    assert (left["member_id"], left["reason"]) == (
        unbound.member_id,
        "A conflict of interest appeared: own-organization-is-partner.",
    )


def test_who_turns_out_to_sit_twice_keeps_one_seat(forum: Forum) -> None:
    forum.pool(each=3, without="affected_groups")
    forum.nominated("women", "affected_groups")
    unbound = [
        forum.nominated("farmers", "affected_groups", state="nominated", person_id=None, address_hash=hash)
        for hash in ("e" * 64, "f" * 64)
    ]
    course = Course(forum).deliberating(*unbound)
    said = {"kind": "nomination", "network_id": "n", "functions": [], "roles": ["forum_member"]}
    for each in unbound:
        forum.authority(each.member_id, 2, person_id="a", constituency="farmers", **said)
    panel = ok(forum.officer.get(f"{course.path}/panel"))
    [left] = panel["left"]
    assert left["member_id"] in {each.member_id for each in unbound}
    assert left["reason"] == "The same person sits here already."
    assert len(panel["members"]) == 11


def test_an_officer_who_judges_or_is_judged_is_no_officer_there(forum: Forum) -> None:
    forum.pool()
    course = Course(forum).deliberating()
    for who in (course.panel[0], course.focal_point):
        officer = replace(who, role="pdu_officer")
        assert "panel" not in ok(officer.get(course.path))
        refused(officer.get(f"{course.path}/panel"), 403, "not-allowed")
        refused(officer.post(f"{course.path}/transitions", {"to": "abandoned", "reason": REASON}), 403, "not-allowed")
    assert len(ok(forum.officer.get(course.path))["panel"]["members"]) == 12


def _differently(course: Course) -> Course:
    """A course whose members judge differently, within their chambers too, up to the partnership's reply."""
    course.reviewing()
    for number, member in enumerate(course.panel):
        course.submit(member, course.review(number % 5))
    course.move("deliberating")
    course.approved().move("replying")
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you."}}), 201)
    return course


def _shown(course: Course) -> dict[str, Json]:
    return {each["lesson"]: each["judged"] for each in ok(course.focal_point.get(course.path))["lessons"]}


def test_who_leaves_once_the_profile_was_shown_has_judged(forum: Forum) -> None:
    forum.pool()
    course = _differently(Course(forum))
    before = _shown(course)
    gone = course.panel[0]
    ok(gone.delete(f"{course.path}/panel/{gone.member_id}", {"reason": "I am ill."}))
    assert _shown(course) == before
    course.move("unit_review")
    course.checked().move("published")
    made = ok(forum.client.get(f"/evaluations/{ok(forum.client.get(course.path))['evaluation_id']}"))
    assert {each["lesson"]: each["judged"] for each in made["lessons"]} == before, "nothing is learnt of who left"
    assert made["panel"]["size"] == 12
    refused(gone.get(f"{course.path}/reviews/mine"), 403, "not-on-panel")


def test_a_judgement_that_is_taken_out_is_shown_again_and_tells_nothing_of_it(forum: Forum) -> None:
    forum.pool()
    course = _differently(Course(forum))
    before = _shown(course)
    gone = course.panel[0]
    ok(forum.officer.delete(f"{course.path}/panel/{gone.member_id}", {"reason": "Paid by a partner."}))
    after = _shown(course)
    changed = [each for each in after if after[each]["level"] != before[each]["level"]]
    assert changed
    for lesson in changed:
        assert [after[lesson][part] for part in ("interval", "chambers", "indicators")] == [None, None, None]
    waits = refused(forum.officer.post(f"{course.path}/transitions", {"to": "unit_review"}), 409, "still-waiting")
    assert waits["waiting_for"] == "reply", "it answered another profile"
    ok(course.focal_point.post(f"{course.path}/reply", {"text": {"en": "Thank you, still."}}), 201)
    course.move("unit_review")
    assert _shown(course) == after
    course.checked().move("published")
    made = ok(forum.client.get(f"/evaluations/{ok(forum.client.get(course.path))['evaluation_id']}"))
    assert {each["lesson"]: each["judged"] for each in made["lessons"]} == after
    assert made["panel"]["size"] == 11


def test_a_conflict_that_appears_after_somebody_left_takes_the_judgement_out(forum: Forum) -> None:
    forum.pool()
    course = _differently(Course(forum))
    gone = course.panel[0]
    ok(gone.delete(f"{course.path}/panel/{gone.member_id}", {"reason": "I am ill."}))
    before = _shown(course)
    forum.authority(kind="designation", person_id=gone.id, organization_id=course.lead, functions=["focal_point"])
    assert _shown(course) != before
    [left] = ok(forum.officer.get(f"{course.path}/panel"))["left"]
    assert left["reason"].startswith("A conflict of interest appeared")


def test_what_a_person_answered_and_declared_holds_for_every_nomination(forum: Forum) -> None:
    forum.pool(each=3, without="affected_groups")
    forum.nominated("women", "affected_groups")
    forum.nominated("community", "affected_groups")
    older = {
        "kind": "nomination",
        "network_id": "n",
        "constituency": "farmers",
        "functions": [],
        "roles": ["forum_member"],
    }
    first = forum.authority("0" * 8, state="nominated", person_id=None, address_hash="e" * 64, **older)
    second = forum.nominated("farmers", "affected_groups")
    cases = ok(second.get("/members/me/calibration"))["cases"]
    answers = [{"case": each["code"], "level": 2} for each in cases]
    assert ok(second.post("/members/me/calibration", {"answers": answers}))["done"]
    ok(second.post("/members/me/interests", {"organization_id": forum.organization(), "nature": "paid"}), 201)
    forum.authority(first, 2, person_id=second.id, **older)  # it was nominated before, by another address
    assert ok(second.get("/members/me"))["id"] == first
    assert ok(second.get("/members/me"))["calibrated"]
    assert ok(second.get("/members/me/calibration"))["done"]
    course = Course(forum)
    ok(second.post("/members/me/interests", {"partnership_id": course.partnership_id, "nature": "rival"}), 201)
    course.selected()
    refused(forum.officer.post(f"{course.path}/panel"), 409, "panel-impossible")
