"""Several API secrets for each account; the one that it has becomes the first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "api_secrets",
        sa.Column("secret_id", CODE, primary_key=True),
        sa.Column(
            "account_id",
            CODE,
            sa.ForeignKey("accounts.account_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column(
            "secret_hash", sa.LargeBinary, nullable=False, comment="Salted with the account's salt."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False, comment="Empty where it is not known."),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True), comment="To the minute."),
        sa.Column("is_replaced", sa.Boolean, nullable=False, comment="Another one has its name."),
        comment="Hashes of what programs show to call the API. The id comes with the form.",
    )
    op.create_index("ix_api_secrets_account_id", "api_secrets", ["account_id"])
    is_current = sa.text("NOT is_replaced")
    op.create_index(
        "uq_api_secrets_account_id_name",
        "api_secrets",
        ["account_id", "name"],
        unique=True,
        sqlite_where=is_current,
        postgresql_where=is_current,
    )
    # When the secret was made is not known, as it may have been replaced. Ids of new ones are UUIDs.
    op.execute(
        "INSERT INTO api_secrets (secret_id, account_id, name, role, secret_hash, created_at,"
        " created_by, is_replaced)"
        " SELECT 'first-of-' || account_id, account_id, 'first', 'changes', secret_hash, created_at,"
        " '', false FROM accounts"
    )


def downgrade() -> None:
    # accounts.secret_hash has what it had: secrets that were made or replaced since are lost.
    op.drop_table("api_secrets")
