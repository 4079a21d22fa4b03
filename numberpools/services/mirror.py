"""Keeping the mirror of vendors' accounts: all pools on a schedule, one pool after its change.

A copy that was interrupted is taken up again: pools that were copied since it began are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, insert, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import mirrors
from numberpools.domain.pools import Page, PageRequest, Pool
from numberpools.errors import (
    NumberPoolsError,
    PoolNotFound,
    UnreadableAnswer,
    VendorFailed,
)
from numberpools.stores import PoolStore, Stores
from numberpools.stores.mirror import Mirror
from numberpools.stores.vonage_patience import patience

_Read = TypeVar("_Read")

PAGE_SIZE = 100
CALLS_AT_ONCE = 4
_SECONDS_OF_A_PAGE = 300.0
_TRIES_OF_A_PAGE = 5
_PAGES_PER_SIGN_OF_LIFE = 100
_LOCK = "mirrors"
_LEASE = timedelta(minutes=5)
"""A copy that has not said for so long that it is going on has died."""


@dataclass(frozen=True, slots=True)
class MirrorState:
    """How the mirror of an account stands."""

    started_at: datetime | None = None
    finished_at: datetime | None = None
    """When the last whole copy was done."""
    problem: str = ""
    """Why the last attempt ended early."""
    is_running: bool = False


def state(stores: Stores, account_id: str) -> MirrorState | None:
    """None for an account of ours, which needs no mirror."""
    if account_id not in stores.vendor_accounts:
        return None
    query = select(mirrors).where(mirrors.c.account_id == account_id)
    with stores.database.read() as connection:
        row = connection.execute(query).one_or_none()
        now = clock.shared(connection)
    if row is None:
        return MirrorState()
    running = row.renewed_at is not None and row.renewed_at > now - _LEASE
    return MirrorState(row.started_at, row.finished_at, row.problem, running)


def due(stores: Stores, age: timedelta) -> list[str]:
    """The vendor accounts whose last whole copy, or attempt at one, is older than this."""
    oldest = stores.database.now() - age

    def is_due(current: MirrorState | None) -> bool:
        if current is None or current.is_running:
            return False
        return current.started_at is None or current.started_at <= oldest

    return [each for each in stores.vendor_accounts if is_due(state(stores, each))]


def copy_account(stores: Stores, account_id: str) -> bool:
    """Copy all pools; False where somebody else is at it. Raises VendorError."""
    started_at = _begin(stores.database, account_id)
    if started_at is None:
        return False
    mirror = Mirror(stores.database, account_id)
    try:
        pools = list(_all_pools(stores.of(account_id)))
        copied = mirror.taken_at()
        for pool in pools:
            if pool.pool_id not in copied or copied[pool.pool_id] < started_at:
                _copy(stores, pool)
            _go_on(stores.database, account_id)
        mirror.keep_only({pool.pool_id for pool in pools}, started_at)
    except NumberPoolsError as exc:
        _end(stores.database, account_id, problem=str(exc))
        raise
    _end(stores.database, account_id)
    return True


def copy_pool(stores: Stores, account_id: str, pool_id: str, since: datetime) -> None:
    """Copy one pool unless it was copied since; forget it where the vendor has it no more.

    Raises VendorError.
    """
    copied_at = Mirror(stores.database, account_id).taken_at().get(pool_id)
    if copied_at is not None and copied_at > since:
        return
    try:
        pool = _patiently(stores.of(account_id).get_pool, pool_id)
    except PoolNotFound:
        Mirror(stores.database, account_id).forget(pool_id)
    else:
        _copy(stores, pool)


def _copy(stores: Stores, pool: Pool) -> None:
    taken_at = stores.database.now()
    numbers = _all_numbers(stores.database, stores.of(pool.account_id), pool.pool_id)
    Mirror(stores.database, pool.account_id).store(pool, numbers, taken_at)


def _all_pools(store: PoolStore) -> Iterator[Pool]:
    number: int | None = 1
    while number is not None:
        page = _patiently(store.list_pools, PageRequest(number, PAGE_SIZE))
        yield from (summary.pool for summary in page.items)
        number = page.next_page


def _all_numbers(database: Database, store: PoolStore, pool_id: str) -> list[str]:
    """All pages, several at a time."""

    def read(page: int) -> Page[str]:
        return _patiently(store.list_numbers, pool_id, PageRequest(page, PAGE_SIZE))

    first = read(1)
    numbers = list(first.items)
    with ThreadPoolExecutor(CALLS_AT_ONCE) as executor:
        for page in executor.map(read, range(2, first.total_pages + 1)):
            numbers.extend(page.items)
            if page.page % _PAGES_PER_SIGN_OF_LIFE == 0:
                _go_on(database, store.account_id)
    return numbers


def _patiently(read: Callable[..., _Read], *what: object) -> _Read:
    """What it reads; asked again where it fails: one page of a thousand must not cost the rest."""
    for _ in range(_TRIES_OF_A_PAGE - 1):
        with suppress(UnreadableAnswer, VendorFailed), _patience():
            return read(*what)
    with _patience():
        return read(*what)


def _patience() -> AbstractContextManager[object]:
    """Nobody waits for a copy, so people's calls go first."""
    return patience(_SECONDS_OF_A_PAGE, urgent=False)


def _begin(database: Database, account_id: str) -> datetime | None:
    """Claim the account; the time since when pools count as copied, or None where it is taken."""
    with database.write() as connection:
        database.lock(connection, _LOCK)  # the first time, there is no row yet to be locked
        now = clock.shared(connection)
        row = connection.execute(
            select(mirrors).where(mirrors.c.account_id == account_id).with_for_update()
        ).one_or_none()
        if row is None:
            values = {"account_id": account_id, "started_at": now, "renewed_at": now}
            connection.execute(insert(mirrors), values)
            return now
        if row.renewed_at is not None and row.renewed_at > now - _LEASE:
            return None
        was_interrupted = row.renewed_at is not None
        started_at: datetime = row.started_at if was_interrupted else now
        _update(connection, account_id, started_at=started_at, renewed_at=now)
        return started_at


def _go_on(database: Database, account_id: str) -> None:
    with database.write() as connection:
        _update(connection, account_id, renewed_at=clock.shared(connection))


def _end(database: Database, account_id: str, problem: str = "") -> None:
    ended: dict[str, object] = {"renewed_at": None, "problem": problem}
    with database.write() as connection:
        if not problem:
            ended["finished_at"] = clock.shared(connection)
        _update(connection, account_id, **ended)


def _update(connection: Connection, account_id: str, **values: object) -> None:
    connection.execute(update(mirrors).where(mirrors.c.account_id == account_id).values(**values))
