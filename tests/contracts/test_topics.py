"""The table of topics and event types, the envelope, and the examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema

from schemas import documents, examples, topics, vocabulary
from schemas import fields as f
from schemas.envelope import Event, MalformedEvent
from schemas.topics import EVENT_TYPES, TOPICS, EventType

every_type = pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)


@every_type
def test_every_event_type_is_named_after_its_topic_and_has_a_valid_example(event_type: EventType) -> None:
    assert re.fullmatch(rf"org\.{re.escape(event_type.topic)}\.[a-z_]+\.v[0-9]+", event_type.name)
    example = examples.example(event_type)
    assert documents.load(event_type.contract(), example) == example
    assert documents.ordered(event_type.contract(), example) == example
    assert list(example) == list(documents.ordered(event_type.contract(), example))


def test_no_example_is_left_over() -> None:
    files = {path.stem for path in examples.FOLDER.glob("*.json")}
    assert files == {event_type.name for event_type in EVENT_TYPES}


def test_lookups() -> None:
    listed = "org.convene.registry.partnership.listed.v1"
    assert topics.topic_of(listed).name == "convene.registry.partnership"
    assert topics.event_type(listed).dataschema == "urn:convene:schema:PartnershipDocument"
    assert topics.topic("convene.retry.search").consumers == ("search",)
    with pytest.raises(KeyError):
        topics.event_type("org.convene.registry.partnership.eaten.v1")
    with pytest.raises(KeyError):
        topics.topic("convene.nothing")


def test_every_topic_with_events_is_compacted_and_the_others_let_go() -> None:
    with_events = {event_type.topic for event_type in EVENT_TYPES}
    for topic in TOPICS:
        assert topic.compacted == (topic.name in with_events)
        assert (topic.retention_days is None) == topic.compacted


def _all_parts(contract: type[Schema]) -> set[type[Schema]]:
    found = {contract}
    for field in contract._declared_fields.values():
        for part in documents.parts_of(field):
            found |= _all_parts(part)
    return found


@every_type
def test_nothing_private_has_a_place_in_an_event(event_type: EventType) -> None:
    public = topics.topic(event_type.topic).audience == "public"
    for contract in _all_parts(event_type.contract()):
        for name, field in contract._declared_fields.items():
            assert not isinstance(field, f.Address)
            assert "email" not in name
            if public:
                assert "person_id" not in name and "address_hash" not in name
            else:
                assert "name" not in name


@every_type
def test_every_vocabulary_that_a_contract_names_is_there(event_type: EventType) -> None:
    for contract in _all_parts(event_type.contract()):
        for field in contract._declared_fields.values():
            for each in _with_inner(field):
                if isinstance(each, f.Code):
                    assert each.scheme in vocabulary.schemes()
                    assert vocabulary.scheme(each.scheme).codes


def _with_inner(field: Any) -> list[Any]:
    inner = [field.inner] if isinstance(field, f.Items) else list(getattr(field, "alternatives", ()))
    return [field, *(each for one in inner for each in _with_inner(one))]


def event(**changed: Any) -> Event:
    known: dict[str, Any] = {
        "id": "019505a0-0000-7000-8000-000000000001",
        "type": "org.convene.registry.partnership.listed.v1",
        "source": "/registry",
        "subject": "019505a0-0000-7000-8000-000000000002",
        "time": "2026-03-01T09:30:00Z",
        "version": 3,
        "revision": 5,
        "data": b"{}",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    return Event(**(known | changed))


@given(version=st.integers(1, 10**9), revision=st.integers(1, 10**9), data=st.none() | st.binary(max_size=20))
def test_an_event_survives_the_record(version: int, revision: int, data: bytes | None) -> None:
    sent = event(version=version, revision=revision, data=data)
    assert Event.from_record(sent.subject, data, sent.headers()) == sent
    assert Event.from_record(sent.subject.encode(), data, sent.headers()) == sent


def test_the_headers_are_those_of_the_kafka_binding() -> None:
    headers = dict(event().headers())
    assert headers["ce_specversion"] == b"1.0"
    assert headers["content-type"] == b"application/json"
    assert headers["ce_dataschema"] == b"urn:convene:schema:PartnershipDocument"
    assert headers["ce_aggregateversion"] == b"3"
    assert "content-type" not in dict(event(data=None).headers())
    assert "ce_traceparent" not in dict(event(traceparent=None).headers())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b""),
        ("ce_type", None),
        ("ce_subject", b"another"),
        ("ce_aggregateversion", b"-1"),
        ("ce_aggregaterevision", b"1e3"),
        ("ce_aggregaterevision", "²".encode()),
        ("ce_source", b"\xff"),
    ],
)
def test_what_is_no_event_says_so(name: str, value: bytes | None) -> None:
    headers = dict(event().headers()) | ({name: value} if value is not None else {})
    if value is None:
        del headers[name]
    with pytest.raises(MalformedEvent):
        Event.from_record(event().subject, b"{}", headers.items())


def test_an_unknown_type_is_still_an_event() -> None:
    headers = dict(event().headers()) | {"ce_type": b"org.convene.registry.partnership.dreamt.v9"}
    assert Event.from_record(event().subject, b"{}", headers.items()).type.endswith("dreamt.v9")


def test_later_is_a_higher_version_or_the_same_one_rendered_again() -> None:
    assert event(version=2, revision=9).order < event(version=3, revision=4).order < event(version=3, revision=5).order


def test_examples_are_files_beside_the_table() -> None:
    assert Path(topics.__file__).parent == examples.FOLDER.parent
