"""Codes of the vocabularies: a wrong one is answered with the nearest right ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Self

from marshmallow import ValidationError

from schemas import vocabulary
from schemas.fields.text import check_pointer, checked_text
from schemas.fields.values import MANY, SHORT, JsonSchema, Value, refuse, shown

PLAN_PATTERN = r"plan:[A-Za-z0-9][A-Za-z0-9_.-]*"

LONGEST_REFERENCE = 200
_PLAN = re.compile(PLAN_PATTERN + r"\Z")


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

    def vocabulary(self) -> vocabulary.Scheme:
        """The scheme; read from its table when first asked for."""
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


class GoalScheme(Value):
    """The scheme of a goal: one of the global ones, or `plan:` and the name of a national, local or UN cooperation plan."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if isinstance(value, str) and (
            value in vocabulary.GOAL_SCHEMES or (len(value) <= SHORT and _PLAN.match(value))
        ):
            return value
        near = (
            difflib.get_close_matches(value, vocabulary.GOAL_SCHEMES)
            if isinstance(value, str) and len(value) <= SHORT
            else ()
        )
        raise unknown_code(value, near or (*vocabulary.GOAL_SCHEMES, "plan:…"))

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "anyOf": [{"enum": list(vocabulary.GOAL_SCHEMES)}, {"pattern": f"^{PLAN_PATTERN}$"}]}


class GoalReference(Value):
    """A goal as the record refers to it: `scheme:code`, like `sdg:6`, `sdg-target:6.1` or `plan:khm-nsdp:3`.

    Inputs may leave out the scheme of the SDGs and their targets: `6`, `6.1`.
    """

    takes_bare_codes = False

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        text = checked_text(value, LONGEST_REFERENCE, one_line=True)
        reference = _known_goal(text)
        if reference != text and not self.takes_bare_codes:
            raise refuse("must be scheme:code, like sdg:6 or sdg-target:6.1")
        return reference

    def for_input(self) -> Self:
        lenient = super().for_input()
        lenient.takes_bare_codes = True
        return lenient

    def json_schema(self) -> JsonSchema:
        pattern = "^([a-z][a-zA-Z0-9:_.-]*:)?[^:]+$" if self.takes_bare_codes else "^[a-z][a-zA-Z0-9:_.-]*:[^:]+$"
        return {"type": "string", "pattern": pattern, "maxLength": LONGEST_REFERENCE}


def check_goal(scheme: str, code: str) -> None:
    """Raise `ValidationError` unless `code` is a goal, target, indicator or chapter of `scheme`, or any point of a plan."""
    _known_goal(f"{scheme}:{code}")


def _known_goal(reference: str) -> str:
    try:
        scheme, code = vocabulary.goal_reference(reference)
    except (vocabulary.UnknownCode, vocabulary.UnknownScheme) as error:
        raise unknown_code(reference, error.nearest) from error
    return f"{scheme}:{code}"


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
