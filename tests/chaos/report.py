"""What the service says of an operation, read straight from its tables."""

from __future__ import annotations

from collections import Counter
from json import loads
from typing import NamedTuple

from sqlalchemy import text

from numberpools.db.database import Database


class Line(NamedTuple):
    position: int
    line: int
    number: str
    outcome: str | None
    change: str | None
    is_half_done: bool


def lines(database: Database, operation_id: str) -> list[Line]:
    query = (
        "SELECT position, line, number, outcome, change, is_half_done FROM operation_items"
        " WHERE operation_id = :id ORDER BY position"
    )
    with database.read() as connection:
        return [Line(*row) for row in connection.execute(text(query), {"id": operation_id})]


class Pools(NamedTuple):
    pool_id: str
    target_pool_id: str | None


def pools(database: Database, operation_id: str) -> Pools:
    """That it is about."""
    query = "SELECT pool_id, target_pool_id FROM operations WHERE operation_id = :id"
    with database.read() as connection:
        [row] = connection.execute(text(query), {"id": operation_id})
    return Pools(*row)


def state(database: Database, operation_id: str) -> str:
    query = "SELECT state FROM operations WHERE operation_id = :id"
    with database.read() as connection:
        return str(connection.scalar(text(query), {"id": operation_id}))


def ended(database: Database) -> set[str]:
    """The ids of all operations that are finished or cancelled."""
    query = "SELECT operation_id FROM operations WHERE state IN ('finished', 'cancelled')"
    with database.read() as connection:
        return set(connection.scalars(text(query)))


def done_count(database: Database, operation_id: str) -> int:
    query = "SELECT count(*) FROM operation_items WHERE operation_id = :id AND outcome IS NOT NULL"
    with database.read() as connection:
        return int(connection.scalar(text(query), {"id": operation_id}) or 0)


def item_count(database: Database, operation_id: str) -> int:
    query = "SELECT item_count FROM operations WHERE operation_id = :id"
    with database.read() as connection:
        return int(connection.scalar(text(query), {"id": operation_id}) or 0)


def known_workers(database: Database) -> set[str]:
    """The names of those that have given a sign of life."""
    with database.read() as connection:
        return set(connection.scalars(text("SELECT worker_id FROM workers")))


def workers_with_batches(database: Database) -> set[str]:
    query = "SELECT claimed_by FROM operation_batches WHERE claimed_by IS NOT NULL"
    with database.read() as connection:
        return set(connection.scalars(text(query)))


def outcomes(database: Database) -> Counter[str]:
    """Of the numbers of all operations."""
    query = "SELECT outcome, count(*) FROM operation_items GROUP BY outcome"
    with database.read() as connection:
        rows = connection.execute(text(query)).all()
    return Counter({outcome or "none": count for outcome, count in rows})


def totals(database: Database, operation_id: str) -> Counter[str]:
    """What the operation and its batches have counted."""
    query = (
        "SELECT totals FROM operations WHERE operation_id = :id"
        " UNION ALL SELECT totals FROM operation_batches WHERE operation_id = :id"
    )
    counted: Counter[str] = Counter()
    with database.read() as connection:
        for found in connection.scalars(text(query), {"id": operation_id}):
            counted.update(loads(found))
    return Counter({outcome: count for outcome, count in counted.items() if count})


def check_totals(database: Database, operation_id: str) -> None:
    """An ended operation says of its lines what they say themselves, its batches unread."""
    query = "SELECT totals, folded_totals, folded_before FROM operations WHERE operation_id = :id"
    last = "SELECT max(batch) FROM operation_batches WHERE operation_id = :id"
    of_lines = "SELECT outcome, count(*) FROM operation_items WHERE operation_id = :id GROUP BY 1"
    mine = {"id": operation_id}
    with database.read() as connection:
        [row] = connection.execute(text(query), mine)
        assert row.folded_before > connection.scalar(text(last), mine)
        counted: Counter[str] = Counter(dict(iter(connection.execute(text(of_lines), mine))))
    said = Counter(loads(row.totals))
    said.update(loads(row.folded_totals))
    assert said == counted
    assert totals(database, operation_id) == counted


def check_lines(database: Database, operation_id: str, numbers: list[str]) -> dict[str, str]:
    """No line is missing or twice, and the totals are theirs; gives each number's outcome."""
    found = lines(database, operation_id)
    assert [each.position for each in found] == list(range(len(numbers)))
    assert [each.number for each in found] == numbers
    outcomes = {each.number: each.outcome for each in found if each.outcome}
    assert len(outcomes) == len(numbers)
    assert totals(database, operation_id) == Counter(outcomes.values())
    return outcomes


def started_at(database: Database, operation_id: str) -> str:
    """Operations of one pool ran in this order."""
    query = "SELECT started_at FROM operations WHERE operation_id = :id"
    with database.read() as connection:
        return str(connection.scalar(text(query), {"id": operation_id}))
