"""What the provider calls its sessions, and the tokens by which it has ended some."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from numberpools.db.columns import Code, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sid = sa.Column("sid", sa.Text, comment="What the provider calls its own session, if it says.")
    op.add_column("sessions", sid)
    op.create_index("ix_sessions_sid", "sessions", ["sid"])
    op.create_table(
        "logout_tokens",
        sa.Column("jti_hash", Code, primary_key=True, comment="SHA-256 of the token's id, in hex."),
        sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
        comment="What the provider has ended sessions by; each counts once.",
    )


def downgrade() -> None:
    op.drop_table("logout_tokens")
    op.drop_index("ix_sessions_sid", "sessions")
    op.drop_column("sessions", "sid")
