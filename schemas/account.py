"""The accounts' commands and answers: tokens, one's own account, platform roles, keys, providers.

None of them is in an event: what other services learn of a person is `schemas.person`. Names of the token endpoint are those of
OAuth 2.0 (RFC 6749, RFC 7009), so that ordinary clients understand it.
"""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, post_load

from schemas.documents import Contract
from schemas.fields import (
    Address,
    Anything,
    Choice,
    Count,
    Flag,
    Identifier,
    Items,
    JsonSchema,
    Language,
    Line,
    Object,
    ReadOnly,
    Timestamp,
    Value,
    refuse,
)

PLATFORM_ROLES = ("administrator", "pdu_officer")
NAME_LIMIT = 200


class Secret(Value):
    """A password or a token: taken exactly as sent, never repeated in an error."""

    limit = 1024

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str):
            raise refuse("must be text")
        if not 1 <= len(value) <= self.limit:
            raise refuse(f"must have 1 to {self.limit} characters")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1, "maxLength": self.limit, "format": "password"}


class TokenRequest(Contract):
    """What is given for tokens (RFC 6749 §4.3, §6), as JSON or as a form. Other members are ignored, as OAuth asks."""

    class Meta:
        unknown = EXCLUDE

    grant_type = Line("How: `password` or `refresh_token`.", required=True, limit=100, example="password")
    username = Line("With `password`: the e-mail address.", limit=320, example="focal.point@example.org")
    email = Line("The same as `username`.", limit=320)
    password = Secret("With `password`: the local password.")
    refresh_token = Secret("With `refresh_token`: the last refresh token; it is used up.")


class TokenAnswer(Contract):
    """Tokens (RFC 6749 §5.1)."""

    access_token = Line("A JWT for `Authorization: Bearer …` at every service.", required=True, limit=8192)
    token_type = Choice(("Bearer",), "How the access token is sent.", required=True)
    expires_in = Count("Seconds until the access token expires.", required=True, example=900)
    refresh_token = Line("Good once, for new tokens.", required=True, limit=200)
    refresh_expires_in = Count("Seconds until the refresh token expires.", required=True)


class RevocationRequest(Contract):
    """The refresh token whose sign-in ends (RFC 7009 §2.1), as JSON or as a form."""

    class Meta:
        unknown = EXCLUDE

    token = Secret("A refresh token.", required=True)


class VerifiedAddress(Contract):
    """An e-mail address of the person."""

    email = Address("The address, in its normal form.", required=True)
    verified_at = Timestamp("When it was verified.")


class AccountDocument(Contract):
    """A person's own account, as that person alone reads it."""

    id = Identifier("The person.", required=True)
    version = Count("Counts edits.", required=True, least=1)
    revision = Count("Counts renderings.", required=True, least=1)
    display_name = Line("How others read the person's name; absent where none was given.", limit=NAME_LIMIT)
    language = Language("The language that the person reads and is written to in.")
    role = Choice(PLATFORM_ROLES, "The platform role, if any.")
    addresses = Items(VerifiedAddress, "The person's addresses.", required=True)
    has_password = Flag("Whether the person can sign in with a local password.", required=True)
    created_at = Timestamp("When the account was made.", required=True)
    updated_at = Timestamp("When it last changed.", required=True)


class AccountChange(Contract):
    """A JSON merge patch (RFC 7396) of one's own account: `null` takes a value away. The other fields may be repeated."""

    display_name = Line("How others read the person's name.", limit=NAME_LIMIT, example="Sok Dara")
    language = Language("The language that the person reads and is written to in.", example="km")
    id = ReadOnly(read_only=True)
    version = ReadOnly(read_only=True)
    revision = ReadOnly(read_only=True)
    role = ReadOnly(read_only=True)
    addresses = ReadOnly(read_only=True)
    has_password = ReadOnly(read_only=True)
    created_at = ReadOnly(read_only=True)
    updated_at = ReadOnly(read_only=True)

    @post_load
    def leave_out_what_is_not_stated(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Keeps `null`: in a merge patch it is a command."""
        return data


class PasswordChange(Contract):
    """A new local password, in place of the present one."""

    current_password = Secret("The present password.", required=True)
    new_password = Secret("The new one: 12 characters at least, nothing well known, not the address.", required=True)


class HeldRole(Contract):
    """When and by whom a platform role was given."""

    granted_at = Timestamp("When.")
    granted_by = Line("By whom: a person's id, or `operator` for the command line.", limit=100)


class HeldPassword(Contract):
    """What is held about a password, beside its hash."""

    changed_at = Timestamp("When it was set.", required=True)


class HeldSignIn(Contract):
    """One sign-in."""

    started_at = Timestamp("When it began.", required=True)
    renewed_at = Timestamp("When tokens were last renewed.", required=True)
    expires_at = Timestamp("When it ends by itself.", required=True)
    revoked_at = Timestamp("When it was ended.")
    revoked_because = Choice(("signed_out", "reused", "password_changed"), "Why.")


class AccountExport(Contract):
    """Everything that the accounts hold about a person (record.md, "Private part and erasure")."""

    exported_at = Timestamp("When this was put together.", required=True)
    account = Object(AccountDocument, "The account.", required=True)
    role = Object(HeldRole, "The platform role's grant.")
    password = Object(HeldPassword, "The local password.")
    sign_ins = Items(HeldSignIn, "Sign-ins not yet forgotten.", required=True, most=100_000)
    failed_sign_ins = Count("Failed sign-ins counted for the person's addresses.", required=True)


class RoleGrant(Contract):
    """A platform role for whoever has verified an address."""

    email = Address("The person's verified address.", required=True, example="officer@example.org")
    role = Choice(PLATFORM_ROLES, "The role; it takes the place of another.", required=True)


class RoleHolder(Contract):
    """A person with a platform role, as administrators read it."""

    person_id = Identifier("The person.", required=True)
    display_name = Line("The name, where one was given.", limit=NAME_LIMIT)
    role = Choice(PLATFORM_ROLES, "The role.", required=True)
    granted_at = Timestamp("When it was given.")
    granted_by = Line("By whom: a person's id, or `operator` for the command line.", limit=100)


class RoleHolders(Contract):
    """A page of people with platform roles."""

    items = Items(RoleHolder, "In the order of their ids.", required=True)
    next = Line("The cursor of the next page.", limit=2000)


class Provider(Contract):
    """An outside way to sign in (OpenID Connect)."""

    id = Line("Its name in addresses.", required=True, limit=100)
    name = Line("Its name for people.", required=True, limit=NAME_LIMIT)


class Providers(Contract):
    """The outside ways to sign in that this installation offers."""

    items = Items(Provider, "None until an operator sets one up.", required=True)


class KeySet(Contract):
    """The public keys that access tokens are verified with (RFC 7517 §5)."""

    keys = Items(Anything(), "JSON Web Keys: P-256, `use` sig, `alg` ES256.", required=True)
