"""Make equal: what has to be added and removed so that the pool becomes exactly the list."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    delete,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from numberpools.db.database import Database
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operations, pool_numbers
from numberpools.domain.numbers import MAXIMUM_DIGITS
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone.text import digits_of, simplify
from numberpools.errors import PoolNotFound
from numberpools.services.bulk import noting
from numberpools.services.bulk.claims import Claim, complete, hold
from numberpools.services.bulk.model import Change, State
from numberpools.stores import Stores

_NUMBERS_AT_ONCE = 50_000
_FEWEST_DIGITS = 6
"""Of a number without its calling code, as the shortest mobile numbers have."""


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
        may_be_meant = _may_be_meant(database, connection, claim.operation_id)
    noting.note_time(database, claim.operation_id, key)
    noting.note_presence(database, claim.operation_id, count, key)
    last: str | None = ""
    while last is not None:
        with database.write() as connection:
            hold(connection, claim)
            connection.execute(
                _surplus(claim.operation_id, key, after=last, first=count, but=may_be_meant)
            )
            found = select(func.count(), func.max(items.c.number)).where(
                mine, items.c.position >= count
            )
            inserted, last = connection.execute(found).one()
            count += inserted
    with database.write() as connection:
        complete(connection, claim, {})
        connection.execute(
            update(operations)
            .where(operations.c.operation_id == claim.operation_id)
            .where(operations.c.state == State.READING)
            .values(state=State.READY, item_count=count, problem="")
        )


def _may_be_meant(
    database: Database, connection: Connection, operation_id: str
) -> ColumnElement[bool]:
    """Whether a number of the pool ends as an entry that is refused: it may stand in the list.

    The entry may lack its country, or be no valid number though the pool has it.
    """
    texts = select(items.c.text).where(
        items.c.operation_id == operation_id, items.c.outcome == Outcome.INVALID
    )
    ends: dict[int, set[str]] = defaultdict(set)
    for text in connection.scalars(texts):
        digits = digits_of(simplify(text)).lstrip("0")
        if _FEWEST_DIGITS <= len(digits) <= MAXIMUM_DIGITS:
            ends[len(digits)].add(digits)
    number = pool_numbers.c.number
    return or_(
        false(),
        *(
            func.substr(number, func.length(number) - length + 1).in_(
                select(database.given_texts(sorted(found)).c.value)
            )
            for length, found in ends.items()
        ),
    )


def _surplus(
    operation_id: str, key: int, *, after: str, first: int, but: ColumnElement[bool]
) -> Insert:
    """Items, from this position on, for numbers of the pool that the list does not have.

    The first ones after this number, and only so many that the lease is renewed in between.
    """
    surplus = (
        select(pool_numbers.c.number)
        .where(pool_numbers.c.pool_key == key, pool_numbers.c.number > after, not_(but))
        .except_(
            select(items.c.number).where(
                items.c.operation_id == operation_id, items.c.number > after
            )
        )
        .order_by(pool_numbers.c.number)
        .limit(_NUMBERS_AT_ONCE)
        .subquery()
    )
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
