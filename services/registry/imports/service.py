"""Imports: what a source publishes becomes records of standing `reported`, by the author `system:iati`.

A record that nobody has claimed follows its source; once its partnership has spoken, the source only proposes. Batches are one
short transaction each, so that an import may run beside a living system, and one that was killed goes on where it was. The
command line calls `import_iati`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from services.chassis.database import Database
from services.registry.imports import batches, iati
from services.registry.imports.applying import Prepared, prepare
from services.registry.imports.report import ImportReport, Rejected

BATCH = 200
MOST_BYTES = 8 * 1024 * 1024
"""Of content in a batch: activities differ in size by a factor of a thousand, and a transaction should stay short."""


def import_iati(
    database: Database,
    files: Sequence[Path],
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import IATI activity files, one after the other. `progress` is told how many activities have been read.

    Of activities doubled in one file the first counts; what a later file says of one is a later word of its source, as in an
    import of its own.
    With `dry_run` nothing is written and the counts are the same. What cannot be imported is in the report, never an error.
    """
    report = ImportReport()
    run = batches.Run(database, report, dry_run=dry_run, files=len(files))
    for path in files:
        name = str(path) if len(files) > 1 else None
        for batch in _batches(_accepted(path, name, report)):
            run.take(batch, name)
            if progress is not None:
                progress(report.read)
    if progress is not None and report.read == 0:
        progress(0)
    return report


def _accepted(path: Path, name: str | None, report: ImportReport) -> Iterator[iati.Activity]:
    """The activities of a file; what is rejected goes into the report."""
    for found in iati.read(path):
        if isinstance(found, iati.Rejection):
            report.read += found.of_activity
            report.rejections.append(Rejected(found.identifier, found.line, found.reason, name))
        else:
            report.read += 1
            for warning in found.warnings:
                report.warnings.add(found.identifier, warning.line, warning.reason, name)
            yield found


def _batches(activities: Iterable[iati.Activity]) -> Iterator[list[Prepared]]:
    """Activities, prepared, in batches of at most 200 and some megabytes."""
    waiting: list[Prepared] = []
    size = 0
    for activity in activities:
        prepared = prepare(activity)
        waiting.append(prepared)
        size += prepared.size
        if len(waiting) == BATCH or size >= MOST_BYTES:
            yield waiting
            waiting, size = [], 0
    if waiting:
        yield waiting
