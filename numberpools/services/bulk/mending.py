"""An entry of a list that was refused is typed anew, and read again where it stands."""

from __future__ import annotations

from json import dumps, loads
from typing import Any

from sqlalchemy import Connection, and_, select, update

from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operations
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Entry
from numberpools.errors import InvalidInput, InvalidParameter, OperationChanged
from numberpools.services.bulk import noting, steps
from numberpools.services.bulk.brought import CHOICES, read_instead
from numberpools.services.bulk.model import Operation, State
from numberpools.services.bulk.report import get_operation
from numberpools.services.bulk.rows import duplicate_of
from numberpools.services.bulk.storing import insert_batch
from numberpools.stores import Stores


def mend(stores: Stores, account_id: str, operation_id: str, position: int, text: str) -> None:
    """Read a text in the place of a refused entry, and of all that are written just like it.

    It is kept with the list's choices, so that it holds when the list is read again. Raises
    OperationNotFound, OperationChanged; InvalidInput where the text is not one entry.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    key = noting.pool_key(stores.database, account_id, operation.pool_id)
    with stores.database.write() as connection:
        item = _refused(connection, operation_id, position)
        entry = _one_entry(operation, item, text)
        alike = and_(
            items.c.operation_id == operation_id,
            items.c.outcome == Outcome.INVALID,
            items.c.text == item.text,
        )
        for place in connection.scalars(select(items.c.position).where(alike)).all():
            _store(connection, operation, place, entry)
        if entry.number:
            noting.note_number(connection, operation_id, entry.number, account_id, key)
        _keep(connection, operation, item.text, text)


def _refused(connection: Connection, operation_id: str, position: int) -> Any:
    """The entry, of a list that nobody begins or reads again in the meantime."""
    is_waiting = operations.c.state == State.READY, operations.c.action.is_(None)
    mine = operations.c.operation_id == operation_id
    waits = connection.scalar(select(mine).where(mine, *is_waiting).with_for_update())
    query = select(items.c.text, items.c.line).where(
        items.c.operation_id == operation_id,
        items.c.position == position,
        items.c.outcome == Outcome.INVALID,
    )
    found = connection.execute(query).one_or_none()
    if not waits or found is None:
        raise OperationChanged("This list has changed in the meantime: look at it again.")
    return found


def _one_entry(operation: Operation, item: Any, text: str) -> Entry:
    refused = Entry(item.line, item.text, None, None, "")
    entries = read_instead(refused, text, operation.country or None, operation.choices.entries)
    if len(entries) != 1:
        raise InvalidInput([InvalidParameter("text", "Type one phone number.")])
    return entries[0]


def _store(connection: Connection, operation: Operation, position: int, entry: Entry) -> None:
    mine = items.c.operation_id == operation.operation_id
    outcome, reason = (Outcome.INVALID, entry.problem) if entry.problem else (None, "")
    first = (
        select(items.c.line, items.c.sheet)
        .where(mine, items.c.number == entry.number, items.c.position != position)
        .order_by(items.c.position)
    )
    if entry.number and (same := connection.execute(first).first()):
        outcome = Outcome.DUPLICATE
        reason = duplicate_of(same.line, same.sheet, operation.reading.sheet_names)
    values = {
        "text": entry.text,
        "number": entry.number,
        "outcome": outcome,
        "reason": reason,
        "doubt": entry.doubt,
        "note": entry.note,
    }
    connection.execute(update(items).where(mine, items.c.position == position).values(values))
    if outcome is None:
        _count_country(connection, operation, entry.country or "")


def _count_country(connection: Connection, operation: Operation, country: str) -> None:
    mine = operations.c.operation_id == operation.operation_id
    countries = loads(connection.scalar(select(operations.c.countries).where(mine)) or "{}")
    countries[country] = countries.get(country, 0) + 1
    connection.execute(update(operations).where(mine).values(countries=dumps(countries)))


def _keep(connection: Connection, operation: Operation, typed: str, instead: str) -> None:
    """With the list's choices; what somebody had before them is an older look from now on."""
    mine = operations.c.operation_id == operation.operation_id
    before = connection.scalar(select(operations.c.list_choices).where(mine)) or "{}"
    choices = CHOICES.validate_json(before)
    choices.mended[typed] = instead
    connection.execute(
        update(operations).where(mine).values(list_choices=CHOICES.dump_json(choices).decode())
    )
    insert_batch(connection, operation.operation_id, steps.READ, is_done=True)
