"""What others hold on to: JSON Schema, AsyncAPI and OpenAPI, written to `schemas/published/` and compared with what is there.

`convene schemas export` and `check` call `export` and `check`. The OpenAPI of the services is given from outside (this package
imports nothing of ours), as finished files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from schemas import asyncapi, compatibility
from schemas.json_schema import document_schema
from schemas.topics import EVENT_TYPES

FOLDER = Path(__file__).parent / "published"
ASYNCAPI = "asyncapi.json"
_DOCUMENT, _OPENAPI = ".schema.json", "openapi-"


class WouldBreak(Exception):
    """An export would break what is published; `changes` says how. An incompatible change is a new type beside the old."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__("this would break what is published:\n" + "\n".join(changes))
        self.changes = changes


def generated(extra: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """All files as the code says they are, by name; `extra` are finished ones (`openapi-registry.json`)."""
    contracts = dict.fromkeys(event_type.contract() for event_type in EVENT_TYPES)
    files = {f"{contract.__name__}{_DOCUMENT}": _written(document_schema(contract)) for contract in contracts}
    files[ASYNCAPI] = _written(asyncapi.document())
    return files | dict(extra or {})


def export(folder: Path = FOLDER, extra: Mapping[str, bytes] | None = None, *, breaking_allowed: bool = False) -> None:
    """Write all files into `folder`; raises `WouldBreak`, and writes nothing, where one would break what is there.

    `breaking_allowed` is for what nobody can hold on to yet; the commit that uses it says why.
    """
    files = generated(extra)
    changes = breaking_changes(folder, files)
    if changes and not breaking_allowed:
        raise WouldBreak(changes)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def check(folder: Path = FOLDER, extra: Mapping[str, bytes] | None = None) -> list[str]:
    """What is wrong: changes that break what is published, and files that are not what the code says. Empty when all is well."""
    files = generated(extra)
    return breaking_changes(folder, files) + _differing(folder, files)


def _differing(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    found = []
    for name, content in files.items():
        path = folder / name
        if not path.exists():
            found.append(f"{name}: is not published yet; run convene schemas export")
        elif path.read_bytes() != content:
            found.append(f"{name}: is not what the code says; run convene schemas export")
    return found


def breaking_changes(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """What would break if `files` took the place of what `folder` holds."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name not in files:
            # Of the services' files only those that were given are compared.
            if not path.name.startswith(_OPENAPI):
                found.append(f"{path.name}: was removed")
            continue
        old, new = orjson.loads(path.read_bytes()), orjson.loads(files[path.name])
        found += [f"{path.name}: {change}" for change in _breaking(path.name, old, new)]
    return found


def _breaking(name: str, old: Any, new: Any) -> list[str]:
    if name == ASYNCAPI:
        return compatibility.breaking_events(old, new)
    if name.startswith(_OPENAPI):
        return compatibility.breaking_api(old, new)
    return compatibility.breaking_document(old, new)


def _written(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
