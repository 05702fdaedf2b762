"""Countries (ISO 3166-1) and the regions that they lie in (UN M49).

For questions of the kind "which countries does this region hold"; names are asked of the schemes `country` and
`region`. Validation, search and importers call it. Taiwan and Antarctica follow the M49 tables too: the first lies in
Eastern Asia (030), the second in no region but the world (001).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from schemas.vocabulary.codes import UnknownCode, scheme


def country(code: str) -> str:
    """The alpha-3 code for an alpha-3 or alpha-2 code in any case. Raises UnknownCode, which has `nearest`."""
    wanted = code.strip().upper()
    countries = scheme("country")
    if wanted in countries:
        return wanted
    try:
        return _by_alpha_2()[wanted]
    except KeyError:
        raise UnknownCode(countries, code) from None


def alpha_2(code: str) -> str:
    """The alpha-2 code, which IATI and BCP 47 use, for an alpha-3 or alpha-2 code. Raises UnknownCode."""
    alpha_3 = country(code)
    return scheme("country").alternative(alpha_3) or alpha_3


def regions_of(code: str) -> tuple[str, ...]:
    """The regions of a country, the smallest first and the world (`001`) last. Raises UnknownCode."""
    regions: list[str] = []
    region = scheme("country").parent(country(code))
    while region is not None:
        regions.append(region)
        region = scheme("region").parent(region)
    return tuple(regions)


def countries_of(region: str) -> frozenset[str]:
    """The alpha-3 codes of all countries in a region, those of its parts included. Raises UnknownCode."""
    regions = scheme("region")
    if region not in regions:
        raise UnknownCode(regions, region)
    return _countries_by_region()[region]


@cache
def _by_alpha_2() -> Mapping[str, str]:
    countries = scheme("country")
    return {two: three for three in countries.codes if (two := countries.alternative(three))}


@cache
def _countries_by_region() -> Mapping[str, frozenset[str]]:
    inside: dict[str, set[str]] = {region: set() for region in scheme("region").codes}
    for code in scheme("country").codes:
        for region in regions_of(code):
            inside[region].add(code)
    return {region: frozenset(countries) for region, countries in inside.items()}
