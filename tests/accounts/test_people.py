"""One's own account: read, changed, exported, erased; and what operators do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from schemas import documents
from schemas.account import AccountDocument, AccountExport, RoleHolders
from schemas.envelope import Event
from schemas.person import PersonDocument
from services.accounts import maintenance
from services.accounts.errors import AddressRefused, PasswordRefused
from services.accounts.people import service as people
from services.accounts.people.models import Address, Password, Person
from services.accounts.tokens.models import RefreshFamily, RefreshToken, Throttle
from services.chassis.identity.addresses import hash_address


def _events(accounts: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(json.loads(headers)["ce_type"], json.loads(data)) for headers, data in accounts.events()]


# ---- reading and changing


def test_one_reads_oneself(accounts: Any) -> None:
    person_id = accounts.user(role="administrator")
    answer = accounts.client.get("/me", headers=accounts.issued())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] == f'"{answer.json["version"]}.{answer.json["revision"]}"'
    assert (answer.json["id"], answer.json["role"], answer.json["has_password"]) == (person_id, "administrator", True)
    documents.load(AccountDocument, answer.json)
    assert accounts.client.get("/me").status_code == 401


def test_name_and_language_are_ones_own_to_change(either_accounts: Any) -> None:
    accounts = either_accounts
    headers = accounts.issued()
    before = accounts.client.get("/me", headers=headers)
    changed = accounts.client.patch("/me", json={"display_name": " Sok Dara ", "language": "KM"}, headers=headers)
    assert changed.status_code == 200
    assert (changed.json["display_name"], changed.json["language"]) == ("Sok Dara", "km")
    assert changed.json["version"] == before.json["version"] + 1
    same = accounts.client.patch("/me", json={"display_name": "Sok Dara"}, headers=headers)
    assert same.headers["ETag"] == changed.headers["ETag"], "nothing changed, nothing is newer"
    cleared = accounts.client.patch("/me", json={"display_name": None}, headers=headers)
    assert "display_name" not in cleared.json
    assert cleared.json["language"] == "km"


def test_if_match_is_honoured(accounts: Any, problem_slug: Any) -> None:
    headers = accounts.issued()
    etag = accounts.client.get("/me", headers=headers).headers["ETag"]
    first = accounts.client.patch("/me", json={"language": "km"}, headers={**headers, "If-Match": etag})
    assert first.status_code == 200
    stale = accounts.client.patch("/me", json={"language": "en"}, headers={**headers, "If-Match": etag})
    assert (stale.status_code, problem_slug(stale)) == (412, "stale-version")


def test_other_fields_may_be_repeated_and_not_changed(accounts: Any, problem_slug: Any) -> None:
    headers = accounts.issued()
    body = accounts.client.get("/me", headers=headers).json
    assert accounts.client.patch("/me", json={**body, "language": "fr"}, headers=headers).status_code == 200
    body = accounts.client.get("/me", headers=headers).json
    for name, value in {"role": "administrator", "id": "x", "addresses": [], "has_password": True}.items():
        refused = accounts.client.patch("/me", json={**body, name: value}, headers=headers)
        assert (refused.status_code, problem_slug(refused)) == (422, "read-only-field")
        assert [error["pointer"] for error in refused.json["errors"]] == [f"/{name}"]
    assert accounts.client.patch("/me", json={"is_admin": True}, headers=headers).status_code == 422
    assert accounts.client.patch("/me", json={"display_name": "x" * 300}, headers=headers).status_code == 422
    assert accounts.client.patch("/me", json=[], headers=headers).status_code == 422
    assert accounts.client.get("/me", headers=headers).json == body


# ---- the password


def _change(accounts: Any, present: str, new: str) -> Any:
    return accounts.client.put(
        "/me/password", json={"current_password": present, "new_password": new}, headers=accounts.issued()
    )


def test_a_new_password_ends_every_sign_in(either_accounts: Any, password: str) -> None:
    accounts = either_accounts
    accounts.user()
    refresh = accounts.sign_in().json["refresh_token"]
    assert _change(accounts, password, "nine herons wait for rain").status_code == 204
    assert accounts.renew(refresh).status_code == 401
    assert accounts.sign_in().status_code == 401
    assert accounts.sign_in(password="nine herons wait for rain").status_code == 200


def test_a_stolen_access_token_does_not_change_the_password(accounts: Any, problem_slug: Any, password: str) -> None:
    accounts.user()
    refused = _change(accounts, "a wrong password", "nine herons wait for rain")
    assert (refused.status_code, problem_slug(refused)) == (422, "wrong-password")
    answers = [_change(accounts, "a wrong password", "nine herons wait for rain").status_code for _ in range(5)]
    assert answers[-1] == 429, "and cannot guess it"
    accounts.travel(minutes=1)
    assert accounts.sign_in().status_code == 200


def test_a_new_password_meets_the_policy(accounts: Any, problem_slug: Any, password: str) -> None:
    accounts.user()
    refused = _change(accounts, password, "dara@example.org")
    assert (refused.status_code, problem_slug(refused)) == (422, "password-refused")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/new_password"]
    assert accounts.sign_in().status_code == 200


def test_without_a_password_there_is_none_to_change(accounts: Any, problem_slug: Any) -> None:
    refused = _change(accounts, "anything", "nine herons wait for rain")
    assert (refused.status_code, problem_slug(refused)) == (409, "no-password")


# ---- what operators do


def test_adding_again_sets_the_password_anew(accounts: Any) -> None:
    first = accounts.user(role="pdu_officer")
    refresh = accounts.sign_in().json["refresh_token"]
    for _ in range(8):
        accounts.sign_in(password="forgotten it is")
    assert accounts.user(password="nine herons wait for rain") == first
    assert accounts.renew(refresh).status_code == 401
    assert accounts.sign_in(password="nine herons wait for rain").status_code == 200, "and the throttle is lifted"
    assert accounts.client.get("/me", headers=accounts.issued()).json["role"] == "pdu_officer"


def test_a_person_known_by_a_token_gets_a_password_later(accounts: Any) -> None:
    headers = accounts.issued()
    assert accounts.user() == accounts.client.get("/me", headers=headers).json["id"]


def test_what_operators_cannot_add(accounts: Any, password: str) -> None:
    with pytest.raises(AddressRefused):
        accounts.user("no address")
    with pytest.raises(PasswordRefused):
        accounts.user(password="short")
    with pytest.raises(ValueError, match="platform roles"):
        accounts.user(role="owner")
    with accounts.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_the_demo_world_finds_its_people_again(accounts: Any, password: str) -> None:
    def ensure() -> str:
        return people.ensure_user(
            accounts.database, accounts.settings, "demo@example.org", password, "administrator", display_name="Demo"
        )

    first = ensure()
    etag = accounts.client.get("/me", headers=accounts.issued("demo@example.org")).headers["ETag"]
    refresh = accounts.sign_in("demo@example.org").json["refresh_token"]
    assert ensure() == first
    assert accounts.client.get("/me", headers=accounts.issued("demo@example.org")).headers["ETag"] == etag
    assert accounts.renew(refresh).status_code == 200


# ---- events


def test_others_learn_ids_and_hashes_alone(accounts: Any) -> None:
    person_id = accounts.user("Leïla@Exämple.org")
    accounts.issued("leïla@exämple.org")
    ((event_type, data),) = _events(accounts)
    assert event_type == "org.convene.accounts.person.verified.v1"
    assert data == {
        "id": person_id,
        "version": data["version"],
        "revision": data["revision"],
        "state": "active",
        "address_hashes": [hash_address(accounts.settings.address_key, "leïla@exämple.org")],
    }
    documents.load(PersonDocument, data)


def test_events_can_be_written_again(accounts: Any) -> None:
    accounts.user("one@example.org")
    accounts.user("two@example.org")
    accounts.client.delete("/me", headers=accounts.issued("two@example.org"))
    before = _events(accounts)
    assert maintenance.republish(accounts.database) == 2
    again = _events(accounts)[len(before) :]
    assert {event_type.split(".")[-2] for event_type, _ in again} == {"verified", "erased"}
    for headers, data in accounts.events():
        attributes = json.loads(headers)
        event = Event.from_record(attributes["ce_subject"], data, [(n, v.encode()) for n, v in attributes.items()])
        assert json.loads(data)["version"] == event.version


# ---- export and erasure


def test_everything_that_is_held_is_exported(accounts: Any) -> None:
    accounts.user(role="pdu_officer")
    accounts.sign_in()
    accounts.sign_in(password="a wrong password")
    answer = accounts.client.get("/me/export", headers=accounts.issued())
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.json
    documents.load(AccountExport, given)
    assert given["account"]["addresses"][0]["email"] == "dara@example.org"
    assert given["role"]["granted_by"] == "operator"
    assert given["password"]["changed_at"]
    assert len(given["sign_ins"]) == 1
    assert given["failed_sign_ins"] == 1
    assert "argon2" not in answer.text


def test_erasure_leaves_the_id_and_nothing_else(either_accounts: Any, problem_slug: Any) -> None:
    accounts = either_accounts
    person_id = accounts.user(role="pdu_officer")
    headers = accounts.issued()
    accounts.client.patch("/me", json={"display_name": "Sok Dara", "language": "km"}, headers=headers)
    refresh = accounts.sign_in().json["refresh_token"]
    accounts.sign_in(password="a wrong password")
    assert accounts.client.delete("/me", headers=headers).status_code == 204
    with accounts.database.reading() as session:
        person = session.scalars(select(Person)).one()
        for table in (Address, Password, RefreshFamily, RefreshToken):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        subjects = session.scalars(select(Throttle.subject)).all()
    kept = {name for name in Person.__table__.columns.keys() if getattr(person, name) is not None}  # noqa: SIM118
    assert kept == {"id", "state", "version", "revision", "created_at", "updated_at", "erased_at"}
    assert (person.id, person.state) == (person_id, "erased")
    assert not [subject for subject in subjects if subject.startswith("address:")]
    event_type, data = _events(accounts)[-1]
    assert event_type == "org.convene.accounts.person.erased.v1"
    assert (data["id"], data["state"], data["address_hashes"]) == (person_id, "erased", [])
    assert accounts.renew(refresh).status_code == 401
    assert accounts.sign_in().status_code == 401
    gone = accounts.client.get("/me", headers=headers)
    assert (gone.status_code, problem_slug(gone)) == (401, "account-gone")
    assert accounts.client.delete("/me", headers=headers).status_code == 401


def test_who_comes_back_is_another_person(accounts: Any) -> None:
    first = accounts.user()
    accounts.client.delete("/me", headers=accounts.issued())
    assert accounts.user() != first


# ---- platform roles


def test_administrators_give_and_take_roles(either_accounts: Any, problem_slug: Any) -> None:
    accounts = either_accounts
    administrator = accounts.user("root@example.org", "administrator")
    officer = accounts.user()
    headers = accounts.issued("root@example.org")
    given = accounts.client.post("/roles", json={"email": "Dara@example.org", "role": "pdu_officer"}, headers=headers)
    assert given.status_code == 201
    assert given.json["person_id"] == officer
    assert given.json["granted_by"] == administrator
    listed = accounts.client.get("/roles", headers=headers)
    assert {each["person_id"]: each["role"] for each in listed.json["items"]} == {
        administrator: "administrator",
        officer: "pdu_officer",
    }
    assert "example.org" not in listed.text
    documents.load(RoleHolders, listed.json)
    assert accounts.client.delete(f"/roles/{officer}", headers=headers).status_code == 204
    again = accounts.client.delete(f"/roles/{officer}", headers=headers)
    assert (again.status_code, problem_slug(again)) == (404, "person-unknown")
    assert len(accounts.client.get("/roles", headers=headers).json["items"]) == 1


def test_roles_come_in_pages(accounts: Any) -> None:
    ids = [accounts.user(f"officer{number}@example.org", "pdu_officer") for number in range(5)]
    headers = accounts.issued("root@example.org", "administrator")
    seen, address = [], "/roles?limit=2"
    while address:
        page = accounts.client.get(address, headers=headers)
        seen += [each["person_id"] for each in page.json["items"]]
        address = f"/roles?limit=2&cursor={page.json['next']}" if "next" in page.json else ""
    assert seen == sorted(ids)
    assert accounts.client.get("/roles?cursor=made-up", headers=headers).status_code == 422
    assert accounts.client.get("/roles?limit=0", headers=headers).status_code == 422


def test_roles_that_cannot_be_given(accounts: Any, problem_slug: Any) -> None:
    headers = accounts.issued("root@example.org", "administrator")
    unknown = accounts.client.post("/roles", json={"email": "no@example.org", "role": "pdu_officer"}, headers=headers)
    assert (unknown.status_code, problem_slug(unknown)) == (404, "person-unknown")
    for body in ({"email": "x", "role": "pdu_officer"}, {"email": "root@example.org", "role": "owner"}, {}):
        assert accounts.client.post("/roles", json=body, headers=headers).status_code == 422


def test_a_grant_that_is_sent_twice_is_done_once(accounts: Any) -> None:
    accounts.user()
    headers = {**accounts.issued("root@example.org", "administrator"), "Idempotency-Key": "one"}
    body = {"email": "dara@example.org", "role": "pdu_officer"}
    first = accounts.client.post("/roles", json=body, headers=headers)
    again = accounts.client.post("/roles", json=body, headers=headers)
    assert (again.status_code, again.data) == (201, first.data)
