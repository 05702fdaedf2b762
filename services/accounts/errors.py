"""What the accounts refuse, and the rule that each refusal names.

A `slug` is the last part of the problem's `type`; it is a promise to clients. Which HTTP status a refusal has is said by
its chassis class alone; services raise, `PROBLEMS` is the one table that the HTTP layer maps. No refusal says whether an
address is known here.
"""

from services.chassis.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ServiceError,
    TooMany,
    Unauthenticated,
    Unavailable,
)


class WrongCredentials(Unauthenticated):
    """Address and password do not belong together; which of the two is wrong is not said (RFC 6749 §5.2, `invalid_grant`)."""

    slug = "wrong-credentials"
    title = "Address and password do not belong together"


class RefreshTokenRefused(Unauthenticated):
    """The refresh token is unknown, used, expired or revoked (RFC 6749 §5.2, `invalid_grant`): sign in again."""

    slug = "refresh-token-refused"
    title = "The refresh token is not good"


class AccountGone(Unauthenticated):
    """The access token is genuine, but its person has been erased since."""

    slug = "account-gone"
    title = "This account has been erased"


class TooManyTries(TooMany):
    """Too many passwords were tried for this address or from this client; `retry_after` says when to come again."""

    slug = "too-many-tries"
    title = "Too many sign-ins failed; wait before the next"


class UnsupportedGrantType(Invalid):
    """The token endpoint knows other grants; `supported` lists them (RFC 6749 §5.2, `unsupported_grant_type`)."""

    slug = "unsupported-grant-type"
    title = "This way to get a token is not offered"


class AddressRefused(Invalid):
    """The text is no e-mail address."""

    slug = "address-refused"
    title = "This is no e-mail address"


class PasswordRefused(Invalid):
    """A new password does not meet the policy (`people/passwords.py`)."""

    slug = "password-refused"
    title = "This password is too easy to guess"


class WrongPassword(Invalid):
    """The present password, asked for before a change, is another one."""

    slug = "wrong-password"
    title = "The present password is another one"


class NoPassword(Conflict):
    """The account has no local password to change; an operator sets the first one."""

    slug = "no-password"
    title = "This account has no local password"


class ReadOnlyField(Invalid):
    """A field that is not the person's to write was given another value."""

    slug = "read-only-field"
    title = "Some of these fields cannot be changed"


class NotAllowed(Forbidden):
    """The person is known and has not the platform role that this action asks for (`policy.TABLE`)."""

    slug = "not-allowed"
    title = "Your platform role does not allow this"


class PersonUnknown(NotFound):
    """No account has this identifier, or this verified address."""

    slug = "person-unknown"
    title = "There is no such person"


class SigningKeyUnreadable(Unavailable):
    """The signing keys were sealed with another address key (`CONVENE_ADDRESS_KEY`) than the present one."""

    slug = "signing-key-unreadable"
    title = "The signing keys cannot be opened"


PROBLEMS: tuple[type[ServiceError], ...] = (
    WrongCredentials,
    RefreshTokenRefused,
    AccountGone,
    TooManyTries,
    UnsupportedGrantType,
    AddressRefused,
    PasswordRefused,
    WrongPassword,
    NoPassword,
    ReadOnlyField,
    NotAllowed,
    PersonUnknown,
    SigningKeyUnreadable,
)
