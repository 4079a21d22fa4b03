"""Before the first number is sent: what do the pools have, and which batches are there?

A vendor does not tell whether a number that it added was there before. So the pools are looked at
before the first call: that tells "added" from "already in pool" in the report, makes a repeated
call harmless, and lets undo put back exactly what was changed.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from sqlalchemy import Connection, func, insert, literal, select, update

from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operations
from numberpools.domain.outcomes import Outcome
from numberpools.errors import NotSupported, UnreadableAnswer, VendorFailed
from numberpools.services.bulk import noting
from numberpools.services.bulk.claims import Claim, complete, hold
from numberpools.services.bulk.steps import CHECK
from numberpools.stores import Known, PoolStore, SqlPoolStore, Stores

_LARGEST_BATCH = 10_000
"""In our own database: so often progress shows, and a person can pause."""


def prepare(stores: Stores, claim: Claim) -> None:
    """Raises VendorError, PoolNotFound, LeaseLost."""
    store = stores.of(claim.account_id)
    _forget(stores, claim)
    if not store.tells_what_was_there:
        at = _look(stores, store, claim, claim.pool_id, "was_here")
        if claim.target_pool_id is not None:
            _look(stores, store, claim, claim.target_pool_id, "was_there")
        with stores.database.write() as connection:
            hold(connection, claim)
            mine = operations.c.operation_id == claim.operation_id
            connection.execute(update(operations).where(mine).values(looked_at=at))
    with stores.database.write() as connection:
        make_batches(connection, claim.operation_id, batch_size(store))
        complete(connection, claim, {})


def batch_size(store: PoolStore) -> int:
    return min(store.batch_size, _LARGEST_BATCH)


def make_batches(
    connection: Connection, operation_id: str, size: int, outcome: Outcome | None = None
) -> None:
    """Batches for the items that have this outcome; to be checked, where they have one."""
    place = func.row_number().over(partition_by=items.c.change, order_by=items.c.position)
    part = (
        select(items.c.position, items.c.change, ((place - 1) // literal(size)).label("part"))
        .where(
            items.c.operation_id == operation_id,
            items.c.outcome.is_not_distinct_from(outcome),
            items.c.change.is_not(None),
        )
        .subquery()
    )
    first = func.min(part.c.position)
    known = select(func.max(batches.c.batch)).where(batches.c.operation_id == operation_id)
    last_batch = connection.scalar(known) or 0
    connection.execute(
        insert(batches).from_select(
            [
                *["operation_id", "batch", "step", "first", "last"],
                *["is_done", "attempts", "is_unsettled", "totals"],
            ],
            select(
                literal(operation_id),
                last_batch + func.row_number().over(order_by=first),
                part.c.change if outcome is None else literal(CHECK),
                first,
                func.max(part.c.position),
                literal(value=False),
                literal(0),
                literal(value=False),
                literal("{}"),
            ).group_by(part.c.change, part.c.part),
        )
    )


def _forget(stores: Stores, claim: Claim) -> None:
    """What the preview saw is old by now."""
    with stores.database.write() as connection:
        hold(connection, claim)
        connection.execute(
            update(items)
            .where(items.c.operation_id == claim.operation_id, items.c.was_here.is_not(None))
            .values(was_here=None)
        )


def _look(stores: Stores, store: PoolStore, claim: Claim, pool_id: str, column: str) -> datetime:
    """Note what a pool has; gives the time of which that is said."""
    database = stores.database
    open_ones = select(items.c.number).where(
        items.c.operation_id == claim.operation_id, items.c.outcome.is_(None)
    )
    with database.read() as connection:
        numbers = [number for number in connection.scalars(open_ones) if number]
    try:
        found = store.look(pool_id, numbers, claim.operation_id)
        present, at = found.present, found.at
    except (NotSupported, UnreadableAnswer, VendorFailed):
        present, at = _look_at_copy(stores, store, claim, pool_id, numbers)
    with database.write() as connection:
        hold(connection, claim)
        given = database.given_texts(sorted(present))
        connection.execute(
            update(items)
            .where(items.c.operation_id == claim.operation_id, items.c.outcome.is_(None))
            .values({column: items.c.number.in_(select(given.c.value))})
        )
    return at


def _look_at_copy(
    stores: Stores, store: PoolStore, claim: Claim, pool_id: str, numbers: list[str]
) -> tuple[Set[str], datetime]:
    """The pool is long, or a page of it failed: copying all of it puts up with both."""
    noting.refresh(stores, claim.account_id, pool_id)
    with stores.database.write() as connection:
        hold(connection, claim)
    copy = SqlPoolStore(stores.database, claim.account_id).presence(pool_id, numbers)
    at = copy.as_of or claim.looked_at
    known = Known(claim.operation_id, copy.numbers, at)
    return store.expected(pool_id, numbers, known), at
