"""What a record's document repeats of others: organizations and focal points, as they are called now.

One look-up per kind; used wherever a document is built.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from services.chassis.errors import FieldError
from services.registry.errors import OrganizationUnknown
from services.registry.focal_points.models import FocalPoint
from services.registry.organizations.models import Organization
from services.registry.organizations.projections import summary
from services.registry.partnerships.content import Content, covers, organization_of, partners_of
from services.registry.partnerships.projections import FocalPointName

CHUNK = 500
# Members that hold the id of an organization, or a list of ids.
ORGANIZATION_MEMBERS = frozenset({"organization_id", "responsible", "represented_by"})


@dataclass(frozen=True, slots=True)
class Names:
    """Organizations as they are called: by id what a document repeats; by id of a merged one its survivor; those refused."""

    organizations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    survivors: Mapping[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()

    def survivor(self, organization_id: str) -> str:
        """The id under which the organization lives on."""
        return self.survivors.get(organization_id, organization_id)


def names_of(session: Session, ids: Collection[str]) -> Names:
    """What is said of these organizations; survivors of merged ones are among them, unknown ones are missing."""
    rows = list(_rows(session, ids))
    survivors = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    missing = set(survivors.values()) - {row.id for row in rows}
    rows += _rows(session, missing)
    return Names(
        {row.id: summary(row) for row in rows},
        survivors,
        frozenset(row.id for row in rows if row.standing == "refused"),
    )


def _rows(session: Session, ids: Iterable[str]) -> Iterator[Organization]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        statement = select(Organization).where(Organization.id.in_(part)).options(defer(Organization.document))
        yield from session.scalars(statement)


def focal_points_of(session: Session, organization_ids: Collection[str]) -> dict[str, list[FocalPointName]]:
    """By organization, the focal points who speak for it in public: people who have taken up their designation."""
    statement = (
        select(FocalPoint.id, FocalPoint.display_name, FocalPoint.organization_id)
        .where(
            FocalPoint.organization_id.in_(organization_ids),
            FocalPoint.state == "bound",
            FocalPoint.speaks.is_(True),
            FocalPoint.display_name.is_not(None),
        )
        .order_by(FocalPoint.id)
    )
    found: dict[str, list[FocalPointName]] = {each: [] for each in organization_ids}
    for row in session.execute(statement):
        found[row.organization_id].append(FocalPointName(row.id, row.display_name, row.organization_id))
    return found


# References in what was sent


def references(content: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any] | list[Any], str | int]]:
    """Every place of a content that names an organization: its pointer, and the container and key that hold the id."""
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from references(item, f"{at}/{index}")
    elif isinstance(content, dict):
        for name, value in content.items():
            if name == "organization" and isinstance(value, dict):
                if "id" in value:
                    yield f"{at}/organization/id", value, "id"
            elif name in ORGANIZATION_MEMBERS:
                if isinstance(value, str):
                    yield f"{at}/{name}", content, name
                else:
                    yield from ((f"{at}/{name}/{index}", value, index) for index in range(len(value)))
            elif isinstance(value, (dict, list)):
                yield from references(value, f"{at}/{name}")


def resolve(session: Session, content: Content, lead_id: str, allowed: Collection[str] = ()) -> Names:
    """Make every organization that is named the one that lives on, in place; returns how they are called.

    `allowed`: ids that the record names already, refused ones included. Raises OrganizationUnknown, with a pointer for each id
    that is not in the register or was refused.
    """
    places = list(references(content))
    ids = {container[key] for _, container, key in places}  # type: ignore[index]
    names = names_of(session, ids | {lead_id})
    errors = []
    for pointer, container, key in places:
        named: str = container[key]  # type: ignore[index]
        if named in names.organizations and named not in names.refused:
            container[key] = names.survivor(named)  # type: ignore[index]
        elif named not in allowed:
            detail = "was refused" if named in names.refused else "is not in the register"
            errors.append(FieldError(pointer, f"the organization {named} {detail}"))
    if errors:
        raise OrganizationUnknown("Name organizations that are in the register, or propose them.", errors=errors)
    return names


def renamed(content: Content, survivors: Mapping[str, str]) -> Content:
    """The content with its partners under the ids of the organizations that they were merged into; entries stay what they are.

    What was confirmed stays confirmed: the hash is taken again, because the partner is the same.
    """
    partners = []
    for entry in partners_of(content):
        survivor = survivors.get(organization_of(entry) or "")
        if survivor is None:
            partners.append(entry)
            continue
        changed = {**entry, "organization": {"id": survivor}}
        confirmation = entry["confirmation"]
        if "covers" in confirmation:
            changed["confirmation"] = {**confirmation, "covers": covers(changed)}
        partners.append(changed)
    return {**content, "partners": partners}
