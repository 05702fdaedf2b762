"""What stays with a seat: the judgement of who left late, and the name under which a member was published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns; who was published until now is known by the name that the member has today."""
    op.add_column("forum_seat", sa.Column("judgement_stays", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("forum_seat", sa.Column("named_as", sa.Text))
    member = "SELECT display_name FROM forum_member WHERE forum_member.id = forum_seat.member_id AND forum_member.named"
    published = "SELECT id FROM forum_assessment WHERE stage = 'published'"
    op.execute(
        f"UPDATE forum_seat SET named_as = ({member}) WHERE left_at IS NULL AND assessment_id IN ({published})"  # noqa: S608
    )
