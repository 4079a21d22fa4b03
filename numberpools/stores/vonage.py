"""Pools at Vonage, over its Number Pools API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from numberpools.db.database import Database
from numberpools.domain.conclusions import Direction
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.pools import (
    NUMBERS_PER_CALL,
    AnyPool,
    Fallback,
    OddPool,
    Page,
    PageRequest,
    Pool,
    PoolChanges,
    PoolCountries,
    PoolOrder,
    PoolSummary,
    Presence,
    settings_of,
)
from numberpools.errors import (
    DatabaseUnavailable,
    NotConfirmed,
    NotSupported,
    NumberPoolsError,
    PoolChanged,
    PoolIdTaken,
    PoolNotFound,
    VendorError,
)
from numberpools.settings import Settings
from numberpools.stores.interface import Known, Look
from numberpools.stores.limiter import Clock, Limiter
from numberpools.stores.recent import RecentChanges
from numberpools.stores.sql import SqlPoolStore
from numberpools.stores.vonage_batches import Batches
from numberpools.stores.vonage_client import VonageClient
from numberpools.stores.vonage_pages import VendorPages
from numberpools.stores.vonage_patience import patience
from numberpools.stores.vonage_transport import Timeouts, VonageTransport

_NO_BODY = "The vendor's answer does not say how the pool is now."

_OTHER_VALUES = "The vendor's answer has other values than were sent."

_UNCOUNTED = PoolSummary(Pool("", "", Fallback.POOL, False, False), None, None)


def _setting(name: str) -> Callable[[PoolSummary], str]:
    return lambda each: str(settings_of(each.pool).get(name, ""))


_ORDERS: dict[PoolOrder, Callable[[PoolSummary], str | int]] = {
    PoolOrder.POOL_ID: lambda each: each.pool.pool_id,
    PoolOrder.FALLBACK: _setting("fallback"),
    PoolOrder.LOCALIZED: _setting("localized_sender_preferred"),
    PoolOrder.PREDICTABLE: _setting("predictable_sender_preferred"),
    PoolOrder.NUMBERS: lambda each: -1 if each.number_count is None else each.number_count,
    PoolOrder.COUNTRIES: lambda each: -1 if each.country_count is None else each.country_count,
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
        lag = timedelta(seconds=settings.vonage_lag_seconds)
        clients[account.account_id] = VonageClient(account, transport, lag)
    return clients


class VonagePoolStore:
    """The pools of a vendor's account (`PoolStore`).

    Besides what the interface names, every method raises VendorError. A change whose answer was
    lost is looked up at the vendor, and reported as what it turned out to be.
    """

    can_delete_pools = True
    """The reference says so, the overview denies it: offered, and told as refused where it is."""
    keeps_deleted_pools = False
    tells_what_was_there = False
    batch_size = NUMBERS_PER_CALL

    def __init__(self, client: VonageClient, database: Database, recent: RecentChanges) -> None:
        self._client = client
        self._recent = recent
        self._batches = Batches(client, recent)
        self._mirror = SqlPoolStore(database, client.account_id)
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
            summaries = self._summaries(found.items)
            return Page(summaries, found.total_items, found.page, found.page_size)
        every = self._summaries(VendorPages(self._client.list_pools).all())
        summaries = [each for each in every if containing.lower() in each.pool.pool_id.lower()]
        summaries.sort(key=_ORDERS[PoolOrder.POOL_ID])
        summaries.sort(key=_ORDERS[order], reverse=descending)
        shown = summaries[page.offset : page.offset + page.page_size]
        return Page(shown, len(summaries), page.page, page.page_size)

    @patience()
    def get_pool(self, pool_id: str) -> AnyPool:
        return self._client.get_pool(pool_id)

    @patience()
    def count_numbers(self, pool_id: str) -> int:
        return self._client.list_numbers(pool_id, PageRequest(1, 1)).total_items

    def countries(self, pool_id: str) -> PoolCountries | None:
        mirror = self._mirror_with(pool_id)
        return mirror.countries(pool_id) if mirror else None

    @patience()
    def create_pool(self, pool: Pool) -> AnyPool:
        try:
            created = self._client.create_pool(pool) or pool
        except VendorError as exc:
            if not exc.may_have_been_done:
                raise
            created = self._created(pool, str(exc))
        self._recent.forget(pool.pool_id)
        return created

    @patience()
    def update_pool(
        self, pool_id: str, changes: PoolChanges, expected: str | None = None
    ) -> AnyPool:
        if expected is not None or not changes.named():
            pool = self._expected_pool(pool_id, expected)
            if not changes.named():
                return pool
        try:
            changed = self._client.update_pool(pool_id, changes)
        except VendorError as exc:
            if not exc.may_have_been_done:
                raise
            changed = self._changed(pool_id, changes, str(exc))
        if changed is None:
            changed = self._changed(pool_id, changes, _NO_BODY)
        if changes.apply(changed) != changed:
            changed = self._changed(pool_id, changes, _OTHER_VALUES)
        if changed.pool_id != pool_id:
            self._recent.follow_renaming(pool_id, changed.pool_id)
        return changed

    def pool_to_change(self, pool_id: str) -> AnyPool:
        return self.get_pool(pool_id)

    @patience()
    def delete_pool(self, pool_id: str, expected: str | None = None) -> AnyPool:
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
        self._recent.forget(pool_id)
        return pool

    @patience()
    def list_numbers(self, pool_id: str, page: PageRequest, *, containing: str = "") -> Page[str]:
        if not containing:
            return self._client.list_numbers(pool_id, page)
        if mirror := self._mirror_with(pool_id):
            return mirror.list_numbers(pool_id, page, containing=containing)
        found = [number for number in self._numbers(pool_id).all() if containing in number]
        shown = sorted(found)[page.offset : page.offset + page.page_size]
        return Page(shown, len(found), page.page, page.page_size)

    @patience()
    def add_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> list[OutcomeGroup]:
        return self._change(pool_id, numbers, Direction.IN, known)

    @patience()
    def remove_numbers(
        self, pool_id: str, numbers: Sequence[str], known: Known | None = None
    ) -> list[OutcomeGroup]:
        return self._change(pool_id, numbers, Direction.OUT, known)

    @patience()
    def settle(
        self, pool_id: str, numbers: Sequence[str], direction: Direction, known: Known
    ) -> list[OutcomeGroup]:
        return self._batches.settle(pool_id, numbers, direction, known)

    def remember(self, pool_id: str, groups: Sequence[OutcomeGroup], operation_id: str) -> None:
        self._recent.note(pool_id, groups, operation_id)

    @patience()
    def look(self, pool_id: str, numbers: Sequence[str], operation_id: str = "") -> Look:
        return self._batches.look(pool_id, numbers, operation_id)

    def expected(self, pool_id: str, numbers: Sequence[str], known: Known) -> Set[str]:
        return self._batches.expected(pool_id, numbers, known)

    @patience()
    def presence(self, pool_id: str, numbers: Sequence[str]) -> Presence:
        as_of, shown_at = None, self._recent.now()
        if mirror := self._mirror_with(pool_id):
            copy = mirror.presence(pool_id, numbers)
            shown, as_of = copy.numbers, copy.as_of
        else:
            shown = self._batches.shown(pool_id, numbers)
        found = self._recent.applied_to(pool_id, shown, as_of or shown_at)
        return Presence(found.intersection(numbers), as_of)

    def other_pools(self, pool_id: str, numbers: Sequence[str]) -> dict[str, str]:
        return self._mirror.other_pools(pool_id, numbers)

    @contextmanager
    def together(self) -> Iterator[None]:
        """The vendor may have done its part, whatever becomes of what is stored here."""
        try:
            yield
        except DatabaseUnavailable as exc:
            exc.may_have_been_done = True
            raise

    def _change(
        self, pool_id: str, numbers: Sequence[str], direction: Direction, known: Known | None
    ) -> list[OutcomeGroup]:
        """What no operation does is remembered here."""
        try:
            groups = self._batches.change(pool_id, numbers, direction, known)
        except (VendorError, PoolNotFound) as exc:
            if exc.may_have_been_done and known is None:
                self.remember(pool_id, [OutcomeGroup(Outcome.NOT_CONFIRMED, numbers)], "")
            raise
        if known is None:
            self.remember(pool_id, groups, "")
        return groups

    def _mirror_with(self, pool_id: str) -> SqlPoolStore | None:
        """The mirror, where it has a copy of the pool."""
        return self._mirror if self._mirror.has_pool(pool_id) else None

    def _summaries(self, pools: Sequence[AnyPool]) -> list[PoolSummary]:
        """With the mirror's counts; the vendor would take a call for each pool to count."""
        copies = self._mirror.summaries()
        return [replace(copies.get(pool.pool_id, _UNCOUNTED), pool=pool) for pool in pools]

    def _numbers(self, pool_id: str) -> VendorPages[str]:
        return VendorPages(lambda page: self._client.list_numbers(pool_id, page))

    def _expected_pool(self, pool_id: str, expected: str | None) -> AnyPool:
        pool = self._client.get_pool(pool_id)
        if expected is not None and pool.etag != expected:
            raise PoolChanged(pool_id)
        return pool

    def _created(self, pool: Pool, told: str) -> Pool:
        there = self._look(pool.pool_id, told)
        if there is None:
            raise _not_confirmed(told, f"The pool {pool.pool_id} is not there now.")
        if isinstance(there, OddPool):
            raise _not_confirmed(told, f"There is one now: {there.told}.")
        if there != pool:
            raise PoolIdTaken(pool.pool_id)
        return there

    def _changed(self, pool_id: str, changes: PoolChanges, told: str) -> AnyPool:
        new_id = changes.pool_id or pool_id
        pool = self._look(new_id, told)
        if pool is None or changes.apply(pool) != pool:
            raise _not_confirmed(told, f"The pool {new_id} does not have the new values now.")
        if new_id != pool_id and self._look(pool_id, told) is not None:
            raise _not_confirmed(told, f"There is still a pool {pool_id}.")
        return pool

    def _look(self, pool_id: str, told: str) -> AnyPool | None:
        """The pool as it is after a change whose answer was lost; None where there is none."""
        try:
            return self._client.get_pool(pool_id)
        except PoolNotFound:
            return None
        except NumberPoolsError as exc:
            raise _not_confirmed(told, "Whether this was done is not known.") from exc


def _not_confirmed(told: str, found: str) -> NotConfirmed:
    return NotConfirmed(f"{told} {found}", may_have_been_done=True)
