"""Pools know a version of their numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pools",
        sa.Column(
            "numbers_version",
            sa.Text,
            nullable=False,
            server_default="first",
            comment="A new one with each change of the pool's numbers.",
        ),
    )


def downgrade() -> None:
    op.drop_column("pools", "numbers_version")
