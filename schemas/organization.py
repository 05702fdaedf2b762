"""Organizations: the public document, what is sent in to propose and change one, and the commands and lists around it.

The registry owns them. Names and kinds of an organization are repeated in the records of its partnerships, which the registry
renders again when they change.
"""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas import fields as f
from schemas.documents import Contract
from schemas.partnership_parts import OF_ORGANIZATION, OrganizationIdentifier, stated_constituency

STANDINGS = ("proposed", "accepted", "refused", "merged")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")


class Domain(f.Line):
    """A domain of the internet, in lower case, without a protocol or path."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options).lower()
        if len(text) > 253 or not _DOMAIN.match(text):
            raise f.refuse("must be a domain, like example.org")
        return text


class NamedWithFunctions(Contract):
    """A focal point of the organization: a name and functions, never an address."""

    display_name = f.Line(limit=200)
    functions = f.Items(f.Code("focal-point-function"), unique=True)


class OrganizationDocument(Contract):
    """An organization, as the public sees it."""

    id = f.Identifier(required=True, read_only=True)
    version = f.Count("Counts edits.", least=1, required=True, read_only=True)
    revision = f.Count("Counts renderings.", least=1, required=True, read_only=True)
    standing = f.Choice(
        STANDINGS, "A proposal waits until a registrar or administrator accepts it.", required=True, read_only=True
    )
    name = f.LanguageMap(
        "Its name.", limit=f.LINE, one_line=True, required=True, example={"en": "Mekong Water Users' Federation"}
    )
    former_names = f.Items(f.LanguageMap(limit=f.LINE, required=True), "What it was called before.", read_only=True)
    identifiers = f.Items(OrganizationIdentifier, "What other registers call it (org-id.guide).", most=100)
    constituency = f.Code("constituency", "The kind of stakeholder that it is.", required=True, example="civil_society")
    country = f.Country("Where it is at home; none for what is at home nowhere.")
    domains = f.Items(Domain(), "Its domains: an address on one of them speaks for it.", most=100, unique=True)
    parent_id = f.Identifier("The organization that it is a part of.")
    business_size = f.Code("business-size")
    controlled_by = f.Identifier("The organization that controls it.")
    merged_into = f.Identifier("The organization that it became a part of.", read_only=True)
    merged_from = f.Items(f.Identifier(), "The organizations that became part of it.", read_only=True, most=10_000)
    reason = f.Text("Why a proposal was refused.", limit=5_000, read_only=True)
    focal_points = f.Items(NamedWithFunctions, read_only=True)
    created_at = f.Timestamp(required=True, read_only=True)
    updated_at = f.Timestamp(required=True, read_only=True)


READ_ONLY = f.read_only_of(OrganizationDocument)


class OrganizationInput(f.input_of(OrganizationDocument)):  # type: ignore[misc]
    """An organization that is proposed or changed."""

    @validates_schema
    def says_its_constituency(self, data: dict[str, Any], **_: object) -> None:
        stated_constituency(data)

    @validates_schema
    def is_not_above_itself(self, data: dict[str, Any], **_: object) -> None:
        for name in ("parent_id", "controlled_by"):
            if name in data and data[name] == data.get("id"):
                raise ValidationError("an organization cannot be above itself", name)


OrganizationPatch = f.patch_of(OrganizationInput, "OrganizationPatch")


class AcceptanceCommand(Contract):
    """The answer to a proposal; without a decision it is accepted."""

    decision = f.Choice(("accept", "refuse"))
    reason = f.Text("Public. Asked for with refuse.", limit=5_000)

    @validates_schema
    def gives_a_reason(self, data: dict[str, Any], **_: object) -> None:
        if data.get("decision") == "refuse" and "reason" not in data:
            raise ValidationError("is asked for with refuse", "reason")


class MergeCommand(Contract):
    """This organization is the same as another; both identifiers live on."""

    into = f.Identifier("The organization that remains.", required=True)


class OrganizationPage(Contract):
    items = f.Items(OrganizationDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class ClaimLinks(Contract):
    """Where to answer a claim; one action each."""

    confirmation = f.Line("Where to POST confirm, correct or decline.", limit=2_000)
    record = f.Line("The record that says it.", limit=2_000)


class OrganizationClaim(Contract):
    """Somewhere somebody says that this organization is a partner, funder or implementer."""

    partnership_id = f.Identifier(required=True)
    partner_id = f.Identifier(required=True)
    reference = f.Line(limit=40)
    title = f.LanguageMap(limit=f.LINE)
    kind = f.Code("kind")
    standing = f.Code("standing")
    phase = f.Code("phase")
    source = f.Line("The system that it was imported from; none where a partnership says it itself.", limit=f.SHORT)
    roles = f.Items(f.Code("role"))
    state = f.Code("confirmation-state", required=True)
    at = f.Timestamp("When this state began.")
    actions = f.Items(f.Choice(("confirm", "correct", "deny")), "What its focal points can do about it.")
    links = f.Object(ClaimLinks)


class OrganizationClaims(Contract):
    items = f.Items(OrganizationClaim, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


__all__ = [
    "OF_ORGANIZATION",
    "READ_ONLY",
    "STANDINGS",
    "AcceptanceCommand",
    "MergeCommand",
    "OrganizationClaims",
    "OrganizationDocument",
    "OrganizationInput",
    "OrganizationPage",
    "OrganizationPatch",
]
