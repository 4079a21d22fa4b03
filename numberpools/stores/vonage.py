"""Pools at Vonage, over its Number Pools API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from numberpools.domain.numbers import country_of
from numberpools.domain.outcomes import OutcomeGroup
from numberpools.domain.pools import (
    NUMBERS_PER_CALL,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
    PoolOrder,
    PoolSummary,
)
from numberpools.errors import (
    NotConfirmed,
    NotSupported,
    NumberPoolsError,
    PoolChanged,
    PoolIdTaken,
    PoolNotFound,
    VendorError,
)
from numberpools.settings import Settings
from numberpools.stores.limiter import Clock, Limiter
from numberpools.stores.vonage_batches import ADDING, REMOVING, change_numbers, numbers_in_pool
from numberpools.stores.vonage_client import VonageClient
from numberpools.stores.vonage_pages import VendorPages
from numberpools.stores.vonage_patience import patience
from numberpools.stores.vonage_transport import Timeouts, VonageTransport

_NO_BODY = "The vendor's answer does not say how the pool is now."

_ORDERS: dict[PoolOrder, Callable[[Pool], str]] = {
    PoolOrder.POOL_ID: lambda pool: pool.pool_id,
    PoolOrder.FALLBACK: lambda pool: pool.fallback,
    PoolOrder.LOCALIZED: lambda pool: str(pool.localized_sender_preferred),
    PoolOrder.PREDICTABLE: lambda pool: str(pool.predictable_sender_preferred),
}


def connect(
    settings: Settings, clock: Clock | None = None, timeouts: Timeouts | None = None
) -> dict[str, VonageClient]:
    """The clients of all accounts at the vendor, by account id. Nothing is sent yet."""
    clock = clock or Clock()
    clients = {}
    for account in settings.vonage_accounts:
        transport = VonageTransport(
            account,
            settings.vonage_api_url,
            Limiter(settings.vonage_calls_per_second, clock),
            clock,
            timeouts or Timeouts(),
        )
        clients[account.account_id] = VonageClient(account.account_id, transport)
    return clients


class VonagePoolStore:
    """The pools of a vendor's account (`PoolStore`).

    Besides what the interface names, every method raises VendorError. A change whose answer was
    lost is looked up at the vendor, and reported as what it turned out to be.
    """

    can_delete_pools = True
    """The reference says so, the overview denies it: offered, and told as refused where it is."""
    batch_size = NUMBERS_PER_CALL

    def __init__(self, client: VonageClient) -> None:
        self._client = client
        self.account_id = client.account_id

    @patience()
    def list_pools(
        self,
        page: PageRequest,
        *,
        containing: str = "",
        order: PoolOrder = PoolOrder.POOL_ID,
        descending: bool = False,
    ) -> Page[PoolSummary]:
        if not containing and order is PoolOrder.POOL_ID and not descending:
            found = self._client.list_pools(page)
            return Page(_summaries(found.items), found.total_items, found.page, found.page_size)
        every = VendorPages(self._client.list_pools).all()
        pools = [pool for pool in every if containing.lower() in pool.pool_id.lower()]
        pools.sort(key=_ORDERS[PoolOrder.POOL_ID])
        if order in _ORDERS:
            pools.sort(key=_ORDERS[order], reverse=descending)
        shown = pools[page.offset : page.offset + page.page_size]
        return Page(_summaries(shown), len(pools), page.page, page.page_size)

    @patience()
    def get_pool(self, pool_id: str) -> Pool:
        return self._client.get_pool(pool_id)

    @patience()
    def count_numbers(self, pool_id: str) -> int:
        return self._client.list_numbers(pool_id, PageRequest(1, 1)).total_items

    @patience()
    def count_by_country(self, pool_id: str) -> dict[str, int]:
        return Counter(country_of(number) or "" for number in self._numbers(pool_id).all())

    @patience()
    def create_pool(self, pool: Pool) -> Pool:
        try:
            return self._client.create_pool(pool) or pool
        except VendorError as exc:
            if not exc.may_have_been_done:
                raise
            return self._created(pool, str(exc))

    @patience()
    def update_pool(self, pool_id: str, changes: PoolChanges, expected: str | None = None) -> Pool:
        if expected is not None or not changes.named():
            pool = self._expected_pool(pool_id, expected)
            if not changes.named():
                return pool
        try:
            changed = self._client.update_pool(pool_id, changes)
        except VendorError as exc:
            if not exc.may_have_been_done:
                raise
            return self._changed(pool_id, changes, str(exc))
        return changed or self._changed(pool_id, changes, _NO_BODY)

    @patience()
    def delete_pool(self, pool_id: str, expected: str | None = None) -> Pool:
        pool = self._expected_pool(pool_id, expected)
        try:
            self._client.delete_pool(pool_id)
        except NotSupported:
            self._client.get_pool(pool_id)  # raises PoolNotFound where it was simply gone
            raise
        except VendorError as exc:
            if not exc.may_have_been_done:
                raise
            if self._look(pool_id, str(exc)) is not None:
                raise _not_confirmed(str(exc), f"The pool {pool_id} is still there.") from exc
        return pool

    @patience()
    def list_numbers(self, pool_id: str, page: PageRequest, *, containing: str = "") -> Page[str]:
        if not containing:
            return self._client.list_numbers(pool_id, page)
        found = [number for number in self._numbers(pool_id).all() if containing in number]
        shown = sorted(found)[page.offset : page.offset + page.page_size]
        return Page(shown, len(found), page.page, page.page_size)

    @patience()
    def add_numbers(self, pool_id: str, numbers: Sequence[str]) -> list[OutcomeGroup]:
        return change_numbers(self._client, pool_id, numbers, ADDING)

    @patience()
    def remove_numbers(self, pool_id: str, numbers: Sequence[str]) -> list[OutcomeGroup]:
        return change_numbers(self._client, pool_id, numbers, REMOVING)

    @patience()
    def which_are_in_pool(self, pool_id: str, numbers: Sequence[str]) -> set[str]:
        return numbers_in_pool(self._client, pool_id, numbers)

    def _numbers(self, pool_id: str) -> VendorPages[str]:
        return VendorPages(lambda page: self._client.list_numbers(pool_id, page))

    def _expected_pool(self, pool_id: str, expected: str | None) -> Pool:
        pool = self._client.get_pool(pool_id)
        if expected is not None and pool.etag != expected:
            raise PoolChanged(pool_id)
        return pool

    def _created(self, pool: Pool, told: str) -> Pool:
        there = self._look(pool.pool_id, told)
        if there is None:
            raise _not_confirmed(told, f"The pool {pool.pool_id} is not there now.")
        if there != pool:
            raise PoolIdTaken(pool.pool_id)
        return there

    def _changed(self, pool_id: str, changes: PoolChanges, told: str) -> Pool:
        new_id = changes.pool_id or pool_id
        pool = self._look(new_id, told)
        if pool is None or changes.apply(pool) != pool:
            raise _not_confirmed(told, f"The pool {new_id} does not have the new values now.")
        if new_id != pool_id and self._look(pool_id, told) is not None:
            raise _not_confirmed(told, f"There is still a pool {pool_id}.")
        return pool

    def _look(self, pool_id: str, told: str) -> Pool | None:
        """The pool as it is after a change whose answer was lost; None where there is none."""
        try:
            return self._client.get_pool(pool_id)
        except PoolNotFound:
            return None
        except NumberPoolsError as exc:
            raise _not_confirmed(told, "Whether this was done is not known.") from exc


def _not_confirmed(told: str, found: str) -> NotConfirmed:
    return NotConfirmed(f"{told} {found}", may_have_been_done=True)


def _summaries(pools: Sequence[Pool]) -> list[PoolSummary]:
    """Without counts, which would take the vendor a call for each pool."""
    return [PoolSummary(pool, None, None) for pool in pools]
