"""E-mail addresses: one normal form, and the keyed hash in which an unbound address travels between services.

Used by the accounts (verified addresses) and the registry (designations and nominations). Nothing here asks the network.
"""

from __future__ import annotations

import hashlib
import hmac

# Names that no public mail system has (RFC 6761, RFC 6762), and that organizations use inside: whether mail arrives is found
# out by sending it, so they are addresses here. The library refuses all of them but `.test`.
_INSIDE = (".local", ".localhost", ".invalid")


class AddressError(ValueError):
    """The text is no e-mail address. The message says why, and is fit for the person who typed it."""


def normalise(email: str) -> str:
    """The normal form of an address: local part in NFC and lower case, domain in ASCII (IDNA 2008, UTS 46) and lower case.

    Lower case and not case folding: folding turns some letters into others ("ſ" into "s", "ß" into "ss"), so that the
    mailbox of one person would stand for that of another. Raises `AddressError`.
    """
    # Loaded here because the engine process, which never sees an address, need not pay for it.
    from email_validator import EmailNotValidError, validate_email

    email = email.strip()
    if len(email) > 320:
        raise AddressError("An e-mail address has at most 254 characters.")
    outside = ".test" if email.lower().endswith(_INSIDE) else ""
    try:
        found = validate_email(email + outside, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AddressError(str(error)) from None
    domain = (found.ascii_domain or found.domain).lower().removesuffix(outside)
    return f"{found.local_part.lower()}@{domain}"


def hash_address(key: bytes, email: str) -> str:
    """HMAC-SHA256 of the normal form of `email` under `key`, as 64 hexadecimal digits. Raises `AddressError`."""
    return hmac.new(key, normalise(email).encode(), hashlib.sha256).hexdigest()
