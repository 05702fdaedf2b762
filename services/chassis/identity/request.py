"""The person behind the HTTP request under way: taken from `Authorization: Bearer …` (RFC 6750) before the view runs.

A token that is not good is refused with 401 on every request, public reads included: who sends a token wants to be known,
and must hear that it has expired instead of getting an anonymous answer. Without a token, or with credentials of another
scheme (a proxy's, for instance), the caller is nobody. `Flask` is loaded inside the functions: processes that only need
`Principal` or `addresses` import this package too.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from services.chassis.errors import Forbidden, Unauthenticated
from services.chassis.identity.principal import Principal

if TYPE_CHECKING:
    from flask import Flask

    from services.chassis.identity.verification import Verifier

View = TypeVar("View", bound=Callable[..., Any])

EXTENSION = "convene-identity"
_MARK = "_convene_anonymous"
# Answered to whoever asks, whatever a proxy or a scraper puts into the header.
_OPEN_PATHS = ("/health/", "/metrics")


def install(app: Flask, verifier: Verifier) -> None:
    """Verify the token of every request to `app`; called again, it only replaces the verifier."""
    first = EXTENSION not in app.extensions
    app.extensions[EXTENSION] = verifier
    if first:
        app.before_request(_identify)


def anonymous(view: View) -> View:
    """Mark a view that never looks at the caller's token: signing in and renewing work while an expired one is still sent."""
    setattr(view, _MARK, True)
    return view


def optional() -> Principal | None:
    """The person who calls, or None for nobody."""
    from flask import g

    principal: Principal | None = g.get("principal")
    return principal


def current() -> Principal:
    """The person who calls. Raises `Unauthenticated` for nobody."""
    principal = optional()
    if principal is None:
        raise Unauthenticated("Send an access token: Authorization: Bearer …")
    return principal


def require_role(*roles: str) -> Principal:
    """The person who calls, who must hold one of the platform roles. Raises `Unauthenticated`, `Forbidden`."""
    principal = current()
    if principal.role not in roles:
        raise Forbidden(f"This needs the platform role {' or '.join(roles)}.")
    return principal


@functools.cache
def asks_who(view: Callable[..., Any]) -> tuple[bool, bool]:
    """Whether a view asks who calls, and whether it must be somebody: as its code has it, so that nothing is said twice."""
    code = getattr(inspect.unwrap(view), "__code__", None)
    names = code.co_names if code is not None else ()
    return "identity" in names, "identity" in names and "current" in names


def _identify() -> None:
    """Before the view: set `g.principal`. Raises `InvalidToken` and `Unauthenticated` (401), `Unavailable` (503).

    Who has to be somebody is asked before anything is read of the body: nobody learns there what would be right.
    """
    from flask import current_app, g, request

    view = current_app.view_functions.get(request.endpoint or "")
    if request.path.startswith(_OPEN_PATHS) or getattr(view, _MARK, False):
        return
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        g.principal = current_app.extensions[EXTENSION].verify(token.strip())
    if view is not None and asks_who(view)[1]:
        current()
