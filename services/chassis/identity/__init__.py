"""Who is calling: people come to services as a signed access token of the accounts, and leave this package as a `Principal`.

Views call `current()`, `optional()` or `require_role()`; `http` installs the check in front of every request. What a person
may do is not decided here but in each service's `policy.py`; services that only need the value import `identity.principal`.
"""

from services.chassis.identity.principal import Principal
from services.chassis.identity.request import anonymous, asks_who, current, install, optional, require_role

__all__ = ["Principal", "anonymous", "asks_who", "current", "install", "optional", "require_role"]
