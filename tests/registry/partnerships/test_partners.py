"""What partners say of themselves: confirm, correct, decline, unnamed; what the lead may still do; vouching and leaving."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.registry.writing import merged
from tests.registry.conftest import ok, refused
from tests.registry.partnerships.conftest import CONTRIBUTION, Document, Scene

CONFIRM = {"decision": "confirm"}


def partner(scene: Scene, document: Document, suffix: str = "") -> str:
    """The path of the first partner beside the lead."""
    return f"/partnerships/{document['id']}/partners/{scene.entry(document)['id']}{suffix}"


def day(document: Document) -> str:
    """The day on which it was last changed."""
    return str(document["updated_at"])[:10]


def test_a_partner_confirms_its_part(scene: Scene) -> None:
    document = scene.listed()
    assert scene.entry(document)["confirmation"]["state"] == "claimed"
    confirmed = ok(scene.answer(scene.confirmer, document, "confirm", comment={"en": "Yes."}))
    entry = scene.entry(confirmed)
    assert (entry["confirmation"]["state"], entry["confirmation"]["comment"]) == ("confirmed", {"en": "Yes."})
    assert len(entry["confirmation"]["covers"]) == 64
    assert confirmed["tiers"]["confirmed"] == {"met": True, "lacking": []}
    assert {name: value for name, value in entry.items() if name != "confirmation"} == {
        name: value for name, value in scene.entry(document).items() if name != "confirmation"
    }
    *_, (kind, _, carried) = scene.records()
    assert (kind, carried) == ("confirmed", confirmed)


def test_only_the_organization_itself_answers(scene: Scene) -> None:
    document = scene.listed()
    for who in (scene.lead, scene.stranger, scene.registrar, scene.world.admin):
        refused(scene.answer(who, document, "confirm"), 403, "not-allowed")
    path = partner(scene, document, "/confirmation")
    refused(scene.world.client.post(path, json={"decision": "confirm"}), 401, "unauthenticated")
    ghost = f"/partnerships/{document['id']}/partners/{uuid4()}/confirmation"
    refused(scene.minister.post(ghost, {"decision": "confirm"}), 404, "not-known")
    refused(scene.minister.post(path, {"decision": "maybe"}), 422, "invalid")
    refused(scene.minister.post(path, {"decision": "correct"}), 422, "invalid")


def test_a_confirmation_falls_when_the_lead_changes_what_was_confirmed(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "confirm"))
    same = ok(scene.patch(document, acronym="SW"))
    assert scene.entry(same)["confirmation"] == scene.entry(document)["confirmation"]
    changed = ok(scene.lead.patch(partner(scene, same), {"roles": ["host", "funder"]}))
    assert scene.entry(changed)["confirmation"]["state"] == "claimed"
    assert "covers" not in scene.entry(changed)["confirmation"]
    assert changed["tiers"]["confirmed"]["met"] is False
    back = ok(scene.lead.patch(partner(scene, changed), {"roles": ["host"]}))
    assert scene.entry(back)["confirmation"]["state"] == "claimed"


@pytest.mark.parametrize(
    "change",
    [
        {"roles": ["funder"]},
        {"joined": "2026"},
        {"contributions": []},
        {"contributions": [{"kind": "staff"}]},
        {"effort": {"days_per_month": 3}},
    ],
)
def test_whatever_was_confirmed_is_covered(scene: Scene, change: dict[str, Any]) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "confirm"))
    changed = ok(scene.lead.patch(partner(scene, document), change))
    assert scene.entry(changed)["confirmation"]["state"] == "claimed"


def test_leaving_and_a_comment_do_not_unsay_what_was_confirmed(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "confirm"))
    commented = ok(scene.lead.patch(partner(scene, document), {"comment": {"en": "Thank you."}}))
    assert scene.entry(commented)["confirmation"] == scene.entry(document)["confirmation"]
    left = ok(scene.lead.post(partner(scene, document, "/leave"), {}))
    assert scene.entry(left)["confirmation"] == scene.entry(document)["confirmation"]


def test_the_lead_speaks_for_itself(scene: Scene) -> None:
    document = scene.listed()
    own = f"/partnerships/{document['id']}/partners/{document['partners'][0]['id']}"
    changed = ok(scene.lead.patch(own, {"roles": ["secretariat"]}))
    entry = changed["partners"][0]
    assert (entry["roles"], entry["confirmation"]["state"]) == (["lead", "secretariat"], "confirmed")
    assert entry["confirmation"]["at"] == document["partners"][0]["confirmation"]["at"]
    for decision in ("decline", "unnamed"):
        refused(scene.lead.post(f"{own}/confirmation", {"decision": decision}), 409, "lead-stays")
    refused(scene.lead.call("DELETE", own, headers={"If-Match": "*"}), 409, "lead-stays")
    assert changed["tiers"]["confirmed"]["met"] is False  # its own word is not another constituency's


def test_a_correction_stands_and_the_lead_may_only_comment(scene: Scene) -> None:
    document = scene.listed()
    half = [{"kind": "financial", "pledged": {"amount": "125000", "currency": "USD"}}]
    corrected = ok(
        scene.answer(
            scene.minister, document, "correct", roles=["adviser"], contributions=half, comment={"en": "Half."}
        )
    )
    entry = scene.entry(corrected)
    assert (entry["roles"], entry["confirmation"]["state"]) == (["adviser"], "corrected")
    assert entry["contributions"][0]["pledged"]["amount"] == "125000"
    assert corrected["tiers"]["confirmed"]["met"] is True
    path = partner(scene, corrected)
    for change in ({"roles": ["host"]}, {"contributions": [CONTRIBUTION]}, {"effort": False}, {"joined": "2020"}):
        problem = refused(scene.lead.patch(path, change), 409, "partners-own-words")
        assert problem["errors"][0]["pointer"] == f"/{next(iter(change))}"
        partners = [corrected["partners"][0], entry | change]
        problem = refused(scene.patch(corrected, partners=partners), 409, "partners-own-words")
        assert problem["errors"][0]["pointer"] == f"/partners/1/{next(iter(change))}"
    everybody_else = [each for each in corrected["partners"] if each["id"] != entry["id"]]
    refused(scene.patch(corrected, partners=everybody_else), 409, "partners-own-words")
    commented = ok(scene.lead.patch(path, {"comment": {"en": "We had agreed on more."}}))
    assert scene.entry(commented)["comment"] == {"en": "We had agreed on more."}
    assert scene.entry(commented)["confirmation"] == entry["confirmation"]
    assert ok(scene.put(commented | {"acronym": "SW"}))["partners"] == commented["partners"]
    refused(scene.lead.patch(path, {"left": day(commented)}), 409, "partners-own-words")
    left = ok(scene.lead.post(f"{path}/leave", {"left": day(commented)[:7]}))
    assert scene.entry(left)["confirmation"] == entry["confirmation"]
    refused(scene.lead.patch(path, {"left": None}), 409, "partners-own-words")
    assert ok(scene.patch(left, partners=everybody_else, acronym="SWF"))["partners"] == left["partners"]


def test_a_partner_corrects_its_correction(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "correct", roles=["adviser"]))
    again = ok(scene.answer(scene.minister, document, "correct", roles=["observer"]))
    assert scene.entry(again)["roles"] == ["observer"]
    confirmed = ok(scene.answer(scene.minister, again, "confirm"))
    assert scene.entry(confirmed)["confirmation"]["state"] == "corrected"
    refused(scene.lead.patch(partner(scene, again), {"roles": ["host"]}), 409, "partners-own-words")


def test_confirming_in_other_words_is_correcting(scene: Scene) -> None:
    document = scene.listed()
    same = ok(scene.answer(scene.minister, document, "confirm", roles=["host"]))
    assert scene.entry(same)["confirmation"]["state"] == "confirmed"
    other = ok(scene.answer(scene.minister, document, "confirm", roles=["host", "adviser"]))
    assert (scene.entry(other)["confirmation"]["state"], scene.entry(other)["roles"]) == (
        "corrected",
        ["host", "adviser"],
    )


@pytest.mark.parametrize(
    "said",
    [
        {"decision": "confirm"},
        {"decision": "confirm", "comment": {"en": "Yes."}},
        {"decision": "confirm", "roles": ["host"], "contributions": [CONTRIBUTION]},
        {"decision": "correct", "roles": ["adviser"], "effort": {"days_per_month": 2}},
        {"decision": "decline"},
        {"decision": "unnamed"},
    ],
)
def test_an_answer_that_says_nothing_new_makes_no_version(scene: Scene, said: dict[str, Any]) -> None:
    document = scene.listed(purpose={"en": "With the Ministry of Water we drill."})
    path = partner(scene, document, "/confirmation")
    first = scene.minister.post(path, said)
    told = len(scene.records())
    scene.world.travel(1)
    again = scene.minister.post(path, said)
    assert (ok(again), again.headers["ETag"]) == (ok(first), first.headers["ETag"])
    assert len(scene.records()) == told
    if said["decision"] in ("confirm", "correct"):
        other = ok(scene.minister.post(path, said | {"comment": {"en": "Again."}}))
        assert other["version"] == ok(first)["version"] + 1
        began = [scene.entry(each)["confirmation"]["at"] for each in (ok(first), other)]
        assert began[0] == began[1]


def test_who_is_unnamed_and_stands_in_a_text_again_is_taken_out_again(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "unnamed"))
    named = ok(scene.patch(document, purpose={"en": "With the Ministry of Water we drill."}))
    again = ok(scene.answer(scene.minister, named, "unnamed"))
    assert (again["purpose"], again["version"]) == ({"en": "With the […] we drill."}, named["version"] + 1)
    assert scene.entry(again) == scene.entry(document)


def test_declining_takes_the_name_away_and_is_counted(scene: Scene) -> None:
    press = {"unnamed": {"constituency": "media"}}
    document = scene.listed(partners=[*scene.content()["partners"], press])
    answer = scene.answer(scene.minister, document, "decline")
    declined = ok(answer)
    assert (declined["declined"], len(declined["partners"])) == (1, 2)
    path = f"/partnerships/{document['id']}"
    for shown in (f"{path}/history", f"{path}/versions/1", f"{path}/versions/1/changes", f"{path}/versions/2/changes"):
        text = scene.world.get(shown).text
        assert scene.ministry not in text
        assert "Ministry of Water" not in text
    assert "Ministry of Water" not in answer.text
    assert scene.ministry not in str(scene.records()[-1])
    assert ok(scene.world.get(f"/organizations/{scene.ministry}/claims"))["items"] == []
    own = ok(scene.minister.get(f"/organizations/{scene.ministry}/claims"))["items"]
    assert [each["state"] for each in own] == ["declined"]

    # Nobody but the organization itself brings it back.
    for sent in ({"organization": {"id": scene.ministry}}, scene.entry(document)):
        partners = [*declined["partners"], {name: sent[name] for name in sent if name != "confirmation"}]
        answer = scene.patch(declined, partners=partners)
        assert answer.status_code in (409, 422), answer.text
    problem = refused(
        scene.lead.post(f"/partnerships/{document['id']}/partners", {"organization": {"id": scene.ministry}}),
        409,
        "partner-declined",
    )
    assert "Ministry" not in str(problem)
    path = partner(scene, document)
    refused(scene.world.get(path), 404, "not-known")
    refused(scene.lead.patch(path, {"roles": []}), 404, "not-known")
    refused(scene.lead.post(f"{path}/invitation", {"email": "a@example.org"}), 404, "not-known")
    refused(scene.stranger.post(f"{path}/confirmation", {"decision": "confirm"}), 404, "not-known")
    assert ok(scene.put(declined | {"acronym": "SW"}))["declined"] == 1
    back = ok(scene.minister.post(f"{path}/confirmation", {"decision": "correct", "roles": ["observer"]}))
    assert "declined" not in back
    assert sorted(each["confirmation"]["state"] for each in back["partners"]) == ["claimed", "confirmed", "corrected"]


def test_an_unnamed_partner_is_its_constituency_alone_now_and_before(either_scene: Scene) -> None:
    scene = either_scene
    name = "Ministry of Water"
    document = scene.listed(
        **scene.registrable(
            purpose={"en": f"With the {name} we drill.", "fr": "Avec le ministère."},
            website="https://example.org/ministry-of-water",
            host={"organization_id": scene.ministry, "staff": 3},
            bodies=[{"name": {"en": "Board"}, "seats": [{"holder": {"organization_id": scene.ministry}}]}],
            due_diligence=[{"organization_id": scene.ministry}],
            stakeholders=[{"group": {"en": "Fishers"}, "represented_by": [scene.ministry, scene.federation]}],
        )
    )
    document = ok(scene.answer(scene.minister, document, "confirm"))
    document = ok(scene.patch(document, acronym="SW"))
    unnamed = ok(scene.answer(scene.minister, document, "unnamed"))
    entry = scene.entry(unnamed)
    assert entry["unnamed"] == {"constituency": "government"}
    assert entry["confirmation"].keys() == {"state", "at"}
    assert (entry["confirmation"]["state"], entry["roles"]) == ("unnamed", ["host"])
    assert unnamed["bodies"][0]["seats"][0]["holder"] == {"constituency": "government"}
    assert (unnamed["host"], unnamed["due_diligence"]) == ({"staff": 3}, [])
    assert unnamed["purpose"]["en"] == "With the […] we drill."
    public = [f"/partnerships/{document['id']}{each}" for each in ("", "/history", "/partners")]
    public += [f"/partnerships/{document['id']}/versions/{number}" for number in range(2, 6)]
    public += [f"/partnerships/{document['id']}/versions/{number}/changes" for number in range(2, 6)]
    for path in (*public, f"/organizations/{scene.ministry}/claims"):
        shown = scene.world.get(path)
        assert shown.status_code == 200
        text = shown.text.replace(f"/organizations/{scene.ministry}", "")
        assert scene.ministry not in text, path
        assert name not in text, path
        assert "Minister" not in text, path
    assert scene.records()[-1][0] == "redacted"

    # The lead goes on editing without learning more, and the partner can still answer.
    edited = ok(scene.put(unnamed | {"acronym": "SWF"}))
    assert edited["partners"] == unnamed["partners"]
    assert ok(scene.patch(edited, website="https://example.org"))["website"] == "https://example.org"
    named = ok(scene.answer(scene.minister, edited, "confirm"))
    assert scene.entry(named)["organization"]["id"] == scene.ministry


def naming(organization_id: str) -> dict[str, Any]:
    """Every way in which a record can name an organization."""
    holder = {"holder": {"organization_id": organization_id}}
    given = CONTRIBUTION | {"recipient": {"organization_id": organization_id}}
    return {
        "host": {"organization_id": organization_id},
        "bodies": [{"name": {"en": "Board"}, "seats": [holder], "veto": [holder]}],
        "stakeholders": [{"group": {"en": "Fishers"}, "represented_by": [organization_id]}],
        "deliverables": [{"level": "output", "title": {"en": "Wells"}, "responsible": [organization_id]}],
        "due_diligence": [{"organization_id": organization_id}],
        "agency_commitments": [{"organization_id": organization_id, "kind": "staff"}],
        "funding": {
            "payments": [{"amount": "5", "currency": "USD", "recipient": {"organization_id": organization_id}}]
        },
        "partners": [{"unnamed": {"constituency": "media"}, "contributions": [given]}],
    }


@pytest.mark.parametrize("how", ["decline", "unnamed", "redacted"])
def test_who_is_not_named_is_named_nowhere_in_the_record(scene: Scene, how: str) -> None:
    partners = [*scene.content()["partners"], {"organization": {"id": scene.company}}]
    document = scene.submitted(partners=partners)
    path, entry = f"/partnerships/{document['id']}", scene.entry(document)
    if how == "redacted":
        hidden = ok(scene.registrar.post(f"{path}/redactions", {"partner_id": entry["id"]}))
    else:
        hidden = ok(scene.answer(scene.minister, document, how))
    told = set()
    for name, value in naming(scene.ministry).items():
        problem = refused(scene.patch(hidden, **{name: value}), 409, "partner-declined")
        assert all(each["pointer"].startswith(f"/{name}") for each in problem["errors"])
        told.add((problem["title"], problem["detail"], problem["errors"][0]["detail"]))
    again = {"organization": {"id": scene.ministry}, "roles": ["funder"]}
    problem = refused(scene.lead.post(f"{path}/partners", again), 409, "partner-declined")
    told.add((problem["title"], problem["detail"], problem["errors"][0]["detail"]))
    given = [CONTRIBUTION | {"recipient": {"organization_id": scene.ministry}}]
    [other] = [each for each in hidden["partners"] if each.get("organization", {}).get("id") == scene.company]
    said = {"decision": "correct", "contributions": given}
    refused(scene.stranger.post(f"{path}/partners/{other['id']}/confirmation", said), 409, "partner-declined")
    # The refusal tells nobody whether it declined or is at risk.
    assert told == {
        (
            "This organization is not to be named here",
            "Only the organization itself can change that it is not named here.",
            "is not to be named in this record",
        )
    }
    assert scene.read(document) == hidden
    elsewhere = naming(scene.company)
    assert ok(scene.patch(hidden, host=elsewhere["host"]))["host"] == elsewhere["host"]


def test_an_unnamed_entry_is_not_said_to_be_somebody(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "unnamed"))
    path, entry = partner(scene, document), scene.entry(document)
    told = []
    for organization_id in (scene.ministry, scene.company):
        named = {"organization": {"id": organization_id}, "unnamed": None}
        whole = {"id": entry["id"], "organization": {"id": organization_id}, "roles": ["host"]}
        told += [
            {name: value for name, value in problem.items() if name not in ("trace_id", "instance")}
            for problem in (
                refused(scene.lead.patch(path, named), 409, "partners-own-words"),
                refused(scene.lead.put(path, whole), 409, "partners-own-words"),
                refused(scene.patch(document, partners=[whole]), 409, "partners-own-words"),
            )
        ]
    assert told[:3] == told[3:]
    assert scene.read(document) == document


def test_an_unnamed_entry_that_the_lead_takes_out_stays_and_has_left(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "unnamed"))
    others = [{"organization": {"id": scene.company}}]
    gone = ok(scene.patch(document, partners=others))
    assert [each for each in gone["partners"] if "unnamed" in each] == [scene.entry(document) | {"left": day(gone)}]
    again = [*gone["partners"], {"organization": {"id": scene.ministry}}]
    refused(scene.patch(gone, partners=again), 409, "partner-declined")


def test_a_registrar_takes_a_partner_at_risk_out_of_history(scene: Scene) -> None:
    document = scene.submitted()
    entry = scene.entry(document)
    path = f"/partnerships/{document['id']}/redactions"
    body = {"partner_id": entry["id"], "reason": "Canary: threatened at home"}
    for who in (scene.lead, scene.minister, scene.world.officer):
        refused(who.post(path, body), 403, "not-allowed")
    refused(scene.registrar.post(path, {"partner_id": str(uuid4())}), 404, "not-known")
    refused(scene.registrar.post(path, {"partner_id": document["partners"][0]["id"]}), 409, "lead-stays")
    redacted = ok(scene.registrar.post(path, body))
    assert scene.entry(redacted)["unnamed"] == {"constituency": "government"}
    for number in range(2, redacted["version"] + 1):
        text = scene.world.get(f"/partnerships/{document['id']}/versions/{number}").text
        assert scene.ministry not in text
        assert "Ministry" not in text
    shown = "".join(
        scene.world.get(f"/partnerships/{document['id']}{each}").text for each in ("", "/history", "/partners")
    )
    assert "Canary" not in shown + str(scene.records())
    refused(scene.move(scene.registrar, redacted, "registered"), 409, "tier-not-met")


def test_an_answer_is_vouched_for_from_outside(scene: Scene) -> None:
    document = scene.listed()
    refused(scene.registrar.post(partner(scene, document, "/voucher")), 409, "nothing-to-vouch-for")
    for who in (scene.lead, scene.minister, scene.stranger):
        refused(who.post(partner(scene, document, "/voucher")), 403, "not-allowed")
    ghost = f"/partnerships/{document['id']}/partners/{uuid4()}/voucher"
    refused(scene.registrar.post(ghost), 404, "not-known")


def test_partners_are_added_changed_and_leave(scene: Scene) -> None:
    document = scene.listed()
    path = f"/partnerships/{document['id']}/partners"
    answer = scene.lead.post(path, {"organization": {"id": scene.company}, "roles": ["knowledge"]})
    added = ok(answer, 201)
    entry = added["partners"][2]
    assert answer.headers["Location"] == f"{path}/{entry['id']}"
    assert entry["confirmation"]["state"] == "claimed"
    again = ok(scene.lead.post(path, {"organization": {"id": scene.company}, "roles": ["funder"]}))
    assert [each["id"] for each in again["partners"]] == [each["id"] for each in added["partners"]]
    assert again["partners"][2]["roles"] == ["funder"]
    shown = scene.world.get(f"{path}/{entry['id']}")
    assert (ok(shown), shown.headers["ETag"]) == (again["partners"][2], f'"{again["version"]}.{again["revision"]}"')
    assert ok(scene.world.get(path))["items"] == again["partners"]
    whole = {"organization": {"id": scene.company}, "roles": ["observer"]}
    refused(scene.lead.put(f"{path}/{entry['id']}", whole, version=None), 428, "version-required")
    refused(scene.lead.put(f"{path}/{entry['id']}", whole | {"id": str(uuid4())}), 422, "invalid")
    refused(scene.lead.put(f"{path}/{uuid4()}", whole), 404, "not-known")
    changed = ok(scene.lead.put(f"{path}/{entry['id']}", whole))
    assert changed["partners"][2]["roles"] == ["observer"]
    refused(scene.stranger.patch(f"{path}/{entry['id']}", {"roles": []}), 403, "not-allowed")
    left = ok(scene.lead.call("DELETE", f"{path}/{entry['id']}", headers={"If-Match": "*"}))
    assert left["partners"][2]["left"] == left["updated_at"][:10]
    body = {"left": "2026-03", "reason": {"en": "Other work."}}
    refused(scene.minister.post(f"{path}/{entry['id']}/leave", body), 403, "not-allowed")
    gone = ok(scene.stranger.post(f"{path}/{entry['id']}/leave", body))
    assert gone["partners"][2]["left"] == "2026-03"
    [latest, *_] = ok(scene.world.get(f"/partnerships/{document['id']}/history"))["items"]
    assert (latest["reason"], latest["author"]["organization_id"]) == ({"en": "Other work."}, scene.company)


def test_a_partner_that_confirmed_and_is_not_sent_any_more_has_left(scene: Scene) -> None:
    never = {"organization": {"id": scene.company}}
    document = scene.listed(partners=[*scene.content()["partners"], never])
    confirmed = ok(scene.answer(scene.minister, document, "confirm"))
    lead, ministry, _ = confirmed["partners"]
    gone = ok(scene.put(confirmed | {"partners": [lead]}))
    assert gone["partners"] == [lead, ministry | {"left": gone["updated_at"][:10]}]
    assert gone["tiers"]["confirmed"]["met"] is False
    scene.world.travel(3)
    again = ok(scene.patch(gone, partners=[], acronym="SW"))
    assert again["partners"] == gone["partners"]
    back = ok(
        scene.patch(again, partners=[{name: ministry[name] for name in ("organization", "roles", "contributions")}])
    )
    fallen = back["partners"][1]["confirmation"]
    assert (fallen.keys(), fallen["state"]) == ({"state", "at"}, "claimed")
    assert back["partners"][1] == ministry | {"confirmation": fallen}
    deleted = ok(scene.lead.call("DELETE", partner(scene, back), headers={"If-Match": "*"}))
    assert scene.entry(deleted) == ministry | {"confirmation": fallen, "left": deleted["updated_at"][:10]}


def test_who_left_by_its_own_word_is_not_put_back_by_the_lead(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "confirm"))
    path, today = partner(scene, document), day(document)
    gone = ok(scene.minister.post(f"{path}/leave", {"left": today[:7]}))
    lead, ministry = gone["partners"]
    assert (ministry["left"], ministry["confirmation"]["state"]) == (today[:7], "confirmed")
    assert "left_itself" not in str(gone)
    for change in ({"left": None}, {"left": today[:4]}, {"left": today}):
        problem = refused(scene.lead.patch(path, change), 409, "partners-own-words")
        assert problem["errors"][0]["pointer"].endswith("/left")
        refused(scene.patch(gone, partners=[lead, merged(ministry, change)]), 409, "partners-own-words")
    refused(scene.lead.post(f"{path}/leave", {"left": today}), 409, "partners-own-words")
    for partners in ([lead], [lead, ministry], []):
        assert ok(scene.patch(gone, partners=partners))["partners"] == gone["partners"]
    # Who joins again is claimed again, in an entry of its own, and says so itself.
    added = ok(scene.lead.post(f"/partnerships/{gone['id']}/partners", {"organization": {"id": scene.ministry}}), 201)
    assert added["partners"][:2] == [lead, ministry]
    again = added["partners"][2]
    assert (again["organization"], again["confirmation"]["state"]) == (ministry["organization"], "claimed")
    assert added["tiers"]["confirmed"]["met"] is False
    assert ok(scene.put(added | {"acronym": "SWF"}))["partners"] == added["partners"]
    sent = [{"organization": {"id": scene.ministry}, "roles": ["funder"]}]
    changed = {each["id"]: each.get("roles") for each in ok(scene.patch(added, partners=sent))["partners"]}
    assert changed == {lead["id"]: ["lead"], again["id"]: ["funder"], ministry["id"]: ["host"]}
    confirmed = ok(scene.minister.post(f"{path.replace(ministry['id'], again['id'])}/confirmation", CONFIRM))
    assert confirmed["tiers"]["confirmed"]["met"] is True


def test_who_never_confirmed_and_left_is_not_put_back_either(scene: Scene) -> None:
    document = scene.listed()
    gone = ok(scene.minister.post(partner(scene, document, "/leave"), {}))
    assert ok(scene.patch(gone, partners=[], acronym="SW"))["partners"] == gone["partners"]
    refused(scene.lead.patch(partner(scene, document), {"left": None}), 409, "partners-own-words")


@pytest.mark.parametrize("state", ["confirmed", "fallen", "corrected", "unnamed"])
def test_the_lead_does_not_rewrite_the_past_of_a_partner(scene: Scene, state: str) -> None:
    decision, more = {"corrected": ("correct", {"roles": ["adviser"]}), "unnamed": ("unnamed", {})}.get(
        state, ("confirm", {})
    )
    document = ok(scene.answer(scene.minister, scene.listed(), decision, **more))
    path, today = partner(scene, document), day(document)
    if state == "fallen":
        ok(scene.lead.patch(path, {"roles": ["observer"]}))
    for left in ("2001", "2025-12-31", today):
        refused(scene.lead.patch(path, {"left": left}), 409, "partners-own-words")
    for left in ("2001", "2025-12-31"):
        problem = refused(scene.lead.post(f"{path}/leave", {"left": left}), 409, "partners-own-words")
        assert problem["errors"][0]["pointer"] == "/left"
    assert "left" not in scene.entry(scene.read(document))
    assert scene.entry(ok(scene.lead.post(f"{path}/leave", {"left": today})))["left"] == today


def test_nobody_leaves_in_the_future_or_before_it_joined(scene: Scene) -> None:
    document = scene.listed()
    path = partner(scene, document)
    for who in (scene.lead, scene.minister):
        problem = refused(who.post(f"{path}/leave", {"left": "2300"}), 422, "invalid")
        assert problem["errors"][0] == {"pointer": "/left", "detail": "is in the future"}
    refused(scene.lead.patch(path, {"left": "2300"}), 422, "invalid")
    ok(scene.lead.patch(path, {"joined": "2024"}))
    for who in (scene.lead, scene.minister):
        problem = refused(who.post(f"{path}/leave", {"left": "2023"}), 422, "invalid")
        assert problem["errors"][0] == {"pointer": "/left", "detail": "is before joined"}
    assert scene.entry(ok(scene.lead.patch(path, {"left": "2025"})))["left"] == "2025"
    own = f"/partnerships/{document['id']}/partners/{document['partners'][0]['id']}"
    refused(scene.lead.patch(own, {"left": "2025"}), 409, "lead-stays")


def test_a_confirmation_that_fell_is_not_forgotten(scene: Scene) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "confirm"))
    fallen = ok(scene.lead.patch(partner(scene, document), {"roles": ["observer"]}))
    assert scene.entry(fallen)["confirmation"].keys() == {"state", "at"}
    assert scene.entry(fallen).keys() == scene.entry(document).keys()
    assert ok(scene.put(fallen)) == fallen
    other = ok(scene.lead.patch(partner(scene, fallen), {"roles": ["host"]}))
    gone = ok(scene.patch(other, partners=[]))
    assert scene.entry(gone)["left"] == gone["updated_at"][:10]
    confirmed = ok(scene.answer(scene.minister, gone, "confirm"))
    assert ok(scene.put(confirmed)) == confirmed


@pytest.mark.parametrize("fallen", [False, True])
@pytest.mark.parametrize("other", ["organization", "group", "unnamed"])
def test_nobody_else_takes_the_place_of_a_partner_that_confirmed(scene: Scene, other: str, fallen: bool) -> None:
    document = ok(scene.answer(scene.minister, scene.listed(), "confirm"))
    if fallen:
        document = ok(scene.lead.patch(partner(scene, document), {"roles": ["observer"]}))
    somebody: dict[str, Any] = {
        "organization": {"id": scene.company},
        "group": {"name": {"en": "Ministries"}, "constituency": "government", "count": 3},
        "unnamed": {"constituency": "government"},
    }
    sent = {other: somebody[other], "roles": ["host"]}
    problem = refused(scene.lead.put(partner(scene, document), sent), 409, "partners-own-words")
    assert problem["errors"][0]["pointer"] == "/organization"
    assert scene.read(document) == document


def test_what_is_refused_of_a_partner_points_into_what_was_sent(scene: Scene) -> None:
    document = scene.listed()
    path = f"/partnerships/{document['id']}/partners"
    given = [CONTRIBUTION | {"recipient": {"organization_id": str(uuid4())}}]
    for answer in (
        scene.lead.patch(partner(scene, document), {"contributions": given}),
        scene.lead.put(partner(scene, document), scene.entry(document) | {"contributions": given}),
        scene.lead.post(path, {"organization": {"id": scene.ministry}, "contributions": given}),
        scene.lead.post(path, {"organization": {"id": scene.company}, "contributions": given}),
    ):
        problem = refused(answer, 422, "organization-unknown")
        assert [each["pointer"] for each in problem["errors"]] == ["/contributions/0/recipient/organization_id"]
    problem = refused(scene.lead.post(path, {"id": str(uuid4()), "unnamed": {"constituency": "media"}}), 422, "invalid")
    assert [each["pointer"] for each in problem["errors"]] == ["/id"]


def test_a_partner_leaves_a_draft_without_a_trace(scene: Scene) -> None:
    draft = scene.draft()
    left = ok(scene.lead.call("DELETE", partner(scene, draft), headers={"If-Match": "*"}))
    assert [each["organization"]["id"] for each in left["partners"]] == [scene.federation]
    refused(scene.lead.call("DELETE", partner(scene, draft), headers={"If-Match": "*"}), 404, "not-known")


@pytest.mark.parametrize("standing", ["draft", "suspended", "withdrawn"])
def test_partners_answer_public_records_only(scene: Scene, standing: str) -> None:
    document = scene.draft() if standing == "draft" else scene.listed()
    if standing != "draft":
        document = scene.registered() if standing == "suspended" else document
        who = scene.registrar if standing == "suspended" else scene.lead
        ok(scene.move(who, document, standing, reason={"en": "R"}))
    answer = scene.answer(scene.minister, document, "confirm")
    refused(answer, *((404, "not-known") if standing == "draft" else (409, "wrong-standing")))
