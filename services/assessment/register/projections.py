"""From the register's documents to rows: pure functions, one per topic. A document that lacks what it must have raises KeyError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.assessment.register.models import (
    RegisteredAuthority,
    RegisteredNetwork,
    RegisteredOrganization,
    RegisteredUnit,
)

Document = Mapping[str, Any]


def authority(document: Document) -> RegisteredAuthority:
    """A designation, nomination or contact (`schemas.authority.AuthorityDocument`)."""
    return RegisteredAuthority(
        id=document["id"],
        kind=document["kind"],
        state=document["state"],
        person_id=document.get("person_id"),
        address_hash=document.get("address_hash"),
        organization_id=document.get("organization_id"),
        unit_ids=document.get("unit_ids", []),
        network_id=document.get("network_id"),
        functions=document.get("functions", []),
        roles=document.get("roles", []),
        term_start=document.get("term_start"),
        term_end=document.get("term_end"),
        languages=document.get("languages", []),
        countries=document.get("countries", []),
        constituency=document.get("constituency"),
    )


def organization(document: Document) -> RegisteredOrganization:
    """An organization (`schemas.organization.OrganizationDocument`)."""
    return RegisteredOrganization(
        id=document["id"],
        standing=document["standing"],
        name=document["name"],
        constituency=document.get("constituency"),
        country=document.get("country"),
        parent_id=document.get("parent_id"),
        controlled_by=document.get("controlled_by"),
        merged_into=document.get("merged_into"),
    )


def unit(document: Document) -> RegisteredUnit:
    """A unit (`schemas.unit.UnitDocument`)."""
    return RegisteredUnit(id=document["id"], organization_id=document["organization_id"], name=document["name"])


def network(document: Document) -> RegisteredNetwork:
    """A network (`schemas.network.NetworkDocument`)."""
    return RegisteredNetwork(id=document["id"], name=document["name"], constituency=document["constituency"])
