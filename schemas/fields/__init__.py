"""The kinds of value that documents and commands are made of, each with its bounds, its error and its JSON Schema.

Contracts are written with these and with nothing else, so that every text, number and list has a limit and every wrong value a
`ValidationError`. Values stay plain JSON types: a date is text, a decimal is text. What a whole document must be is not said here.
"""

from schemas.fields.codes import (
    Choice,
    Code,
    Country,
    Currency,
    GoalReference,
    GoalScheme,
    Region,
    Silences,
    check_goal,
    country_code,
    unknown_code,
)
from schemas.fields.dates import FullDate, PartialDate, Timestamp
from schemas.fields.numbers import Count, Decimal, Percent, Quantity, plain_decimal
from schemas.fields.structures import Either, Items, Object, Patch, Stated, input_for, input_of, patch_of, read_only_of
from schemas.fields.text import (
    Address,
    Identifier,
    Language,
    LanguageMap,
    Line,
    Link,
    Pointer,
    Text,
    check_pointer,
    checked_text,
    language_tag,
)
from schemas.fields.values import LINE, LONG, MANY, SHORT, Anything, Flag, JsonSchema, ReadOnly, Value, refuse, shown

__all__ = [
    "LINE", "LONG", "MANY", "SHORT",
    "Address", "Anything", "Choice", "Code", "Count", "Country", "Currency", "Decimal", "Either", "Flag", "FullDate",
    "GoalReference", "GoalScheme", "Identifier", "Items", "JsonSchema", "Language", "LanguageMap", "Line", "Link", "Object",
    "PartialDate", "Patch", "Percent", "Pointer", "Quantity", "ReadOnly", "Region", "Silences", "Stated", "Text", "Timestamp",
    "Value",
    "check_goal", "check_pointer", "checked_text", "country_code", "input_for", "input_of", "language_tag", "patch_of",
    "plain_decimal", "read_only_of", "refuse", "shown", "unknown_code",
]  # fmt: skip
