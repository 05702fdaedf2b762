"""Versions of the rubric that were used are frozen: `frozen.json` has the digest of each, and a test compares.

An assessment names its rubric version and its figures are recomputed from it, so a used version never changes, not even in a
translation: an edit makes a new version (`schemas.rubric.comparing` says what it breaks). `python -m schemas.rubric freeze 2`
adds one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import cast

import orjson

from schemas.rubric.model import Rubric
from schemas.rubric.reading import VERSIONS, RubricError, rubric, versions

FROZEN = VERSIONS / "frozen.json"


def digest(one: Rubric) -> str:
    """SHA-256, in hexadecimal, of all that a rubric says: its document with sorted keys."""
    return hashlib.sha256(orjson.dumps(one.as_document(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def frozen() -> Mapping[str, str]:
    """The digests of the frozen versions."""
    return cast("dict[str, str]", orjson.loads(FROZEN.read_bytes()))


def is_frozen(version: str) -> bool:
    """Whether a version may be used: an assessment takes no version that could still change."""
    return version in frozen()


def check_frozen() -> None:
    """Raise RubricError where a frozen version is gone or differs from what was frozen."""
    for version, expected in frozen().items():
        if version not in versions():
            raise RubricError(version, ("it is frozen, but its folder is gone",))
        if digest(rubric(version)) != expected:
            raise RubricError(
                version, (f"it is frozen and was changed; undo that, and make version {int(versions()[-1]) + 1} of it",)
            )


def freeze(version: str) -> str:
    """Freeze a version and give its digest back. Raises RubricError where it does not load, or is frozen and differs."""
    check_frozen()
    found = digest(rubric(version))
    FROZEN.write_bytes(orjson.dumps({**frozen(), version: found}, option=orjson.OPT_INDENT_2) + b"\n")
    return found
