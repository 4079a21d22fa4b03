"""Noting which numbers of an operation the pools have, from the copies in our own tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Exists, ScalarSelect, exists, func, null, select, update

from numberpools.db.database import Database
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operations, pool_numbers, pools
from numberpools.errors import PoolNotFound
from numberpools.services import mirror
from numberpools.stores import Stores

_ITEMS_AT_ONCE = 20_000
"""So that others come to write in between."""


def refresh(stores: Stores, account_id: str, pool_id: str) -> None:
    """Copy a vendor's pool as it is now. Raises VendorError, PoolNotFound."""
    if account_id not in stores.vendor_accounts:
        return
    mirror.copy_pool(stores, account_id, pool_id, stores.database.now())
    if pool_key(stores.database, account_id, pool_id) is None:
        raise PoolNotFound(pool_id)


def pool_key(database: Database, account_id: str, pool_id: str) -> int | None:
    """None where we have neither the pool nor a copy of it."""
    query = select(pools.c.pool_key).where(
        pools.c.account_id == account_id, pools.c.pool_id == pool_id
    )
    with database.glance() as connection:
        return connection.scalar(query)


def note_time(database: Database, operation_id: str, key: int) -> None:
    """Fill `as_of`: when the pool was copied that the list is about to be compared with."""
    copied_at = select(pools.c.mirrored_at).where(pools.c.pool_key == key).scalar_subquery()
    with database.write() as connection:
        connection.execute(
            update(operations)
            .where(operations.c.operation_id == operation_id)
            .values(as_of=copied_at)
        )


def note_presence(database: Database, operation_id: str, item_count: int, key: int) -> None:
    """Fill `was_here` of every item that has a number."""
    _update(database, operation_id, item_count, was_here=_is_in(key))


def note_pools(
    database: Database, operation_id: str, item_count: int, account_id: str, key: int | None
) -> None:
    """Fill `was_here`, if there is a key, and `other_pool` of every item that has a number."""
    _update(database, operation_id, item_count, **_pools_of(account_id, key))


def note_number(
    connection: Connection, operation_id: str, number: str, account_id: str, key: int | None
) -> None:
    """Fill both for the items that have this number."""
    connection.execute(
        update(items)
        .where(items.c.operation_id == operation_id, items.c.number == number)
        .values(_pools_of(account_id, key))
    )


def _pools_of(account_id: str, key: int | None) -> dict[str, Any]:
    """`other_pool` is the first one by id, of those but this, that has the number too."""
    here = null() if key is None else _is_in(key)
    return {"was_here": here, "other_pool": _other_pool(account_id, key)}


def _is_in(key: int) -> Exists:
    return exists().where(pool_numbers.c.pool_key == key, pool_numbers.c.number == items.c.number)


def _other_pool(account_id: str, key: int | None) -> ScalarSelect[str]:
    return (
        select(func.min(pools.c.pool_id))
        .join(pool_numbers, pool_numbers.c.pool_key == pools.c.pool_key)
        .where(
            pools.c.account_id == account_id,
            pools.c.pool_key != (key or 0),
            pool_numbers.c.number == items.c.number,
        )
        .scalar_subquery()
    )


def _update(database: Database, operation_id: str, item_count: int, **values: object) -> None:
    for first in range(0, item_count, _ITEMS_AT_ONCE):
        with database.write() as connection:
            connection.execute(
                update(items)
                .where(
                    items.c.operation_id == operation_id,
                    items.c.position.between(first, first + _ITEMS_AT_ONCE - 1),
                    items.c.number.is_not(None),
                )
                .values(values)
            )
