"""The service as a whole: its tables, its health, its documentation, its parts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

from services.accounts import app as accounts_app
from services.accounts import policy
from services.accounts.errors import PROBLEMS
from services.accounts.keys import models as keys_models
from services.accounts.keys import service as keys_service
from services.accounts.people import models as people_models
from services.accounts.people import passwords
from services.accounts.people import service as people
from services.accounts.tables import Base
from services.accounts.tokens import models as tokens_models
from services.accounts.tokens import service as tokens_service
from services.chassis.identity import verification
from services.chassis.tables import CHASSIS


def test_the_migrations_make_the_tables_of_the_models(either_accounts: Any) -> None:
    assert {keys_models, people_models, tokens_models}
    wanted = MetaData()
    for table in [*Base.metadata.tables.values(), *CHASSIS.tables.values()]:
        table.to_metadata(wanted)
    with either_accounts.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, wanted) == []


def test_ready_says_what_is_missing(accounts: Any) -> None:
    assert accounts.client.get("/health/ready").status_code == 200
    accounts.user()
    accounts.issued()
    other = replace(accounts.settings, address_key=b"other" * 8)
    answer = accounts_app.create_app(other, accounts.database).test_client().get("/health/ready")
    assert answer.status_code == 503
    assert "CONVENE_ADDRESS_KEY" in answer.text


def test_providers_are_none_yet(accounts: Any) -> None:
    assert accounts.client.get("/providers").json == {"items": []}


def test_the_parts_of_the_service(accounts: Any) -> None:
    service = accounts_app.build(accounts.settings, accounts_app.key_source(accounts.settings))
    assert service.name == "accounts"
    assert not service.subscriptions
    assert service.create_app().test_client().get("/health/live").status_code == 200


def test_tokens_are_good_for_verifiers_of_the_same_process(accounts: Any) -> None:
    from services.chassis.identity.verification import verifier

    token = accounts.issued()["Authorization"].removeprefix("Bearer ")
    assert verifier(accounts.settings, accounts_app.key_source(accounts.settings)).verify(token).address_hashes


def test_a_token_of_the_command_line_is_good_whatever_the_port_of_the_running_system(accounts: Any) -> None:
    elsewhere = replace(accounts.settings, port=9000, public_url="http://127.0.0.1:9000")
    token = people.issue_token(accounts.database, elsewhere, "dara@example.org")
    assert accounts.me(token).status_code == 200


def test_the_documentation_names_every_operation(accounts: Any) -> None:
    document = accounts.client.get("/openapi.json").json
    assert set(document["paths"]) == {
        "/token",
        "/token/revocation",
        "/me",
        "/me/export",
        "/me/password",
        "/roles",
        "/roles/{person_id}",
        "/providers",
        "/.well-known/jwks.json",
    }
    body = document["paths"]["/token"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "application/x-www-form-urlencoded"}
    assert accounts.client.get("/docs").status_code == 200


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_is_explained(accounts: Any, problem: Any) -> None:
    answer = accounts.client.get(f"/problems/{problem.slug}")
    assert answer.json["title"] == problem.title


def test_slugs_are_one_of_a_kind() -> None:
    assert len({problem.slug for problem in PROBLEMS}) == len(PROBLEMS)


# ---- docs/security.md

SECURITY = Path(__file__).resolve().parents[2] / "docs" / "security.md"


def test_the_page_on_security_has_the_policy() -> None:
    table = re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (.+) \|$", SECURITY.read_text(), re.MULTILINE)
    assert table == [(row.action, row.who) for row in policy.TABLE]


def test_the_page_on_security_says_what_every_table_holds() -> None:
    where = SECURITY.read_text().partition("## What is where")[2]
    assert {name for name in Base.metadata.tables if f"`{name}`" not in where} == set()


def test_the_page_on_security_has_the_numbers_of_the_code() -> None:
    page = " ".join(SECURITY.read_text().split())
    for number in (
        f"{passwords.SHORTEST} to {passwords.LONGEST} characters",
        f"{tokens_service.ACCESS_LIFETIME.seconds // 60} minutes; from `convene token issue`",
        f"`convene token issue` {tokens_service.MAX_LIFETIME.seconds // 60}",
        f"{tokens_service.REFRESH_LIFETIME.days} days after the last use, {tokens_service.SIGN_IN_LIFETIME.days} after",
        f"signs for {keys_service.LIFE.days} days",
        f"the last one {keys_service.PUBLISHED_AFTER_USE.seconds // 60} minutes after",
        f"{passwords.MEMORY_KIB // 1024} MiB",
        f"differ by {verification.LEEWAY_SECONDS} seconds",
    ):
        assert number in page
