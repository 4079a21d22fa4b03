"""The audit trail."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from numberpools.db.columns import Code, Key, UtcDateTime
from numberpools.db.tables.metadata import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("entry_id", Key, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("account_id", Code),
    Column("pool_id", Code),
    Column("other_pool_id", Code, comment="A renamed pool's earlier id; the other pool of a move."),
    Column("action", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("operation_id", Code),
    Column("undo_of", Key, index=True, comment="The entry that this one takes back."),
    Column("before", Text, comment="What changed, as JSON."),
    Column("after", Text, comment="The same, as it is since."),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "account_id", "entry_id"),
    Index(None, "account_id", "action", "entry_id"),
    Index(None, "account_id", "pool_id", "entry_id"),
    Index(None, "account_id", "other_pool_id", "entry_id"),
    Index(None, "operation_id"),
    comment="The audit trail. Triggers see to it that rows are only ever added.",
)


audit_numbers = Table(
    "audit_numbers",
    metadata,
    Column("entry_id", Key, primary_key=True, autoincrement=False),
    Column("number", Code, primary_key=True, index=True),
    Column("outcome", Text, nullable=False),
    sqlite_with_rowid=False,
    comment="The numbers that an entry is about; those of operations stand in operation_items.",
)
