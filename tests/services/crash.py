"""Stores of ours that fail in the middle of an operation, as if the power went."""

from __future__ import annotations

from collections.abc import Sequence

from numberpools.db.database import Database
from numberpools.domain.outcomes import OutcomeGroup
from numberpools.stores import PoolStore, SqlPoolStore, Stores


class Crash(RuntimeError):
    """Nothing that the product knows of."""


class CrashingStores(Stores):
    """Stores that do so many batches and then crash, after the work and before the commit."""

    def __init__(self, database: Database, *, after_batches: int) -> None:
        super().__init__(database)
        self._batches_left = after_batches

    def of(self, account_id: str) -> PoolStore:
        return _CrashingStore(self, account_id)

    def count_batch(self) -> None:
        if self._batches_left == 0:
            raise Crash
        self._batches_left -= 1


class _CrashingStore(SqlPoolStore):
    def __init__(self, stores: CrashingStores, account_id: str) -> None:
        super().__init__(stores.database, account_id)
        self._stores = stores

    def add_numbers(self, pool_id: str, numbers: Sequence[str]) -> list[OutcomeGroup]:
        groups = super().add_numbers(pool_id, numbers)
        self._stores.count_batch()
        return groups

    def remove_numbers(self, pool_id: str, numbers: Sequence[str]) -> list[OutcomeGroup]:
        groups = super().remove_numbers(pool_id, numbers)
        self._stores.count_batch()
        return groups
