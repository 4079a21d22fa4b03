"""Keeping the mirror of vendors' accounts: all pools on a schedule, one pool after its change.

A copy that was interrupted is taken up again: pools that were copied since it began are left out.
A pool that can't be copied is skipped, and named; the others are copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from json import dumps, loads

from sqlalchemy import Connection, insert, select, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import mirrors, pools
from numberpools.domain.pools import AnyPool, OddPool, why_no_address
from numberpools.errors import (
    NoAnswerInTime,
    NotEnabled,
    NotSupported,
    NotTrusted,
    NumberPoolsError,
    PoolNotFound,
    RateLimited,
    VendorError,
    VendorFailed,
    VendorUnavailable,
    WrongCredentials,
)
from numberpools.services.whole_lists import all_numbers, all_pools, patiently
from numberpools.stores import Stores
from numberpools.stores.mirror import Mirror

_PASSED_OVER_IN_A_ROW = 3
"""After so many pools for which the vendor was away it is away for all of them."""
_OF_THE_ACCOUNT = (NotEnabled, NotTrusted, RateLimited, WrongCredentials)
"""After these no other pool could be copied either."""
_AWAY = (NoAnswerInTime, VendorUnavailable)
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
    missing: Mapping[str, str] = field(default_factory=dict)
    """Pools that the last whole copy is without, or not whole: why, by id."""


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
    missing = loads(row.missing)
    return MirrorState(row.started_at, row.finished_at, row.problem, running, missing)


def copied_at(stores: Stores, account_id: str, pool_id: str | None = None) -> datetime | None:
    """When the vendor's pool was copied, or the account as a whole; None: never, or it is ours."""
    if account_id not in stores.vendor_accounts:
        return None
    query = select(mirrors.c.finished_at).where(mirrors.c.account_id == account_id)
    if pool_id is not None:
        key = (pools.c.account_id == account_id, pools.c.pool_id == pool_id)
        query = select(pools.c.mirrored_at).where(*key)
    with stores.database.glance() as connection:
        return connection.scalar(query)


def uncounted(stores: Stores, account_id: str, pool_ids: Sequence[str]) -> list[str]:
    """Those of a vendor's pools that were made since the account was copied."""
    current = state(stores, account_id)
    if current is None or current.finished_at is None:
        return []
    copied = Mirror(stores.database, account_id).taken_at()
    known = copied.keys() | current.missing.keys()
    return [each for each in pool_ids if each not in known and not why_no_address(each)]


def due(stores: Stores, age: timedelta) -> list[str]:
    """The vendor accounts whose last whole copy, or attempt at one, is older than this."""
    oldest = stores.database.now() - age

    def is_due(current: MirrorState | None) -> bool:
        if current is None or current.is_running:
            return False
        return current.started_at is None or current.started_at <= oldest

    return [each for each in stores.vendor_accounts if is_due(state(stores, each))]


def copy_account(stores: Stores, account_id: str) -> bool:
    """Copy all pools that can be; False where somebody else is at it. Raises VendorError."""
    started_at = _begin(stores.database, account_id)
    if started_at is None:
        return False
    try:
        missing = _copy_pools(stores, account_id, started_at)
    except NumberPoolsError as exc:
        _end(stores.database, account_id, problem=str(exc))
        raise
    _end(stores.database, account_id, missing=dumps(missing))
    return True


def _copy_pools(stores: Stores, account_id: str, started_at: datetime) -> dict[str, str]:
    """Copy each pool unless it was since; tells what is missing, and why, by id.

    Raises what concerns them all.
    """
    mirror = Mirror(stores.database, account_id)
    go_on = partial(_go_on, stores.database, account_id)
    found = {pool.pool_id: pool for pool in all_pools(stores.of(account_id), go_on)}
    missing: dict[str, str] = {}
    copied, away = mirror.taken_at(), 0
    for pool_id, pool in list(found.items()):
        try:
            if pool_id not in copied or copied[pool_id] < started_at:
                missing[pool_id] = _copy(stores, pool)
            away = 0
        except PoolNotFound:
            del found[pool_id]  # it went in the meantime
        except _OF_THE_ACCOUNT:
            raise
        except (VendorError, NotSupported) as exc:
            is_away = isinstance(exc, _AWAY) and not isinstance(exc, VendorFailed)
            away = away + 1 if is_away else 0
            if away == _PASSED_OVER_IN_A_ROW:
                raise
            missing[pool_id] = str(exc)
        go_on()
    mirror.keep_only(found.keys(), started_at)
    return {pool_id: why for pool_id, why in missing.items() if why}


def copy_pool(stores: Stores, account_id: str, pool_id: str, since: datetime) -> None:
    """Copy one pool unless it was copied since; forget it where the vendor has it no more.

    Raises VendorError, NotSupported.
    """
    copied_at = Mirror(stores.database, account_id).taken_at().get(pool_id)
    if copied_at is not None and copied_at > since:
        return
    try:
        pool = patiently(stores.of(account_id).get_pool, pool_id)
    except PoolNotFound:
        Mirror(stores.database, account_id).forget(pool_id)
        _note_missing(stores.database, account_id, pool_id, "")
        return
    try:
        why = _copy(stores, pool)
    except _OF_THE_ACCOUNT:
        raise
    except (VendorError, NotSupported) as exc:
        _note_missing(stores.database, account_id, pool_id, str(exc))
        raise
    _note_missing(stores.database, account_id, pool_id, why)


def _copy(stores: Stores, pool: AnyPool) -> str:
    """Says what the copy is without; '' where it is whole."""
    if reason := why_no_address(pool.pool_id):
        return f"{reason} {pool.told}." if isinstance(pool, OddPool) else reason
    database, store = stores.database, stores.of(pool.account_id)
    taken_at = database.now()
    go_on = partial(_go_on, database, pool.account_id)
    numbers, odd_count = all_numbers(store, pool.pool_id, go_on)
    # What we did a moment ago may not show yet.
    current = stores.recent(pool.account_id).applied_to(pool.pool_id, numbers, taken_at)
    Mirror(database, pool.account_id).store(pool, sorted(current), taken_at)
    return f"{odd_count:,} of the entries in its list are no numbers." if odd_count else ""


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


def _end(database: Database, account_id: str, problem: str = "", missing: str = "{}") -> None:
    ended: dict[str, object] = {"renewed_at": None, "problem": problem}
    with database.write() as connection:
        if not problem:
            ended |= {"finished_at": clock.shared(connection), "missing": missing}
        _update(connection, account_id, **ended)


def _note_missing(database: Database, account_id: str, pool_id: str, why: str) -> None:
    """Say why the copy is without a pool, or not whole; '' where it is."""
    query = select(mirrors.c.missing).where(mirrors.c.account_id == account_id)
    with database.write() as connection:
        stored = connection.scalar(query.with_for_update())
        missing = loads(stored or "{}")
        if missing.get(pool_id, "") != why:
            missing = {**missing, pool_id: why}
            kept = {each: reason for each, reason in missing.items() if reason}
            _update(connection, account_id, missing=dumps(kept))


def _update(connection: Connection, account_id: str, **values: object) -> None:
    connection.execute(update(mirrors).where(mirrors.c.account_id == account_id).values(**values))
