"""Reading what a store reports."""

from __future__ import annotations

from collections.abc import Sequence

from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import PageRequest
from numberpools.stores import PoolStore


def outcomes(groups: Sequence[OutcomeGroup]) -> dict[str, Outcome]:
    """The outcome of each number, each of which stands in one group only."""
    numbers = [number for group in groups for number in group.numbers]
    assert len(numbers) == len(set(numbers))
    return {number: group.outcome for group in groups for number in group.numbers}


def numbers_in(store: PoolStore, pool_id: str = "support") -> list[str]:
    """The pool's numbers: the first hundred."""
    return list(store.list_numbers(pool_id, PageRequest(1, 100)).items)
