"""The Atom feed (RFC 4287, paged by RFC 5005) of a search: bytes of XML from items. Pure; `api.py` serves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from services.search.projections import language_preferred, preferred

MEDIA_TYPE = "application/atom+xml"
PAGE = 50
_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the feed: itself, its first page, its next page, the pages for people."""

    this: str
    first: str
    next: str | None
    site: str


def atom(items: Sequence[bytes], links: Links, title: str, language: str, now: str) -> bytes:
    """The feed. Its id is its first page's address, an entry's id the partnership's: both stay as they are."""
    records = [orjson.loads(item) for item in items]
    updated = max((record["updated_at"] for record in records), default=now)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attribute(language)}>',
        f"<id>{_text(links.first)}</id>",
        f'<title xml:lang="en">{_text(title)}</title>',
        f"<updated>{_text(updated)}</updated>",
        "<author><name>Convene</name></author>",
        f'<link rel="self" type="{MEDIA_TYPE}" href={_attribute(links.this)}/>',
        f'<link rel="first" type="{MEDIA_TYPE}" href={_attribute(links.first)}/>',
    ]
    if links.next:
        parts.append(f'<link rel="next" type="{MEDIA_TYPE}" href={_attribute(links.next)}/>')
    parts += [_entry(record, links.site, language) for record in records]
    return "".join([*parts, "</feed>\n"]).encode()


def _entry(record: dict[str, Any], site: str, language: str) -> str:
    page = f"{site}/{language}/partnerships/{record['id']}"
    document = f"{site}/api/registry/partnerships/{record['id']}"
    summary = record.get("summary") or (record.get("standing_reason") or {}).get("reason")
    terms = [(goal["scheme"], goal["code"]) for goal in record.get("goals") or ()]
    terms += [("country", code) for code in record.get("countries") or ()] + [("standing", record["standing"])]
    return "".join(
        [
            f"<entry><id>urn:uuid:{_text(record['id'])}</id>",
            _in_language("title", record["title"], language),
            f"<updated>{_text(record['updated_at'])}</updated>",
            f'<link rel="alternate" type="text/html" href={_attribute(page)}/>',
            f'<link rel="related" type="application/json" href={_attribute(document)}/>',
            _in_language("summary", summary, language) if summary else "",
            *(f"<category scheme={_attribute(scheme)} term={_attribute(term)}/>" for scheme, term in terms),
            "</entry>",
        ]
    )


def _in_language(name: str, texts: Any, language: str) -> str:
    """An element with the text in the language asked for or in the next best, which it names."""
    found = language_preferred(texts, language)
    said = f" xml:lang={_attribute(found)}" if found else ""
    return f"<{name}{said}>{_text(preferred(texts, language))}</{name}>"


def _text(value: str) -> str:
    return escape(value.translate(_NOT_XML))


def _attribute(value: str) -> str:
    return quoteattr(value.translate(_NOT_XML))
