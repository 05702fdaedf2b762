"""Conditional requests: `ETag` is `"{version}.{revision}"`, `If-Match` compares the version (RFC 9110 §13).

The version counts edits; the revision counts renderings, which an editor need not know about. Views pass what these functions
return to the service, which compares under the row's lock.
"""

from __future__ import annotations

import re

from flask import request

from services.chassis.errors import PreconditionFailed, PreconditionRequired

_ETAG = re.compile(r'^(?:W/)?"(\d{1,15})(?:\.\d{1,15})?"$')


def expected_version() -> int | None:
    """The version that `If-Match` names; `None` when it is absent or `*`. Raises `PreconditionFailed`."""
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return None
    match = _ETAG.match(header)
    if match is None:
        raise PreconditionFailed(f'If-Match must be the ETag of a version, like "3.4"; got {header[:60]}.')
    return int(match[1])


def required_version() -> int | None:
    """As `expected_version`, but `PreconditionRequired` when the header is absent. `*` (any version) gives `None`."""
    if not request.headers.get("If-Match", "").strip():
        raise PreconditionRequired(
            "Read the document first and send its ETag as If-Match, so that nobody's change is lost."
        )
    return expected_version()
