"""Lists know of when the copy of a vendor's pool is that they were compared with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "operations",
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            comment="When the copy of a vendor's pool was made that the list was compared with.",
        ),
    )


def downgrade() -> None:
    op.drop_column("operations", "as_of")
