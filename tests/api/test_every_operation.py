"""Schemathesis over every operation: whatever is sent, no 5xx and no answer that the OpenAPI document does not describe.

Short on purpose; `CONVENE_TEST_EXAMPLES` (requests per operation, each sent by everybody) makes it longer. Part of the
requests is given the ids of records that exist, and `If-Match: *`, so that they get as far as the rules.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import Client

from services import embedded
from tests.api.conftest import PEOPLE, Origin
from tests.api.narrowing import narrowed

pytestmark = pytest.mark.system

EXAMPLES = int(os.environ.get("CONVENE_TEST_EXAMPLES", "5"))
PARTS = 3
"""Of each service's operations, so that several processes share them."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LEAVES_ALONE = {("DELETE", "/api/accounts/me")}
"""Operations after which nothing else could be tried: they are tried last, by a person of their own."""


@pytest.fixture(scope="module")
def documents(origin: Origin) -> dict[str, Any]:
    """The OpenAPI document of each service, as it serves it."""
    return {name: schemathesis.openapi.from_wsgi(f"/api/{name}/openapi.json", origin.app) for name in embedded.NAMES}


def operations(schema: Any) -> Iterator[Any]:
    """All operations that a document has; one that cannot be read is an error of ours."""
    for result in schema.get_all_operations():
        yield result.ok()


@pytest.fixture(scope="module")
def narrow(documents: dict[str, Any]) -> dict[str, Any]:
    """The same documents for generating: with texts and codes that are right."""
    return {name: schemathesis.openapi.from_dict(narrowed(each.raw_schema)) for name, each in documents.items()}


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("service", embedded.NAMES)
def test_whatever_is_sent_the_answer_is_a_documented_one(
    origin: Origin, documents: dict[str, Any], narrow: dict[str, Any], service: str, part: int
) -> None:
    failures = []
    for operation in list(operations(documents[service]))[part::PARTS]:
        if (operation.method.upper(), operation.full_path) in LEAVES_ALONE:
            continue
        origin.renew()
        try:
            attempt(origin, operation, narrow[service][operation.path][operation.method])
        except (Exception, BaseExceptionGroup) as failure:  # every finding of every operation is wanted, in one run
            failures.append(f"{operation.label}\n{described(failure)}")
    assert not failures, f"{len(failures)} operations:\n\n" + "\n\n".join(failures)


def attempt(origin: Origin, operation: Any, narrow: Any) -> None:
    """Send generated requests, right ones and wrong ones, each in the name of everybody."""
    right = narrow.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="CONVENE_TEST_EXAMPLES" not in os.environ,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(right, wrong), draw=st.data())
    def send(case: Case, draw: st.DataObject) -> None:
        case.operation = operation
        meet(origin, case, draw)
        for person in PEOPLE:
            headers = origin.headers(person) | ({} if operation.method.upper() == "GET" else {"If-Match": "*"})
            hypothesis.note(f"as {person}")
            case.validate_response(case.call(headers=headers), checks=CHECKS)

    send()


def meet(origin: Origin, case: Case, draw: st.DataObject) -> None:
    """Let most requests name what exists, in the path and in the body."""
    for name in case.path_parameters or {}:
        if name in origin.ids and draw.draw(st.integers(0, 4)):
            case.path_parameters[name] = draw.draw(st.sampled_from(origin.ids[name]))
    if draw.draw(st.booleans()):
        case.body = naming(origin, case.body, draw)


def naming(origin: Origin, body: Any, draw: st.DataObject) -> Any:
    """The body with ids of what exists in the place of others."""
    if isinstance(body, dict):
        return {
            name: draw.draw(st.sampled_from(origin.ids[name]))
            if name in origin.ids and isinstance(value, str)
            else naming(origin, value, draw)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [naming(origin, each, draw) for each in body]
    return body


def described(failure: BaseException) -> str:
    """What failed, short enough to be read."""
    inner = getattr(failure, "exceptions", (failure,))
    return "\n".join(re.sub(r"\n{2,}", "\n", str(each) or repr(each))[:1500] for each in inner)


def test_every_operation_says_what_it_does(documents: dict[str, Any]) -> None:
    for service, schema in documents.items():
        for operation in operations(schema):
            raw = operation.definition.raw
            assert raw.get("summary"), f"{service} {operation.label} has no summary"
            assert any(status.startswith("2") for status in raw["responses"]), f"{operation.label} documents no success"
            assert "default" in raw["responses"], f"{operation.label} documents no refusal"
    assert hypothesis.__version__


def test_who_has_to_sign_in_hears_that_before_anything_else(documents: dict[str, Any], origin: Origin) -> None:
    client, closed = Client(origin.app), 0
    for service, schema in documents.items():
        for operation in operations(schema):
            if operation.definition.raw.get("security") != [{"bearer": []}]:
                continue
            closed += 1
            path = re.sub(r"\{[^}]*\}", "01a20708-ccdf-7101-b4ed-0d18ec813bbf", operation.path)
            answer = client.open(f"/api/{service}{path}", method=operation.method.upper(), data=b"{", json=None)
            assert answer.status_code == 401, f"{service} {operation.label}: {answer.text}"
    assert closed > 80
