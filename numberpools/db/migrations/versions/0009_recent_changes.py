"""What was done at a vendor a short while ago is kept; operations know when they have looked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "recent_changes",
        sa.Column("account_id", CODE, primary_key=True),
        sa.Column("pool_id", CODE, primary_key=True),
        sa.Column("number", CODE, primary_key=True),
        sa.Column(
            "is_there", sa.Boolean, comment="NULL: a call was sent, and its answer was lost."
        ),
        sa.Column("operation_id", CODE, nullable=False, comment="'' where no operation did it."),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_with_rowid=False,
        comment="What we did at a vendor, for as long as its lists may show what was before.",
    )
    op.create_index("ix_recent_changes_at", "recent_changes", ["at"])
    op.add_column(
        "operations",
        sa.Column("looked_at", MOMENT, comment="When a vendor's pools were looked at before."),
    )
    op.add_column(
        "operation_batches",
        sa.Column("sent_at", MOMENT, comment="No later than this, an attempt was carried out."),
    )


def downgrade() -> None:
    op.drop_column("operation_batches", "sent_at")
    op.drop_column("operations", "looked_at")
    op.drop_table("recent_changes")
