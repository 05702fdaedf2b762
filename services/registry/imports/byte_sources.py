"""The bytes of a file that is to be imported, in pieces, with everything refused that only an attacker would send.

Plain XML and gzip are read, both as a stream of bounded pieces; archives, and gzip that swells like a bomb, are refused with a
sentence that says what to do. It knows nothing of IATI; `iati.read` calls it.
"""

from __future__ import annotations

import codecs
import itertools
import re
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

PIECE = 64 * 1024
LONGEST_PROLOG = 1024 * 1024
SWELLS_AT_MOST = 200
"""Times that gzip may swell. Published IATI files swell 10 to 60 times; a bomb of zeros 1,000 times."""
SWELLING_COUNTS_FROM = 4 * 1024 * 1024
MOST_EXPANDED = 16 * 1024**3

_ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive (or an Office file)",
    b"PK\x05\x06": "an empty ZIP archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"%PDF": "a PDF file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
}
_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_BEFORE_CONTENT = re.compile(r"(?:\s+|\ufeff|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)


class Refused(Exception):
    """The file, or the rest of it, is not read; the message says why, in a sentence for whoever sent it."""


def opened(source: Path | str | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """The source as a binary stream; closed at the end when we opened it. Raises `Refused` when it cannot be opened."""
    if not isinstance(source, Path | str):
        return nullcontext(source)
    path = Path(source)
    if path.is_dir():
        raise Refused(f"{source} is a folder, not a file")
    try:
        return path.open("rb")
    except OSError as error:
        raise Refused(f"the file cannot be read: {error.strerror or error}") from error


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The expanded bytes of the stream, in pieces of at most 64 KiB; the first holds the whole prolog of the XML.

    Raises `Refused`: an archive, a gzip bomb, broken gzip, a document type declaration (it alone can name entities, and IATI
    has none), a prolog longer than 1 MiB, nothing at all.
    """
    raw = _raw(stream)
    first = next(raw, b"")
    if first.startswith(_GZIP):
        plain = _gunzipped(first, raw)
        first = next(plain, b"")
        _refuse_archive(first, "the gzip file holds ")
    else:
        plain = raw
    _refuse_archive(first, "this is ")
    if not first:
        raise Refused("the file is empty")
    yield _with_prolog(first, plain)
    yield from plain


def _raw(stream: BinaryIO) -> Iterator[bytes]:
    while True:
        try:
            piece = stream.read(PIECE)
        except (OSError, EOFError, zlib.error) as error:
            raise Refused(f"the file cannot be read further: {error}") from error
        if not piece:
            return
        yield piece


def _refuse_archive(start: bytes, opening: str) -> None:
    for mark, kind in _ARCHIVES.items():
        if start.startswith(mark):
            raise Refused(f"{opening}{kind}; only XML is read, plain or as .xml.gz: unpack it first")


def _gunzipped(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """What a gzip file holds. Several members are one file (RFC 1952, 2.2); what pads its end is not read."""
    member = zlib.decompressobj(wbits=31)
    begun = False
    read = expanded = 0
    for piece in itertools.chain((first,), rest):
        read += len(piece)
        waiting = piece
        while waiting:
            out = _expand(member, waiting)
            begun = True
            expanded += len(out)
            _refuse_bomb(read, expanded)
            if out:
                yield out
            waiting = member.unconsumed_tail
            if member.eof:
                waiting, begun, member = member.unused_data, False, zlib.decompressobj(wbits=31)
                if not waiting.startswith(_GZIP[: len(waiting)]):
                    return
    if begun:
        raise Refused("the gzip file breaks off before its end")


def _expand(expanding: zlib._Decompress, waiting: bytes) -> bytes:
    try:
        return expanding.decompress(waiting, PIECE)
    except zlib.error as error:
        raise Refused(f"the gzip file is broken: {error}") from error


def _refuse_bomb(read: int, expanded: int) -> None:
    swollen = expanded > SWELLING_COUNTS_FROM and expanded > SWELLS_AT_MOST * read
    if swollen or expanded > MOST_EXPANDED:
        raise Refused(
            f"the gzip file swells like a bomb: {read:,} bytes became more than {expanded:,}; unpack it yourself if it is sound"
        )


def _with_prolog(first: bytes, rest: Iterator[bytes]) -> bytes:
    """Enough of the file to see how its content begins, refused on a document type declaration before any parser sees it."""
    start = bytearray(first)
    while True:
        text = _readable(bytes(start))
        content = text[_BEFORE_CONTENT.match(text).end() :]  # type: ignore[union-attr]
        if _DOCTYPE.match(content):
            raise Refused("the file declares a document type (DTD), which may name entities: it is refused unread")
        unfinished = len(content) < len("<!DOCTYPE") or content.startswith(("<!--", "<?"))
        more = next(rest, b"") if unfinished else b""
        if not more:
            return bytes(start)
        start += more
        if len(start) > LONGEST_PROLOG:
            raise Refused("this is not an IATI file: no XML element within its first megabyte")


def _readable(start: bytes) -> str:
    """The start of a file as text, only as exactly as it takes to find `<`: XML says how to guess (appendix F)."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return start[len(mark) :].decode(encoding, "replace")
    return start.replace(b"\x00", b"").decode("latin-1")
