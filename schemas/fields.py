"""The kinds of value that documents and commands are made of, each with its bounds, its error and its JSON Schema.

Contracts are written with these and with nothing else, so that every text, number and list has a limit and every wrong value a
`ValidationError`. Values stay plain JSON types: a date is text, a decimal is text. What a whole document must be is not said here.
"""

from __future__ import annotations

import copy
import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal as Number
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError
from marshmallow import fields as base

from schemas import documents, partial_dates

if TYPE_CHECKING:
    from schemas.vocabulary import Scheme

JsonSchema = dict[str, Any]
SomeContract = TypeVar("SomeContract", bound=Schema)

SHORT, LINE, LONG = 100, 500, 20_000
MANY = 1_000
MOST_LANGUAGES = 30
LARGEST_COUNT = 10**12
DEEPEST = 32

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
DECIMAL_PATTERN = r"^-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,10})?$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$"
ADDRESS_PATTERN = r"^[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)*$"
PLAN_PATTERN = r"plan:[a-z0-9][a-z0-9._-]{0,63}"
INDICATOR_PATTERN = r"[0-9]{1,2}\.[0-9a-z]{1,2}\.[0-9]{1,2}"

_UUID = re.compile(UUID_PATTERN.replace("$", r"\Z"))
_DECIMAL = re.compile(DECIMAL_PATTERN.replace("$", r"\Z"))
_LANGUAGE = re.compile(LANGUAGE_PATTERN.replace("$", r"\Z"))
_ADDRESS = re.compile(ADDRESS_PATTERN.replace("$", r"\Z"))
# Surrogates are refused because no encoder takes them, NUL because PostgreSQL does not, the others because nobody can read them.
_UNREADABLE_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Value(base.Field[Any]):
    """The base of the fields here. `says` is what readers of the documentation learn; `null` is allowed unless required.

    `assigned` marks what the owner gives where an input leaves it out (the `id` of a list item); `read_only` marks what an
    input may only repeat.
    """

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


def checked_text(value: object, limit: int, *, one_line: bool) -> str:
    """A text without outer white space and without what cannot be read; raises `ValidationError`."""
    if not isinstance(value, str):
        raise refuse("must be text")
    if len(value) > limit:
        raise refuse(f"is longer than {limit} characters")
    unreadable = (_UNREADABLE_IN_LINE if one_line else _UNREADABLE).search(value)
    if unreadable:
        raise refuse(f"holds a character that is not text: U+{ord(unreadable.group()):04X}")
    text = value.strip()
    if not text:
        raise refuse("must not be blank")
    return text


class Line(Value):
    """One line of text that is no prose in a language: a name of a person, a code of another system, an acronym."""

    def __init__(self, says: str = "", *, limit: int = LINE, **options: Any) -> None:
        self.limit = limit
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        return checked_text(value, self.limit, one_line=True)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1, "maxLength": self.limit}


class LanguageMap(Value):
    """Text that people read: `{"en": "…", "km": "…"}`, keys BCP 47. An empty one is not stated."""

    def __init__(self, says: str = "", *, limit: int = LONG, one_line: bool = False, **options: Any) -> None:
        self.limit, self.one_line = limit, one_line
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, dict):
            raise refuse('must be an object of languages and texts, like {"en": "…"}')
        if len(value) > MOST_LANGUAGES:
            raise refuse(f"has more than {MOST_LANGUAGES} languages")
        texts: dict[str, str] = {}
        errors: dict[str, list[str]] = {}
        for key, text in value.items():
            try:
                self._add(texts, key, text)
            except ValidationError as error:
                errors[key] = [str(message) for message in error.messages]
        if errors:
            raise ValidationError(errors)
        if not texts and self.required:
            raise refuse("must have a text in one language at least")
        return texts or None

    def _add(self, texts: dict[str, str], key: str, text: object) -> None:
        if text is None:
            return
        code = language_tag(key)
        if code in texts:
            raise refuse("this language is there twice")
        texts[code] = checked_text(text, self.limit, one_line=self.one_line)

    def json_schema(self) -> JsonSchema:
        return {
            "type": "object",
            "propertyNames": {"pattern": LANGUAGE_PATTERN},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": self.limit},
            "maxProperties": MOST_LANGUAGES,
        } | ({"minProperties": 1} if self.required else {})


class Text(LanguageMap):
    """Words that a source may hold without saying in which language: a language map, or plain text, kept as given."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, str):
            return checked_text(value, self.limit, one_line=self.one_line)
        return super()._deserialize(value, attr, data, **options)

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "string", "minLength": 1, "maxLength": self.limit}, super().json_schema()]}


def language_tag(value: object) -> str:
    """A BCP 47 tag in its usual case (`zh-Hant`, `pt-BR`); raises `ValidationError`. RFC 5646, 2.1.1."""
    if not isinstance(value, str) or len(value) > 35:  # what RFC 5646, 4.4.1 asks to be taken
        raise refuse("must be a language (BCP 47)")
    first, *rest = value.split("-")
    tag = "-".join([first.lower(), *(_subtag(part) for part in rest)])
    if not _LANGUAGE.match(tag):
        raise refuse(f"{shown(value)} is not a language (BCP 47), like en, km or zh-Hant")
    return tag


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():  # a script
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()  # a region


class Flag(Value):
    """Yes or no; `false` is stated, unlike `null`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            raise refuse("must be true or false")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}


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


class PartialDate(Value):
    """A date that exists: a year, a month of it, or a day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or not partial_dates.is_real(value):
            raise refuse("must be a date that exists: 2014, 2014-05 or 2014-05-22")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": partial_dates.PATTERN}


class FullDate(PartialDate):
    """A day that exists."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or len(value) != len("2014-05-22") or not partial_dates.is_real(value):
            raise refuse("must be a day that exists, like 2014-05-22")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date"}


class Timestamp(Value):
    """A moment, RFC 3339, with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if isinstance(value, str) and len(value) <= SHORT and value.isascii() and value[10:11] in ("T", "t"):
            try:
                if datetime.fromisoformat(value).tzinfo is not None:
                    return value
            except ValueError:
                pass
        raise refuse("must be a moment with its offset, like 2026-03-01T09:30:00Z")

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date-time"}


class Identifier(Value):
    """A UUID in lower case. Convene makes version 7; what others made is taken."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        text = value.lower() if isinstance(value, str) else ""
        if not _UUID.match(text):
            raise refuse("must be an identifier (UUID)")
        return text

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "uuid", "pattern": UUID_PATTERN}


class Link(Value):
    """An address on the web: http or https, with a host, without a password in it."""

    LONGEST = 2_000

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        text = checked_text(value, self.LONGEST, one_line=True)
        try:
            parts = urlsplit(text)
            wrong = (
                parts.scheme.lower() not in ("http", "https")
                or not parts.hostname
                or bool(parts.username)
                or parts.port == 0
            )
        except ValueError:  # a port that is no number, brackets that do not close
            wrong = True
        if wrong or any(character in text for character in ' <>"\\^`{|}'):
            raise refuse("must be an address that begins with http:// or https://")
        return text

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "uri", "pattern": "^[hH][tT][tT][pP][sS]?://", "maxLength": self.LONGEST}


class Address(Value):
    """An e-mail address. Only commands have such a field, never a document."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if len(text) > 254 or _UNREADABLE_IN_LINE.search(text) or not _ADDRESS.match(text):  # RFC 5321
            raise refuse("must be an e-mail address")
        return text

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "email", "maxLength": 254}


class Choice(Value):
    """One of a few words that the code depends on and that no vocabulary holds."""

    def __init__(self, choices: Sequence[str], says: str = "", **options: Any) -> None:
        self.choices = tuple(choices)
        super().__init__(says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            near = (
                difflib.get_close_matches(value, self.choices, n=1)
                if isinstance(value, str) and len(value) <= SHORT
                else []
            )
            raise unknown_code(value, near or self.choices)
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "enum": list(self.choices)}


class Code(Value):
    """A code of one of our vocabularies; a wrong one is answered with the nearest right ones.

    `closed` vocabularies are those the code depends on: they are published as an enumeration. Operators may add to the others.
    """

    def __init__(self, scheme: str, says: str = "", *, closed: bool = False, **options: Any) -> None:
        self.scheme, self.closed = scheme, closed
        super().__init__(says, **options)

    def vocabulary(self) -> Scheme:
        from schemas import vocabulary

        return vocabulary.scheme(self.scheme)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        scheme = self.vocabulary()
        if isinstance(value, str) and value in scheme:
            return value
        raise unknown_code(value, scheme.nearest(value) if isinstance(value, str) and len(value) <= SHORT else ())

    def json_schema(self) -> JsonSchema:
        if self.closed:
            return {"type": "string", "enum": sorted(self.vocabulary().codes)}
        return {"type": "string", "x-vocabulary": self.scheme}


def unknown_code(value: object, nearest: Iterable[str]) -> ValidationError:
    """The error for a code that is not known, with the nearest that are."""
    near = list(nearest)
    if not isinstance(value, str):
        return refuse("must be a code" + (f": {', '.join(near)}" if near else ""))
    return refuse(f"{shown(value)} is not known here" + (f"; nearest: {', '.join(near)}" if near else ""))


class Country(Code):
    """A country, ISO 3166-1 alpha-3. Inputs may give alpha-2, and lower case."""

    takes_alpha_2 = False

    def __init__(self, says: str = "", **options: Any) -> None:
        super().__init__("country", says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        if self.takes_alpha_2 and isinstance(value, str) and len(value) in (2, 3):
            value = country_code(value)
        return super()._deserialize(value, attr, data, **options)

    def for_input(self) -> Self:
        lenient = super().for_input()
        lenient.takes_alpha_2 = True
        return lenient

    def json_schema(self) -> JsonSchema:
        return super().json_schema() | {"pattern": "^[A-Za-z]{2,3}$" if self.takes_alpha_2 else "^[A-Z]{3}$"}


def country_code(value: str) -> str:
    """The alpha-3 code of a country given as alpha-2 or alpha-3; raises `ValidationError`."""
    from schemas import vocabulary

    try:
        return str(vocabulary.country(value.upper()))
    except vocabulary.UnknownCode as error:
        raise unknown_code(value, error.nearest) from error


class Region(Code):
    """A region, UN M49, as three digits."""

    def __init__(self, says: str = "", **options: Any) -> None:
        super().__init__("region", says, **options)


class Currency(Code):
    """A currency, ISO 4217."""

    def __init__(self, says: str = "", **options: Any) -> None:
        super().__init__("currency", says, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        return super()._deserialize(value.upper() if isinstance(value, str) else value, attr, data, **options)


class Language(Value):
    """A language, BCP 47."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        return language_tag(value)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": LANGUAGE_PATTERN, "maxLength": 35}


GOAL_SCHEMES = ("sdg", "sdg-target", "sdg-indicator", "mdg", "mdg-target", "agenda21")
_PLAN = re.compile(PLAN_PATTERN + r"\Z")
_INDICATOR = re.compile(INDICATOR_PATTERN + r"\Z")


class GoalScheme(Value):
    """The scheme of a goal: one of the global ones, or `plan:` and the name of a national, local or UN cooperation plan."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if isinstance(value, str) and (value in GOAL_SCHEMES or _PLAN.match(value)):
            return value
        raise unknown_code(value, (*GOAL_SCHEMES, "plan:…"))

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "anyOf": [{"enum": list(GOAL_SCHEMES)}, {"pattern": f"^{PLAN_PATTERN}$"}]}


class GoalReference(Value):
    """A goal as the record refers to it: `scheme:code`, like `sdg:6`, `sdg-target:6.1` or `plan:kh-water:3`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        scheme, colon, code = value.rpartition(":") if isinstance(value, str) and len(value) <= 200 else ("", "", "")
        if not colon or not (scheme in GOAL_SCHEMES or _PLAN.match(scheme)):
            raise refuse("must be scheme:code, like sdg:6 or sdg-target:6.1")
        check_goal(scheme, code)
        return f"{scheme}:{code}"

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": "^[a-z][a-z0-9-]*:.+$", "maxLength": 200}


def check_goal(scheme: str, code: str) -> None:
    """Raise `ValidationError` unless `code` is a goal, target, indicator or chapter of `scheme`, or any point of a plan."""
    from schemas import vocabulary

    if scheme.startswith("plan:"):
        checked_text(code, SHORT, one_line=True)
        return
    if scheme == "sdg-indicator":
        if not _INDICATOR.match(code) or code.rpartition(".")[0] not in vocabulary.scheme("sdg-target"):
            raise refuse(f"{shown(code)} is not an indicator of an SDG target, like 6.1.1")
        return
    known = vocabulary.scheme(scheme)
    if code not in known:
        raise unknown_code(code, known.nearest(code) if len(code) <= SHORT else ())


class Object(base.Nested):
    """An object with a contract of its own."""

    alternatives: tuple[base.Field[Any], ...] = ()
    may_be_false = False

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

    may_be_false = True

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **options: Any) -> Any:
        return False if value is False else super()._deserialize(value, attr, data, partial=partial, **options)


class Items(base.List[Any]):
    """A list of at most `most` items; `[]` states that there are none."""

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


class Silences(Value):
    """Why fields are empty: `{"/complaints": "withheld_for_safety"}`, keys JSON Pointers into the document."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[str, str]:
        if not isinstance(value, dict) or len(value) > MANY:
            raise refuse(f"must be an object of at most {MANY} JSON Pointers and codes")
        code = Code("silence")
        errors: dict[str, list[str]] = {}
        for pointer, reason in value.items():
            try:
                check_pointer(pointer)
                code.deserialize(reason)
            except ValidationError as error:
                errors[pointer] = [str(message) for message in error.messages]
        if errors:
            raise ValidationError(errors)
        return dict(value)

    def json_schema(self) -> JsonSchema:
        return {
            "type": "object",
            "propertyNames": {"pattern": "^/"},
            "additionalProperties": {"type": "string", "x-vocabulary": "silence"},
            "maxProperties": MANY,
        }


class Pointer(Value):
    """A JSON Pointer (RFC 6901) into the document."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        check_pointer(value)
        return str(value)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": "^/", "maxLength": LINE}


_POINTER = re.compile(r"(/([^/~]|~[01])*)+\Z")


def check_pointer(value: object) -> None:
    """Raise `ValidationError` unless `value` is a JSON Pointer to a part of a document."""
    text = checked_text(value, LINE, one_line=True)
    if not _POINTER.match(text):
        raise refuse("must be a JSON Pointer, like /complaints")


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

    def leave_out_what_is_not_stated(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
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
