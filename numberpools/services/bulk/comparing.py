"""Make equal: what has to be added and removed so that the pool becomes exactly the list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    delete,
    except_,
    func,
    insert,
    literal,
    select,
    update,
)

from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operations, pool_numbers
from numberpools.errors import PoolNotFound
from numberpools.services.bulk import noting
from numberpools.services.bulk.claims import Claim, complete, hold
from numberpools.services.bulk.model import Change, State
from numberpools.stores import Stores


def compare(stores: Stores, claim: Claim) -> None:
    """Put the numbers to be removed behind those of the list, to be looked at before it starts.

    What a person agrees to is exactly what will be done. Raises VendorError, PoolNotFound.
    """
    database = stores.database
    noting.refresh(stores, claim.account_id, claim.pool_id)
    key = noting.pool_key(database, claim.account_id, claim.pool_id)
    if key is None:
        raise PoolNotFound(claim.pool_id)
    mine = items.c.operation_id == claim.operation_id
    counting = select(func.count()).select_from(items).where(mine)
    with database.write() as connection:
        hold(connection, claim)
        connection.execute(delete(items).where(mine, items.c.line == 0))
        count = connection.scalar(counting) or 0
    noting.note_presence(database, claim.operation_id, count, key, "was_here")
    with database.write() as connection:
        hold(connection, claim)
        connection.execute(_surplus(claim.operation_id, key, first=count))
        connection.execute(
            update(operations)
            .where(operations.c.operation_id == claim.operation_id)
            .where(operations.c.state == State.READING)
            .values(state=State.READY, item_count=connection.scalar(counting), problem="")
        )
        complete(connection, claim, {})


def _surplus(operation_id: str, key: int, *, first: int) -> Insert:
    """Items, from this position on, for the numbers of the pool that the list does not have."""
    listed = items.c.operation_id == operation_id
    surplus = except_(
        select(pool_numbers.c.number).where(pool_numbers.c.pool_key == key),
        select(items.c.number).where(listed, items.c.number.is_not(None)),
    ).subquery()
    values: dict[str, ColumnElement[Any]] = {
        "operation_id": literal(operation_id),
        "position": func.row_number().over(order_by=surplus.c.number) + literal(first - 1),
        "line": literal(0),
        "text": literal(""),
        "number": surplus.c.number,
        "change": literal(str(Change.REMOVE)),
        "was_here": literal(value=True),
        "is_half_done": literal(value=False),
        "reason": literal(""),
    }
    return insert(items).from_select(list(values), select(*values.values()))
