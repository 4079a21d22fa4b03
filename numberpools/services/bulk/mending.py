"""An entry of a list that was refused is typed anew, and read again where it stands."""

from __future__ import annotations

from json import dumps, loads
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, not_, or_, select, update

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

_FIRST = select(items.c.position, items.c.line, items.c.sheet).order_by(items.c.position).limit(1)


def mend(stores: Stores, account_id: str, operation_id: str, position: int, text: str) -> Entry:
    """Read a text in the place of a refused entry, and of all that are written just like it.

    Returns what it was read as. It is kept with the list's choices, so that it holds when the list
    is read again. Raises OperationNotFound, OperationChanged; InvalidInput where the text is not
    one entry.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    key = noting.pool_key(stores.database, account_id, operation.pool_id)
    with stores.database.write() as connection:
        item = _refused(connection, operation_id, position)
        entry = _one_entry(operation, item, text)
        # Those that were duplicates of it, written alike, are refused for the same reason.
        is_alike = and_(
            items.c.operation_id == operation_id,
            items.c.text == item.text,
            items.c.outcome.is_not(None),
            or_(
                items.c.outcome == Outcome.INVALID,
                and_(items.c.outcome == Outcome.DUPLICATE, items.c.number == item.number),
            ),
        )
        _store(connection, operation, is_alike, entry)
        if item.number:
            _release(connection, operation, item)
        if entry.number:
            noting.note_number(connection, operation_id, entry.number, account_id, key)
        _keep(connection, operation, item.text, text)
    return entry


def _refused(connection: Connection, operation_id: str, position: int) -> Any:
    """The entry, of a list that nobody begins or reads again in the meantime."""
    is_waiting = operations.c.state == State.READY, operations.c.action.is_(None)
    mine = operations.c.operation_id == operation_id
    waits = connection.scalar(select(mine).where(mine, *is_waiting).with_for_update())
    query = select(items.c.text, items.c.line, items.c.number, items.c.reason).where(
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


def _store(
    connection: Connection, operation: Operation, is_alike: ColumnElement[bool], entry: Entry
) -> None:
    """Store the entry for all that are alike: the first one counts, unless another one does."""
    first = connection.execute(_FIRST.where(is_alike)).one()
    same = None
    if entry.number:
        counts = _counts(operation, entry.number, with_refused=entry.problem is not None)
        same = connection.execute(_FIRST.where(counts, not_(is_alike))).first()
    own = {"outcome": Outcome.INVALID if entry.problem else None, "reason": entry.problem or ""}
    others = _duplicate_of(operation, same or first) if entry.number else own
    values = {"text": entry.text, "number": entry.number, "doubt": entry.doubt, "note": entry.note}
    connection.execute(update(items).where(is_alike).values(**values, **others))
    if same is None:
        mine = items.c.operation_id == operation.operation_id
        at_first = update(items).where(mine, items.c.position == first.position)
        connection.execute(at_first.values(own))
        if not entry.problem:
            _count_country(connection, operation, entry.country or "")


def _release(connection: Connection, operation: Operation, item: Any) -> None:
    """Refuse what was a duplicate of the entry for the reason that the entry had."""
    counts = _counts(operation, item.number, with_refused=True)
    if connection.scalar(select(exists().where(counts))):
        return
    mine = and_(items.c.operation_id == operation.operation_id, items.c.number == item.number)
    if first := connection.execute(_FIRST.where(mine)).first():
        connection.execute(update(items).where(mine).values(_duplicate_of(operation, first)))
        refused = {"outcome": Outcome.INVALID, "reason": item.reason}
        at_first = update(items).where(mine, items.c.position == first.position)
        connection.execute(at_first.values(refused))


def _counts(operation: Operation, number: str, *, with_refused: bool) -> ColumnElement[bool]:
    """Whether an item is the one of which others with its number are duplicates."""
    outcome = items.c.outcome
    is_taken = outcome.is_(None)
    return and_(
        items.c.operation_id == operation.operation_id,
        items.c.number == number,
        or_(is_taken, outcome == Outcome.INVALID) if with_refused else is_taken,
    )


def _duplicate_of(operation: Operation, first: Any) -> dict[str, Any]:
    reason = duplicate_of(first.line, first.sheet, operation.reading.sheet_names)
    return {"outcome": Outcome.DUPLICATE, "reason": reason}


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
