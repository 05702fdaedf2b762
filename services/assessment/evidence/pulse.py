"""The partner pulse as the indicators see it: how often each answer was given to the one question that they count.

Never who gave it. Whoever keeps the pulses makes it; `profile` hands it on.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Pulse:
    """Answers to "could you influence the last large decision?" (`could_influence`)."""

    yes: int = 0
    partly: int = 0
    no: int = 0
    cannot_say: int = 0

    @property
    def could_say(self) -> int:
        """How many could say: the others know nothing of it, which is neither yes nor no."""
        return self.yes + self.partly + self.no
