"""Which store an account has."""

from __future__ import annotations

from numberpools.db.database import Database
from numberpools.stores.interface import PoolStore
from numberpools.stores.sql import SqlPoolStore

__all__ = ["PoolStore", "SqlPoolStore", "Stores"]


class Stores:
    """Opens the store of an account; every service takes this, so none knows which it has."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, account_id: str) -> PoolStore:
        return SqlPoolStore(self.database, account_id)
