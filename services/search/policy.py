"""Who may do what in search: everybody may read everything, for it holds nothing but public documents.

Rebuilding is not in this table: it is a command of the operator (`rebuild.py`), not of anybody over HTTP.
"""

from __future__ import annotations

TABLE: tuple[tuple[str, str], ...] = (
    ("partnerships.search", "anyone"),
    ("partnerships.similar", "anyone"),
    ("organizations.search", "anyone"),
    ("suggestions.read", "anyone"),
    ("aggregates.read", "anyone"),
    ("feeds.read", "anyone"),
    ("status.read", "anyone"),
)
