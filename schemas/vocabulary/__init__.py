"""The words with a fixed meaning: codes, and what they are called in English, French, Spanish, Russian, Arabic,
simplified Chinese and Khmer.

Every part of the program that checks, shows or searches a code asks here; nothing is read before the first question.
What a code does (who may set a standing, how a chamber counts) is said where it is done, not here.
"""

from schemas.vocabulary.chambers import chamber_of, constituencies_of
from schemas.vocabulary.codes import (
    LANGUAGES,
    Entry,
    ExtensionRefused,
    Scheme,
    UnknownCode,
    UnknownScheme,
    extended,
    scheme,
    schemes,
    use_additions,
)
from schemas.vocabulary.geography import alpha_2, countries_of, country, regions_of
from schemas.vocabulary.goals import GOAL_SCHEMES, crosswalk, goal_reference

__all__ = [
    "GOAL_SCHEMES",
    "LANGUAGES",
    "Entry",
    "ExtensionRefused",
    "Scheme",
    "UnknownCode",
    "UnknownScheme",
    "alpha_2",
    "chamber_of",
    "constituencies_of",
    "countries_of",
    "country",
    "crosswalk",
    "extended",
    "goal_reference",
    "regions_of",
    "scheme",
    "schemes",
    "use_additions",
]
