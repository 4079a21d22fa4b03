"""Copies of a vendor's pools say what of them can't be read; a whole copy says what it is without."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COMMENTS = {"fallback": "NULL, like the next two: a vendor's, and can't be read."}
_TYPES: dict[str, TypeEngine[Any]] = {
    "fallback": sa.Text(),
    "localized_sender_preferred": sa.Boolean(),
    "predictable_sender_preferred": sa.Boolean(),
}


def upgrade() -> None:
    with op.batch_alter_table("pools") as pools:
        for name, existing in _TYPES.items():
            pools.alter_column(
                name, existing_type=existing, nullable=True, comment=_COMMENTS.get(name)
            )
        pools.add_column(
            sa.Column(
                "problems",
                sa.Text,
                comment="What of a vendor's pool can't be read, by field, as JSON.",
            )
        )
    op.add_column(
        "mirrors",
        sa.Column(
            "missing",
            sa.Text,
            nullable=False,
            server_default="{}",
            comment="Pools that the last whole copy is without, or not whole: why, by id, as JSON.",
        ),
    )


def downgrade() -> None:
    op.execute("DELETE FROM pools WHERE problems IS NOT NULL")
    op.drop_column("mirrors", "missing")
    with op.batch_alter_table("pools") as pools:
        pools.drop_column("problems")
        for name, existing in _TYPES.items():
            pools.alter_column(name, existing_type=existing, nullable=False)
