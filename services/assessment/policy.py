"""Who may do what in the assessment: one table of action → who.

Evidence follows from public records, so everybody may read it and ask for it.
"""

from __future__ import annotations

TABLE: tuple[tuple[str, str], ...] = (
    ("evidence.read", "anyone"),
    ("evidence.compute", "anyone"),
)
