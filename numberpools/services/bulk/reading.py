"""Reading a list in the background: a file or a long text becomes items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from json import dumps
from typing import Any

from sqlalchemy import delete, select, update

from numberpools.db.database import Database
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operation_lists, operations
from numberpools.domain.lists import MAXIMUM_LINES
from numberpools.errors import InvalidInput, NumberPoolsError, UnreadableFile
from numberpools.services.bulk import noting
from numberpools.services.bulk.brought import CHOICES, READING, Brought
from numberpools.services.bulk.claims import Claim, LeaseLost, complete, hold
from numberpools.services.bulk.model import State
from numberpools.services.bulk.rows import ItemRow, insert_rows, rows_of
from numberpools.stores import Stores

_ENTRIES_AT_ONCE = 20_000
_TOO_MANY = "This list has more than 500,000 numbers: split it into several."
_NOTHING = "There is nothing in this list that looks like a phone number."


def read(stores: Stores, claim: Claim) -> None:
    """Raises LeaseLost. A list that can't be read says why, as the operation's problem."""
    database = stores.database
    try:
        item_count = _read_items(database, claim)
        problem = "" if item_count else _NOTHING
    except UnreadableFile as exc:
        item_count, problem = 0, str(exc)
    except InvalidInput as exc:
        item_count, problem = 0, exc.reasons
    if item_count:
        _look_up(stores, claim, item_count)
    with database.write() as connection:
        complete(connection, claim, {})
        if problem:
            connection.execute(delete(items).where(items.c.operation_id == claim.operation_id))
        connection.execute(
            update(operations)
            .where(_still_reading(claim))
            .values(
                state=State.UNREADABLE if problem else State.READY,
                problem=problem,
                item_count=item_count,
            )
        )


def _read_items(database: Database, claim: Claim) -> int:
    with database.read() as connection:
        row = connection.execute(
            select(operation_lists.c.content, operations)
            .join(operations, operations.c.operation_id == operation_lists.c.operation_id)
            .where(operations.c.operation_id == claim.operation_id)
        ).one_or_none()
    if row is None:
        raise LeaseLost  # discarded in the meantime
    choices = CHOICES.validate_json(row.list_choices)
    found = Brought(row.list_name, row.content, row.country, choices)
    with database.write() as connection:
        hold(connection, claim)
        connection.execute(delete(items).where(items.c.operation_id == claim.operation_id))
        connection.execute(
            update(operations)
            .where(_still_reading(claim))
            .values(
                line_count=found.line_count,
                list_reading=READING.dump_json(found.reading).decode(),
                item_count=0,
            )
        )
    countries: Counter[str] = Counter()
    names = found.reading.sheet_names
    rows = rows_of(found.entries(), sheet_names=names, countries=countries)
    count = 0
    while chunk := list(islice(rows, _ENTRIES_AT_ONCE)):
        count += len(chunk)
        if count > MAXIMUM_LINES:
            raise UnreadableFile(_TOO_MANY)
        _store(database, claim, chunk, count, countries)
    return count


def _store(
    database: Database,
    claim: Claim,
    rows: Sequence[ItemRow],
    count: int,
    countries: Counter[str],
) -> None:
    with database.write() as connection:
        hold(connection, claim)
        going_on = connection.execute(
            update(operations)
            .where(_still_reading(claim))
            .values(item_count=count, countries=dumps(countries))
        )
        if going_on.rowcount == 0:
            raise LeaseLost  # discarded in the meantime
        insert_rows(database, connection, claim.operation_id, rows)


def _look_up(stores: Stores, claim: Claim, item_count: int) -> None:
    """What the pools have of it. Where a vendor can't be asked, the preview says nothing of it."""
    database = stores.database
    key = noting.pool_key(database, claim.account_id, claim.pool_id)
    if key is None:
        try:
            noting.refresh(stores, claim.account_id, claim.pool_id)
        except NumberPoolsError:
            return
        key = noting.pool_key(database, claim.account_id, claim.pool_id)
    if key is not None:
        noting.note_time(database, claim.operation_id, key)
    noting.note_pools(database, claim.operation_id, item_count, claim.account_id, key)


def _still_reading(claim: Claim) -> Any:
    return (operations.c.operation_id == claim.operation_id) & (operations.c.state == State.READING)
