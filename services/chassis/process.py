"""What every process does first: follow the settings that are process-wide, the clock and the logs."""

from __future__ import annotations

import gc
import os
from pathlib import Path

from services.chassis import clock, telemetry
from services.chassis.settings import Settings, SettingsError
from services.chassis.telemetry import log

PRIVATE = 0o077
"""What nobody else on the machine may do with our files: they hold addresses, hashes of passwords, drafts."""


def begin(settings: Settings) -> None:
    """Make this process follow the settings; what is secret is not logged, and no file is made that others can read."""
    os.umask(PRIVATE)
    clock.use(settings.clock)
    if settings.codes:
        _add_codes(Path(settings.codes))
    telemetry.configure(settings)
    log.debug("settings", **settings.shown())


def settle() -> None:
    """What is loaded by now stays: forks share it, and the collector need not look through it for every thousand objects.

    For processes that answer requests or events from now on: each makes many small objects, and few in circles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _add_codes(path: Path) -> None:
    # Loaded here: without added codes nothing is read before the first question.
    from schemas import vocabulary

    try:
        vocabulary.use_additions(path)
    except (ValueError, OSError) as error:
        raise SettingsError(f"CONVENE_CODES: {error}") from None
