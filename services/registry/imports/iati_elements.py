"""What single IATI elements say, cleaned: texts by language, dates, numbers, money, codes.

All functions are total: whatever stands in an element, they give a value or `None`, and note in the `Reading` what had to be
left out and why. The modules `iati_*` use them; nothing here knows a record.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeVar, cast

from marshmallow import ValidationError

from schemas import fields as f
from schemas import partial_dates
from schemas import vocabulary as v
from schemas.fields.text import MOST_LANGUAGES

if TYPE_CHECKING:
    from lxml.etree import _Element

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
UNDETERMINED = "und"
"""ISO 639-2 for a text whose language nobody says. IATI asks for one; where a file has none, none is guessed."""

Item = TypeVar("Item")
Texts = dict[str, str]

# What an editor on Windows saved as Latin-1: XML allows these, but they are no text. HTML reads them like this too.
_CONTROLS = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)} | {0x7F: "", 0xFFFE: ""}
_CONTROLS |= {0x2028: "\n", 0x2029: "\n"}
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n ?")
_GAPS = re.compile(r"\n{3,}")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*|Z|[+-][0-9]{2}:[0-9]{2})?", re.DOTALL)
# `1,234,567` and `1,234.5` can mean one thing only; `1,234` may be a decimal comma, and is not guessed.
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|(?:,[0-9]{3})+\.[0-9]+)")
_EXPONENT = re.compile(r"[eE]")  # the standard's amounts are decimals, which have none
MOST_DIGITS = 20
MOST_DECIMALS = 10


@dataclass(frozen=True, slots=True)
class Warned:
    """Something of an activity that was left out or could not be coded: the line of its element, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Reading:
    """What holds for one activity while it is read: the standard's major version, its defaults, what was left out."""

    version: int
    language: str
    currency: str | None
    warnings: list[Warned] = field(default_factory=list)

    def warn(self, element: _Element, reason: str) -> None:
        """Note that something was left out."""
        self.warnings.append(Warned(line_of(element), reason))

    def at_most(self, most: int, items: list[Item], element: _Element, what: str) -> list[Item]:
        """The items, but no more than a record takes."""
        if len(items) > most:
            self.warn(element, f"{len(items):,} {what}: a record takes the first {most:,}")
        return items[:most]


def line_of(element: _Element) -> int:
    """The line of the file on which the element begins."""
    return cast("int | None", element.sourceline) or 0


def plain(element: _Element) -> str:
    """The text of an element and of what is inside it, uncleaned."""
    if len(element) == 0:
        return element.text or ""
    return "".join(element.itertext())  # type: ignore[arg-type]  # only bytes where somebody parsed bytes names


def _text_only(raw: str) -> str:
    return raw if raw.isascii() and "\x7f" not in raw else raw.translate(_CONTROLS)


def line(raw: str | None, limit: int = f.LINE) -> str | None:
    """A text on one line, without what is no text, cut to `limit`; `None` for nothing."""
    if not raw:
        return None
    text = " ".join(_text_only(raw).split())
    return shortened(text, limit) or None


def prose(raw: str) -> str:
    """A text with its paragraphs, without the indentation of the file."""
    text = _LINES.sub("\n", _BLANKS.sub(" ", _text_only(raw).replace("\r", "\n")))
    return _GAPS.sub("\n\n", text).strip()


def shortened(text: str, limit: int) -> str:
    """The text, cut at a word where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    cut = kept.rfind(" ", max(0, limit - 80))
    return kept[: cut if cut > 0 else None].rstrip() + "…"


@functools.lru_cache(maxsize=1024)
def language(raw: str | None) -> str | None:
    """A language as BCP 47 writes it (`zh-CN` and `zh-Hans` are `zh` here); `None` where none is given or it is none."""
    if not raw or not raw.strip():
        return None
    try:
        tag = f.language_tag(raw.strip().replace("_", "-"))
    except ValidationError:
        return None
    return "zh" if tag in ("zh-CN", "zh-Hans", "zh-SG", "zh-Hans-CN") else tag


def texts(element: _Element, reading: Reading, limit: int = f.LINE, *, one_line: bool = True) -> Texts:
    """What an element says, by language: its narratives (2.x), else its own text (1.x).

    Several texts in one language are one text of several paragraphs, but of names the first counts.
    """
    own = language(element.get(XML_LANG)) or reading.language
    found: Texts = {}
    narratives = element.findall("narrative")
    for narrative in narratives or (element,):
        text = line(plain(narrative), limit) if one_line else prose(plain(narrative))
        if not text:
            continue
        tag = (language(narrative.get(XML_LANG)) if narratives else None) or own
        if tag not in found:
            found[tag] = text
        elif not one_line:
            found[tag] += f"\n\n{text}"
    return bounded(found, reading, element, limit)


def bounded(found: Texts, reading: Reading, element: _Element, limit: int) -> Texts:
    """Texts as a record takes them: not too long, not in too many languages."""
    if len(found) > MOST_LANGUAGES:
        found = dict(list(found.items())[:MOST_LANGUAGES])
    for tag, text in found.items():
        if len(text) > limit:
            reading.warn(element, f"{element.tag} has {len(text):,} characters: the first {limit:,} are kept")
            found[tag] = shortened(text, limit)
    return found


@functools.lru_cache(maxsize=8192)
def day(raw: str | None) -> str | None:
    """A date that exists, as `2014-05-22`; a time or zone after it is dropped. Years and months stay what they are."""
    text = (raw or "").strip()
    whole = _DAY.fullmatch(text)
    if whole:
        text = whole[1]
    return text if partial_dates.is_real(text) else None


def date_of(element: _Element | None, reading: Reading) -> str | None:
    """The `iso-date` of an element, else (1.x) its text where that is a date."""
    if element is None:
        return None
    raw = element.get("iso-date")
    if raw is None or not raw.strip():
        return day(plain(element))
    found = day(raw)
    if found is None:
        reading.warn(element, f"{element.tag}: {raw.strip()[:40]!r} is no date that exists")
    return found


def number(raw: str | None) -> str | None:
    """A number as decimal text; thousands may be parted by commas where that can mean one thing only. Else `None`."""
    text = (raw or "").strip()
    if not text or len(text) > 60:
        return None
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not text.isascii() or "_" in text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return decimal_text(value)


def decimal_text(value: Decimal) -> str | None:
    """A decimal as a record writes it, with its decimals as given, at most ten; `None` where it is not of this world."""
    if not value.is_finite() or value.adjusted() >= MOST_DIGITS:
        return None
    if -int(value.as_tuple().exponent) > MOST_DECIMALS:
        value = round(value, MOST_DECIMALS)
    return f"{value:f}"


@functools.lru_cache(maxsize=512)
def currency(code: str) -> str | None:
    """The ISO 4217 code, whatever its case; `None` for a wrong one."""
    wanted = code.strip().upper()
    return wanted if wanted in v.scheme("currency") else None


def money(element: _Element | None, reading: Reading) -> tuple[Decimal, str, str | None] | None:
    """Amount, currency and value date of a `value` element; `None` where one of the first two is not stated."""
    if element is None:
        return None
    raw = plain(element)
    amount = None if _EXPONENT.search(raw) else number(raw)
    if amount is None:
        reading.warn(element, f"{raw.strip()[:40]!r} is no amount")
        return None
    stated = element.get("currency") or reading.currency
    if not stated:
        reading.warn(element, "an amount has no currency, and the activity no default one")
        return None
    code = currency(stated)
    if code is None:
        reading.warn(element, f"{stated.strip()[:20]!r} is no currency{nearest('currency', stated)}")
        return None
    return Decimal(amount), code, day(element.get("value-date"))


@functools.lru_cache(maxsize=512)
def country(code: str) -> str | None:
    """The alpha-3 code of a country given as ISO 3166-1 alpha-2 (or alpha-3); `None` for a wrong one."""
    try:
        return v.country(code)
    except v.UnknownCode:
        return None


@functools.lru_cache(maxsize=512)
def region(code: str) -> str | None:
    """The UN M49 region, whose zeros in front many files leave out; `None` for a wrong one."""
    wanted = code.strip().zfill(3)
    return wanted if wanted in v.scheme("region") else None


@functools.lru_cache(maxsize=256)
def nearest(scheme: str, code: str) -> str:
    """The end of a sentence about a wrong code: the nearest right ones."""
    near = v.scheme(scheme).nearest(code.strip())
    return f"; nearest: {', '.join(near)}" if near else ""


@functools.lru_cache(maxsize=1024)
def web_address(raw: str | None) -> str | None:
    """An http(s) address as a record takes it; `None` for anything else."""
    try:
        return str(f.Link().deserialize((raw or "").strip()))
    except ValidationError:
        return None
