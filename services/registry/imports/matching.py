"""Which organization of the register an imported name is: by identifier, then by name and country, and never by guessing.

Pure functions on a set of candidates that the caller has looked up in bulk. Two candidates that fit are no match: then the
organization is a new one, which a registrar can merge; a wrong match could not be taken apart again. The same doubt once more
(all that is stated is the same) finds what an import entered for it. `imports.service` calls it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace

from schemas import vocabulary as v
from services.registry.organizations.projections import folded as _folded

folded = functools.lru_cache(maxsize=16384)(_folded)

Identifier = tuple[str, str]
UNSPECIFIED = "unspecified"
NATIONAL = frozenset({"government", "local_authority"})
"""Constituencies whose names say who they are only together with the country: there are many Ministries of Health."""

_LONGEST_COUNTRY_NAME = 6


@dataclass(frozen=True, slots=True)
class ImportedOrganization:
    """An organization as a source names it.

    `identifiers` are those that hold everywhere (org-id.guide scheme, value), not a publisher's own numbers. `context` says
    where the source met it (its recipient countries), and serves only to keep apart what has no country and a national name.
    `named` is false where the source has only a reference, which stands in for the name until there is one.
    """

    name: Mapping[str, str]
    identifiers: tuple[Identifier, ...] = ()
    country: str | None = None
    constituency: str = UNSPECIFIED
    context: str = ""
    named: bool = True

    @property
    def folded_names(self) -> frozenset[str]:
        """Its names in all languages, as they are compared."""
        return frozenset(filter(None, map(folded, self.name.values())))


@dataclass(frozen=True, slots=True)
class KnownOrganization:
    """An organization of the register, as far as matching needs it; `names` are folded. A merged one is never a candidate.

    `waits` where an import entered it by a reference alone: it waits for a name. `imported` where an import entered it and no
    registrar has accepted it; `met` is the context in which an import met it first.
    """

    id: str
    names: frozenset[str]
    identifiers: frozenset[Identifier] = frozenset()
    country: str | None = None
    constituency: str = UNSPECIFIED
    waits: bool = False
    imported: bool = False
    met: str | None = None


def key_of(identifier: Identifier) -> str:
    """An identifier as it is compared: `("XM-DAC", "41114")` and `("org-id", "XM-DAC-41114")` are the same."""
    scheme, value = (part.strip().upper() for part in identifier)
    return value if scheme in ("ORG-ID", "IATI") else f"{scheme}-{value}"


def is_reference(names: Iterable[str], identifiers: Iterable[Identifier]) -> bool:
    """Whether all that an organization is called is one of its identifiers, whole or the value alone."""
    written = {folded(text) for each in identifiers for text in (key_of(each), each[1])}
    return all(folded(name) in written for name in names)


Key = tuple[frozenset[str], tuple[Identifier, ...], str | None, str, str]


def key_in_import(organization: ImportedOrganization) -> Key:
    """What tells an organization from others within one import: all that the source says of it."""
    context = organization.context if needs_context(organization) else ""
    said = organization.folded_names, organization.identifiers
    return *said, organization.country, organization.constituency, context


class Candidates:
    """The organizations of the register that imported ones may be, looked up for one batch.

    `made` remembers, for a whole import, which organization it made of what the source said: what is ambiguous becomes one new
    organization, not one per activity.
    """

    def __init__(self, known: Iterable[KnownOrganization], made: MutableMapping[Key, str]) -> None:
        self.made = made
        self.by_id: dict[str, KnownOrganization] = {}
        self.by_identifier: dict[str, str] = {}
        self.by_name: dict[str, list[str]] = {}
        for each in known:
            self._add(each)

    def _add(self, known: KnownOrganization) -> None:
        self.by_id[known.id] = known
        for identifier in known.identifiers:
            self.by_identifier.setdefault(key_of(identifier), known.id)
        for name in known.names:
            self.by_name.setdefault(name, []).append(known.id)

    def entered(self, new: ImportedOrganization, organization_id: str) -> None:
        """Note that the import has entered this organization into the register."""
        self.made[key_in_import(new)] = organization_id
        names, identifiers = new.folded_names, frozenset(new.identifiers)
        self._add(KnownOrganization(organization_id, names, identifiers, new.country, new.constituency, not new.named))

    def gets_name(self, organization_id: str, said: ImportedOrganization) -> bool:
        """Whether what the source says names an organization that waits for a name; from then on it is called so."""
        known = self.by_id.get(organization_id)
        if known is None or not known.waits or not said.named:
            return False
        self._add(replace(known, names=said.folded_names, waits=False))
        return True

    def match(self, wanted: ImportedOrganization, partners: Iterable[str] = ()) -> str | None:
        """The id of the organization that `wanted` is; `None` where it is a new one.

        `partners` are those of the record that is imported again: among several that fit, its own partner stays.
        """
        for identifier in wanted.identifiers:
            if (held := self.by_identifier.get(key_of(identifier))) is not None:
                return held
        fitting = self._fitting(wanted)
        own = [each for each in fitting if each in set(partners)]
        if len(own) == 1:
            return own[0]
        if (made := self.made.get(key_in_import(wanted))) is not None:
            return made
        if len(fitting) == 1 and not needs_context(wanted):
            return fitting[0]
        return min((each for each in fitting if in_same_doubt(wanted, self.by_id[each])), default=None)

    def _fitting(self, wanted: ImportedOrganization) -> list[str]:
        named = dict.fromkeys(each for name in sorted(wanted.folded_names) for each in self.by_name.get(name, ()))
        return [each for each in named if fits(wanted, self.by_id[each])]


def fits(wanted: ImportedOrganization, known: KnownOrganization) -> bool:
    """Whether two of the same name may be one: the same country (or none on both sides), nothing that says otherwise."""
    if wanted.country != known.country:
        return False
    if UNSPECIFIED not in (wanted.constituency, known.constituency) and wanted.constituency != known.constituency:
        return False
    return not _identifiers_differ(wanted.identifiers, known.identifiers)


def in_same_doubt(wanted: ImportedOrganization, known: KnownOrganization) -> bool:
    """Whether an import has entered `known`, which fits, for what is stated of `wanted`, word for word."""
    entered = known.met == wanted.context if needs_context(wanted) else known.imported
    said = wanted.folded_names, frozenset(wanted.identifiers), wanted.constituency
    return entered and said == (known.names, known.identifiers, known.constituency)


def _identifiers_differ(ours: Sequence[Identifier], theirs: Iterable[Identifier]) -> bool:
    """Whether one register calls the two differently; that two registers do so says nothing."""
    registered = {scheme.upper(): value.upper() for scheme, value in ours}
    return any(registered.get(scheme.upper(), value.upper()) != value.upper() for scheme, value in theirs)


def context_of(countries: Iterable[str]) -> str:
    """Where a source met an organization: the recipient countries of the activity that names it."""
    return " ".join(sorted(countries))


def needs_context(organization: ImportedOrganization) -> bool:
    """Whether its name could be that of another country's body: a public one, without country, identifier or country's name."""
    return (
        organization.constituency in NATIONAL
        and organization.country is None
        and not organization.identifiers
        and not any(names_a_country(name) for name in organization.folded_names)
    )


@functools.lru_cache(maxsize=8192)
def names_a_country(name: str) -> bool:
    """Whether a folded name holds the name of a country in one of our languages (`ministry of health of malawi`)."""
    words = re.findall(r"\w+", name)
    longest = range(1, _LONGEST_COUNTRY_NAME + 1)
    return any(
        " ".join(words[start : start + length]) in country_names() for start in range(len(words)) for length in longest
    )


@functools.cache
def country_names() -> frozenset[str]:
    """The names of all countries in all our languages, folded, their words parted by one space."""
    countries = v.scheme("country")
    labels = (label for code in countries.codes for label in countries.labels(code).values())
    return frozenset(" ".join(re.findall(r"\w+", folded(label))) for label in labels)
