"""What is published is what the code says, is valid by its standard, and nothing that would break a reader goes unnoticed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import ValidationError

from schemas import compatibility, documents, examples, json_schema, publishing
from schemas.partnership import ConfirmationCommand, PartnershipDocument, PartnershipInput, TransitionCommand
from schemas.problem import Problem
from schemas.topics import EVENT_TYPES, EventType

GENERATED = publishing.generated()
PARTNERSHIP = "PartnershipDocument.schema.json"


def published(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(GENERATED[name])
    return found


def test_what_is_committed_is_what_the_code_says() -> None:
    assert publishing.check() == []


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)
def test_every_example_is_valid_by_the_published_schema(event_type: EventType) -> None:
    schema = published(f"{event_type.contract().__name__}.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(examples.example(event_type))


def test_the_published_schema_refuses_what_the_contract_refuses() -> None:
    validator = jsonschema.Draft202012Validator(published(PARTNERSHIP))
    right = examples.example(next(each for each in EVENT_TYPES if each.name.endswith("registered.v1")))
    for change in (
        {"title": "text"},
        {"standing": "approved"},
        {"complaints": True},
        {"start": "May 2024"},
        {"version": 0},
        {"goals": [{"scheme": "sdg", "code": "6"}]},
        {"budget": {"totals": [{"id": right["id"], "basis": "spent", "amount": 5, "currency": "USD"}]}},
    ):
        assert not validator.is_valid(right | change)
        with pytest.raises(ValidationError):
            documents.load(PartnershipDocument, right | change)


def test_asyncapi_is_valid_by_the_standard(shared_data: Path) -> None:
    standard = orjson.loads((shared_data / "standards" / "asyncapi-3.0.0.json").read_bytes())
    jsonschema.Draft7Validator(standard).validate(published("asyncapi.json"))


def test_asyncapi_tells_of_every_topic_and_event_with_its_example() -> None:
    document = published("asyncapi.json")
    assert {message for channel in document["channels"].values() for message in channel["messages"]} == {
        event_type.name for event_type in EVENT_TYPES
    }
    resolver = {"components": document["components"]}
    for message in document["components"]["messages"].values():
        [shown] = message["examples"]
        jsonschema.Draft7Validator({**resolver, **message["payload"]}).validate(shown["payload"])
        headers = document["components"]["messageTraits"]["cloudEvent"]["headers"]
        jsonschema.Draft7Validator({**resolver, **headers}).validate(shown["headers"])
        assert shown["headers"]["ce_type"] == message["name"]


@pytest.fixture
def openapi() -> dict[str, Any]:
    plugin = MarshmallowPlugin()
    spec = APISpec("x", "1", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(json_schema.openapi_property)  # type: ignore[no-untyped-call]
    for contract in (PartnershipInput, PartnershipDocument, ConfirmationCommand, TransitionCommand, Problem):
        spec.components.schema(contract.__name__, schema=contract)
    found: dict[str, Any] = spec.to_dict()
    return found


def test_apispec_describes_contracts_by_the_same_conversion(openapi: dict[str, Any]) -> None:
    components = openapi["components"]["schemas"]
    partnership = components["PartnershipInput"]["properties"]
    assert partnership["complaints"]["anyOf"] == [
        {"anyOf": [{"$ref": "#/components/schemas/ComplaintsInput"}, {"const": False}]},
        {"type": "null"},
    ]
    assert partnership["start"]["type"] == ["string", "null"]
    assert partnership["standing"] == {"description": "The standing of the record.", "readOnly": True}
    assert components["TransitionCommand"]["properties"]["to"]["enum"]
    assert components["PartnershipDocument"]["required"]
    assert components["PartnershipInput"]["required"] == ["title"]


def test_what_the_api_says_of_inputs_is_true(openapi: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/PartnershipInput", **openapi}
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for event_type in EVENT_TYPES:
        if event_type.contract() is PartnershipDocument:
            validator.validate(examples.example(event_type))
    validator.validate({"title": {"en": "a"}, "website": None, "partners": [{"organization": {"id": None}}]})
    assert not validator.is_valid({"title": {"en": "a"}, "unknown": 1})


# What breaks

Change = Callable[[dict[str, Any]], object]


def definition(schema: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"][name]
    return found


BREAKING: list[tuple[str, Change, str]] = [
    ("a property is removed", lambda s: s["properties"].pop("website"), "/website: the property was removed"),
    (
        "a property of a part is removed",
        lambda s: definition(s, "Contribution")["properties"].pop("earmarking"),
        "/partners/*/contributions/*/earmarking: the property was removed",
    ),
    (
        "a type changes",
        lambda s: s["properties"]["acronym"].update(type="integer"),
        "type changed from string to integer",
    ),
    (
        "a value may no longer be false",
        lambda s: s["properties"]["complaints"]["anyOf"].pop(),
        "/complaints: may no longer be False",
    ),
    (
        "a value may newly be something else",
        lambda s: s["properties"]["complaints"]["anyOf"].append({"type": "string"}),
        "/complaints: may now be string",
    ),
    (
        "a code is removed",
        lambda s: s["properties"]["kind"]["enum"].remove("platform"),
        "the code platform was removed",
    ),
    ("codes are limited", lambda s: s["properties"]["acronym"].update(enum=["A"]), "is now limited to A"),
    (
        "codes are of another vocabulary",
        lambda s: definition(s, "Geography")["properties"]["scope"].update({"x-vocabulary": "tier"}),
        "its codes are now those of tier",
    ),
    ("something becomes required", lambda s: s["required"].append("summary"), "/summary: is now required"),
    (
        "something new is required",
        lambda s: (s["properties"].update(colour={"type": "string"}), s["required"].append("colour")),
        "/colour: a new property is required",
    ),
    ("something is no longer always there", lambda s: s["required"].remove("title"), "no longer always there"),
    ("a limit is lowered", lambda s: s["properties"]["partners"].update(maxItems=10), "maxItems is now 10"),
    ("a limit is raised from below", lambda s: s["properties"]["version"].update(minimum=2), "minimum is now 2"),
    ("a pattern changes", lambda s: s["properties"]["start"].update(pattern="^x$"), "pattern is now ^x$"),
    (
        "a format is asked for",
        lambda s: s["properties"]["acronym"].update(format="date"),
        "/acronym: format is now date, was none",
    ),
    (
        "other members are refused",
        lambda s: s.update(additionalProperties=False),
        "other members are no longer allowed",
    ),
    (
        "a constant changes",
        lambda s: s["properties"]["complaints"]["anyOf"][1].update(const=True),
        "/complaints: may no longer be False",
    ),
]

FINE: list[tuple[str, Change]] = [
    ("a property is added", lambda s: s["properties"].update(colour={"type": "string"})),
    ("a code is added", lambda s: s["properties"]["kind"]["enum"].append("alliance")),
    ("a limit is raised", lambda s: s["properties"]["partners"].update(maxItems=100_000)),
    ("a description changes", lambda s: s["properties"]["kind"].update(description="Other words.")),
    ("a part is added", lambda s: s["$defs"].update(Colour={"type": "object"})),
]


@pytest.mark.parametrize(("change", "says"), [each[1:] for each in BREAKING], ids=[each[0] for each in BREAKING])
def test_what_breaks_a_document_is_found(change: Change, says: str) -> None:
    new = published(PARTNERSHIP)
    change(new)
    found = compatibility.breaking_document(published(PARTNERSHIP), new)
    assert any(says in each for each in found), found


@pytest.mark.parametrize("change", [each[1] for each in FINE], ids=[each[0] for each in FINE])
def test_what_is_added_to_a_document_breaks_nothing(change: Change) -> None:
    new = published(PARTNERSHIP)
    change(new)
    assert compatibility.breaking_document(published(PARTNERSHIP), new) == []


REGISTRY = "registry-partnership"
LISTED = "org.convene.registry.partnership.listed.v1"
BREAKING_EVENTS: list[tuple[str, Change, str]] = [
    ("a topic is removed", lambda d: d["channels"].pop(REGISTRY), "topic convene.registry.partnership: was removed"),
    ("a topic is renamed", lambda d: d["channels"][REGISTRY].update(address="convene.other"), "was removed"),
    ("a class changes", lambda d: d["channels"][REGISTRY].update({"x-audience": "internal"}), "its class changed"),
    ("a key changes", lambda d: d["channels"][REGISTRY].update({"x-key": "the country"}), "its key changed"),
    ("an owner changes", lambda d: d["channels"][REGISTRY].update({"x-owner": "search"}), "its owner changed"),
    (
        "a topic is no longer compacted",
        lambda d: d["channels"][REGISTRY]["bindings"]["kafka"]["topicConfiguration"].update(
            {"cleanup.policy": ["delete"]}
        ),
        "is no longer kept by compact",
    ),
    (
        "an event type is removed",
        lambda d: (d["channels"][REGISTRY]["messages"].pop(LISTED), d["components"]["messages"].pop(LISTED)),
        f"event type {LISTED}: was removed",
    ),
    (
        "an event type moves to another topic",
        lambda d: d["channels"]["registry-unit"]["messages"].update(
            {LISTED: d["channels"][REGISTRY]["messages"].pop(LISTED)}
        ),
        f"event type {LISTED}: is no longer in topic",
    ),
    (
        "an event type carries another document",
        lambda d: d["components"]["messages"][LISTED].update(payload={"$ref": "#/components/schemas/UnitDocument"}),
        f"event type {LISTED}: carries another document",
    ),
    (
        "a header goes",
        lambda d: d["components"]["schemas"]["CloudEventHeaders"]["properties"].pop("ce_time"),
        "headers/ce_time: the property was removed",
    ),
]


@pytest.mark.parametrize(
    ("change", "says"), [each[1:] for each in BREAKING_EVENTS], ids=[each[0] for each in BREAKING_EVENTS]
)
def test_what_breaks_readers_of_the_bus_is_found(change: Change, says: str) -> None:
    new = published("asyncapi.json")
    change(new)
    found = compatibility.breaking_events(published("asyncapi.json"), new)
    assert any(says in each for each in found), found


def test_a_new_topic_breaks_nobody() -> None:
    new = published("asyncapi.json")
    new["channels"]["dialogue-conversation"] = {"address": "convene.dialogue.conversation", "messages": {}}
    assert compatibility.breaking_events(published("asyncapi.json"), new) == []


API: dict[str, Any] = {
    "paths": {
        "/partnerships": {
            "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer"}}],
            "get": {"responses": {"200": {}}, "parameters": [{"$ref": "#/components/parameters/cursor"}]},
            "post": {"responses": {"201": {}, "422": {}}},
        }
    },
    "components": {
        "parameters": {"cursor": {"in": "query", "name": "cursor", "schema": {"type": "string"}}},
        "schemas": {"Command": {"type": "object", "properties": {"to": {"type": "string"}}}},
    },
}
BREAKING_API: list[tuple[str, Change, str]] = [
    ("a path is removed", lambda d: d["paths"].pop("/partnerships"), "GET /partnerships: was removed"),
    ("a method is removed", lambda d: d["paths"]["/partnerships"].pop("post"), "POST /partnerships: was removed"),
    (
        "a parameter is removed",
        lambda d: d["paths"]["/partnerships"]["get"].update(parameters=[]),
        "GET /partnerships: the parameter cursor was removed",
    ),
    (
        "a parameter is asked for",
        lambda d: d["components"]["parameters"]["cursor"].update(required=True),
        "the parameter cursor is now asked for",
    ),
    (
        "a body is asked for",
        lambda d: d["paths"]["/partnerships"]["post"].update(requestBody={"required": True}),
        "a body is now asked for",
    ),
    (
        "an answer goes",
        lambda d: d["paths"]["/partnerships"]["post"]["responses"].pop("201"),
        "POST /partnerships: no longer answers 201",
    ),
    (
        "a member of a body goes",
        lambda d: d["components"]["schemas"]["Command"]["properties"].pop("to"),
        "Command/to: the property was removed",
    ),
]


@pytest.mark.parametrize(
    ("change", "says"), [each[1:] for each in BREAKING_API], ids=[each[0] for each in BREAKING_API]
)
def test_what_breaks_clients_is_found(change: Change, says: str) -> None:
    new = copy.deepcopy(API)
    change(new)
    found = compatibility.breaking_api(API, new)
    assert any(says in each for each in found), found


def test_nothing_breaks_where_nothing_changed() -> None:
    assert compatibility.breaking_api(API, API) == []
    assert compatibility.breaking_events(published("asyncapi.json"), published("asyncapi.json")) == []
    assert compatibility.breaking_document(published(PARTNERSHIP), published(PARTNERSHIP)) == []


# The folder


def test_an_export_can_be_checked(tmp_path: Path) -> None:
    extra = {"openapi-registry.json": orjson.dumps(API)}
    publishing.export(tmp_path, extra)
    assert publishing.check(tmp_path, extra) == []
    assert publishing.check(tmp_path) == [], "the services' files are checked only where they are given"


def test_what_is_not_exported_yet_is_named(tmp_path: Path) -> None:
    publishing.export(tmp_path)
    (tmp_path / PARTNERSHIP).unlink()
    changed = published("UnitDocument.schema.json")
    changed["properties"]["name"]["description"] = "Other words."
    (tmp_path / "UnitDocument.schema.json").write_bytes(orjson.dumps(changed))
    assert publishing.check(tmp_path) == [
        f"{PARTNERSHIP}: is not published yet; run convene schemas export",
        "UnitDocument.schema.json: is not what the code says; run convene schemas export",
    ]


def test_a_breaking_export_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    publishing.export(tmp_path)
    older = published(PARTNERSHIP)
    older["properties"]["colour"] = {"type": "string"}
    (tmp_path / PARTNERSHIP).write_bytes(orjson.dumps(older))
    (tmp_path / "OldDocument.schema.json").write_bytes(b"{}")
    breaks = [
        "OldDocument.schema.json: was removed",
        f"{PARTNERSHIP}: PartnershipDocument/colour: the property was removed",
    ]
    assert publishing.check(tmp_path)[:2] == breaks
    with pytest.raises(publishing.WouldBreak) as caught:
        publishing.export(tmp_path)
    assert caught.value.changes == breaks
    assert orjson.loads((tmp_path / PARTNERSHIP).read_bytes()) == older
    publishing.export(tmp_path, breaking_allowed=True)
    assert publishing.check(tmp_path) == ["OldDocument.schema.json: was removed"]
