"""The vocabularies as the API shows them: rendered once per process, because they change only with the program."""

from functools import cache
from typing import Any

from schemas import vocabulary
from services.chassis.errors import NotKnown
from services.chassis.rendered import Rendered


@cache
def index() -> Rendered:
    """The names of the schemes, with how many codes each has."""
    items = [_about(vocabulary.scheme(name)) for name in vocabulary.schemes()]
    return Rendered.of({"items": items, "total": len(items), "languages": list(vocabulary.LANGUAGES)})


def scheme(name: str) -> Rendered:
    """The codes of a scheme with labels in all languages. Raises NotKnown with the names that look like it."""
    try:
        return _scheme(vocabulary.scheme(name).name)
    except vocabulary.UnknownScheme as error:
        raise NotKnown(f"There is no vocabulary {name[:80]!r}.", nearest=list(error.nearest)) from None


@cache
def _scheme(name: str) -> Rendered:
    found = vocabulary.scheme(name)
    return Rendered.of({**_about(found), "items": found.entries(), "total": len(found.codes)})


def _about(found: vocabulary.Scheme) -> dict[str, Any]:
    about: dict[str, Any] = {"scheme": found.name, "count": len(found.codes)}
    if found.parent_scheme:
        about["parent_scheme"] = found.parent_scheme
    return about
