"""Objects, lists and alternatives; and how the contract of an input follows from that of a document.

Everything that holds other fields is here, because all of it takes part in that derivation.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from marshmallow import Schema, ValidationError
from marshmallow import fields as base

from schemas import documents
from schemas.fields.values import MANY, MESSAGES, Anything, ReadOnly, Value, refuse

SomeContract = TypeVar("SomeContract", bound=Schema)


class Object(base.Nested):
    """An object with a contract of its own."""

    default_error_messages = MESSAGES

    def __init__(
        self, contract: type[Schema], says: str = "", *, required: bool = False, read_only: bool = False, **options: Any
    ) -> None:
        self.contract, self.says, self.assigned, self.read_only = contract, says, False, read_only
        metadata = {"description": says} if says else {}
        super().__init__(contract, required=required, allow_none=not required, metadata=metadata, **options)

    @property
    def schema(self) -> Schema:
        return documents.instance(self.contract)

    def for_input(self) -> Object:
        """The same field, taking the contract's input."""
        lenient = copy.copy(self)
        lenient.contract = lenient.nested = input_of(self.contract)
        return lenient


class Stated(Object):
    """An object, or `false`: it is stated that there is none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **options: Any) -> Any:
        return False if value is False else super()._deserialize(value, attr, data, partial=partial, **options)


class Items(base.List[Any]):
    """A list of at most `most` items; `[]` states that there are none."""

    default_error_messages = MESSAGES

    def __init__(
        self,
        item: type[Schema] | base.Field[Any],
        says: str = "",
        *,
        most: int = MANY,
        least: int = 0,
        required: bool = False,
        read_only: bool = False,
        unique: bool = False,
        **options: Any,
    ) -> None:
        inner = Object(item, required=True) if isinstance(item, type) else item
        inner.allow_none = False
        self.says, self.most, self.least, self.unique = says, most, least, unique
        self.assigned, self.read_only = False, read_only
        metadata = {"description": says} if says else {}
        super().__init__(inner, required=required, allow_none=not required, metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise refuse("must be a list")
        if len(value) > self.most:
            raise refuse(f"has more than {self.most} items")
        if len(value) < self.least:
            raise refuse(f"must have {self.least} item{'s' if self.least > 1 else ''} at least")
        items = super()._deserialize(value, attr, data, **options)
        if self.unique:
            items = list(dict.fromkeys(items))
        elif items and isinstance(items[0], dict):
            self._refuse_doubled_ids(items)
        return items

    def _refuse_doubled_ids(self, items: list[Any]) -> None:
        seen: set[str] = set()
        errors = {}
        for index, item in enumerate(items):
            identifier = item.get("id") if isinstance(item, dict) else None
            if isinstance(identifier, str) and identifier in seen:
                errors[index] = {"id": ["another item of this list has the same id"]}
            elif isinstance(identifier, str):
                seen.add(identifier)
        if errors:
            raise ValidationError(errors)

    def for_input(self) -> Items:
        """The same list, its items taken as inputs."""
        lenient = copy.copy(self)
        lenient.inner = self.inner.for_input() if isinstance(self.inner, (Value, Object, Items)) else self.inner
        return lenient


class Either(Value):
    """A value of one of several kinds, tried in order; the error is that of the last."""

    def __init__(self, alternatives: Sequence[base.Field[Any]], says: str = "", **options: Any) -> None:
        self.alternatives = tuple(alternatives)
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        for alternative in self.alternatives[:-1]:
            try:
                return alternative.deserialize(value, attr, data, **options)
            except ValidationError:
                continue
        return self.alternatives[-1].deserialize(value, attr, data, **options)

    def for_input(self) -> Self:
        lenient = super().for_input()
        lenient.alternatives = tuple(
            alternative.for_input() if isinstance(alternative, (Value, Object, Items)) else alternative
            for alternative in self.alternatives
        )
        return lenient


_inputs: dict[type[Schema], type[Schema]] = {}


def input_for(contract: type[Schema]) -> Callable[[type[SomeContract]], type[SomeContract]]:
    """Marks a contract as what inputs hold in the place of `contract`, instead of one that is derived."""

    def remember(written: type[SomeContract]) -> type[SomeContract]:
        _inputs[contract] = written
        return written

    return remember


def patch_of(contract: type[Schema], name: str) -> type[Schema]:
    """The contract of a JSON merge patch (RFC 7396): the members of `contract`, each any value; what results is checked."""
    members: dict[str, Any] = {
        field_name: Anything(getattr(field, "says", "")) for field_name, field in contract._declared_fields.items()
    }
    about = {"__doc__": "A JSON merge patch (RFC 7396); null takes a member away.", "__module__": contract.__module__}
    return type(name, (Patch,), about | members)


class Patch(documents.Contract):
    """The base of merge patches: here `null` is not the same as absent."""

    def leave_out_what_is_not_stated(self, data: Any, **_: object) -> Any:
        return data


def read_only_of(contract: type[Schema], at: str = "") -> tuple[str, ...]:
    """What an input may repeat but not change, as JSON Pointers in which `*` stands for every item of a list."""
    found: list[str] = []
    for name, field in contract._declared_fields.items():
        if getattr(field, "read_only", False):
            found.append(f"{at}/{name}")
        elif isinstance(field, (Object, Items)):
            step = f"{at}/{name}/*" if isinstance(field, Items) else f"{at}/{name}"
            for part in documents.parts_of(field):
                found.extend(read_only_of(part, step))
    return tuple(found)


def input_of(contract: type[Schema], name: str = "", **changed: base.Field[Any]) -> type[Schema]:
    """The contract of what is sent in to make or replace a document: the same shape, more lenient.

    List items may come without their `id`, decimals as JSON numbers, countries as alpha-2; what is read-only is taken as it is.
    `changed` adds fields or puts others in the place of the derived ones. Without `name` and `changed` it is derived once.
    """
    if not name and not changed and contract in _inputs:
        return _inputs[contract]
    derived = {field_name: _as_input(field) for field_name, field in contract._declared_fields.items()} | changed
    about = {"__doc__": contract.__doc__, "__module__": contract.__module__}
    result = type(name or f"{contract.__name__}Input", (contract,), about | derived)
    if not name and not changed:
        _inputs[contract] = result
    return result


def _as_input(field: base.Field[Any]) -> base.Field[Any]:
    if getattr(field, "read_only", False):
        return ReadOnly(getattr(field, "says", ""), read_only=True)
    return field.for_input() if isinstance(field, (Value, Object, Items)) else field
