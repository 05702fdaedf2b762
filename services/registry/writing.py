"""What a write of the registry makes of what was sent: a patched content, and nothing for fields which others keep.

Called by the services inside their transactions; who may write is `policy`'s business.
"""

from collections.abc import Mapping
from typing import Any, cast

import orjson
from marshmallow import Schema, ValidationError

from schemas import documents
from schemas.documents import Contract
from services.chassis.errors import FieldError, Invalid
from services.registry.errors import ReadOnlyField


def check_read_only(contract: type[Schema], document: bytes, sent: Mapping[str, Any]) -> None:
    """Raise ReadOnlyField for every read-only field of the contract that was sent with another value than the document's."""
    current: dict[str, Any] = orjson.loads(document)
    wrong = [
        FieldError(f"/{name}", "cannot be written; leave it out or send it as it is")
        for name, field in contract._declared_fields.items()
        if getattr(field, "read_only", False) and name in sent and sent[name] != current.get(name)
    ]
    if wrong:
        raise ReadOnlyField("Leave out the fields that others keep, or send them as they are.", errors=wrong)


def patched(contract: type[Schema], content: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`content` changed by a JSON merge patch and checked by the contract. Raises Invalid with a pointer per wrong field."""
    kept_by_others = {name for name, field in contract._declared_fields.items() if getattr(field, "read_only", False)}
    wanted = {name: value for name, value in patch.items() if name not in kept_by_others}
    try:
        return documents.load(cast("type[Contract]", contract), merged(content, wanted))
    except ValidationError as error:
        errors = [FieldError(pointer, detail) for pointer, detail in documents.pointers(error)]
        raise Invalid("What the patch makes of the document is not valid.", errors=errors) from None


def merged(target: object, patch: object) -> Any:
    """The result of a JSON merge patch (RFC 7396 §2)."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
