"""The person who calls, as far as a service needs to know: ids, at most one platform role, and no name or address.

A value for services and policies; it knows neither HTTP nor tokens. `verification` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Principal:
    """A person whose access token has been verified.

    `person_id` is the person's UUID; `role` the platform role or None; `address_hashes` the keyed hashes of the person's
    verified addresses (`addresses.hash_address`), by which unbound designations are recognised; `person_token` the token
    itself, to be passed on when acting for the person at another service. The token is left out of `repr`, thus of logs.
    """

    person_id: str
    role: str | None = None
    address_hashes: frozenset[str] = frozenset()
    person_token: str = field(default="", repr=False, compare=False)
