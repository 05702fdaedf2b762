"""What a record's document repeats of others: organizations and focal points, as they are called now.

One look-up per kind; used wherever a document is built.
"""

import copy
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, select
from sqlalchemy.orm import Session

from services.chassis.errors import FieldError
from services.registry.errors import OrganizationUnknown, PartnerDeclined
from services.registry.focal_points.speaking import speaking
from services.registry.organizations.models import Organization
from services.registry.organizations.projections import summary
from services.registry.partnerships.content import Content, covers, hidden_organizations, partners_of
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
    """Rows of organizations without their documents: not entities, but with the same members."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        yield from session.execute(_organizations(), {"ids": wanted[start : start + CHUNK]})  # type: ignore[misc]


@functools.cache
def _organizations() -> Select[Any]:
    """Built once, of plain columns: every write of a record asks it."""
    columns = cast(Table, Organization.__table__).c
    read = [column for column in columns if column.name != "document"]
    return select(*read).where(columns.id.in_(bindparam("ids", expanding=True)))


def focal_points_of(session: Session, organization_id: str) -> list[FocalPointName]:
    """The focal points who speak for an organization in public: people who have taken up their designation."""
    return [FocalPointName(row.id, row.display_name, organization_id) for row in speaking(session, organization_id)]


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


def resolve(content: Content, names: Names, allowed: Collection[str] = ()) -> None:
    """Make every organization that is named the one that lives on, in place.

    `allowed`: ids that the record names already, refused ones included. Raises OrganizationUnknown, with a pointer for each id
    that is not in the register or was refused.
    """
    places = list(references(content))
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


def refuse_hidden(sent: Any, content: Mapping[str, Any]) -> None:
    """Raise PartnerDeclined where what was sent names an organization that the record does not name, wherever it does.

    The refusal is the same for who declined and for who is at risk, so that it tells nobody which of the two.
    """
    hidden = hidden_organizations(content)
    errors = [
        FieldError(pointer, "is not to be named in this record")
        for pointer, container, key in references(sent)
        if container[key] in hidden  # type: ignore[index]
    ]
    if errors:
        raise PartnerDeclined("Only the organization itself can change that it is not named here.", errors=errors)


def named_in(content: Mapping[str, Any]) -> set[str]:
    """The ids of all organizations that a content names, wherever it does."""
    return {container[key] for _, container, key in references(content)}  # type: ignore[index]


def renamed(content: Content, survivors: Mapping[str, str]) -> Content:
    """The content with merged organizations under the ids of their survivors, wherever it names them; items stay what they are.

    What was confirmed stays confirmed: the hash is taken again, because the partners are the same. Two entries of which one was
    merged into the other stay two; in a plain list of ids the survivor is named once.
    """
    result = copy.deepcopy(content)
    places = [(container, key) for _, container, key in references(result)]
    for container, key in places:
        container[key] = survivors.get(container[key], container[key])  # type: ignore[index]
    for container, _ in places:
        if isinstance(container, list):
            container[:] = dict.fromkeys(container)
    for entry, before in zip(partners_of(result), partners_of(content), strict=True):
        if entry != before and "covers" in entry["confirmation"]:
            entry["confirmation"]["covers"] = covers(entry)
    return result
