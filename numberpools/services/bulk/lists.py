"""Lists and operations come to be: accepted means that all of it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from json import dumps

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, select, update

from numberpools import clock
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operation_lists, operations
from numberpools.domain.numbers import country_of, is_number
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Doubt, Entry
from numberpools.errors import InvalidInput, InvalidParameter, OperationChanged
from numberpools.services import audit
from numberpools.services.bulk import steps, trail
from numberpools.services.bulk.brought import (
    CHOICES,
    NOT_TOLD,
    NOTHING_CHOSEN,
    ListChoices,
    Reading,
)
from numberpools.services.bulk.model import Action, Change, Operation, State
from numberpools.services.bulk.report import get_operation, version_of
from numberpools.services.bulk.rows import ItemRow, insert_rows, rows_of
from numberpools.services.bulk.storing import (
    as_stored,
    derived_id,
    insert_batch,
    insert_operation,
    storing,
)
from numberpools.stores import Stores

ENTRIES_AT_ONCE = 1_000
"""A longer list is read in the background, and looked at before it starts."""
_UNDECIDED = (
    "Numbers of this list are left out, and would be removed from the pool: say first whether to "
    "read them."
)
_WITH_RANGES = (
    "Entries of this list stand for ranges that are not read, and their numbers would be removed "
    "from the pool: put in every number of these ranges, or mend the entries."
)


def entries_of(numbers: Sequence[str]) -> list[Entry]:
    """A list of numbers that are meant exactly as they stand, whether any country has them or not.

    Raises InvalidInput where one of them is none.
    """
    if not all(map(is_number, numbers)):
        raise InvalidInput([InvalidParameter("number", "must be 7 to 15 digits.")])
    return [
        Entry(line, f"+{number}", number, country_of(number), None)
        for line, number in enumerate(numbers, start=1)
    ]


def start(
    stores: Stores,
    *,
    form_id: str,
    account_id: str,
    pool_id: str,
    action: Action,
    entries: Sequence[Entry],
    started_by: str,
    country: str = "",
    choices: ListChoices = NOTHING_CHOSEN,
    reading: Reading = NOT_TOLD,
) -> str:
    """Store an operation that adds or removes these entries, read by these choices; gives its id.

    The same form with the same list is the same operation: a double click makes one. With another
    list it is another one: the browser's Back brings the form again, to be changed. Raises
    InvalidInput (no entries, a malformed id), PoolNotFound, and what the store raises.
    """
    content = "\n".join(f"{entry.number} {entry.text}" for entry in entries)
    operation_id = _operation_id(form_id, account_id, pool_id, action, content.encode())
    if not entries:
        raise InvalidInput([InvalidParameter("numbers", "Type or paste at least one number.")])
    stores.of(account_id).get_pool(pool_id)
    # Whatever is in the pool can be removed; only valid numbers are added.
    removable = {entry.number for entry in entries if entry.number and action is Action.REMOVE}
    rows = list(rows_of(entries, removable, reading.sheet_names))
    operation = {
        **_operation(operation_id, account_id, pool_id, started_by),
        "action": action,
        "state": State.QUEUED,
        "country": country,
        **as_stored(choices, reading),
        "line_count": entries[-1].line,
        "item_count": len(rows),
        "totals": _totals(rows),
    }
    with storing(stores.database, operation) as connection:
        insert_operation(connection, operation)
        insert_rows(stores.database, connection, operation_id, rows, Change(action))
        insert_batch(connection, operation_id, steps.PREPARE)
        trail.record(connection, audit.Action.START_OPERATION, operation_id)
    return operation_id


def submit_list(
    stores: Stores,
    *,
    form_id: str,
    account_id: str,
    pool_id: str,
    name: str,
    content: bytes,
    country: str,
    started_by: str,
    choices: ListChoices = NOTHING_CHOSEN,
) -> str:
    """Store a file, or a text without a name, to be read and looked at; gives its id.

    Nothing happens to the pool before `begin`. Raises InvalidInput, PoolNotFound.
    """
    chosen = CHOICES.dump_json(choices)
    operation_id = _operation_id(form_id, account_id, pool_id, name, country, chosen, content)
    if not content or content.isspace():
        reason = "This file is empty." if name else "Type or paste at least one number."
        raise InvalidInput([InvalidParameter("numbers", reason)])
    stores.of(account_id).get_pool(pool_id)
    operation = {
        **_operation(operation_id, account_id, pool_id, started_by),
        "state": State.READING,
        "list_name": name,
        "country": country,
        "list_choices": chosen.decode(),
    }
    with storing(stores.database, operation) as connection:
        insert_operation(connection, operation)
        stored = {"operation_id": operation_id, "content": content}
        connection.execute(insert(operation_lists), stored)
        insert_batch(connection, operation_id, steps.READ)
    return operation_id


def read_again(
    stores: Stores, account_id: str, operation_id: str, *, choices: ListChoices, country: str
) -> None:
    """Read the list once more, by other choices.

    Raises OperationNotFound, OperationChanged.
    """
    get_operation(stores.database, account_id, operation_id)
    with stores.database.write() as connection:
        _to_state(
            connection,
            operation_id,
            (State.READY, State.UNREADABLE),
            state=State.READING,
            action=None,
            list_choices=CHOICES.dump_json(choices).decode(),
            country=country,
            item_count=0,
            problem="",
        )
        insert_batch(connection, operation_id, steps.READ)


def compare(stores: Stores, account_id: str, operation_id: str) -> None:
    """Find out what would make the pool equal to the list, to be looked at before `begin`.

    Raises OperationNotFound, OperationChanged; InvalidInput where numbers of the list are left out
    and nobody has decided that, or where entries stand for ranges.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    if operation.reading.undecided:
        raise InvalidInput([InvalidParameter("columns", _UNDECIDED)])
    with stores.database.write() as connection:
        if connection.scalar(select(_has_ranges(operation_id))):
            raise InvalidInput([InvalidParameter("settled", _WITH_RANGES)])
        ready = {"state": State.READING, "action": Action.MAKE_EQUAL, "problem": ""}
        _to_state(connection, operation_id, (State.READY,), **ready)
        insert_batch(connection, operation_id, steps.COMPARE)


def _has_ranges(operation_id: str) -> ColumnElement[bool]:
    """Whether a refused entry stands for several numbers, which nobody can tell from others."""
    return exists().where(
        items.c.operation_id == operation_id,
        items.c.outcome == Outcome.INVALID,
        items.c.number.is_(None),
        items.c.doubt.in_([Doubt.RANGE, Doubt.EXAMPLE]),
    )


def begin(
    stores: Stores,
    account_id: str,
    operation_id: str,
    action: Action,
    target: str | None = None,
    *,
    person: str | None = None,
    version: int | None = None,
) -> None:
    """Start what was looked at. Doing it twice is harmless.

    `target`: the other pool of a move. `person`: who starts it, where it is not the one who brought
    the list. `version`: of the `Look` that they have had, where they have had one.

    Raises OperationNotFound, OperationChanged, InvalidInput, PoolNotFound, what the store raises.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    if not operation.state.is_list and operation.action is action:
        return
    _refuse_what_does_not_fit(stores, operation, action, target)
    change = Change.ADD if action is Action.MAKE_EQUAL else Change(action)
    # From now on it is the doing of whoever starts it; the trail keeps who brought the list.
    person = person or operation.started_by
    brought = {} if person == operation.started_by else {"brought_by": operation.started_by}
    target = target if action is Action.MOVE else None
    values = {"action": action, "target_pool_id": target, "started_by": person}
    with stores.database.write() as connection:
        now = clock.shared(connection)
        queued = {"state": State.QUEUED, "created_at": now, "queued_at": now}
        _to_state(connection, operation_id, (State.READY,), **values, **queued)
        if version is not None and version != version_of(connection, operation_id):
            raise OperationChanged("The list was read or compared once more: look at it again.")
        _decide(connection, operation_id, change)
        insert_batch(connection, operation_id, steps.PREPARE)
        _forget_list(connection, operation_id)
        trail.record(connection, audit.Action.START_OPERATION, operation_id, **brought)


def _refuse_what_does_not_fit(
    stores: Stores, operation: Operation, action: Action, target: str | None
) -> None:
    if action is Action.MOVE and target in (None, "", operation.pool_id):
        raise InvalidInput([InvalidParameter("target", "Choose the pool to move them to.")])
    if action is Action.MAKE_EQUAL and operation.action is not Action.MAKE_EQUAL:
        raise OperationChanged("What would be removed has not been looked at yet.")
    if action is not Action.MAKE_EQUAL and operation.action is Action.MAKE_EQUAL:
        raise OperationChanged("Somebody has compared this list with the pool: look at it again.")
    if target and action is Action.MOVE:
        stores.of(operation.account_id).get_pool(target)


def discard(stores: Stores, account_id: str, operation_id: str) -> None:
    """Forget a list that was not started. Raises OperationNotFound, OperationChanged."""
    get_operation(stores.database, account_id, operation_id)
    with stores.database.write() as connection:
        _to_state(connection, operation_id, _LISTS, state=State.READY)
        trail.record(connection, audit.Action.DISCARD_LIST, operation_id)
        connection.execute(delete(operations).where(operations.c.operation_id == operation_id))


_LISTS = (State.READING, State.READY, State.UNREADABLE)


def discard_old(stores: Stores, before: datetime) -> None:
    """Forget lists that nobody has started since."""
    with stores.database.write() as connection:
        connection.execute(
            delete(operations).where(
                operations.c.state.in_(_LISTS), operations.c.created_at < before
            )
        )


def _decide(connection: Connection, operation_id: str, change: Change) -> None:
    """Say of each number what is to be done with it, and count what is decided already."""
    mine = items.c.operation_id == operation_id
    undecided: ColumnElement[bool] = items.c.change.is_(None)
    if change is not Change.ADD:
        # Whatever is in the pool can be taken out of it, whether any country has such a number.
        refused = items.c.outcome == Outcome.INVALID, items.c.number.is_not(None)
        connection.execute(
            update(items)
            .where(mine, *refused, ~_is_taken_elsewhere())
            .values(outcome=None, reason="")
        )
    connection.execute(
        update(items)
        .where(and_(mine, undecided), items.c.number.is_not(None))
        .values(change=change)
    )
    counts = connection.execute(
        select(items.c.outcome, func.count())
        .where(mine, items.c.outcome.is_not(None))
        .group_by(items.c.outcome)
    )
    connection.execute(
        update(operations)
        .where(operations.c.operation_id == operation_id)
        .values(totals=dumps(dict(iter(counts))))
    )


def _is_taken_elsewhere() -> ColumnElement[bool]:
    """Whether another entry of the list has the number, and is not refused."""
    other = items.alias()
    return exists().where(
        other.c.operation_id == items.c.operation_id,
        other.c.number == items.c.number,
        other.c.position != items.c.position,
        other.c.outcome.is_(None),
    )


def _to_state(
    connection: Connection, operation_id: str, before: Sequence[State], **values: object
) -> None:
    changed = connection.execute(
        update(operations)
        .where(operations.c.operation_id == operation_id, operations.c.state.in_(before))
        .values(values)
    )
    if changed.rowcount == 0:
        raise OperationChanged("Somebody has started or discarded this list in the meantime.")


def _forget_list(connection: Connection, operation_id: str) -> None:
    mine = operation_lists.c.operation_id == operation_id
    connection.execute(delete(operation_lists).where(mine))


def _operation(
    operation_id: str, account_id: str, pool_id: str, started_by: str
) -> dict[str, object]:
    return {
        "operation_id": operation_id,
        "account_id": account_id,
        "pool_id": pool_id,
        "started_by": started_by,
    }


def _totals(rows: Sequence[ItemRow]) -> str:
    return dumps(Counter(row.outcome for row in rows if row.outcome is not None))


def _operation_id(form_id: str, *content: str | bytes) -> str:
    digest = sha256()
    for part in content:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return derived_id(form_id, digest.hexdigest())
