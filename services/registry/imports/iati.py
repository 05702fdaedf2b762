"""Reads IATI activity files, versions 1.01 to 2.03, as a stream: each activity becomes an `Activity` or a `Rejection`.

Pure: no database, no network, and no more memory for a large file than for a small one. It never raises for what a file
holds. `imports.service` calls `read`; what an activity becomes is said in `iati_activity`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from services.registry.imports import byte_sources
from services.registry.imports.iati_activity import Activity, NoRecord, activity, identifier_of
from services.registry.imports.iati_elements import XML_LANG, language, line_of

if TYPE_CHECKING:
    from lxml.etree import XMLPullParser, _Element

__all__ = ["Activity", "Rejection", "read"]

ROOT, ACTIVITY, IDENTIFIER = "iati-activities", "iati-activity", "iati-identifier"
LONGEST_IDENTIFIER = 500
LARGEST_ACTIVITY = 64 * 1024 * 1024
"""Bytes that may pass without a whole activity: what is larger could not be read in bounded memory."""
_OTHER_FILES = {
    "iati-organisations": "an IATI organisation file; only activity files hold records",
    "iati-organisation": "an IATI organisation file; only activity files hold records",
    "registry-record": "a record of the IATI registry, not the activity file that it points to",
    "html": "a web page, not an IATI file: was it downloaded from the right address?",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something that was not imported, and why. `of_activity` is false where it is the file, or the rest of it."""

    identifier: str | None
    line: int | None
    reason: str
    of_activity: bool = True


def read(source: Path | str | BinaryIO) -> Iterator[Activity | Rejection]:
    """The activities of a file (XML, or XML in gzip) in its order, and what cannot be imported, with its line and reason.

    Of doubled identifiers the first counts. A file that breaks off gives what was whole before, then says where it broke.
    """
    file = _File()
    try:
        with byte_sources.opened(source) as stream:
            yield from file.activities(byte_sources.pieces(stream))
    except byte_sources.Refused as refused:
        yield file.broken(str(refused), file.line)


class _File:
    """One file, and how far it has been read."""

    def __init__(self) -> None:
        self.line: int | None = None
        self.version = 1
        self.language: str | None = None
        self.records: set[int] = set()  # digests: a set of a million identifiers themselves would not be flat
        self.ended = 0
        self.open_identifier: str | None = None

    def activities(self, pieces: Iterator[bytes]) -> Iterator[Activity | Rejection]:
        # Loaded here because only imports need it, and every process of the system loads this package's service.
        from lxml import etree

        parser = _parser(("end",), (ACTIVITY, IDENTIFIER))
        waiting = 0
        try:
            for number, piece in enumerate(pieces):
                if number == 0:
                    self._begin(piece)
                ended = self.ended
                parser.feed(piece)
                yield from self._whole(parser)
                if _faults(parser):  # an undeclared entity, for one, ends the parsing without an exception
                    break
                waiting = waiting + len(piece) if ended == self.ended else 0
                if waiting > LARGEST_ACTIVITY:
                    raise byte_sources.Refused("more than 64 MiB without a whole activity: nothing further is read")
            parser.close()
        except etree.LxmlError as error:
            yield from self._whole(parser)
            where, said = next(iter(_faults(parser)), (self.line, str(error).partition(" (<")[0]))
            yield self.broken(f"the file is not whole: it breaks here, and nothing further is read ({said})", where)

    def _begin(self, piece: bytes) -> None:
        """Look at the outermost element before anything else is read. Raises `Refused` for what is no activity file."""
        from lxml import etree

        first = _parser(("start",), None)
        said = "no XML element"
        try:
            first.feed(piece)
        except etree.LxmlError as error:
            said = str(error).partition(" (<")[0]
        root = next((cast("_Element", element) for _, element in first.read_events()), None)
        if root is None:
            raise byte_sources.Refused(f"this is not an IATI file: it is not XML ({said})")
        if root.getroottree().docinfo.internalDTD is not None:
            raise byte_sources.Refused(
                "the file declares a document type (DTD), which may name entities: it is refused"
            )
        name = str(root.tag)
        if name not in (ROOT, ACTIVITY):
            what = _OTHER_FILES.get(
                name.rpartition("}")[2].lower(), f"not an IATI file: its outermost element is <{name[:60]}>"
            )
            self.line = line_of(root)
            raise byte_sources.Refused(f"this is {what}")
        self.version = major_version(root.get("version"))
        self.language = language(root.get(XML_LANG))

    def _whole(self, parser: XMLPullParser) -> Iterator[Activity | Rejection]:
        """What the activities are that have ended since the last call; each is forgotten once it is read."""
        for _, ended in parser.read_events():
            element = cast("_Element", ended)
            parent = element.getparent()
            if element.tag == IDENTIFIER:
                if parent is not None and parent.tag == ACTIVITY:
                    self.open_identifier = identifier_of(parent)
                    self.line = line_of(parent)
                continue
            if parent is not None and (parent.tag != ROOT or parent.getparent() is not None):
                continue
            self.ended += 1
            self.line = line_of(element)
            yield self._read(element)
            self.open_identifier = None
            # The parser may still be adding to what follows the element; lxml's stubs do not know the argument.
            element.clear(keep_tail=True)  # type: ignore[call-arg]
            while parent is not None and parent[0] is not element:
                del parent[0]

    def _read(self, element: _Element) -> Activity | Rejection:
        identifier = identifier_of(element)
        if identifier is None:
            return Rejection(None, self.line, "iati-identifier is missing or blank")
        if len(identifier) > LONGEST_IDENTIFIER:
            return Rejection(
                identifier[:80], self.line, f"iati-identifier is longer than {LONGEST_IDENTIFIER} characters"
            )
        digest = int.from_bytes(blake2b(identifier.encode(), digest_size=8).digest(), "big")
        if digest in self.records:
            return Rejection(identifier, self.line, "this iati-identifier stands in the file before; the first counts")
        version = major_version(element.get("version")) if element.get("version") else self.version
        try:
            found = activity(element, identifier, version, self.language)
        except NoRecord as lacking:
            return Rejection(identifier, self.line, f"{lacking}")
        self.records.add(digest)
        return found

    def broken(self, reason: str, line: int | None) -> Rejection:
        """The rejection of the rest of the file, which names the activity that was being read."""
        return Rejection(self.open_identifier, line, reason, of_activity=self.open_identifier is not None)


def major_version(stated: str | None) -> int:
    """2 for 2.01 and whatever follows it; 1 for 1.x, its odd spellings, and where nothing is said (1.x did not ask for it)."""
    first = (stated or "").strip().lstrip("vV")[:1]
    return 2 if first.isdigit() and first >= "2" else 1


def _faults(parser: XMLPullParser) -> list[tuple[int, str]]:
    """Where the parser gave up, and why; empty while it has not."""
    return [(entry.line, entry.message) for entry in parser.feed_error_log if entry.level_name == "FATAL"]


def _parser(events: tuple[Literal["start", "end"], ...], tags: tuple[str, ...] | None) -> XMLPullParser:
    """A parser that opens nothing, expands nothing and keeps libxml2's limits on depth and size."""
    from lxml import etree

    return etree.XMLPullParser(
        events=events,
        tag=tags,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
