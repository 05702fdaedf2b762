"""Numbers: counts, decimals as text, shares. All of them are bounded."""

from __future__ import annotations

import math
import re
from decimal import Decimal as Number
from typing import Any, Self

from schemas.fields.values import LARGEST_COUNT, JsonSchema, Value, refuse

DECIMAL_PATTERN = r"^-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,10})?$"
_DECIMAL = re.compile(DECIMAL_PATTERN.replace("$", r"\Z"))


class Count(Value):
    """A whole number, zero or more unless told otherwise."""

    def __init__(self, says: str = "", *, least: int = 0, most: int = LARGEST_COUNT, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        if isinstance(value, float) and value.is_integer():  # JSON knows no difference between 3 and 3.0
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise refuse("must be a whole number")
        if not self.least <= value <= self.most:
            raise refuse(f"must lie between {self.least} and {self.most}")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Decimal(Value):
    """A decimal number as text (`"1250.50"`), so that no reader rounds it. Inputs may give a JSON number too."""

    takes_numbers = False

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        text = plain_decimal(value) if self.takes_numbers else value
        if not isinstance(text, str) or not _DECIMAL.match(text):
            raise refuse('must be a decimal number as text, like "1250.50"')
        return text

    def for_input(self) -> Self:
        lenient = super().for_input()
        lenient.takes_numbers = True
        return lenient

    def json_schema(self) -> JsonSchema:
        text = {"type": "string", "pattern": DECIMAL_PATTERN}
        return {"anyOf": [text, {"type": "number"}]} if self.takes_numbers else text


def plain_decimal(value: object) -> object:
    """A finite JSON number written out without an exponent; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return value
        return format(Number(repr(value)), "f").removesuffix(".0")
    return str(value) if abs(value) < 10**20 else value


class Quantity(Value):
    """How much of something that is not money: a number, or a decimal as text, kept as given."""

    def __init__(self, says: str = "", *, least: int = 0, most: int = LARGEST_COUNT, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int | float | str:
        text = plain_decimal(value)
        if not isinstance(text, str) or not _DECIMAL.match(text):
            raise refuse("must be a number")
        if not self.least <= Number(text) <= self.most:
            raise refuse(f"must lie between {self.least} and {self.most}")
        return value  # type: ignore[no-any-return]

    def json_schema(self) -> JsonSchema:
        number = {"type": "number", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"type": "string", "pattern": DECIMAL_PATTERN}]}


class Percent(Quantity):
    """A share in hundredths."""

    def __init__(self, says: str = "", **options: Any) -> None:
        super().__init__(says, least=0, most=100, **options)
