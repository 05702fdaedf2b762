"""The base of every field, the limits that they share, and the plainest of them: yes or no, and anything."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Self

from marshmallow import ValidationError
from marshmallow import fields as base

JsonSchema = dict[str, Any]

SHORT, LINE, LONG = 100, 500, 20_000
MANY = 1_000
LARGEST_COUNT = 10**12
DEEPEST = 32
MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {"required": "is asked for", "null": "must not be null"}


class Value(base.Field[Any]):
    """The base of the fields here. `says` is what readers of the documentation learn; `null` is allowed unless required.

    `assigned` marks what the owner gives where an input leaves it out (the `id` of a list item); `read_only` marks what an
    input may only repeat.
    """

    default_error_messages = MESSAGES

    def __init__(
        self,
        says: str = "",
        *,
        required: bool = False,
        assigned: bool = False,
        read_only: bool = False,
        example: object = None,
        **options: Any,
    ) -> None:
        self.says, self.assigned, self.read_only, self.example = says, assigned, read_only, example
        metadata = {"description": says} if says else {}
        super().__init__(
            required=required or assigned, allow_none=not (required or assigned), metadata=metadata, **options
        )

    def json_schema(self) -> JsonSchema:
        """The JSON Schema (2020-12) of the value, without its description."""
        return {}

    def for_input(self) -> Self:
        """The same field as an input takes it; some are more lenient there."""
        lenient = copy.copy(self)
        if self.assigned:
            lenient.required, lenient.allow_none = False, True
        return lenient


def refuse(detail: str) -> ValidationError:
    """The error to raise for a wrong value."""
    return ValidationError(detail)


def shown(value: object) -> str:
    """A wrong value as an error may repeat it: short, and encodable."""
    text = str(value)
    return repr((text[:60] + "…") if len(text) > 60 else text).encode("utf-8", "replace").decode()


class Flag(Value):
    """Yes or no; `false` is stated, unlike `null`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            raise refuse("must be true or false")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}


class Anything(Value):
    """Any JSON value that is not too deep; `json_schema` may be told from outside for the documentation."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        level: list[Any] = [value]
        for _depth in range(DEEPEST):
            level = [inner for outer in level for inner in _inside(outer)]
            if not level:
                return value
        raise refuse(f"is nested more than {DEEPEST} levels deep")


def _inside(value: object) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


class ReadOnly(Anything):
    """What an input may repeat but not change; whether it is equal is for the owner of the document to say."""

    def json_schema(self) -> JsonSchema:
        return {"readOnly": True}
