"""The tables. Migrations follow them; a test compares the two."""

from __future__ import annotations

from numberpools.db.tables.accounts import accounts, api_secrets, idempotency_keys, inventory
from numberpools.db.tables.audit import audit_entries, audit_numbers
from numberpools.db.tables.metadata import metadata
from numberpools.db.tables.operations import (
    operation_batches,
    operation_items,
    operation_lists,
    operations,
    workers,
)
from numberpools.db.tables.pools import (
    mirrors,
    pool_countries,
    pool_numbers,
    pool_ranges,
    pools,
    recent_changes,
)
from numberpools.db.tables.sessions import logout_tokens, rate_counts, sessions

__all__ = [
    "accounts",
    "api_secrets",
    "audit_entries",
    "audit_numbers",
    "idempotency_keys",
    "inventory",
    "logout_tokens",
    "metadata",
    "mirrors",
    "operation_batches",
    "operation_items",
    "operation_lists",
    "operations",
    "pool_countries",
    "pool_numbers",
    "pool_ranges",
    "pools",
    "rate_counts",
    "recent_changes",
    "sessions",
    "workers",
]
