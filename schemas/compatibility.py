"""What breaks whoever holds on to something published: the old and the new version of a JSON Schema, AsyncAPI or OpenAPI compared.

Additions are fine. What is compared is only what is written in the documents; `schemas.publishing` reads and calls this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]

UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "minLength", "minItems", "minProperties")
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


def breaking_document(old: Node, new: Node) -> list[str]:
    """What a new JSON Schema of a document breaks: for those who read new documents, and for old documents still in the log."""
    return list(dict.fromkeys(_Comparison(old, new, readers=True).compare(old, new, str(old.get("title", "document")))))


@dataclass(frozen=True)
class _Comparison:
    """Two whole documents, in which references are looked up. `readers`: what may newly occur breaks too."""

    old: Node
    new: Node
    readers: bool

    def compare(self, one: Node, other: Node, at: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Iterator[str]:
        """What is broken at `at`, where `one` was published and `other` is to be."""
        step = (str(one.get("$ref")), str(other.get("$ref")))
        if "$ref" in one and step in seen:
            return
        seen = seen | {step}
        before, after = _alternatives(one), _alternatives(other)
        if len(before) == len(after) == 1:
            yield from self._same(_resolved(self.old, one), _resolved(self.new, other), at, seen)
            return
        for label in before.keys() - after.keys():
            yield f"{at}: may no longer be {label}"
        for label in after.keys() - before.keys() if self.readers else ():
            yield f"{at}: may now be {label}, which readers do not expect"
        for label in [label for label in before if label in after]:
            yield from self._same(_resolved(self.old, before[label]), _resolved(self.new, after[label]), at, seen)

    def _same(self, one: Node, other: Node, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        if one.get("type") != other.get("type"):
            yield f"{at}: type changed from {one.get('type', 'any')} to {other.get('type', 'any')}"
            return
        if len(_alternatives(one)) > 1 or len(_alternatives(other)) > 1:
            yield from self.compare(one, other, at, seen)
        yield from _codes(one, other, at)
        yield from _bounds(one, other, at)
        yield from self._members(one, other, at, seen)
        for name in ("items", "additionalProperties", "propertyNames"):
            if isinstance(one.get(name), Mapping) and isinstance(other.get(name), Mapping):
                yield from self.compare(one[name], other[name], f"{at}/*", seen)
        if other.get("additionalProperties") is False and one.get("additionalProperties") is not False:
            yield f"{at}: other members are no longer allowed"

    def _members(self, one: Node, other: Node, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        before, after = one.get("properties", {}), other.get("properties", {})
        for name, node in before.items():
            if name in after:
                yield from self.compare(node, after[name], f"{at}/{name}", seen)
            else:
                yield f"{at}/{name}: the property was removed"
        was, is_now = set(one.get("required", ())), set(other.get("required", ()))
        for name in sorted(is_now - was):
            yield f"{at}/{name}: {'is now required' if name in before else 'a new property is required'}"
        for name in sorted(was - is_now) if self.readers else ():
            if name in after:
                yield f"{at}/{name}: is no longer always there, which readers count on"


def _resolved(root: Node, node: Node) -> Node:
    """The node that a reference points at."""
    while "$ref" in node:
        found: Any = root
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def _alternatives(node: Node) -> dict[str, Node]:
    """What a value may be, by a label that stays the same between versions."""
    options = node.get("anyOf") or node.get("oneOf")
    if options and "type" not in node:
        return {_label(option): option for option in options}
    if isinstance(node.get("type"), list):
        return {kind: {**node, "type": kind} for kind in node["type"]}
    return {_label(node): node}


def _label(node: Node) -> str:
    if "$ref" in node:
        return str(node["$ref"]).rpartition("/")[2]
    if "const" in node:
        return repr(node["const"])
    return str(node.get("type", "anything"))


def _codes(one: Node, other: Node, at: str) -> Iterator[str]:
    if "enum" in other:
        if "enum" not in one:
            yield f"{at}: is now limited to {', '.join(map(str, other['enum']))}"
        else:
            for code in [code for code in one["enum"] if code not in other["enum"]]:
                yield f"{at}: the code {code} was removed"
    if one.get("const") != other.get("const"):
        yield f"{at}: changed from {one.get('const', 'any')!r} to {other.get('const', 'any')!r}"
    if one.get("x-vocabulary") != other.get("x-vocabulary") and "x-vocabulary" in other:
        yield f"{at}: its codes are now those of {other['x-vocabulary']}"


def _bounds(one: Node, other: Node, at: str) -> Iterator[str]:
    for name in UPPER:
        if name in other and (name not in one or other[name] < one[name]):
            yield f"{at}: {name} is now {other[name]}, was {one.get(name, 'none')}"
    for name in LOWER:
        if name in other and (name not in one or other[name] > one[name]):
            yield f"{at}: {name} is now {other[name]}, was {one.get(name, 'none')}"
    for name in ("pattern", "format"):
        if name in other and other[name] != one.get(name):
            yield f"{at}: {name} is now {other[name]}, was {one.get(name, 'none')}"


def breaking_events(old: Node, new: Node) -> list[str]:
    """What a new AsyncAPI document breaks: topics and event types that are gone or are no longer what they were."""
    found = []
    before, after = _channels(old), _channels(new)
    for address, channel in before.items():
        if address not in after:
            found.append(f"topic {address}: was removed")
            continue
        for name, word in (("x-audience", "class"), ("x-key", "key"), ("x-owner", "owner")):
            if channel.get(name) != after[address].get(name):
                found.append(
                    f"topic {address}: its {word} changed from {channel.get(name)} to {after[address].get(name)}"
                )
        if _cleanup(channel) != _cleanup(after[address]):
            found.append(f"topic {address}: is no longer kept by {', '.join(_cleanup(channel))}")
        found += [
            f"event type {name}: is no longer in topic {address}"
            for name in channel.get("messages", {})
            if name not in after[address].get("messages", {})
        ]
    found += _changed_messages(old, new)
    return found


def _channels(document: Node) -> dict[str, Node]:
    return {channel["address"]: channel for channel in document.get("channels", {}).values()}


def _cleanup(channel: Node) -> list[str]:
    configuration: Node = channel.get("bindings", {}).get("kafka", {}).get("topicConfiguration", {})
    return list(configuration.get("cleanup.policy", []))


def _changed_messages(old: Node, new: Node) -> list[str]:
    before = old.get("components", {}).get("messages", {})
    after = new.get("components", {}).get("messages", {})
    found = []
    for name, message in before.items():
        if name not in after:
            found.append(f"event type {name}: was removed")
        elif message["payload"] != after[name]["payload"]:
            found.append(f"event type {name}: carries another document")
    headers = "CloudEventHeaders"
    one, other = (document.get("components", {}).get("schemas", {}).get(headers) for document in (old, new))
    if one and other:
        found += _Comparison(old, new, readers=True).compare(one, other, "headers")
    return found


def breaking_api(old: Node, new: Node) -> list[str]:
    """What a new OpenAPI document breaks: operations and parameters that are gone or newly asked for, bodies that are narrower."""
    found = []
    for path, operations in old.get("paths", {}).items():
        now = new.get("paths", {}).get(path, {})
        for method in METHODS & operations.keys():
            at = f"{method.upper()} {path}"
            if method not in now:
                found.append(f"{at}: was removed")
                continue
            found += _parameters(_named(old, operations, method), _named(new, now, method), at)
            found += _operation(operations[method], now[method], at)
    before, after = (document.get("components", {}).get("schemas", {}) for document in (old, new))
    for name in [name for name in before if name in after]:
        found += _Comparison(old, new, readers=False).compare(before[name], after[name], name)
    return list(dict.fromkeys(found))


def _named(root: Node, path: Node, method: str) -> dict[tuple[str, str], Node]:
    """The parameters of an operation, those of its whole path too, by place and name."""
    given = [_resolved(root, each) for each in (*path.get("parameters", ()), *path[method].get("parameters", ()))]
    return {(each["in"], each["name"]): each for each in given}


def _parameters(before: Mapping[tuple[str, str], Node], after: Mapping[tuple[str, str], Node], at: str) -> list[str]:
    found = [f"{at}: the parameter {key[1]} was removed" for key in before if key not in after]
    return found + [
        f"{at}: the parameter {key[1]} is now asked for"
        for key, each in after.items()
        if each.get("required") and key[0] != "path" and not before.get(key, {}).get("required")
    ]


def _operation(one: Node, other: Node, at: str) -> list[str]:
    found = [
        f"{at}: no longer answers {status}"
        for status in one.get("responses", {})
        if str(status).startswith("2") and status not in other.get("responses", {})
    ]
    if other.get("requestBody", {}).get("required") and "requestBody" not in one:
        found.append(f"{at}: a body is now asked for")
    return found
