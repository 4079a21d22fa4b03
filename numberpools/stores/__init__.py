"""Which store an account has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from numberpools.db.database import Database
from numberpools.stores.interface import Known, PoolStore
from numberpools.stores.recent import RecentChanges
from numberpools.stores.sql import SqlPoolStore
from numberpools.stores.vonage import VonagePoolStore
from numberpools.stores.vonage_client import VonageClient

__all__ = ["Known", "PoolStore", "SqlPoolStore", "Stores", "VonagePoolStore"]


class Stores:
    """Opens the store of an account; every service takes this, so none knows which it has."""

    def __init__(
        self, database: Database, vonage_clients: Mapping[str, VonageClient] | None = None
    ) -> None:
        self.database = database
        self._vonage_clients = vonage_clients or {}
        self.on_vendor_change: Callable[[str, str], object] = lambda *_: None
        """Called with account and pool id after each attempt to change a pool at a vendor."""

    @property
    def vendor_accounts(self) -> dict[str, str]:
        """Labels by account id of the accounts at the vendor, in the order of the settings."""
        return {account_id: client.label for account_id, client in self._vonage_clients.items()}

    @property
    def copies(self) -> Stores:
        """The same accounts, but the vendor's as we have copied them. For reading alone."""
        return Stores(self.database)

    def close(self) -> None:
        """Close the connections that are kept; the next use opens new ones."""
        for client in self._vonage_clients.values():
            client.close()
        self.database.engine.dispose()

    @contextmanager
    def changing(self, account_id: str, *pool_ids: str) -> Iterator[PoolStore]:
        """The account's store, to change these pools: a vendor's are copied anew afterwards."""
        try:
            yield self.of(account_id)
        finally:
            for pool_id in pool_ids if account_id in self._vonage_clients else ():
                self.on_vendor_change(account_id, pool_id)

    def recent(self, account_id: str) -> RecentChanges:
        """What we did to the pools of a vendor's account a short while ago."""
        client = self._vonage_clients[account_id]
        return RecentChanges(self.database, account_id, client.lag)

    def of(self, account_id: str) -> PoolStore:
        """The vendor's for its accounts, our own database for all others."""
        if client := self._vonage_clients.get(account_id):
            return VonagePoolStore(client, self.database, self.recent(account_id))
        return SqlPoolStore(self.database, account_id)
