"""Where an account's pools live: one interface for our own database and for a vendor."""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from numberpools.domain.conclusions import Direction
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


@dataclass(frozen=True, slots=True)
class Look:
    """What a pool has, of the numbers that were asked for."""

    present: Set[str]
    at: datetime
    """By the database's clock."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an operation knows of numbers before it sends them."""

    operation_id: str
    present: Set[str]
    """Those that the pool had when it was looked at."""
    looked_at: datetime
    sent_at: datetime | None = None
    """No later than this they were sent by an attempt of which nothing else is known; None: there
    was none."""
    sends_all: bool = False
    """Whether also those are added that the pool has already, by what is known of it."""


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

    def add_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> list[OutcomeGroup]:
        """Outcomes: added, already in pool, not owned, invalid; refused and not confirmed too.

        `known`: what an operation has found out before; without it the store looks by itself where
        it has to. Raises PoolNotFound, TooManyNumbers.
        """
        ...

    def remove_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> list[OutcomeGroup]:
        """Outcomes: removed, not in pool, invalid; refused and not confirmed too.

        Raises PoolNotFound, TooManyNumbers.
        """
        ...

    def settle(
        self, pool_id: str, numbers: Sequence[str], direction: Direction, known: Known
    ) -> list[OutcomeGroup]:
        """What became of numbers that an operation has sent and that are not confirmed.

        Raises PoolNotFound.
        """
        ...

    def remember(self, pool_id: str, groups: Sequence[OutcomeGroup], operation_id: str) -> None:
        """Keep what an operation's calls did, in the transaction that stores the outcomes."""
        ...

    def presence(self, pool_id: str, numbers: Sequence[str]) -> Presence:
        """Those of the numbers that are in the pool, at once, perhaps as of a little while ago.

        Raises PoolNotFound.
        """
        ...

    def look(self, pool_id: str, numbers: Sequence[str], operation_id: str = "") -> Look:
        """Those of the numbers that are in the pool now, however long it takes.

        `operation_id`: who asks; what it did itself does not count. Raises PoolNotFound.
        """
        ...

    def expected(self, pool_id: str, numbers: Sequence[str], known: Known) -> Set[str]:
        """Those of the numbers that the pool has. A vendor is asked where nothing else tells."""
        ...

    def other_pools(self, pool_id: str, numbers: Sequence[str]) -> dict[str, str]:
        """Another pool of the account by number, as far as is known without asking a vendor."""
        ...

    def together(self) -> AbstractContextManager[object]:
        """What is done inside and what is reported of it are stored together, where that can be."""
        ...
