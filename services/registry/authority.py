"""Who somebody is to the register: the one place that answers it (`authority_of`).

Authority comes from designations and nominations in the register, never from a claim in a token; a token carries a platform
role at most. What an authority permits is not said here but in `policy.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAD_INCLUDES = frozenset({"lead", "focal_point", "confirmer"})


@dataclass(frozen=True, slots=True)
class UnitAuthority:
    """A unit that somebody is registrar of. Empty `countries` or `goals` mean all; goals are written `scheme:code`."""

    unit_id: str
    organization_id: str
    countries: frozenset[str] = frozenset()
    goals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Authority:
    """What the register knows of a person, today (lapsed and ended terms are not in it).

    `organizations` gives the functions by organization id; `lead` is already widened to focal_point and confirmer.
    `units` are those of the organizations that the person is a registrar of. `networks` are those whose contact it is.
    """

    person_id: str
    role: str | None = None
    display_name: str | None = None
    organizations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    units: tuple[UnitAuthority, ...] = ()
    networks: frozenset[str] = frozenset()

    def has(self, function: str, organization_id: str | None) -> bool:
        """Whether the person has that function in that organization."""
        return organization_id is not None and function in self.organizations.get(organization_id, frozenset())

    def unit_ids(self) -> frozenset[str]:
        return frozenset(unit.unit_id for unit in self.units)
