"""Suggestions while somebody types: titles, organizations, places and goals, by words in any language.

Goals and countries come from the vocabularies, which are small enough to look through; titles, names and places of the
records from the index. Used by `api.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from schemas import vocabulary
from services.search import analysis
from services.search.analysis import Word
from services.search.facets import Names
from services.search.index.fields import NOT_STATED, Collection
from services.search.index.ports import Facet, Index, Request
from services.search.projections import canonical, preferred
from services.search.query import All, Best, Boosted, Near, Node, Prefix, Term, Terms, distance_forgiven

MOST_OF_A_KIND = 5
_SCHEMES = (("goal", "sdg"), ("goal", "mdg"), ("target", "sdg-target"), ("country", "country"), ("region", "region"))


# What goals are called where they are numbered, folded and without spaces.
_NUMBERED = {
    **dict.fromkeys(
        (
            "", "goal", "sdg", "objectif", "odd", "objetivo", "ods", "цель", "цур", "هدف", "الهدف", "目标", "可持续发展目标",
            "គោលដៅ", "គោលដៅទី",
        ),
        "sdg",
    ),
    **dict.fromkeys(("mdg", "omd", "odm", "црдт", "千年发展目标"), "mdg"),
}  # fmt: skip
_NUMBER = re.compile(r"(\D*)0?([1-9]\d?)")


@dataclass(frozen=True, slots=True)
class Label:
    """A code under one of its names: the name as it is and as folded words, `forms` those with and without an article."""

    kind: str
    value: str
    text: str
    words: tuple[str, ...] = ()
    forms: frozenset[str] = frozenset()
    whole: str = ""


def suggest(index: Index, names: Names, q: str, language: str) -> list[dict[str, Any]]:
    """What somebody may want who has typed `q`: at most five of each kind, goals and places before titles.

    Where nothing has these words, a typing error is forgiven in each of them that is long enough, as in search.
    """
    words = analysis.query_words(q)
    if not words:
        return []
    found = _found(index, names, words, language, forgiving=False)
    if found or not any(distance_forgiven(word.surface) for word in words):
        return found
    return _found(index, names, words, language, forgiving=True)


def _found(index: Index, names: Names, words: list[Word], language: str, *, forgiving: bool) -> list[dict[str, Any]]:
    found = [*_codes([word.surface for word in words], language, forgiving)]
    found += _places(index, names, words, language, forgiving)
    found += _named(index, "organizations", words, language, forgiving)
    return found + _named(index, "partnerships", words, language, forgiving)


def _begins(forgiving: bool) -> Callable[[str, str], bool]:
    """Whether a word begins with what was typed."""
    return begins_nearly if forgiving else str.startswith


def begins_nearly(word: str, typed: str) -> bool:
    """Whether a word begins with what was typed but for one letter too many, too few, wrong or swapped with the next."""
    if not distance_forgiven(typed):
        return word.startswith(typed)
    if typed[0] not in word[:2] and typed[1] not in word[:2]:
        return False  # most words
    differing = (place for place, (one, other) in enumerate(zip(word, typed, strict=False)) if one != other)
    same = next(differing, min(len(word), len(typed)))
    rest = typed[same:]
    return (
        word.startswith(rest[1:], same + 1)
        or word.startswith(rest, same + 1)
        or word.startswith(rest[1:], same)
        or word.startswith(rest[1:2] + rest[:1] + rest[2:], same)
    )


def _forms(words: Sequence[str]) -> frozenset[str]:
    return frozenset([*words, *map(analysis.without_article, words)])


def _codes(words: list[str], language: str, forgiving: bool) -> list[dict[str, Any]]:
    """A goal by its number; goals, targets, countries and regions of which every typed word begins a word of their name."""
    best: dict[tuple[str, str], Label] = {}
    per_kind: dict[str, int] = {}
    matching = sorted(_matching(words, forgiving), key=lambda each: (len(each.words) - len(words), len(each.text)))
    for label in [*_numbered(words), *matching]:
        place = (label.kind, label.value)
        if place not in best and per_kind.get(label.kind, 0) < MOST_OF_A_KIND:
            best[place] = label
            per_kind[label.kind] = per_kind.get(label.kind, 0) + 1
    return [_shown(label.kind, label.value, _label(label, language), label.text) for label in best.values()]


def _numbered(words: list[str]) -> list[Label]:
    """The goal that is meant by a number, or by a word for goals and a number: `6`, `goal 6`, `ODD 6`, `sdg6`."""
    found = _NUMBER.fullmatch(" ".join(words))
    scheme = _NUMBERED.get(found[1].replace(" ", "")) if found else None
    if found is None or scheme is None or found[2] not in vocabulary.scheme(scheme):
        return []
    return [Label("goal", found[2] if scheme == "sdg" else f"{scheme}:{found[2]}", found[2])]


def _matching(words: list[str], forgiving: bool) -> Iterator[Label]:
    if not all(map(analysis.is_spaced, words)):
        joined = "".join(words)
        yield from (label for label in _labels() if joined in label.whole)
        return
    begins = _begins(forgiving)
    begun = [{form for form in _all_forms() if begins(form, word)} for word in map(analysis.without_article, words)]
    for label in _labels():
        if not any(label.forms.isdisjoint(forms) for forms in begun):
            yield label


@cache
def _all_forms() -> frozenset[str]:
    return frozenset(form for label in _labels() for form in label.forms)


@cache
def _labels() -> tuple[Label, ...]:
    found = []
    for kind, scheme in _SCHEMES:
        codes = vocabulary.scheme(scheme)
        for code in codes.codes:
            value = code if scheme not in ("mdg",) else f"{scheme}:{code}"
            for text in {code, *codes.labels(code).values()}:
                words = tuple(analysis.surfaces(text))
                found.append(Label(kind, value, text, words, _forms(words), "".join(words)))
    return tuple(found)


def _label(label: Label, language: str) -> str:
    scheme, _, code = label.value.rpartition(":")
    return vocabulary.scheme(scheme or dict(_SCHEMES[2:] + _SCHEMES[:1])[label.kind]).label(code, language)


def _places(index: Index, names: Names, words: list[Word], language: str, forgiving: bool) -> list[dict[str, Any]]:
    """Places that records state and whose name begins so, in whatever language."""
    typed = " ".join(word.surface for word in words)
    begins = _begins(forgiving)
    node = Near("place_name", typed, 1) if forgiving else Prefix("place_name", typed)
    request = Request(node, {}, (Facet("place", "place", 50),), limit=0)
    counts = dict(index.search("partnerships", request).facets["place"])
    counts.pop(NOT_STATED, None)
    matched = {
        value: next((text for text in texts if begins(canonical(text), typed)), None)
        for value, texts in names.texts("place", counts).items()
    }
    fitting = sorted((value for value in counts if matched[value]), key=lambda value: (-counts[value], value))
    labels = names.labels({"place": counts}, language)
    return [
        _shown("place", value, labels["place", value], matched[value])
        | ({"country": value.partition(":")[0]} if not value.startswith(":") else {})
        for value in fitting[:MOST_OF_A_KIND]
    ]


def _named(
    index: Index, collection: Collection, words: list[Word], language: str, forgiving: bool
) -> list[dict[str, Any]]:
    """Records whose title or name has the typed words, the last of them perhaps not yet typed to its end."""
    nodes = [_title_node(word, forgiving, is_last=word is words[-1]) for word in words]
    without = (Terms("standing", ("merged", "refused")),) if collection == "organizations" else ()
    found = index.search(collection, Request(All(tuple(nodes), without=without), {}, limit=MOST_OF_A_KIND))
    name = "name" if collection == "organizations" else "title"
    kind = "organization" if collection == "organizations" else "partnership"
    items = [orjson.loads(hit.item) for hit in found.hits]
    return [
        _shown(kind, item["id"], preferred(item[name], language), _matched(item[name], words, forgiving))
        for item in items
    ]


def _title_node(word: Word, forgiving: bool, *, is_last: bool) -> Node:
    """A typed word in a title: as it stands and, in Arabic, with or without the article; the last one as a beginning."""
    as_typed = Term("title", word.surface)
    nodes: list[Node] = [Boosted(as_typed, 2.0) if is_last else as_typed]
    arabic = [stem for stem in word.stems if stem.startswith("ar:")]
    nodes += [Term("title", stem) for stem in arabic]
    if is_last:
        nodes.append(Prefix("title", word.surface))
        nodes += [Prefix("title", f"ar:{analysis.without_article(word.surface)}")] if arabic else []
    if forgiving and distance_forgiven(word.surface):
        nodes.append(Near("title", word.surface, 1))
    return nodes[0] if len(nodes) == 1 else Best(tuple(nodes))


def _matched(texts: Mapping[str, str], words: Sequence[Word], forgiving: bool) -> str | None:
    """The text in the language that was typed."""
    begins = _begins(forgiving)
    for text in texts.values():
        folded = _forms(analysis.surfaces(text))
        if all(any(begins(each, analysis.without_article(word.surface)) for each in folded) for word in words):
            return text
    return None


def _shown(kind: str, value: str, label: str, matched: str | None) -> dict[str, Any]:
    shown = {"type": kind, "value": value, "label": label}
    return shown | ({"matched": matched} if matched and matched != label else {})
