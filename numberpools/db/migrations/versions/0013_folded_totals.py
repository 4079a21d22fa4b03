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
    op.drop_index("ix_operations_state", "operations")
    op.create_index("ix_operations_state_folded_before", "operations", ["state", "folded_before"])


def downgrade() -> None:
    op.drop_index("ix_operations_state_folded_before", "operations")
    op.create_index("ix_operations_state", "operations", ["state"])
    op.drop_column("operations", "folded_before")
    op.drop_column("operations", "folded_totals")
