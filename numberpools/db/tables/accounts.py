"""Accounts of our own, and what programs show to act for them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from numberpools.db.columns import Code, UtcDateTime
from numberpools.db.tables.metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Code, primary_key=True),
    Column("label", Text, nullable=False),
    Column("secret_salt", LargeBinary, nullable=False),
    # Read by processes of the release before alone: a later migration may drop it.
    Column("secret_hash", LargeBinary, nullable=False, default=b""),
    Column("has_inventory", Boolean, nullable=False, default=False),
    Column("created_at", UtcDateTime, nullable=False),
)


def _of_account() -> ForeignKey:
    return ForeignKey(accounts.c.account_id, ondelete="CASCADE")


_IS_CURRENT = text("NOT is_replaced")


api_secrets = Table(
    "api_secrets",
    metadata,
    Column("secret_id", Code, primary_key=True),
    Column("account_id", Code, _of_account(), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, comment="Salted with the account's salt."),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False, comment="Empty where it is not known."),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime, comment="To the minute."),
    Column("is_replaced", Boolean, nullable=False, comment="Another one has its name."),
    Index(
        "uq_api_secrets_account_id_name",
        "account_id",
        "name",
        unique=True,
        sqlite_where=_IS_CURRENT,
        postgresql_where=_IS_CURRENT,
    ),
    comment="Hashes of what programs show to call the API. The id comes with the form.",
)


inventory = Table(
    "inventory",
    metadata,
    Column("account_id", Code, _of_account(), primary_key=True),
    Column("number", Code, primary_key=True),
    sqlite_with_rowid=False,
    comment="The numbers that an account owns, where its inventory is kept at all.",
)


idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account_id", Code, _of_account(), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    comment="The answers of requests that may be sent again within 24 hours.",
)
