"""Text: in languages or without one, and texts of a known form (identifiers, languages, addresses, pointers).

Every text has a limit, and holds nothing that cannot be read or encoded.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, missing

from schemas.fields.values import LINE, LONG, JsonSchema, Value, refuse, shown

MOST_LANGUAGES = 30
UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$"
ADDRESS_PATTERN = r"^[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)*$"

_UUID = re.compile(UUID_PATTERN.replace("$", r"\Z"))
_LANGUAGE = re.compile(LANGUAGE_PATTERN.replace("$", r"\Z"))
_ADDRESS = re.compile(ADDRESS_PATTERN.replace("$", r"\Z"))
_POINTER = re.compile(r"(/([^/~]|~[01])*)+\Z")
# Surrogates are refused because no encoder takes them, NUL because PostgreSQL does not, the others because nobody can read them.
_UNREADABLE_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


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
        return texts or missing

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


class Language(Value):
    """A language, BCP 47."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        return language_tag(value)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": LANGUAGE_PATTERN, "maxLength": 35}


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


class Pointer(Value):
    """A JSON Pointer (RFC 6901) into the document."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        check_pointer(value)
        return str(value)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": "^/", "maxLength": LINE}


def check_pointer(value: object) -> None:
    """Raise `ValidationError` unless `value` is a JSON Pointer to a part of a document."""
    text = checked_text(value, LINE, one_line=True)
    if not _POINTER.match(text):
        raise refuse("must be a JSON Pointer, like /complaints")
