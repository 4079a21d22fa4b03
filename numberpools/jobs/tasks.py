"""The tasks: each calls one service."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from huey import Huey

from numberpools.errors import VendorError
from numberpools.services import mirror
from numberpools.settings import Settings
from numberpools.stores import Stores

logger = logging.getLogger(__name__)


class Jobs:
    """The tasks of one queue. Calling one of the methods below puts it into the queue."""

    def __init__(self, queue: Huey, stores: Stores, settings: Settings) -> None:
        self.queue = queue
        self.settings = settings
        self._stores = stores
        self.copy_account = queue.task(name="copy_account")(self._copy_account)
        self.copy_pool = queue.task(name="copy_pool")(self._copy_pool)
        queue.periodic_task(_every_minute, name="copy_what_is_due")(self._copy_what_is_due)

    def _copy_account(self, account_id: str) -> None:
        try:
            mirror.copy_account(self._stores, account_id)
        except VendorError as exc:
            logger.warning("The copy of account %s ended early: %s", account_id, exc)

    def _copy_pool(self, account_id: str, pool_id: str) -> None:
        try:
            mirror.copy_pool(self._stores, account_id, pool_id)
        except VendorError as exc:
            logger.warning("Pool %s of account %s was not copied: %s", pool_id, account_id, exc)

    def _copy_what_is_due(self) -> None:
        age = timedelta(minutes=self.settings.mirror_minutes)
        for account_id in mirror.due(self._stores, age):
            self.copy_account(account_id)


def _every_minute(now: datetime) -> bool:
    return True
