"""How many items of operations have which outcome, without counting items.

An operation counts what was decided before it began and what was cancelled, each batch what became
of its numbers. At an operation's end its batches are folded into it, so that nobody adds up 10,000
of them for one line of a list. What is not folded is added up whenever it is read: always right,
only slower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from json import dumps, loads
from time import monotonic

from sqlalchemy import Connection, func, select, update

from numberpools.db.database import Database
from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operations
from numberpools.domain.outcomes import Outcome
from numberpools.services.bulk.model import State

_SECONDS_OF_FOLDING = 20.0
_FOLDED_AT_ONCE = 20
_ENDED = [state for state in State if state.has_ended]


def of_operations(
    connection: Connection, operation_ids: Sequence[str]
) -> dict[str, Mapping[Outcome, int]]:
    """Items by outcome, without the open ones, by operation."""
    columns = operations.c
    last = select(func.max(batches.c.batch)).where(batches.c.operation_id == columns.operation_id)
    query = select(
        *(columns.operation_id, columns.totals, columns.folded_totals, columns.folded_before),
        last.scalar_subquery().label("last_batch"),
    ).where(columns.operation_id.in_(operation_ids))
    found: dict[str, Mapping[Outcome, int]] = {}
    for row in connection.execute(query):
        counts = Counter(loads(row.totals))
        counts.update(loads(row.folded_totals))
        if row.last_batch is not None and row.last_batch >= row.folded_before:
            counts.update(_added_up(connection, row.operation_id, row.folded_before))
        found[row.operation_id] = {Outcome(name): count for name, count in counts.items() if count}
    return found


def fold(connection: Connection, operation_id: str) -> None:
    """Fold the batches before the first open one: these never change any more."""
    is_it = operations.c.operation_id == operation_id
    columns = (operations.c.folded_totals, operations.c.folded_before)
    before = connection.execute(select(*columns).where(is_it).with_for_update()).one()
    until = _first_open(connection, operation_id)
    counts = Counter(loads(before.folded_totals))
    counts.update(_added_up(connection, operation_id, before.folded_before, until))
    values = {"folded_totals": as_json(counts), "folded_before": until}
    connection.execute(update(operations).where(is_it).values(values))


def fold_ended(database: Database, seconds: float = _SECONDS_OF_FOLDING) -> None:
    """Fold operations that an older release has ended, the newest first, for about so long.

    A few in each transaction: others come to write in between.
    """
    ends_at = monotonic() + seconds
    while monotonic() < ends_at and (ids := _unfolded(database)):
        with database.write() as connection:
            for operation_id in ids:
                fold(connection, operation_id)


def as_json(counts: Mapping[str, int]) -> str:
    """As operations and batches keep them."""
    return dumps({outcome: count for outcome, count in counts.items() if count})


def _added_up(
    connection: Connection, operation_id: str, first: int, until: int | None = None
) -> Counter[str]:
    """What batches from the first on have counted; those that count the same come as one row."""
    wanted = [
        batches.c.operation_id == operation_id,
        batches.c.batch >= first,
        batches.c.totals != "{}",
    ]
    if until is not None:
        wanted.append(batches.c.batch < until)
    query = select(batches.c.totals, func.count()).where(*wanted).group_by(batches.c.totals)
    counts: Counter[str] = Counter()
    for counted, times in connection.execute(query):
        counts.update({outcome: count * times for outcome, count in loads(counted).items()})
    return counts


def _first_open(connection: Connection, operation_id: str) -> int:
    """The number of the first batch that is not done, or the one that the next batch would have."""
    mine = batches.c.operation_id == operation_id
    first_open = select(func.min(batches.c.batch)).where(mine, ~batches.c.is_done)
    after_last = select(func.max(batches.c.batch) + 1).where(mine)
    found = func.coalesce(first_open.scalar_subquery(), after_last.scalar_subquery(), 1)
    return int(connection.execute(select(found)).scalar_one())


def _unfolded(database: Database) -> list[str]:
    query = (
        select(operations.c.operation_id)
        .where(operations.c.state.in_(_ENDED), operations.c.folded_before == 0)
        .order_by(operations.c.created_at.desc())
        .limit(_FOLDED_AT_ONCE)
    )
    with database.read() as connection:
        return list(connection.scalars(query))
