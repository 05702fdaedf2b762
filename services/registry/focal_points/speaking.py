"""Who speaks for an organization in public."""

from __future__ import annotations

import functools
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, select
from sqlalchemy.orm import Session

from services.registry.focal_points.models import FocalPoint


def speaking(session: Session, organization_id: str) -> list[Row[Any]]:
    """Its focal points who have taken up their designation, the oldest first: rows of `id`, `display_name`, `functions`."""
    return list(session.execute(_speaking(), {"organization_id": organization_id}))


@functools.cache
def _speaking() -> Select[Any]:
    """Built once, of plain columns: every write of a record asks it."""
    points = cast(Table, FocalPoint.__table__).c
    return (
        select(points.id, points.display_name, points.functions)
        .where(
            points.organization_id == bindparam("organization_id"),
            points.state == "bound",
            points.speaks.is_(True),
            points.display_name.is_not(None),
        )
        .order_by(points.id)
    )
