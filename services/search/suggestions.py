"""Suggestions while somebody types: titles, organizations, places and goals, by words in any language.

Goals and countries come from the vocabularies, which are small enough to look through; titles, names and places of the
records from the index. Used by `api.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from schemas import vocabulary
from services.search import analysis
from services.search.facets import Names
from services.search.index.fields import NOT_STATED, Collection
from services.search.index.ports import Facet, Index, Request
from services.search.projections import canonical, preferred
from services.search.query import All, Best, Boosted, Node, Prefix, Term, Terms

MOST_OF_A_KIND = 5
_SCHEMES = (("goal", "sdg"), ("goal", "mdg"), ("target", "sdg-target"), ("country", "country"), ("region", "region"))


@dataclass(frozen=True, slots=True)
class Label:
    """A code under one of its names: the name as it is and as folded words."""

    kind: str
    value: str
    text: str
    words: tuple[str, ...]
    whole: str


def suggest(index: Index, names: Names, q: str, language: str) -> list[dict[str, Any]]:
    """What somebody may want who has typed `q`: at most five of each kind, goals and places before titles."""
    words = analysis.surfaces(q)
    if not words:
        return []
    found = [*_codes(words, language), *_places(index, names, q, language)]
    found += _named(index, "organizations", words, language)
    return found + _named(index, "partnerships", words, language)


def _codes(words: list[str], language: str) -> list[dict[str, Any]]:
    """Goals, targets, countries and regions of which every typed word begins a word of their name."""
    best: dict[tuple[str, str], Label] = {}
    per_kind: dict[str, int] = {}
    for label in sorted(_matching(words), key=lambda each: (len(each.words) - len(words), len(each.text))):
        place = (label.kind, label.value)
        if place not in best and per_kind.get(label.kind, 0) < MOST_OF_A_KIND:
            best[place] = label
            per_kind[label.kind] = per_kind.get(label.kind, 0) + 1
    return [_shown(label.kind, label.value, _label(label, language), label.text) for label in best.values()]


def _matching(words: list[str]) -> Iterator[Label]:
    spaced = all(analysis.is_spaced(word) for word in words)
    joined = "".join(words)
    for label in _labels():
        if spaced:
            if all(any(each.startswith(word) for each in label.words) for word in words):
                yield label
        elif joined in label.whole:
            yield label


@cache
def _labels() -> tuple[Label, ...]:
    found = []
    for kind, scheme in _SCHEMES:
        codes = vocabulary.scheme(scheme)
        for code in codes.codes:
            value = code if scheme not in ("mdg",) else f"{scheme}:{code}"
            for text in {code, *codes.labels(code).values()}:
                words = tuple(analysis.surfaces(text))
                found.append(Label(kind, value, text, words, "".join(words)))
    return tuple(found)


def _label(label: Label, language: str) -> str:
    scheme, _, code = label.value.rpartition(":")
    return vocabulary.scheme(scheme or dict(_SCHEMES[2:] + _SCHEMES[:1])[label.kind]).label(code, language)


def _places(index: Index, names: Names, q: str, language: str) -> list[dict[str, Any]]:
    """Places that records state and whose name begins so, in whatever language."""
    typed = canonical(q)
    request = Request(Prefix("place_name", typed), {}, (Facet("place", "place", 50),), limit=0)
    counts = dict(index.search("partnerships", request).facets["place"])
    counts.pop(NOT_STATED, None)
    matched = {
        value: next((text for text in texts if canonical(text).startswith(typed)), None)
        for value, texts in names.texts("place", counts).items()
    }
    fitting = sorted((value for value in counts if matched[value]), key=lambda value: (-counts[value], value))
    labels = names.labels({"place": counts}, language)
    return [
        _shown("place", value, labels["place", value], matched[value])
        | ({"country": value.partition(":")[0]} if not value.startswith(":") else {})
        for value in fitting[:MOST_OF_A_KIND]
    ]


def _named(index: Index, collection: Collection, words: list[str], language: str) -> list[dict[str, Any]]:
    """Records whose title or name has the typed words, the last of them perhaps not yet typed to its end."""
    *whole, last = words
    nodes: list[Node] = [Term("title", word) for word in whole]
    nodes.append(Best((Prefix("title", last), Boosted(Term("title", last), 2.0))))
    without = (Terms("standing", ("merged", "refused")),) if collection == "organizations" else ()
    found = index.search(collection, Request(All(tuple(nodes), without=without), {}, limit=MOST_OF_A_KIND))
    name = "name" if collection == "organizations" else "title"
    kind = "organization" if collection == "organizations" else "partnership"
    items = [orjson.loads(hit.item) for hit in found.hits]
    return [_shown(kind, item["id"], preferred(item[name], language), _matched(item[name], words)) for item in items]


def _matched(texts: Mapping[str, str], words: Sequence[str]) -> str | None:
    """The text in the language that was typed."""
    for text in texts.values():
        folded = analysis.surfaces(text)
        if all(any(each.startswith(word) for each in folded) for word in words):
            return text
    return None


def _shown(kind: str, value: str, label: str, matched: str | None) -> dict[str, Any]:
    shown = {"type": kind, "value": value, "label": label}
    return shown | ({"matched": matched} if matched and matched != label else {})
