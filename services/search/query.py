"""What is asked of an index: one small tree that both engines are given, and the reading of what people type.

The adapters in `index/` translate the tree and decide nothing; `criteria.py` builds filters with it. Text is read by
`parse` into words, phrases and exclusions, each word with the alternatives that `analysis` knows for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.search import analysis
from services.search.analysis import Word

MOST_WORDS = 32
"""Words of a query that are looked at; `parameters.py` refuses longer texts."""

STEM_WEIGHT = 0.6
TITLE_WEIGHT = 2.0
NEAR_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Everything:
    """Every record, all alike."""


@dataclass(frozen=True, slots=True)
class Term:
    """Records with this very term, scored by BM25 where the field is text."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Records with one of these terms; not scored."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Records with a number of at least `least` and less than `below`; not scored."""

    field: str
    least: int | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Records with these terms one after the other; at least two terms."""

    field: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Records with a term at most `distance` letters away (inserted, left out, changed or swapped); all score 1."""

    field: str
    word: str
    distance: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """Records with a term that begins so; all score 1."""

    field: str
    word: str


@dataclass(frozen=True, slots=True)
class Inside:
    """Records with a term that holds these letters; all score 1."""

    field: str
    letters: str


@dataclass(frozen=True, slots=True)
class Best:
    """Records that any of these finds, with the best of their scores."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Records that all `nodes` find and none of `without`; the scores are added up, those of `also` too."""

    nodes: tuple[Node, ...]
    also: tuple[Node, ...] = ()
    without: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """Records that at least `least` of the nodes find; the scores are added up."""

    nodes: tuple[Node, ...]
    least: int = 1


@dataclass(frozen=True, slots=True)
class Boosted:
    """The same records with the score times `factor`."""

    node: Node
    factor: float


Node = Everything | Term | Terms | Range | Phrase | Near | Prefix | Inside | Best | All | Some | Boosted


@dataclass(frozen=True, slots=True)
class Text:
    """What was typed: words that must be there, phrases in order, and what must not be there."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[Word, ...], ...] = ()
    without_words: tuple[Word, ...] = ()
    without_phrases: tuple[tuple[Word, ...], ...] = ()

    @property
    def wants_nothing(self) -> bool:
        """Nothing is asked for: only exclusions, or no words at all."""
        return not self.words and not self.phrases

    @property
    def is_empty(self) -> bool:
        """Neither is anything asked for nor excluded."""
        return self.wants_nothing and not self.without_words and not self.without_phrases

    @property
    def needed(self) -> tuple[Word, ...]:
        """The words that a record must have: all but stop words, or all where there are only those."""
        meaningful = tuple(word for word in self.words if not analysis.is_stop_word(word.surface))
        return meaningful or self.words


def without_scores(node: Node) -> Node:
    """A tree that finds the same records and is cheaper to ask where nobody wants their scores: for counting."""
    match node:
        case All(nodes, _, without):
            inner = tuple(map(without_scores, nodes))
            return All(inner, without=without) if len(inner) > 1 or without else inner[0]
        case Best(nodes):
            return Some(tuple(map(without_scores, nodes)))
        case Some(nodes, least):
            return Some(tuple(map(without_scores, nodes)), least)
        case Boosted(inner_node, _):
            return without_scores(inner_node)
        case _:
            return node


_QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\uff02'
_PART = re.compile(
    rf"(?P<minus>(?<!\S)[-\u2212\u2013])?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]|(?P<word>[^\s{_QUOTES}]+))"
)


def parse(text: str) -> Text:
    """Reads a query: words, "phrases in quotes" (of any language), and -words or -"phrases" that must not be there.

    What is in quotes is meant as it is written, without stems. A quote that is not closed counts as none; a minus inside
    a word (`CVN-2026-000001`) excludes nothing.
    """
    words: list[Word] = []
    phrases: list[tuple[Word, ...]] = []
    without_words: list[Word] = []
    without_phrases: list[tuple[Word, ...]] = []
    for found in _PART.finditer(text):
        quoted = found["phrase"] is not None
        parts = analysis.query_words(found["phrase"] if quoted else found["word"])
        if not parts:
            continue
        if quoted or (found["minus"] and len(parts) > 1):
            (without_phrases if found["minus"] else phrases).append(tuple(parts[:MOST_WORDS]))
        else:
            (without_words if found["minus"] else words).extend(parts)
    return Text(
        tuple(dict.fromkeys(words))[:MOST_WORDS],
        tuple(phrases[:MOST_WORDS]),
        tuple(without_words[:MOST_WORDS]),
        tuple(without_phrases[:MOST_WORDS]),
    )


def word_node(word: Word) -> Node:
    """Records that have the word: as it is written, or with the same stem."""
    alternatives: list[Node] = [Term("words", word.surface)]
    alternatives += [Boosted(Term("stems", stem), STEM_WEIGHT) for stem in word.stems]
    return alternatives[0] if len(alternatives) == 1 else Best(tuple(alternatives))


def _title_node(word: Word) -> Node:
    terms: list[Node] = [Boosted(Term("title", word.surface), TITLE_WEIGHT)]
    terms += [Boosted(Term("title", stem), TITLE_WEIGHT * STEM_WEIGHT) for stem in word.stems]
    return terms[0] if len(terms) == 1 else Best(tuple(terms))


def distance_forgiven(word: str) -> int:
    """How many letters of a word may be mistyped: none below four, one below eight, else two."""
    return 0 if len(word) < 4 or word.isdecimal() else 1 if len(word) < 8 else 2


def near_node(word: Word) -> Node:
    """Records that have the word, one that is a typing error away or, where words are not set apart, one that holds it."""
    nodes: list[Node] = [word_node(word)]
    if not analysis.is_spaced(word.surface):
        if len(word.surface) > 1:
            nodes.append(Boosted(Inside("words", word.surface), NEAR_WEIGHT))
        return Best(tuple(nodes))
    distances = range(1, distance_forgiven(word.surface) + 1)
    nodes += [Boosted(Near("words", word.surface, distance), NEAR_WEIGHT / distance) for distance in distances]
    return Best(tuple(nodes))


def _phrase_node(words: Sequence[Word]) -> Node:
    if len(words) == 1:
        return Term("words", words[0].surface)
    return Phrase("words", tuple(word.surface for word in words))


Manner = Literal["all", "near", "some"]
"""How a text is understood: all its words; all, with typing errors forgiven; or some of its words."""


def text_node(text: Text, manner: Manner = "all", unknown: frozenset[Word] = frozenset()) -> Node:
    """The tree of a text. `unknown` are the words that no record has: with `near` and `some`, errors are forgiven in them."""
    without = tuple(word_node(word) for word in text.without_words)
    without += tuple(_phrase_node(words) for words in text.without_phrases)
    if text.wants_nothing:
        return All((Everything(),), without=without) if without else Everything()
    phrases = tuple(_phrase_node(words) for words in text.phrases)
    one = {word: near_node(word) if manner != "all" and word in unknown else word_node(word) for word in text.words}
    titles = tuple(_title_node(word) for word in text.words)
    titles += tuple(_title_node(word) for words in text.phrases for word in words)
    needed = tuple(one[word] for word in text.needed)
    titles += tuple(node for word, node in one.items() if word not in text.needed)
    if manner == "some" and len(needed) > 1:
        return All((*phrases, Some(needed)), titles, without)
    return All((*phrases, *needed), titles, without)
