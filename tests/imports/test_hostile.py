"""Files that are broken, cut, of another kind, or made to do harm: each gets a clear answer, and what is whole is kept."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from services.registry.imports import byte_sources
from services.registry.imports import iati as reader
from services.registry.imports.iati import Activity, Rejection, read
from tests.imports.files import activity_xml, iati_file, only, rejections, results

THREE = iati_file(activity_xml("A-1"), activity_xml("A-2"), activity_xml("A-3"))


def one_reason(content: bytes) -> str:
    """The reason of the only thing that the file gives, which is a rejection of the file."""
    (found,) = results(content)
    assert isinstance(found, Rejection)
    assert not found.of_activity
    return found.reason


# Harm


BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9))
    + b"]>"
)


@pytest.mark.parametrize(
    "prolog",
    [
        BILLION_LAUGHS,
        b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">',
        b"<!-- <iati-activities> -->\n<?pi <a ?>\n<!doctype x []>",
        b"<!--" + b" " * 70_000 + b"<iati-activities>-->" + b'<!DOCTYPE x [<!ENTITY a "b">]>',
    ],
    ids=["laughs", "external", "remote", "hidden", "hidden far behind"],
)
def test_a_document_type_is_refused_unread(prolog: bytes) -> None:
    content = (
        prolog
        + b"<iati-activities><iati-activity><iati-identifier>&a;&secret;</iati-identifier></iati-activity></iati-activities>"
    )
    assert "document type" in one_reason(content)
    if b"70_000" not in prolog:
        assert "document type" in one_reason(content.decode().encode("utf-16"))


def test_an_entity_that_nobody_declared_breaks_the_file_there() -> None:
    content = iati_file(
        activity_xml("A-1"), activity_xml("A-2", "<description>&nbsp;</description>"), activity_xml("A-3")
    )
    first, broken = results(content)
    assert isinstance(first, Activity)
    assert isinstance(broken, Rejection)
    assert (broken.identifier, broken.line) == ("A-2", content[: content.index(b"&nbsp;")].count(b"\n") + 1)


def test_archives_are_refused_with_what_to_do() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("a.xml", THREE)
    assert "unpack it first" in one_reason(archive.getvalue())
    assert "ZIP" in one_reason(gzip.compress(archive.getvalue()))
    assert "PDF" in one_reason(b"%PDF-1.7\n")


def test_a_gzip_bomb_is_refused() -> None:
    bomb = gzip.compress(b"<iati-activities>" + b" " * 50_000_000)
    assert "swells like a bomb" in one_reason(bomb)


def test_sound_gzip_is_read_also_in_several_members() -> None:
    packed = gzip.compress(THREE[:700]) + gzip.compress(THREE[700:]) + b"\x00" * 20
    assert [found.identifier for found in results(packed)] == ["A-1", "A-2", "A-3"]


def test_cut_gzip_gives_what_is_whole() -> None:
    many = iati_file(
        *(
            activity_xml(f"A-{n}", f"<description><narrative>{n * 7919 % 1009}</narrative></description>")
            for n in range(3000)
        )
    )
    packed = gzip.compress(many)
    found = results(packed[: len(packed) // 2])
    assert len(found) > 1000
    assert isinstance(found[-1], Rejection)
    assert "breaks off" in found[-1].reason
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 0xFF
    assert isinstance(results(bytes(damaged))[-1], Rejection)


LONG = "x" * 10_100_000


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        pytest.param("<a>\n" * 300 + "</a>" * 300, "nested too deep: the rest of the file is not read", id="deep"),
        pytest.param(f"<a>{LONG}</a>", "too long to be read safely: the rest of the file is not read", id="text"),
    ],
)
def test_beyond_the_parser_s_limits_the_reason_is_true(inside: str, said: str) -> None:
    first, beyond = results(iati_file(activity_xml("A-1"), activity_xml("A-2", inside), activity_xml("A-3")))
    assert isinstance(first, Activity)
    assert isinstance(beyond, Rejection)
    assert (beyond.identifier, beyond.of_activity) == ("A-2", True)
    assert said in beyond.reason
    assert "not whole" not in beyond.reason


@pytest.mark.parametrize(
    "inside", ["<x/>", '<x a="" b=""/>', '<x y=""><z/></x>', "<iati-identifier>Other</iati-identifier>"]
)
def test_an_activity_with_too_many_elements_is_rejected_alone(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    monkeypatch.setattr(reader, "MOST_NODES", 50_000)
    content = iati_file(activity_xml("A-1"), activity_xml("A-2", inside * 200_000), activity_xml("A-3"))
    first, large, last = results(content)
    assert isinstance(first, Activity)
    assert isinstance(large, Rejection)
    assert (large.identifier, large.of_activity) == ("A-2", True)
    assert content.decode().split("\n")[(large.line or 0) - 1].startswith("<iati-activity")
    assert large.reason == "it has more than 50,000 elements and attributes: an activity of that size is not read"
    assert isinstance(last, Activity)
    assert (last.identifier, last.content["title"]) == ("A-3", {"en": "Safe water"})


def test_an_activity_with_too_many_bytes_is_rejected_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LARGEST_ACTIVITY", 300_000)
    long = f"<description><narrative>{'water ' * 100_000}</narrative></description>"
    _, large, last = results(iati_file(activity_xml("A-1"), activity_xml("A-2", long), activity_xml("A-3")))
    assert isinstance(large, Rejection)
    assert (large.identifier, "more than 64 MiB" in large.reason) == ("A-2", True)
    assert isinstance(last, Activity)


def test_a_file_of_one_activity_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_NODES", 50_000)
    (large,) = rejections(activity_xml("A-1", "<x/>" * 200_000).encode())
    assert (large.identifier, "of that size is not read" in large.reason) == ("A-1", True)


def test_what_stands_between_activities_is_not_kept_and_ends_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_NODES", 50_000)
    between = iati_file(activity_xml("A-1"), "<junk/>" * 100_000, activity_xml("A-2"))
    assert [type(found) for found in results(between)] == [Activity, Activity]
    monkeypatch.setattr(reader, "MOST_NODES", 1_000_000)
    monkeypatch.setattr(reader, "LARGEST_ACTIVITY", 300_000)
    first, refused = results(between)
    assert isinstance(first, Activity)
    assert isinstance(refused, Rejection)
    assert "without a whole activity" in refused.reason


def test_a_prolog_without_end_is_refused() -> None:
    assert "not an IATI file" in one_reason(b" " * (byte_sources.LONGEST_PROLOG + 100_000))


# Other files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"hello", "not XML"),
        (b'{"a": 1}', "not XML"),
        (b"a,b,c\n1,2,3\n", "not XML"),
        (b"\xff\xfe\xff\xff", "not"),
        (b"<rss/>", "<rss>"),
        (b"<html><body>404</body></html>", "a web page"),
        (b"<iati-organisations version='2.03'/>", "organisation file"),
        (b"<x:iati-activities xmlns:x='urn:other'/>", "not an IATI file"),
    ],
)
def test_what_is_not_iati_says_so(content: bytes, said: str) -> None:
    assert said in one_reason(content)


def test_files_that_cannot_be_opened_say_why(tmp_path: Path) -> None:
    (missing,) = read(tmp_path / "nothing.xml")
    assert isinstance(missing, Rejection)
    assert "cannot be read" in missing.reason
    (folder,) = read(tmp_path)
    assert isinstance(folder, Rejection)
    assert "folder" in folder.reason


def test_a_file_without_activities_has_none() -> None:
    assert results(b"<iati-activities version='2.03'></iati-activities>") == []


# Broken files


def test_a_cut_file_gives_what_is_whole_and_says_where_it_broke() -> None:
    cut = THREE[: THREE.index(b"A-3") + len(b"A-3</iati-identifier>\n<rep")]
    *whole, broken = results(cut)
    assert [found.identifier for found in whole] == ["A-1", "A-2"]
    assert isinstance(broken, Rejection)
    assert broken.of_activity
    assert (broken.identifier, broken.line) == ("A-3", cut.count(b"\n") + 1)
    assert "breaks here" in broken.reason


def test_bytes_that_are_not_of_the_encoding_break_the_file_there() -> None:
    broken = THREE.replace(b"A-2</iati-identifier>", b"A-2</iati-identifier>\xff\xfe")
    first, rejected = results(broken)
    assert isinstance(first, Activity)
    assert isinstance(rejected, Rejection)
    assert rejected.line == broken[: broken.index(b"\xff")].count(b"\n") + 1


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16", "utf-8-sig", "windows-1251", "gb18030"])
def test_encodings_as_the_file_declares_them(encoding: str) -> None:
    title = {"windows-1251": "Вода", "gb18030": "安全用水"}.get(encoding, "Sûreté")
    declared = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = activity_xml(title=f"<title><narrative>{title}</narrative></title>")
    content = f'<?xml version="1.0" encoding="{declared}"?><iati-activities version="2.03">{text}</iati-activities>'
    assert only(content.encode(encoding)).content["title"] == {"en": title}


def test_an_encoding_that_does_not_exist() -> None:
    assert "not XML" in one_reason(b'<?xml version="1.0" encoding="klingon"?><iati-activities/>')


# Activities that cannot be records


def test_blank_and_doubled_identifiers_are_rejected_one_by_one_with_their_lines() -> None:
    content = iati_file(
        activity_xml("A-1"),
        activity_xml("  \n "),
        activity_xml("A-1", title="<title><narrative>Another</narrative></title>"),
        "<iati-activity><title>None</title></iati-activity>\n",
        activity_xml("x" * 501),
        activity_xml("A-2"),
    )
    found = results(content)
    assert [isinstance(each, Activity) for each in found] == [True, False, False, False, False, True]
    blank, doubled, without, long = (each for each in found if isinstance(each, Rejection))
    lines = content.decode().split("\n")
    assert [
        lines[each.line - 1].startswith("<iati-activity") for each in (blank, doubled, without, long) if each.line
    ] == [True] * 4
    assert blank.reason == without.reason == "iati-identifier is missing or blank"
    assert (doubled.identifier, "the first counts" in doubled.reason) == ("A-1", True)
    assert "longer than 500" in long.reason


def test_what_cannot_be_a_record_says_what_it_lacks() -> None:
    content = iati_file(
        activity_xml("A-1", title="<title><narrative> </narrative></title>"),
        activity_xml("A-2", reporting=""),
        activity_xml("A-2"),
    )
    first, second = rejections(content)
    assert first.reason == "it has no title"
    assert "no accountable, implementing or reporting organization" in second.reason
    assert [found.identifier for found in results(content) if isinstance(found, Activity)] == ["A-2"]


def test_lines_beyond_the_sixty_five_thousandth() -> None:
    content = iati_file("\n" * 70_000, activity_xml(" "))
    (rejected,) = rejections(content)
    assert rejected.line in (70_003, 70_004)  # of lines that far, libxml2 knows that of the first text inside


def test_elements_of_other_namespaces_and_at_other_places_are_not_read() -> None:
    within = "<wrapper><iati-activity><iati-identifier>I</iati-identifier></iati-activity></wrapper>"
    inner = f'<x:title xmlns:x="urn:x">Other</x:title>{within}'
    assert only(iati_file(activity_xml("A-1", inner))).content["title"] == {"en": "Safe water"}
