"""Workers leave a sign of life; what is limited is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("worker_id", sa.Text, primary_key=True),
        sa.Column("seen_at", MOMENT, nullable=False),
        comment="The processes that work off the queue, and their last sign of life.",
    )
    op.create_table(
        "rate_counts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        comment="How often somebody did what is limited, in one stretch of time.",
    )
    op.create_index("ix_rate_counts_ends_at", "rate_counts", ["ends_at"])


def downgrade() -> None:
    op.drop_table("rate_counts")
    op.drop_table("workers")
