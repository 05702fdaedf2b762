"""The chambers of the assessment: which constituencies speak with one voice there.

Members' scores are averaged within a chamber and then over chambers, so that government by five names is one voice
and those affected have a quarter. The assessment calls it; a constituency that an operator added has no chamber.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from schemas.vocabulary.codes import UnknownCode, read_table, scheme


def chamber_of(constituency: str) -> str | None:
    """The chamber of a constituency; None where it has none (`unspecified`, or a code unknown here)."""
    return _chamber_by_constituency().get(constituency)


def constituencies_of(chamber: str) -> tuple[str, ...]:
    """The constituencies that sit in a chamber. Raises UnknownCode."""
    chambers = scheme("chamber")
    if chamber not in chambers:
        raise UnknownCode(chambers, chamber)
    return tuple(read_table("chamber")["constituencies"][chamber])


@cache
def _chamber_by_constituency() -> Mapping[str, str]:
    return {constituency: chamber for chamber in scheme("chamber").codes for constituency in constituencies_of(chamber)}
