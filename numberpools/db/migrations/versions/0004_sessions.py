"""Sessions of browsers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from numberpools.db.columns import Code, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column(
            "token_hash", Code, primary_key=True, comment="SHA-256 of the cookie's token, in hex."
        ),
        sa.Column("subject", sa.Text, comment="Whose session it is; NULL before the sign-in."),
        sa.Column("data", sa.Text, nullable=False, comment="What the session holds, as JSON."),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        comment="Browsers. Whoever reads this table still cannot take a session over.",
    )
    op.create_index("ix_sessions_subject", "sessions", ["subject"])
    op.create_index("ix_sessions_seen_at", "sessions", ["seen_at"])


def downgrade() -> None:
    op.drop_table("sessions")
