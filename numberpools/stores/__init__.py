"""Which store an account has."""

from __future__ import annotations

from collections.abc import Mapping

from numberpools.db.database import Database
from numberpools.stores.interface import PoolStore
from numberpools.stores.sql import SqlPoolStore
from numberpools.stores.vonage import VonagePoolStore
from numberpools.stores.vonage_client import VonageClient

__all__ = ["PoolStore", "SqlPoolStore", "Stores", "VonagePoolStore"]


class Stores:
    """Opens the store of an account; every service takes this, so none knows which it has."""

    def __init__(
        self, database: Database, vonage_clients: Mapping[str, VonageClient] | None = None
    ) -> None:
        self.database = database
        self._vonage_clients = vonage_clients or {}

    @property
    def vendor_account_ids(self) -> list[str]:
        """The accounts at the vendor, in the order of the settings."""
        return list(self._vonage_clients)

    def of(self, account_id: str) -> PoolStore:
        """The vendor's for its accounts, our own database for all others."""
        if client := self._vonage_clients.get(account_id):
            return VonagePoolStore(client)
        return SqlPoolStore(self.database, account_id)
