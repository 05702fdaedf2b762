"""What a panel must be: its size, its chambers, someone who reads the record and someone from its region; and who may sit on it.

Values: the forum makes candidates of the pool, and rules of the round and the record. Nothing is composed here (`composition`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas import vocabulary
from services.assessment.evidence import reading as r

LEAST_SIZE, MOST_SIZE, USUAL_SIZE = 6, 16, 12
LEAST_CHAMBERS, LEAST_PER_CHAMBER = 3, 2
MOST_REVIEWS = 3
WORLD = "001"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may sit on a panel: no conflict excludes them. `reviews` counts those of this round already."""

    id: str
    chamber: str
    constituency: str
    network_id: str
    organization_id: str | None = None
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    reviews: int = 0


@dataclass(frozen=True, slots=True)
class PanelRules:
    """The rules of one panel. Raises ValueError where no panel could be like this.

    `per_chamber` is the least of every chamber that sits. Where a round states it, as many chambers sit as the size allows;
    else three at least with two each, and as even as the pool allows: three of each of four for twelve. `languages` are those
    the record is written in, of which somebody reads one; `region` the countries out of which somebody comes. Empty: no rule.
    """

    chambers: tuple[str, ...]
    size: int = USUAL_SIZE
    per_chamber: int | None = None
    languages: frozenset[str] = frozenset()
    region: frozenset[str] = frozenset()
    most_reviews: int = MOST_REVIEWS

    def __post_init__(self) -> None:
        if not LEAST_SIZE <= self.size <= MOST_SIZE:
            raise ValueError(f"a panel has {LEAST_SIZE} to {MOST_SIZE} members")
        if self.per_chamber is not None and self.per_chamber < LEAST_PER_CHAMBER:
            raise ValueError(f"a chamber that sits has {LEAST_PER_CHAMBER} members at least")
        if len(self.chambers) < LEAST_CHAMBERS or self.size < LEAST_CHAMBERS * self.least_per_chamber:
            raise ValueError(
                f"at least {LEAST_CHAMBERS} chambers sit: {self.least_per_chamber} members of each are more than {self.size}"
            )

    @property
    def least_per_chamber(self) -> int:
        """The least of every chamber that sits."""
        return LEAST_PER_CHAMBER if self.per_chamber is None else self.per_chamber

    @property
    def least_chambers(self) -> int:
        """How many chambers sit at least."""
        if self.per_chamber is None:
            return LEAST_CHAMBERS
        return min(len(self.chambers), self.size // self.per_chamber)

    def reads(self, candidate: Candidate) -> bool:
        """Whether somebody reads a language that the record is written in (`pt-BR` and `pt` are one here)."""
        return not _spoken(self.languages).isdisjoint(_spoken(candidate.languages))

    def is_from_region(self, candidate: Candidate) -> bool:
        """Whether somebody is from one of the region's countries."""
        return not self.region.isdisjoint(candidate.countries)


def written_in(document: Mapping[str, object]) -> frozenset[str]:
    """The languages that a record is written in: those of its title, of its summary and of its purpose."""
    return frozenset(
        language
        for name in ("title", "summary", "purpose")
        for language, words in r.part(document.get(name)).items()
        if r.text(words)
    )


def countries_of(document: Mapping[str, object]) -> frozenset[str]:
    """The countries that a record names, by itself or by its places."""
    geography = r.part(document.get("geography"))
    named = [*r.texts(geography.get("countries"))]
    named += [code for _, place in r.items(geography.get("places")) if (code := r.text(place.get("country")))]
    return frozenset(named)


def region_of(document: Mapping[str, object]) -> frozenset[str]:
    """The countries of a record's region: of the smallest M49 regions around its countries, and of the regions it names.

    Empty for a record of the whole world, or one that says nothing of where it is: then nobody is asked to be from there.
    """
    regions = {each for each in r.texts(r.part(document.get("geography")).get("regions")) if each != WORLD}
    countries = countries_of(document)
    try:
        regions |= {vocabulary.regions_of(country)[0] for country in countries}
        return frozenset(country for region in regions for country in vocabulary.countries_of(region)) | countries
    except vocabulary.UnknownCode:
        return countries


def _spoken(languages: frozenset[str]) -> frozenset[str]:
    return frozenset(language.split("-")[0].lower() for language in languages)
