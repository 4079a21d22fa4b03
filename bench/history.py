"""The list of operations where thousands have ended, the newest ones after 10,000 batches each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from bench.data import ACCOUNT_ID, TEN
from bench.measuring import medians, seconds
from bench.report import Row
from bench.server import Server
from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.services import bulk

_LIST = f"/accounts/{ACCOUNT_ID}/operations"
_OPERATIONS, _LARGE = 5_000, 25
_BATCHES = """
    INSERT INTO operation_batches
        (operation_id, batch, step, first, last, is_done, attempts, is_unsettled, totals)
    WITH RECURSIVE batch (number) AS (
        SELECT 1 UNION ALL SELECT number + 1 FROM batch WHERE number < :count
    )
    SELECT operation_id, number, 'add', 50 * number - 50, 50 * number - 1, TRUE, 1, FALSE, :totals
    FROM batch CROSS JOIN operations WHERE operation_id BETWEEN :first AND :last
"""


def rows(name: str, server: Server, database_url: str) -> Iterator[Row]:
    """A page of 25 operations of 500,000 numbers, and how it compares to 25 of one batch."""
    _store(database_url)
    person = server.person()
    large, small = medians(
        60,
        lambda: seconds(lambda: person.get(_LIST)),
        lambda: seconds(lambda: person.get(f"{_LIST}?page=2")),
    )
    what = f"{name}: the list of {_OPERATIONS:,} operations, of 500,000 numbers each"
    yield Row(what, large * 1000, "ms", at_most=100)
    yield Row(f"{name}: the same, to one with 25 of 50 numbers", large / small, "x", at_most=2)


def _store(database_url: str) -> None:
    database, now = Database(database_url), datetime.now(UTC)
    values = [
        {
            "operation_id": _id(place),
            "account_id": ACCOUNT_ID,
            "pool_id": TEN,
            "action": bulk.Action.ADD,
            "state": bulk.State.FINISHED,
            "started_by": "Benchmark",
            "created_at": now + timedelta(hours=1, seconds=-place),
            "item_count": 500_000 if place < _LARGE else 50,
        }
        for place in range(_OPERATIONS)
    ]
    with database.write() as connection:
        connection.execute(insert(operations), values)
        for first, last, count in ((0, _LARGE - 1, 10_000), (_LARGE, _OPERATIONS - 1, 1)):
            ids = {"first": _id(first), "last": _id(last)}
            of_batches = {"count": count, "totals": '{"added": 50}'}
            connection.execute(text(_BATCHES), {**ids, **of_batches})
    bulk.fold_ended(database)
    database.engine.dispose()


def _id(place: int) -> str:
    return f"operation-{place:04}"
