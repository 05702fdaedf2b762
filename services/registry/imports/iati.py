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
MOST_NODES = 1_500_000
"""Bytes, and elements with attributes, that may pass without a whole activity: more could not be read in bounded memory.

Fifty thousand transactions, as many as a record takes, have both. A node takes some 200 bytes, however few stand in the file.
"""
_TOO_DEEP, _BEYOND_LIMIT = "Excessive depth", ("Resource limit exceeded", "Name too long")
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

    Of doubled identifiers the first counts. An activity too large for bounded memory is rejected alone. A file that breaks off, or
    nests deeper than the parser goes, gives what was whole before, then says where it broke.
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
        self.root: _Element | None = None
        self.open: _Element | None = None
        self.open_identifier: str | None = None
        self.too_large: str | None = None
        self.ended = self.bytes = self.nodes = 0

    def activities(self, pieces: Iterator[bytes]) -> Iterator[Activity | Rejection]:
        # Loaded here because only imports need it, and every process of the system loads this package's service.
        from lxml import etree

        parser = _parser(("start", "end"), (ROOT, ACTIVITY, IDENTIFIER))
        try:
            for number, piece in enumerate(pieces):
                if number == 0:
                    self._begin(piece)
                ended = self.ended
                parser.feed(piece)
                yield from self._whole(parser)
                if _faults(parser):  # an undeclared entity, for one, ends the parsing without an exception
                    break
                self._weigh(piece, forget=ended != self.ended)
            parser.close()
        except etree.LxmlError as error:
            yield from self._whole(parser)
            where, said = next(iter(_faults(parser)), (self.line, _without_place(str(error))))
            yield self.broken(_broken(said), where)

    def _weigh(self, piece: bytes, *, forget: bool) -> None:
        """Count what the parser holds since an activity ended (`forget`: one did); of what is too large, keep only what is open."""
        self.bytes = 0 if forget else self.bytes + len(piece)
        self.nodes = 0 if forget else self.nodes + _nodes(piece)
        heavy = self.nodes > MOST_NODES
        if self.bytes <= LARGEST_ACTIVITY and not heavy:
            return
        if self.open is None and not heavy:
            raise byte_sources.Refused("more than 64 MiB without a whole activity: nothing further is read")
        if self.open is not None and self.too_large is None:
            self.line = line_of(self.open)
            much = f"{MOST_NODES:,} elements and attributes" if heavy else "64 MiB"
            self.too_large = f"it has more than {much}: an activity of that size is not read"
        element = self.root
        while element is not None and len(element):
            del element[:-1]
            element = element[-1]
            element.attrib.clear()

    def _begin(self, piece: bytes) -> None:
        """Look at the outermost element before anything else is read. Raises `Refused` for what is no activity file."""
        from lxml import etree

        first = _parser(("start",), None)
        said = "no XML element"
        try:
            first.feed(piece)
        except etree.LxmlError as error:
            said = _without_place(str(error))
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
        for event, found in parser.read_events():
            element = cast("_Element", found)
            if event == "start":
                self._begun(element)
            elif element.tag == IDENTIFIER:
                if element.getparent() is self.open and self.open is not None and self.open_identifier is None:
                    self.open_identifier = identifier_of(self.open)
                    self.line = self.line if self.too_large else line_of(self.open)
            elif element is self.open:
                self.ended += 1
                yield self._ended(element)
                self.open = self.open_identifier = self.too_large = None
                parent = element.getparent()
                # The parser may still be adding to what follows the element; lxml's stubs do not know the argument.
                element.clear(keep_tail=True)  # type: ignore[call-arg]
                while parent is not None and parent[0] is not element:
                    del parent[0]

    def _begun(self, element: _Element) -> None:
        """Note the outermost element, and an activity in its place."""
        parent = element.getparent()
        if parent is None:
            self.root = element
        if element.tag == ACTIVITY and (parent is None or (parent is self.root and parent.tag == ROOT)):
            self.open = element

    def _ended(self, element: _Element) -> Activity | Rejection:
        if self.too_large is not None:
            return Rejection(self.open_identifier, self.line, self.too_large)
        self.line = line_of(element)
        return self._read(element)

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


def _nodes(piece: bytes) -> int:
    """About how many elements and attributes begin in these bytes: rather more than less."""
    return piece.count(b"<") - piece.count(b"</") + piece.count(b"=")


def _broken(said: str) -> str:
    """Why nothing further is read: the file is not well-formed there, or goes beyond a limit of the parser."""
    if said.startswith(_TOO_DEEP):
        return f"its elements are nested too deep: the rest of the file is not read ({said.partition(',')[0]})"
    if said.startswith(_BEYOND_LIMIT):
        return (
            f"a text, a tag or a name is too long to be read safely: the rest of the file is not read ({said.strip()})"
        )
    return f"the file is not whole: it breaks here, and nothing further is read ({said})"


def _without_place(said: str) -> str:
    return said.partition(" (<")[0]


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
