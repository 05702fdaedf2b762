"""`evidence`: what real records say about the eight lessons, and how quickly profiles are made.

Real are the activities of one publisher and the climate initiatives of one collection, read from the shared data; where
these are not there, their rows are left out. Columns and single profiles are compared on 10,000 made-up records. With
`FULL=1` a million records are profiled in bulk, their JSON read included; time and memory are printed.
"""

from __future__ import annotations

import csv
import os
import re
import resource
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import orjson

from schemas.documents import load
from schemas.evidence import EvidenceQuestion
from schemas.rubric import rubric
from services.assessment.evidence.columns import Columns, code_of, columns, joined
from services.assessment.evidence.indicators import NEWEST, VERSIONS
from services.assessment.evidence.profile import findings, profile
from services.registry.imports import iati
from tests.assessment.evidence.made import Maker
from tests.benchmarks.rows import Row, at_least, at_most

ON = date(2026, 6, 15)
COMPARED, DIFFERENT, MILLION = 10_000, 5_000, 1_000_000
LEAST_SPEED = 3.0
"""How many times quicker the columns must be than one whole profile after the other."""

Document = dict[str, Any]


def run() -> Iterator[Row]:
    """Rows: the share unknown per lesson of both collections, agreement, speed; with FULL=1 a million."""
    folder = Path(os.environ.get("CONVENE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    for name, documents in collections(folder):
        made = columns(documents, ON)
        _print(name, made)
        for lesson in rubric(NEWEST).lessons:
            yield Row(name=f"evidence: {name}, {lesson.code} (share unknown)", value=made.share_unknown(lesson.code))
    yield from _agreement()
    if "--full" in sys.argv or os.environ.get("FULL"):
        yield from _million()


def collections(folder: Path) -> Iterator[tuple[str, list[Document]]]:
    """The collections of real records that are there, by name; as `POST /evidence` takes them."""
    activities = folder / "iati" / "iom-577-activities-2.03.xml"
    initiatives = folder / "initiatives" / "un-climate-initiatives-2023.csv"
    for name, path, read in (("IATI", activities, _activities), ("climate", initiatives, _initiatives)):
        if path.is_file():
            yield name, [load(EvidenceQuestion, document) for document in read(path)]
        else:
            sys.stderr.write(f"evidence: {path} is not there; its rows are left out\n")


# Real records


def _activities(path: Path) -> Iterator[Document]:
    """Activities as the register lists them: nobody of the partnership has spoken yet."""
    for found in iati.read(path):
        if not isinstance(found, iati.Activity):
            continue
        ids = [_identifier(f"{found.identifier}/{place}") for place in range(len(found.organizations))]
        document = found.record(ids)
        for partner in document["partners"]:
            organization = found.organizations[ids.index(partner["organization"]["id"])]
            partner["organization"] |= {"name": dict(organization.name), "constituency": organization.constituency}
            partner["confirmation"] = {"state": "claimed", "at": "2026-01-01T00:00:00Z"}
        yield document


def _identifier(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


_CONSTITUENCIES = {
    "NGO/Civil Society": "civil_society",
    "International organisation": "intergovernmental",
    "Other intergovernmental organization": "intergovernmental",
    "United Nations or Specialised agency": "un_system",
    "Academic/Research institution": "academia",
    "National states": "government",
    "Subnational government": "local_authority",
    "Private sector": "private_sector",
    "Business": "private_sector",
}


def _initiatives(path: Path) -> Iterator[Document]:
    """Initiatives as somebody would enter them from the table: what it says in words stays words."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield _initiative({name: (value or "").strip() for name, value in row.items()})


def _initiative(row: dict[str, str]) -> Document:
    lead = row["Name of lead organisation"]
    said: Document = {
        "title": {"en": row["Name of initiative"][:500]},
        "summary": _words(row["Description"], 2_000),
        "purpose": _words(row["Objectives"], 20_000),
        "start": _year(row["Starting year"]),
        "end": _year(row["End year"]),
        "goals": [{"scheme": "sdg", "code": "13"}],
        "membership": [
            {"year": int(year), "count": int(count)}
            for year, count in re.findall(r"(20[0-2][0-9])[: ]?([0-9]{1,5})", row["Number of members in the years"])
        ],
        "deliverables": [{"level": "outcome", "title": _words(row["Goals"], 500)}] if row["Goals"] else None,
        "reports": [{"narrative": _words(row["Progress towards the goals"], 20_000)}]
        if row["Progress towards the goals"]
        else None,
    }
    if lead:
        kind = _CONSTITUENCIES.get(row["Type of lead organisation"], "unspecified")
        organization = {"id": _identifier(lead), "name": {"en": lead[:500]}, "constituency": kind}
        said["partners"] = [{"organization": organization, "roles": ["lead"]}]
    return {name: value for name, value in said.items() if value}


def _words(text: str, most: int) -> Document:
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:most].strip()
    return {"en": line} if line else {}


def _year(text: str) -> str | None:
    found = re.search(r"(19|20)[0-9]{2}", text)
    return found[0] if found else None


def _print(name: str, made: Columns) -> None:
    """The distribution of the levels per lesson: how many records lie in each band, and the share unknown."""
    bands = ("none", "0-1", "1-2", "2-3", "3-4", "n/a")
    sys.stdout.write(
        f"\n{name} ({len(made)} records)\n{'lesson':26}" + "".join(f"{each:>7}" for each in bands) + " unknown\n"
    )
    for lesson in rubric(NEWEST).lessons:
        counts: Counter[str] = Counter()
        for figures in made.figures(lesson.code):
            if figures.coverage is None:
                counts["n/a"] += 1
            elif figures.level is None:
                counts["none"] += 1
            else:
                counts[bands[1 + min(int(figures.level), 3)]] += 1
        line = "".join(f"{counts[each]:7}" for each in bands)
        sys.stdout.write(f"{lesson.code:26}{line} {made.share_unknown(lesson.code):7.1%}\n")
    sys.stdout.write("\n")


# Made-up records


def _agreement() -> Iterator[Row]:
    """Columns and single profiles on the same records, and how quick each is."""
    documents = list(Maker(Random(1)).documents(COMPARED))
    began = time.process_time()
    made = columns(documents, ON)
    in_columns = time.process_time() - began
    differences = sum(_differs(made, place, document) for place, document in enumerate(documents))
    yield at_most(f"evidence: records of {COMPARED} on which columns and profiles differ", differences, 0)
    sample = documents[: COMPARED // 20]
    began = time.process_time()
    for document in sample:
        profile(document, ON)
    whole = (time.process_time() - began) / len(sample)
    yield at_least(
        "evidence: records a second in columns, beside whole profiles one by one",
        COMPARED / in_columns / (1 / whole),
        LEAST_SPEED,
    )


def _differs(made: Columns, place: int, document: Document) -> bool:
    single = findings(document, ON)
    return any(made.levels[each.code][place] != code_of(single[each.code]) for each in VERSIONS[NEWEST])


def _million() -> Iterator[Row]:
    """A million records in bulk, from their bytes, a process for each processor; a few thousand different ones come again
    and again.
    """
    maker = Maker(Random(2))
    bodies = [
        orjson.dumps(maker.document(chance)) for chance in (0.15, 0.3, 0.5, 0.7, 0.9) for _ in range(DIFFERENT // 5)
    ]
    processes = os.cpu_count() or 1
    shares = [MILLION * (each + 1) // processes - MILLION * each // processes for each in range(processes)]
    began = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        parts = list(pool.map(_share, [bodies] * processes, shares))
    made = joined(each for each, _ in parts)
    seconds = time.monotonic() - began
    _print(f"{MILLION:,} made-up", made)
    yield Row(name=f"evidence: {MILLION:,} records in bulk (seconds, {processes} processes)", value=seconds)
    yield Row(name="evidence: records a second in bulk, JSON read", value=MILLION / seconds)
    yield Row(name="evidence: memory of each process at most (MB)", value=max(memory for _, memory in parts))


def _share(bodies: Sequence[bytes], count: int) -> tuple[Columns, float]:
    """The columns of so many records, and the most memory that the process has had."""
    made = columns((orjson.loads(bodies[number % len(bodies)]) for number in range(count)), ON)
    return made, _megabytes()


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
