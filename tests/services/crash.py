"""Stores of ours that fail after their work and before the commit, as if the power went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from numberpools.stores import Known, PoolStore, SqlPoolStore, Stores


class Crash(RuntimeError):
    """Nothing that the product knows of."""


class CrashingStores(Stores):
    def of(self, account_id: str) -> PoolStore:
        return _CrashingStore(self.database, account_id)


class _CrashingStore(SqlPoolStore):
    def add_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> NoReturn:
        super().add_numbers(pool_id, numbers, known)
        raise Crash

    def remove_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> NoReturn:
        super().remove_numbers(pool_id, numbers, known)
        raise Crash
