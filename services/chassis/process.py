"""What every process does first: follow the settings that are process-wide, the clock and the logs."""

from __future__ import annotations

from dataclasses import fields

from services.chassis import clock, telemetry
from services.chassis.settings import SETTINGS, Settings
from services.chassis.telemetry import log


def begin(settings: Settings) -> None:
    """Make this process follow the settings; what is secret is not logged."""
    clock.use(settings.clock)
    telemetry.configure(settings)
    secret = {setting.field for setting in SETTINGS if setting.secret}
    shown = {each.name: "…" if each.name in secret else str(getattr(settings, each.name)) for each in fields(settings)}
    log.debug("settings", **shown)
