"""Rendering, pointers and the property that a document survives being rendered and loaded."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas import documents, topics
from schemas.documents import Contract, StoredDocument, UnknownMember, pointers
from schemas.examples import example
from schemas.organization import OrganizationDocument, OrganizationInput
from schemas.partnership import (
    ConfirmationCommand,
    PartnerCommand,
    PartnershipDocument,
    PartnershipInput,
    PartnershipPatch,
    TransitionCommand,
)
from tests.contracts.strategies import ANYTHING, documents_of, value_of

CONTRACTS = list(dict.fromkeys(event_type.contract() for event_type in topics.EVENT_TYPES))
slow_to_make = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
@slow_to_make
@given(data=st.data())
def test_a_document_survives_rendering_and_loading(contract: type[Contract], data: st.DataObject) -> None:
    document = data.draw(documents_of(contract))
    loaded = documents.load(contract, document)
    rendered = documents.render(contract, loaded)
    assert documents.load(contract, orjson.loads(rendered)) == loaded
    assert documents.render(contract, documents.load(contract, orjson.loads(rendered))) == rendered


@slow_to_make
@given(document=documents_of(PartnershipDocument))
def test_what_is_read_can_be_sent_back(document: dict[str, Any]) -> None:
    sent = orjson.loads(documents.render(PartnershipDocument, document))
    documents.load(PartnershipInput, sent)


@slow_to_make
@given(data=st.data())
def test_the_order_of_members_does_not_change_the_bytes(data: st.DataObject) -> None:
    document = data.draw(documents_of(OrganizationDocument))
    shuffled = dict(data.draw(st.permutations(list(document.items()))))
    assert documents.render(OrganizationDocument, shuffled) == documents.render(OrganizationDocument, document)


def test_rendering_leaves_out_what_is_not_stated_and_keeps_what_is_stated_to_be_none() -> None:
    rendered = documents.render(PartnershipDocument, {"complaints": False, "id": "a", "partners": [], "host": None})
    assert rendered == b'{"id":"a","partners":[],"complaints":false}'


def test_languages_are_rendered_in_one_order() -> None:
    rendered = documents.render(PartnershipDocument, {"title": {"km": "b", "en": "a"}})
    assert rendered == b'{"title":{"en":"a","km":"b"}}'


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"email": "a@example.org"}, "/email"),
        ({"partners": [{"id": "1"}, {"person_id": "2"}]}, "/partners/1/person_id"),
        ({"complaints": {"a/b": 1}}, "/complaints/a~1b"),
        ({"stakeholders": [{"places": ["x", {"secret": 1}]}]}, "/stakeholders/0/places/1/secret"),
    ],
)
def test_nothing_that_the_contract_does_not_know_is_rendered(data: dict[str, Any], pointer: str) -> None:
    with pytest.raises(UnknownMember) as caught:
        documents.render(PartnershipDocument, data)
    assert caught.value.pointer == pointer


def test_an_etag_has_version_and_revision() -> None:
    assert StoredDocument("a", 3, 7, b"{}").etag == '"3.7"'


def test_errors_have_pointers() -> None:
    wrong = {
        "title": {"en": "", "english": "a"},
        "goals": [{"scheme": "sdg", "code": "6"}, {"scheme": "sdg", "code": "18"}],
        "partners": ["x"],
        "a/b~c": 1,
    }
    with pytest.raises(ValidationError) as caught:
        documents.load(PartnershipInput, wrong)
    found = dict(pointers(caught.value))
    assert set(found) == {"/title/en", "/title/english", "/goals/1/code", "/partners/0", "/a~1b~0c"}


def test_endless_and_unencodable_keys_make_harmless_pointers() -> None:
    with pytest.raises(ValidationError) as caught:
        documents.load(PartnershipInput, {"title": {"en": "a"}, "\ud800" + "x" * 5000: 1})
    [(pointer, detail)] = pointers(caught.value)
    assert len(pointer) < 120
    orjson.dumps([pointer, detail])


def test_there_are_at_most_a_hundred_errors() -> None:
    with pytest.raises(ValidationError) as caught:
        documents.load(PartnershipInput, {"title": {"en": "a"}, "goals": [1] * 900})
    assert len(pointers(caught.value)) == 101


HOSTILE = [PartnershipInput, PartnershipDocument, PartnershipPatch, PartnerCommand, OrganizationInput]


@pytest.mark.parametrize(
    "contract", [*HOSTILE, ConfirmationCommand, TransitionCommand], ids=lambda contract: contract.__name__
)
@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_an_error_of_validation(contract: type[Contract], data: st.DataObject) -> None:
    names = list(contract._declared_fields)
    sent = data.draw(ANYTHING | st.dictionaries(st.sampled_from(names), ANYTHING, max_size=6))
    _never_breaks(contract, sent)


@slow_to_make
@given(data=st.data())
def test_a_right_record_with_one_wrong_part_is_an_error_of_validation(data: st.DataObject) -> None:
    sent = data.draw(documents_of(PartnershipInput))
    target: Any = sent
    for _ in range(data.draw(st.integers(0, 4))):
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(target[key], dict | list):
            break
        target = target[key]
    if isinstance(target, dict) and target:
        target[data.draw(st.sampled_from(list(target)))] = data.draw(ANYTHING)
    elif isinstance(target, list):
        target.append(data.draw(ANYTHING))
    _never_breaks(PartnershipInput, sent)


@pytest.mark.parametrize("name", list(PartnershipInput._declared_fields))
def test_depth_is_refused_everywhere(name: str) -> None:
    deep: Any = "bottom"
    for _ in range(5_000):
        deep = {"en": deep}
    sent = {"title": {"en": "a"}, name: deep}
    with pytest.raises(ValidationError) as caught:
        documents.load(PartnershipInput, sent)
    orjson.dumps(pointers(caught.value))
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ValidationError):
        documents.load(PartnershipInput, {"title": {"en": "a"}, name: deep})


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_every_field_takes_what_it_says_and_answers_the_rest(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(list(PartnershipDocument._declared_fields.values())))
    field.deserialize(data.draw(value_of(field)))
    try:
        field.deserialize(data.draw(ANYTHING))
    except ValidationError as error:
        orjson.dumps(pointers({"field": error.messages}))


def _never_breaks(contract: type[Contract], sent: object) -> None:
    try:
        loaded = documents.load(contract, sent)
    except ValidationError as error:
        orjson.dumps(pointers(error))
    else:
        assert isinstance(loaded, dict)


def test_the_richest_example_fills_every_field() -> None:
    registered = topics.event_type("org.convene.registry.partnership.registered.v1")
    assert list(_unfilled(PartnershipDocument, [example(registered)], "")) == []


def _unfilled(contract: type[Any], found: list[dict[str, Any]], at: str) -> Any:
    for name, field in contract._declared_fields.items():
        values = [each[name] for each in found if name in each]
        if not values:
            yield f"{at}/{name}"
        inner = [item for value in values for item in (value if isinstance(value, list) else [value])]
        objects = [item for item in inner if isinstance(item, dict)]
        for part in documents.parts_of(field):
            yield from _unfilled(part, objects, f"{at}/{name}")
