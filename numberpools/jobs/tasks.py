"""The tasks: each calls one service."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from huey import Huey

from numberpools.errors import NumberPoolsError
from numberpools.services import mirror
from numberpools.services.bulk import claims, lists, totals
from numberpools.services.bulk.work import Worker
from numberpools.settings import Settings
from numberpools.stores import Stores, recent

logger = logging.getLogger(__name__)

_SETTLING_SECONDS = 2
_ASKED_AGAIN_AFTER = timedelta(minutes=5)
_NOT_WHOLE = "Pool %s of account %s is not copied whole: %s"
_KEPT = timedelta(days=7)
"""How long a list waits for somebody to start it."""


class Jobs:
    """The tasks of one queue. Calling one of the public methods puts it into the queue."""

    def __init__(self, queue: Huey, stores: Stores, settings: Settings) -> None:
        self.queue = queue
        self.settings = settings
        self._stores = stores
        limits = claims.Limits(settings.operation_calls, settings.account_calls)
        self.worker = Worker(stores, limits, self.work)
        self._lag = timedelta(seconds=settings.vonage_lag_seconds)
        self._next_look: datetime | None = None
        self._new_pools: dict[tuple[str, str], datetime] = {}
        self._copy_account = queue.task(name="copy_account")(self._do_copy_account)
        self._copy_pool = queue.task(name="copy_pool")(self._do_copy_pool)
        self._work = queue.task(name="work")(self._do_work)
        queue.periodic_task(_every_minute, name="copy_due_accounts")(self._do_copy_due_accounts)
        queue.periodic_task(_every_minute, name="pick_up_operations")(self._do_pick_up)
        stores.on_vendor_change = self.copy_pool

    def close(self) -> None:
        """Close the queue's connection and end the worker's signs of life, until the next use."""
        self.worker.close()
        self.queue.storage.close()

    def work(self, count: int = 1) -> None:
        """Look for operations with something to do, `count` times side by side."""
        # Whoever works calls others; those that wait to come are enough.
        waiting = self.queue.pending_count() if count > 1 else 0
        for _ in range(count - waiting):
            self._work()

    def copy_account(self, account_id: str) -> None:
        """Copy a vendor account's pools into the mirror."""
        self._copy_account(account_id)

    def copy_pool(self, account_id: str, pool_id: str) -> None:
        """Copy a pool that was changed; after a moment, in which it may change once more."""
        since = self._stores.database.now().isoformat()
        self._copy_pool.schedule((account_id, pool_id, since), delay=_SETTLING_SECONDS)

    def copy_new_pools(self, account_id: str, pool_ids: Sequence[str]) -> None:
        """Copy those of these pools that were made since the account was copied.

        Asked for at each look, and done once in a while: a worker may be busy, or the vendor away.
        """
        now = self._stores.database.now()
        lately = {key: at for key, at in self._new_pools.items() if now - at < _ASKED_AGAIN_AFTER}
        wanted = [each for each in pool_ids if (account_id, each) not in lately]
        new = mirror.uncounted(self._stores, account_id, wanted) if wanted else []
        self._new_pools = lately | {(account_id, each): now for each in new}
        for each in new:
            self._copy_pool(account_id, each, now.isoformat())

    def _do_work(self) -> None:
        if self.worker.work():
            self.work()
            return
        moment = claims.next_moment(self._stores.database)
        if moment is not None and moment != self._next_look:
            self._next_look = moment
            seconds = (moment - self._stores.database.now()).total_seconds()
            self._work.schedule(delay=max(seconds, 0.0))

    def _do_pick_up(self) -> None:
        """The queue may have been lost; what is to be done stands in the database."""
        lists.discard_old(self._stores, self._stores.database.now() - _KEPT)
        recent.forget_old(self._stores.database, self._lag)
        self.work()
        totals.fold_ended(self._stores.database)

    def _do_copy_account(self, account_id: str) -> None:
        try:
            mirror.copy_account(self._stores, account_id)
        except NumberPoolsError as exc:
            logger.warning("The copy of account %s ended early: %s", account_id, exc)
            return
        current = mirror.state(self._stores, account_id)
        for pool_id, why in current.missing.items() if current else ():
            logger.warning(_NOT_WHOLE, pool_id, account_id, why)

    def _do_copy_pool(self, account_id: str, pool_id: str, since: str) -> None:
        try:
            mirror.copy_pool(self._stores, account_id, pool_id, datetime.fromisoformat(since))
        except NumberPoolsError as exc:
            logger.warning("Pool %s of account %s was not copied: %s", pool_id, account_id, exc)

    def _do_copy_due_accounts(self) -> None:
        age = timedelta(minutes=self.settings.mirror_minutes)
        for account_id in mirror.due(self._stores, age):
            self.copy_account(account_id)


def _every_minute(now: datetime) -> bool:
    return True
