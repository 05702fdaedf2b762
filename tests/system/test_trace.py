"""One trace from the request to the index: the `traceparent` that a client sends is in the event, and in every log line on its way.

W3C Trace Context: the trace id stays, each step has a span of its own.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

import pytest

from tests.system.conftest import Register
from tests.system.outside import Answer
from tests.system.running import wait

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("outside")]

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01")


def traced() -> tuple[str, dict[str, str]]:
    """A new trace: its id, and the header that says it."""
    trace = secrets.token_hex(16)
    return trace, {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}


def log_lines(register: Register, trace: str) -> list[dict[str, Any]]:
    """The lines of the log that belong to a trace. A line may be half written yet."""
    lines = register.system.log.read_text().splitlines()
    return [json.loads(line) for line in lines if trace in line and line.startswith("{") and line.endswith("}")]


def events(register: Register, key: str) -> list[dict[str, Any]]:
    """The headers of the events of a record."""
    printed = register.system.command("events", "tail", "--json", "--from-beginning", "--no-follow").stdout
    return [found["headers"] for line in printed.splitlines() if (found := json.loads(line))["key"] == key]


def list_it(register: Register, headers: dict[str, str]) -> Answer:
    draft = register.draft()
    return register.lead.do(
        f"registry/partnerships/{draft['id']}/transitions", {"to": "listed"}, at=draft, headers=headers
    )


def test_a_trace_goes_from_the_request_through_the_event_to_the_index(register: Register) -> None:
    trace, headers = traced()
    record = list_it(register, headers)
    answered = TRACEPARENT.fullmatch(record.headers["traceparent"])
    assert answered
    assert answered[1] == trace
    assert answered[0] != headers["traceparent"], "our span is our own"
    (event,) = [each for each in events(register, record["id"]) if each["ce_type"].endswith(".listed.v1")]
    carried = TRACEPARENT.fullmatch(event["ce_traceparent"])
    assert carried
    assert carried[1] == trace
    register.anyone.found(record)
    indexed = wait(
        lambda: [line for line in log_lines(register, trace) if line["event"] == "indexed"], 30, "the index's line"
    )
    assert indexed[0]["id"] == record["id"]
    assert indexed[0]["version"] == record["version"]
    (request,) = [line for line in log_lines(register, trace) if line["event"] == "request"]
    assert request["route"] == "/partnerships/<uuid:partnership_id>/transitions"
    assert request["status"] == 200
    assert {line["trace_id"] for line in log_lines(register, trace)} == {trace}


@pytest.mark.parametrize("sent", [None, "", "nonsense", f"00-{'0' * 32}-{'1' * 16}-01", f"99-{'1' * 32}-{'1' * 16}-01"])
def test_where_no_trace_is_sent_one_begins(register: Register, sent: str | None) -> None:
    record = list_it(register, {} if sent is None else {"traceparent": sent})
    answered = TRACEPARENT.fullmatch(record.headers["traceparent"])
    assert answered
    assert answered[1] not in (sent or "x" * 40), "what is malformed is not passed on"
    (event,) = [each for each in events(register, record["id"]) if each["ce_type"].endswith(".listed.v1")]
    assert answered[1] in event["ce_traceparent"]


def test_a_problem_names_the_trace_to_look_for(register: Register) -> None:
    trace, headers = traced()
    problem = register.anyone.get("registry/partnerships/no-uuid", expect=404, headers=headers)
    assert problem["trace_id"] == trace


def test_the_trace_of_an_answer_under_a_key_is_the_requests_own(register: Register) -> None:
    key, body = secrets.token_hex(8), register.input()
    for _ in range(2):
        trace, headers = traced()
        answer = register.lead.create("registry/partnerships", body, key=key, headers=headers)
        assert trace in answer.headers["traceparent"]


def test_envelopes_are_cloudevents(register: Register) -> None:
    record = list_it(register, {})
    (event,) = events(register, record["id"])
    assert event["ce_specversion"] == "1.0"
    assert event["ce_source"] == "/registry"
    assert event["ce_subject"] == record["id"]
    assert event["ce_type"] == "org.convene.registry.partnership.listed.v1"
    assert event["content-type"].startswith("application/json")
    assert event["ce_aggregateversion"] == str(record["version"])
    assert event["ce_aggregaterevision"] == str(record["revision"])
    assert event["ce_dataschema"]
    assert event["ce_id"]
    assert event["ce_time"].endswith("Z")
