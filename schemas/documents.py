"""What every document is: how it is checked, how it is turned into bytes, and how its errors are pointed at.

A document is plain JSON types in a dict, checked by a `Contract` and rendered once by `render`; the owning service stores those
bytes and everybody else passes them on. This module knows no particular document; services and every module beside it use it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from marshmallow import RAISE, Schema, ValidationError, pre_load
from marshmallow import fields as base

MOST_ERRORS = 100
LONGEST_KEY = 100
MESSAGES = {"unknown": "there is no such field here", "type": "must be an object"}


class Contract(Schema):
    """The base of every document and command: unknown members are refused, `null` means the same as absent (not stated)."""

    class Meta:
        unknown = RAISE

    error_messages = MESSAGES
    null_is_meant: ClassVar[bool] = False
    """Whether `None` is written, as `null`, rather than left out."""

    @pre_load
    def leave_out_what_is_not_stated(self, data: Any, **_: object) -> Any:
        """Before anything is checked, so that no rule between fields meets a `null`."""
        if self.null_is_meant or not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class Figures(Contract):
    """The base of what holds figures: there `null` is said and written, because a reader must see that a figure is unknown."""

    null_is_meant = True


class UnknownMember(ValueError):
    """A document holds a member that its contract does not know; `pointer` says where."""

    def __init__(self, pointer: str) -> None:
        super().__init__(f"the contract knows no {pointer}")
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as its owner keeps it: the bytes that are served, carried by the event and kept by the index."""

    id: str
    version: int
    revision: int
    body: bytes

    @property
    def etag(self) -> str:
        """The entity tag, with its quotes (RFC 9110, 8.8.3)."""
        return f'"{self.version}.{self.revision}"'


@functools.cache
def instance(contract: type[Contract]) -> Contract:
    """The one instance of a contract: building one costs more than a load."""
    return contract()


def load(contract: type[Contract], data: object) -> dict[str, Any]:
    """Check `data` and give it back in the contract's order; raises `ValidationError` (see `pointers`)."""
    loaded: dict[str, Any] = instance(contract).load(data)  # type: ignore[arg-type]
    return loaded


def render(contract: type[Contract] | Contract, data: Mapping[str, Any]) -> bytes:
    """The bytes of a document: members in the contract's order, what is `None` left out (but in `Figures`), no white space.

    This is the only rendering there is. It does not check values (`load` does); raises `UnknownMember` for a member that the
    contract does not have, so that nothing private can slip into a public document.
    """
    return orjson.dumps(ordered(contract, data))


def ordered(contract: type[Contract] | Contract, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with its members in the contract's order, down to the last list item; what is `None` is in `Figures` only."""
    kind = contract if isinstance(contract, type) else type(contract)
    return _ordered(kind, data, "")


def _ordered(contract: type[Schema], data: Mapping[str, Any], at: str) -> dict[str, Any]:
    plan = _plan(contract)
    null_is_meant = getattr(contract, "null_is_meant", False)
    known = 0
    result: dict[str, Any] = {}
    for name, parts in plan:
        if name not in data:
            continue
        known += 1
        value = data[name]
        if value is not None or null_is_meant:
            result[name] = _ordered_value(parts, value, f"{at}/{name}")
    if known != len(data):
        strange = next(name for name in data if name not in dict(plan))
        raise UnknownMember(f"{at}/{escaped(strange)}")
    return result


def _ordered_value(parts: tuple[type[Schema], ...], value: Any, at: str) -> Any:
    if isinstance(value, dict):
        for part in parts:
            if len(parts) == 1 or value.keys() <= part._declared_fields.keys():
                return _ordered(part, value, at)
        return {name: value[name] for name in sorted(value) if value[name] is not None}
    if isinstance(value, list):
        return [_ordered_value(parts, item, f"{at}/{index}") for index, item in enumerate(value)]
    return value


@functools.cache
def _plan(contract: type[Schema]) -> tuple[tuple[str, tuple[type[Schema], ...]], ...]:
    """Per member in order: its name, and the contracts that its value (or the items of its list) may have."""
    return tuple((field.data_key or name, parts_of(field)) for name, field in contract._declared_fields.items())


def parts_of(field: base.Field[Any]) -> tuple[type[Schema], ...]:
    """The contracts that the value of a field, or an item of its list, may have; none for plain values."""
    contract: type[Schema] | None = getattr(field, "contract", None)
    if contract is not None:
        return (contract,)
    if isinstance(field, base.List):
        return parts_of(field.inner)
    alternatives: tuple[base.Field[Any], ...] = getattr(field, "alternatives", ())
    return tuple(part for alternative in alternatives for part in parts_of(alternative))


def pointers(error: ValidationError | Mapping[Any, Any]) -> list[tuple[str, str]]:
    """The errors of a load as `(JSON Pointer, detail)`, in the order of the document, at most a hundred.

    Takes the `ValidationError` or its messages. RFC 6901 for the pointers, RFC 9457 for what they are for.
    """
    messages = error.messages if isinstance(error, ValidationError) else error
    found: list[tuple[str, str]] = []
    for pair in _walk(messages, ""):
        if len(found) == MOST_ERRORS:
            found.append(("", f"there are more errors than these {MOST_ERRORS}"))
            break
        found.append(pair)
    return found


def _walk(messages: object, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _walk(inner, at if key == "_schema" else f"{at}/{escaped(str(key))}")
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from _walk(message, at)
    else:
        yield at, str(messages)


def escaped(key: str) -> str:
    """A member's name as a part of a JSON Pointer; what cannot be encoded, and what is endless, is made harmless."""
    shortened = key if len(key) <= LONGEST_KEY else key[:LONGEST_KEY] + "…"
    return shortened.encode("utf-8", "replace").decode().replace("~", "~0").replace("/", "~1")
