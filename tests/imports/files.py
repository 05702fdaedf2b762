"""IATI files written for tests: small ones by hand, large ones made as they are read."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import Any

from schemas import documents
from schemas.partnership import PartnershipInput
from services.registry.imports.iati import Activity, Rejection, read

REPORTING = '<reporting-org ref="XM-DAC-41114" type="40"><narrative>UNDP</narrative></reporting-org>'


def activity_xml(
    identifier: str = "XM-DAC-41114-A1",
    body: str = "",
    *,
    title: str = "<title><narrative>Safe water</narrative></title>",
    reporting: str = REPORTING,
    attributes: str = 'xml:lang="en" default-currency="USD"',
) -> str:
    """One 2.x activity."""
    return (
        f"<iati-activity {attributes}>\n<iati-identifier>{identifier}</iati-identifier>\n{reporting}\n{title}\n{body}\n"
        "</iati-activity>\n"
    )


def iati_file(
    *activities: str, version: str = "2.03", declaration: str = '<?xml version="1.0" encoding="UTF-8"?>'
) -> bytes:
    """A file of activities."""
    return f'{declaration}\n<iati-activities version="{version}">\n{"".join(activities)}</iati-activities>\n'.encode()


def results(content: bytes) -> list[Activity | Rejection]:
    """Everything that reading these bytes gives."""
    return list(read(io.BytesIO(content)))


def only(content: bytes) -> Activity:
    """The one activity of a file that holds nothing else."""
    (found,) = results(content)
    assert isinstance(found, Activity), found
    return found


def one(body: str = "", **options: Any) -> Activity:
    """One 2.03 activity with this body."""
    version = options.pop("version", "2.03")
    return only(iati_file(activity_xml(body=body, **options), version=version))


def rejections(content: bytes) -> list[Rejection]:
    """What of a file is rejected."""
    return [found for found in results(content) if isinstance(found, Rejection)]


def validated(activity: Activity) -> dict[str, Any]:
    """The activity's record as the contract takes it; raises `ValidationError`."""
    ids = [f"00000000-0000-7000-8000-{place:012x}" for place in range(len(activity.organizations))]
    return documents.load(PartnershipInput, activity.record(ids))


def reasons(activity: Activity) -> list[str]:
    """Why something was left out."""
    return [warning.reason for warning in activity.warnings]


class Generated(io.RawIOBase):
    """A file of as many small activities as wanted, made while it is read and never whole in memory.

    `elements`: of the first one, beside its own.
    """

    def __init__(self, count: int, filler: int = 200, elements: int = 0) -> None:
        self.pieces = self._pieces(count, filler, elements)
        self.rest = b""

    def _pieces(self, count: int, filler: int, elements: int) -> Iterator[bytes]:
        yield b'<iati-activities version="2.03">'
        if elements:
            before, after = activity_xml("LARGE", "@").encode().split(b"@")
            yield before
            yield from itertools.repeat(b"<x/>" * 1_000, elements // 1_000)
            yield after
        description = f"<description><narrative>{'water ' * (filler // 6)}</narrative></description>"
        for number in range(count):
            yield activity_xml(f"XM-DAC-41114-{number}", description).encode()
        yield b"</iati-activities>"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size:
            piece = next(self.pieces, b"")
            if not piece:
                break
            self.rest += piece
        given, self.rest = self.rest[:size], self.rest[size:]
        return given
