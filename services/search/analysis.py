"""The analysis of text: how words are cut, folded and stemmed, once, for every engine and for highlighting.

The engines get tokens and split at white space, so that both answer alike by construction. It is not a query
language (that is `query.py`) and knows no record. Called by the projections, by queries and by highlighting.

A text becomes *surfaces* (every word with case, accents and look-alike letters folded, in order) and *stems* (its
Snowball stem with the language before it, `en:develop`). Khmer, Chinese and the other scripts that are written
without spaces are cut by ICU's dictionaries.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

LONGEST_WORD = 64
"""Letters of a word; what is longer is cut into pieces of this length, in records and in queries alike."""

_CACHED_WORDS = 60_000

# Scripts whose words are not set apart by spaces, or whose words hold marks that a regular expression of word
# characters would cut at: Indic to Myanmar (with Thai, Lao, Tibetan), Khmer, Tai, CJK with its extensions.
_COMPLEX = "\u0900-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u2e80-\u312f\u31a0-\u9fff\ua000-\uabff\uf900-\ufaff\U00020000-\U0003ffff"  # noqa: E501
# Marks inside words of the other scripts: accents, Hebrew points, Arabic vowels, tatweel, soft hyphen, joiners.
_MARKS = "\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d"  # noqa: E501

_ASCII_WORD = re.compile(rf"[a-z0-9]{{1,{LONGEST_WORD}}}")
_HAS_COMPLEX = re.compile(f"[{_COMPLEX}]")
_SIMPLE_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}]){{1,{LONGEST_WORD}}}")
_WORD_OR_RUN = re.compile(rf"[{_COMPLEX}\u200b]+|(?:(?![{_COMPLEX}])[^\W_]|[{_MARKS}]){{1,{LONGEST_WORD}}}")
_PIECE = re.compile(rf"\d{{1,{LONGEST_WORD}}}|\D{{1,{LONGEST_WORD}}}")  # «9ពាន់» is a number and a word

# Letters that canonical decomposition leaves as they are, and forms of one letter that writers mix.
_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŋ": "n",
        "ə": "a", "ё": "е", "ґ": "г", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ک": "ك", "ۀ": "ه",
        "\u0640": "", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "",
    }
)  # fmt: skip
# Khmer: the subscripts of DA and TA look alike and are mixed; the subscript RO is typed before or after another.
_KHMER_DA = "\u17d2\u178a"
_KHMER_TA = "\u17d2\u178f"
_KHMER_RO = re.compile("\u17d2\u179a(\u17d2[\u1780-\u17a2])")

STEMMED = ("en", "fr", "es", "ru", "ar")
_SNOWBALL = {"en": "english", "fr": "french", "es": "spanish", "ru": "russian", "ar": "arabic"}
_ARABIC_ARTICLE = re.compile("^[\u0648\u0641]?(?:[\u0628\u0643\u0644]?\u0627\u0644|\u0644\u0644)(?=\\w{2})")
_ARABIC_PREFIXES = "وفبكل"

_STOP_WORDS = """
a an and are as at be but by for from has have how i if in into is it its my no not of on or our so such that the
their there these they this to was we what where which who will with you your
au aux avec ce ces cette dans de des du elle en est et il ils la le les leur leurs lui mais ne nos notre nous ou
par pas pour qu que qui sa se ses son sont sur un une vos votre vous d l s y
al como con cual del desde donde el ella ellos entre era es esta este esto los las lo mas mi muy nuestra nuestro o
para pero por porque quien se sin sobre su sus tambien un una unos unas
а без был была были было быть в вам вас во вот все вы где да для до его ее если есть за и из или их к как ко кто
ли мы на над наш не нет но о об он она они от по под при с со так также там то у чем что это этот я
في من على الى عن مع هذا هذه ذلك التي الذي الذين ان كان كانت لا ما هو هي او ثم قد كل بين بما لها له لهم و
的 了 和 在 是 与 及 并 等 为 以 对 中 所 有 也 不 而 或
និង នៃ ជា ដែល បាន ក្នុង ដោយ ពី ទៅ នៅ ឬ ដល់ ដើម្បី ការ ដ៏ ឱ្យ អោយ មាន
"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query: its folded surface and its stems in the languages of its script."""

    surface: str
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A word where it stands in the original text: characters `start` to `end`."""

    start: int
    end: int
    raw: str


class _Table(dict[str, str]):
    """Remembers what a function says of a word; forgets everything when full, since few words are most of a text."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, word: str) -> str:
        if len(self) >= _CACHED_WORDS:
            self.clear()
        value = self[word] = self._function(word)
        return value


def fold(word: str) -> str:
    """Folds case, accents, digits and look-alike letters of one word.

    Khmer and the Indic scripts keep their vowels and the coeng (U+17D2): there the marks are the word.
    """
    if word.isascii():
        return word.lower()
    if _HAS_COMPLEX.search(word):
        folded = unicodedata.normalize("NFKC", word).casefold().replace(_KHMER_DA, _KHMER_TA)
        folded = _KHMER_RO.sub("\\1\u17d2\u179a", folded)
    else:
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
        folded = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    folded = folded.translate(_LETTERS)
    folded = "".join(_digit(letter) for letter in folded if not letter.isspace())
    return folded[: 2 * LONGEST_WORD]


def _digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


_surfaces = _Table(fold)


def _complex_words(run: str) -> Iterator[tuple[int, int]]:
    # ICU is 42 MB: it is loaded when the first text needs it, never when the web process starts.
    from icu4py.breakers import WordBreaker

    for start, end in WordBreaker(run, "en").segments():
        for piece in _PIECE.finditer(run, start, end):
            if any(map(str.isalnum, piece.group())):
                yield piece.span()


def spans(text: str) -> Iterator[Span]:
    """The words of a text with their places, in order; the same words as `index_words` gives."""
    if not _HAS_COMPLEX.search(text):
        for found in _SIMPLE_WORD.finditer(text):
            yield Span(found.start(), found.end(), found.group())
        return
    for found in _WORD_OR_RUN.finditer(text):
        run = found.group()
        if not _HAS_COMPLEX.match(run):
            yield Span(found.start(), found.end(), run)
            continue
        for start, end in _complex_words(run):
            yield Span(found.start() + start, found.start() + end, run[start:end])


def raw_words(text: str) -> list[str]:
    """The words of a text as they are written, except that a text in ASCII comes in small letters."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    if not _HAS_COMPLEX.search(text):
        return _SIMPLE_WORD.findall(text)
    return [span.raw for span in spans(text)]


def surface(raw: str) -> str:
    """The folded form of one raw word; empty where nothing of it is left."""
    return _surfaces[raw]


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    import Stemmer  # loaded with the first text, like ICU

    stem: Callable[[str], str] = Stemmer.Stemmer(_SNOWBALL[language], 0).stemWord
    return stem


def without_article(folded: str) -> str:
    """A folded word without the Arabic article, and what is written together with it before it."""
    return _ARABIC_ARTICLE.sub("", folded)


def _arabic_bases(word: str) -> set[str]:
    """The word without article and without a leading preposition or conjunction.

    Snowball leaves a leading waw on; whether it is one cannot be seen, so both readings are kept, in records and in
    queries.
    """
    bare = without_article(word)
    if bare != word or word[0] not in _ARABIC_PREFIXES or len(word) < 4:
        return {bare}
    return {word, word[1:]}


def _stem_line(language: str, raw: str) -> str:
    """The stems of a word, each with its language before it, with a space between; empty where it has none."""
    small = raw.lower() if raw.isascii() else unicodedata.normalize("NFC", raw).casefold()
    folded = surface(raw)
    if len(folded) < 3 or folded.isdecimal() or folded in _stop_words():
        return ""
    if language == "ar":
        # The article before it keeps Snowball from taking a first letter of the word for a verb's prefix; a last ه may be
        # a ة that was typed so (folding makes all of them ه), and Snowball takes only that off.
        stems = {_stemmer("ar")("ال" + re.sub("ه$", "ة", base)) for base in _arabic_bases(folded)}
    else:
        stems = {_stemmer(language)(small.translate({0xAD: None, ord("ё"): "е"}))}
    return " ".join(f"{language}:{fold(stem)}" for stem in sorted(stems) if stem)


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(fold(word) for word in _STOP_WORDS.split())


@cache
def _stem_table(language: str) -> _Table:
    return _Table(lambda raw: _stem_line(language, raw))


def index_lines(text: str, language: str | None) -> tuple[str, str]:
    """A text as the engines take it: its surfaces in order and its stems, each set apart by spaces.

    `language` is a BCP 47 tag; a text in a language without a stemmer has no stems.
    """
    raws = raw_words(text)
    line = " ".join(raws) if text.isascii() else " ".join(map(_surfaces.__getitem__, raws))
    primary = language.partition("-")[0] if language else ""
    if primary not in _SNOWBALL:
        return line, ""
    return line, " ".join(map(_stem_table(primary).__getitem__, raws))


def stems_of(raw: str, language: str | None) -> list[str]:
    """The stems of one raw word in a language, each with the language before it; none where that has no stemmer."""
    primary = language.partition("-")[0] if language else ""
    return _stem_table(primary)[raw].split() if primary in _SNOWBALL else []


def surfaces(text: str) -> list[str]:
    """The folded words of a text, in order, without empty ones."""
    return [folded for folded in map(_surfaces.__getitem__, raw_words(text)) if folded]


def languages_of(raw: str) -> tuple[str, ...]:
    """The stemmed languages that are written in the script of a word."""
    for letter in raw:
        if letter.isalpha():
            if letter < "\u0370" or "\u1e00" <= letter < "\u1f00":
                return ("en", "fr", "es")
            if "\u0400" <= letter < "\u0530":
                return ("ru",)
            if "\u0600" <= letter < "\u0780":
                return ("ar",)
            return ()
    return ()


def query_words(text: str) -> list[Word]:
    """The words of a query, each with its alternatives."""
    found = []
    for raw in raw_words(text):
        folded = surface(raw)
        if folded:
            stems = " ".join(_stem_table(language)[raw] for language in languages_of(raw)).split()
            found.append(Word(folded, tuple(dict.fromkeys(stems))))
    return found


def is_spaced(text: str) -> bool:
    """Whether the words of its scripts are set apart by spaces; where they are not, a dictionary cuts them."""
    return _HAS_COMPLEX.search(text) is None


def plain(text: str) -> str:
    """A text with all letters folded one by one: where a word of it is, its folded form is. See `is_letter_for_letter`."""
    return text.lower() if text.isascii() else text.translate(_plain_letters)


def is_letter_for_letter(text: str, plain: str) -> bool:
    """Whether every letter of a plain text stands where it stood: not so with `ß`, ligatures, Hangul or Arabic vowel signs."""
    return text.isascii() or (len(text) == len(plain) and _plain_letters.of_other_lengths.isdisjoint(text))


class _PlainLetters(dict[int, str]):
    """Every letter folded; those that are none or several then are remembered. What stands between words keeps its length."""

    def __init__(self) -> None:
        super().__init__()
        self.of_other_lengths: set[str] = set()

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        value = fold(letter) if _SIMPLE_WORD.match(letter) or _HAS_COMPLEX.match(letter) else letter
        if len(value) != 1:
            self.of_other_lengths.add(letter)
        self[code] = value
        return value


_plain_letters = _PlainLetters()


def is_stop_word(folded: str) -> bool:
    """Whether a folded word carries too little meaning to be asked of every record."""
    return folded in _stop_words()
