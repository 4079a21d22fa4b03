"""Sending a batch as an operation does: it has looked at the pool before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from numberpools.domain.outcomes import OutcomeGroup
from numberpools.stores import Known, PoolStore

OLD, OTHER = "447700900001", "447700900002"
"""The numbers of the pool ``support``."""


def add(
    store: PoolStore, numbers: Sequence[str], seen: Iterable[str] = (OLD, OTHER)
) -> list[OutcomeGroup]:
    """All of them, also those that were seen in the pool."""
    return store.add_numbers("support", numbers, _known(seen))


def remove(
    store: PoolStore, numbers: Sequence[str], seen: Iterable[str] = (OLD, OTHER)
) -> list[OutcomeGroup]:
    return store.remove_numbers("support", numbers, _known(seen))


def _known(seen: Iterable[str]) -> Known:
    return Known("an-operation", set(seen), datetime.now(UTC), sends_all=True)
