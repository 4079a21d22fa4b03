"""Make equal: what has to be added and removed so that the pool becomes exactly the list."""

from __future__ import annotations

from sqlalchemy import delete, except_, func, insert, literal, null, select, update

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
    with database.write() as connection:
        hold(connection, claim)
        connection.execute(delete(items).where(mine, items.c.line == 0))
        count = connection.scalar(select(func.count()).select_from(items).where(mine)) or 0
    noting.note_presence(database, claim.operation_id, count, key, "was_here")
    surplus = except_(
        select(pool_numbers.c.number).where(pool_numbers.c.pool_key == key),
        select(items.c.number).where(mine, items.c.number.is_not(None)),
    ).subquery()
    place = func.row_number().over(order_by=surplus.c.number)
    rows = select(
        literal(claim.operation_id),
        place + literal(count - 1),
        literal(0),
        literal(""),
        surplus.c.number,
        literal(str(Change.REMOVE)),
        literal(value=True),
        literal(value=False),
        null(),
        literal(""),
    )
    columns = [
        *["operation_id", "position", "line", "text", "number", "change"],
        *["was_here", "is_half_done", "outcome", "reason"],
    ]
    with database.write() as connection:
        hold(connection, claim)
        connection.execute(insert(items).from_select(columns, rows))
        total = connection.scalar(select(func.count()).select_from(items).where(mine))
        connection.execute(
            update(operations)
            .where(operations.c.operation_id == claim.operation_id)
            .where(operations.c.state == State.READING)
            .values(state=State.READY, item_count=total, problem="")
        )
        complete(connection, claim, {})
