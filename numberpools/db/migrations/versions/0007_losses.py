"""Batches count the answers that were lost, apart from attempts that did nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "operation_batches",
        sa.Column(
            "losses",
            sa.Integer,
            nullable=False,
            server_default="0",
            comment="How many answers were lost; after some, people are asked to look.",
        ),
    )


def downgrade() -> None:
    op.drop_column("operation_batches", "losses")
