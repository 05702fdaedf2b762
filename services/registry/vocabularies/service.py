"""The vocabularies as the API shows them: rendered once per process, because they change only with the program."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from schemas import vocabulary
from services.registry.errors import NotKnown


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes of JSON, and a strong validator of them (RFC 9110 §8.8.3)."""

    body: bytes
    etag: str


@cache
def index() -> Rendered:
    """The names of the schemes, with how many codes each has."""
    items = [_about(vocabulary.scheme(name)) for name in vocabulary.schemes()]
    return _rendered({"items": items, "total": len(items), "languages": list(vocabulary.LANGUAGES)})


def scheme(name: str) -> Rendered:
    """The codes of a scheme with labels in all languages. Raises NotKnown with the names that look like it."""
    try:
        return _scheme(vocabulary.scheme(name).name)
    except vocabulary.UnknownScheme as error:
        raise NotKnown(f"There is no vocabulary {name[:80]!r}.", nearest=list(error.nearest)) from None


@cache
def _scheme(name: str) -> Rendered:
    found = vocabulary.scheme(name)
    return _rendered({**_about(found), "items": found.entries(), "total": len(found.codes)})


def _about(found: vocabulary.Scheme) -> dict[str, Any]:
    about: dict[str, Any] = {"scheme": found.name, "count": len(found.codes)}
    if found.parent_scheme:
        about["parent_scheme"] = found.parent_scheme
    return about


def _rendered(value: dict[str, Any]) -> Rendered:
    body = orjson.dumps(value)
    return Rendered(body, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
