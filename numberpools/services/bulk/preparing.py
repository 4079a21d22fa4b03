"""Before the first number is sent: what do the pools have, and which batches are there?

A vendor does not tell whether a number that it added was there before. So the pools are looked at
before the first call: that tells "added" from "already in pool" in the report, makes a repeated
call harmless, and lets undo put back exactly what was changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, literal, select, update

from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operation_items as items
from numberpools.domain.outcomes import Outcome
from numberpools.errors import NotSupported, UnreadableAnswer, VendorFailed
from numberpools.services.bulk import noting
from numberpools.services.bulk.claims import Claim, complete, hold
from numberpools.services.bulk.steps import CHECK
from numberpools.stores import PoolStore, Stores

_LARGEST_BATCH = 10_000
"""In our own database: so often progress shows, and a person can pause."""


def prepare(stores: Stores, claim: Claim) -> None:
    """Raises VendorError, PoolNotFound, LeaseLost."""
    store = stores.of(claim.account_id)
    _forget(stores, claim)
    if not store.tells_what_was_there:
        for pool_id, column in ((claim.pool_id, "was_here"), (claim.target_pool_id, "was_there")):
            if pool_id is not None:
                _look(stores, store, claim, pool_id, column)
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


def _look(stores: Stores, store: PoolStore, claim: Claim, pool_id: str, column: str) -> None:
    database = stores.database
    open_ones = select(items.c.number).where(
        items.c.operation_id == claim.operation_id, items.c.outcome.is_(None)
    )
    with database.read() as connection:
        numbers = [number for number in connection.scalars(open_ones) if number]
    try:
        present = store.which_are_in_pool(pool_id, numbers)
    except (NotSupported, UnreadableAnswer, VendorFailed):
        _look_at_copy(stores, claim, pool_id, column)
        return
    with database.write() as connection:
        hold(connection, claim)
        given = database.given_texts(sorted(present))
        connection.execute(
            update(items)
            .where(items.c.operation_id == claim.operation_id, items.c.outcome.is_(None))
            .values({column: items.c.number.in_(select(given.c.value))})
        )


def _look_at_copy(stores: Stores, claim: Claim, pool_id: str, column: str) -> None:
    """The pool is long, or a page of it failed: copying all of it puts up with both."""
    noting.refresh(stores, claim.account_id, pool_id)
    with stores.database.write() as connection:
        hold(connection, claim)
    key = noting.pool_key(stores.database, claim.account_id, pool_id) or 0
    noting.note_presence(stores.database, claim.operation_id, claim.item_count, key, column)
