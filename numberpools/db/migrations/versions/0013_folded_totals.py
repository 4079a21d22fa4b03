"""Operations keep the sum of their batches' totals, once these do not change any more.

Nothing is added up here: that would keep everybody else from the table for as long as it takes.
`db upgrade` and workers do it afterwards, and until then pages add up what they show.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "operations",
        sa.Column(
            "folded_totals",
            sa.Text,
            nullable=False,
            server_default="{}",
            comment="Outcomes of its first batches, added up.",
        ),
    )
    op.add_column(
        "operations",
        sa.Column(
            "folded_before",
            sa.Integer,
            nullable=False,
            server_default="0",
            comment="The number of the first batch that is not among them.",
        ),
    )
    _replace_index(["state"], ["state", "folded_before"])
    _replace_index(
        ["account_id", "created_at"], ["account_id", "created_at", "operation_id", "state"]
    )


def downgrade() -> None:
    _replace_index(["state", "folded_before"], ["state"])
    _replace_index(
        ["account_id", "created_at", "operation_id", "state"], ["account_id", "created_at"]
    )
    op.drop_column("operations", "folded_before")
    op.drop_column("operations", "folded_totals")


def _replace_index(before: list[str], after: list[str]) -> None:
    op.drop_index("_".join(["ix_operations", *before]), "operations")
    op.create_index("_".join(["ix_operations", *after]), "operations", after)
