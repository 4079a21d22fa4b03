"""Where an account's pools live: one interface for our own database and for a vendor."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from numberpools.domain.outcomes import OutcomeGroup
from numberpools.domain.pools import (
    AnyPool,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
    PoolCountries,
    PoolOrder,
    PoolSummary,
    Presence,
)


class PoolStore(Protocol):
    """The pools of one account.

    Every method is one unit of work: it happens as a whole or not at all. `numbers` are E.164
    without the plus; where a method takes several, each of them stands in exactly one group of
    the answer.
    """

    account_id: str
    can_delete_pools: bool
    keeps_deleted_pools: bool
    """Whether a deleted pool can be brought back with its numbers, from the audit trail."""
    tells_what_was_there: bool
    """Whether adding tells numbers that were in the pool before from those that were not."""
    batch_size: int
    """The most numbers that one call of `add_numbers` or `remove_numbers` takes."""

    def list_pools(
        self,
        page: PageRequest,
        *,
        containing: str = "",
        order: PoolOrder = PoolOrder.POOL_ID,
        descending: bool = False,
    ) -> Page[PoolSummary]:
        """Pools whose id contains the text, upper and lower case being the same."""
        ...

    def get_pool(self, pool_id: str) -> AnyPool:
        """Raises PoolNotFound."""
        ...

    def count_numbers(self, pool_id: str) -> int:
        """How many numbers the pool has. Raises PoolNotFound."""
        ...

    def countries(self, pool_id: str) -> PoolCountries | None:
        """Numbers per country; None where nobody has counted them. Raises PoolNotFound."""
        ...

    def create_pool(self, pool: Pool) -> AnyPool:
        """Raises PoolIdTaken."""
        ...

    def update_pool(
        self, pool_id: str, changes: PoolChanges, expected: str | None = None
    ) -> AnyPool:
        """Change some fields, only if the pool's etag still is the expected one, where given.

        Raises PoolNotFound, PoolIdTaken, PoolChanged.
        """
        ...

    def pool_to_change(self, pool_id: str) -> AnyPool:
        """The pool as the change finds it that follows in the same transaction (`together`).

        Nobody else changes a pool of ours in between. Raises PoolNotFound.
        """
        ...

    def delete_pool(self, pool_id: str, expected: str | None = None) -> AnyPool:
        """Delete the pool with its numbers; gives the pool as it was.

        Raises PoolNotFound, PoolChanged, NotSupported.
        """
        ...

    def list_numbers(self, pool_id: str, page: PageRequest, *, containing: str = "") -> Page[str]:
        """Numbers that contain the digits, ascending as text. Raises PoolNotFound."""
        ...

    def add_numbers(self, pool_id: str, numbers: Sequence[str]) -> list[OutcomeGroup]:
        """Outcomes: added, already in pool, not owned, invalid; refused and not confirmed too.

        A store that can't tell whether a number was there before calls it added. Raises
        PoolNotFound, TooManyNumbers.
        """
        ...

    def remove_numbers(self, pool_id: str, numbers: Sequence[str]) -> list[OutcomeGroup]:
        """Outcomes: removed, not in pool, invalid; refused and not confirmed too.

        Raises PoolNotFound, TooManyNumbers.
        """
        ...

    def presence(self, pool_id: str, numbers: Sequence[str]) -> Presence:
        """Those of the numbers that are in the pool, at once, perhaps as of a little while ago.

        Raises PoolNotFound.
        """
        ...

    def which_are_in_pool(self, pool_id: str, numbers: Sequence[str]) -> set[str]:
        """Those of the numbers that are in the pool now, however long it takes.

        Raises PoolNotFound.
        """
        ...

    def other_pools(self, pool_id: str, numbers: Sequence[str]) -> dict[str, str]:
        """Another pool of the account by number, as far as is known without asking a vendor."""
        ...

    def together(self) -> AbstractContextManager[object]:
        """What is done inside and what is reported of it are stored together, where that can be."""
        ...
