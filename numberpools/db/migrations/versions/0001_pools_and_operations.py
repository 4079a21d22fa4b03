"""Pools, accounts, operations and mirrors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", CODE, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("secret_salt", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("has_inventory", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "mirrors",
        sa.Column("account_id", CODE, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "renewed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Last sign of life of a copy under way.",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mirrors")),
        comment="How the copy of each vendor account's pools stands.",
    )
    op.create_table(
        "operations",
        sa.Column("operation_id", CODE, nullable=False),
        sa.Column("account_id", CODE, nullable=False),
        sa.Column("pool_id", CODE, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_operations")),
        comment="One bulk request by one person. The id comes with the form, so that a form that is sent twice makes one operation.",
    )
    op.create_index(
        op.f("ix_operations_account_id_created_at"),
        "operations",
        ["account_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "pool_countries",
        sa.Column("pool_key", KEY, autoincrement=False, nullable=False),
        sa.Column("country", CODE, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_key", "country", name=op.f("pk_pool_countries")),
        comment="How many numbers each country has in the pool; '' stands for no country.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pool_numbers",
        sa.Column("pool_key", KEY, autoincrement=False, nullable=False),
        sa.Column("number", CODE, nullable=False),
        sa.PrimaryKeyConstraint("pool_key", "number", name=op.f("pk_pool_numbers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pool_ranges",
        sa.Column("pool_key", KEY, autoincrement=False, nullable=False),
        sa.Column("first", CODE, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pool_key", "first", name=op.f("pk_pool_ranges")),
        comment="How many numbers lie between this text and the next range's: makes deep pages quick.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pools",
        sa.Column("pool_key", KEY, nullable=False),
        sa.Column("account_id", CODE, nullable=False),
        sa.Column("pool_id", CODE, nullable=False),
        sa.Column("fallback", sa.Text(), nullable=False),
        sa.Column("localized_sender_preferred", sa.Boolean(), nullable=False),
        sa.Column("predictable_sender_preferred", sa.Boolean(), nullable=False),
        sa.Column("number_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "mirrored_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a vendor's pool was copied; NULL for ours.",
        ),
        sa.PrimaryKeyConstraint("pool_key", name=op.f("pk_pools")),
        sa.UniqueConstraint("account_id", "pool_id", name=op.f("uq_pools_account_id_pool_id")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", CODE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.account_id"],
            name=op.f("fk_idempotency_keys_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
        comment="The answers of requests that may be sent again within 24 hours.",
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "inventory",
        sa.Column("account_id", CODE, nullable=False),
        sa.Column("number", CODE, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.account_id"],
            name=op.f("fk_inventory_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_inventory")),
        comment="The numbers that an account owns, where its inventory is kept at all.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operation_items",
        sa.Column("operation_id", CODE, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("number", CODE, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True, comment="NULL until it is known."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.operation_id"],
            name=op.f("fk_operation_items_operation_id_operations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operation_id", "position", name=op.f("pk_operation_items")),
        sqlite_with_rowid=False,
    )
