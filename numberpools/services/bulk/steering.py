"""Steering what runs: pause, resume, cancel, try again, check, undo."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operations
from numberpools.domain.outcomes import Outcome
from numberpools.errors import OperationChanged
from numberpools.services import audit
from numberpools.services.bulk import preparing, steps, trail
from numberpools.services.bulk.model import INVERSE, RETRIED, Action, Change, Operation, State
from numberpools.services.bulk.report import get_operation
from numberpools.services.bulk.storing import (
    as_stored,
    derived_id,
    insert_batch,
    insert_operation,
    storing,
)
from numberpools.stores import Stores

_PAUSED = "Paused by {}."


def pause(stores: Stores, account_id: str, operation_id: str, person: str) -> None:
    """What is under way is finished and reported. Raises OperationNotFound, OperationChanged."""
    values = {"state": State.PAUSED, "problem": _PAUSED.format(person), "retry_at": None}
    before = (State.QUEUED, State.RUNNING, State.PAUSED)
    action = audit.Action.PAUSE_OPERATION
    _change(stores, (account_id, operation_id), action, before, values)


def resume(stores: Stores, account_id: str, operation_id: str) -> None:
    """Raises OperationNotFound, OperationChanged."""
    values = {
        "state": State.QUEUED,
        "problem": "",
        "retry_at": None,
        "failures": 0,
        "served_at": stores.database.now(),  # from now on it is not left alone (`holding`)
    }
    before = (State.PAUSED, State.QUEUED, State.RUNNING)
    action = audit.Action.RESUME_OPERATION
    _change(stores, (account_id, operation_id), action, before[:1], values, harmless=before[1:])


def cancel(stores: Stores, account_id: str, operation_id: str) -> None:
    """What is under way is finished and reported, the rest is cancelled.

    Raises OperationNotFound, OperationChanged.
    """
    values = {"state": State.CANCELLING, "problem": "", "retry_at": None}
    before = (State.QUEUED, State.RUNNING, State.PAUSED)
    done = (State.CANCELLING, State.CANCELLED)
    action = audit.Action.CANCEL_OPERATION
    _change(stores, (account_id, operation_id), action, before, values, harmless=done)


def check(stores: Stores, account_id: str, operation_id: str) -> None:
    """Look up what became of the numbers that are not confirmed.

    Raises OperationNotFound, OperationChanged.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    if not operation.totals.get(Outcome.NOT_CONFIRMED):
        return
    size = preparing.batch_size(stores.of(account_id))
    with stores.database.write() as connection:
        now = clock.shared(connection)
        changed = connection.execute(
            update(operations)
            .where(operations.c.operation_id == operation_id)
            .where(operations.c.state.in_((State.FINISHED, State.CANCELLED)))
            .values(state=State.QUEUED, queued_at=now, finished_at=None, problem="")
        )
        if changed.rowcount == 0:
            raise OperationChanged("It is still under way: wait until it has ended.")
        preparing.make_batches(connection, operation_id, size, Outcome.NOT_CONFIRMED)
        trail.record(connection, audit.Action.CHECK_OPERATION, operation_id)


def retry(stores: Stores, account_id: str, operation_id: str, *, form_id: str, person: str) -> str:
    """Start an operation for the numbers that failed and may fare better now; gives its id.

    Raises OperationNotFound, OperationChanged (nothing to try again), InvalidInput.
    """
    operation = _ended(stores, account_id, operation_id)
    again = and_(
        items.c.operation_id == operation_id,
        items.c.change.is_not(None),
        items.c.outcome.in_(RETRIED),
    )
    new_id = derived_id(form_id, operation_id)
    return _derive(stores, operation, new_id, person, wanted=again, change=items.c.change)


def undo(stores: Stores, account_id: str, operation_id: str, person: str) -> str:
    """Start the operation that puts back exactly what this one changed; gives its id.

    Numbers that were in a pool before stay there. Doing it twice makes one operation. Raises
    OperationNotFound, OperationChanged.
    """
    operation = _ended(stores, account_id, operation_id)
    if awaits_check(stores.database, operation):
        raise OperationChanged("Check the numbers that are not confirmed first.")
    new_id = str(uuid5(UUID(operation_id), "undo"))
    changed = and_(items.c.operation_id == operation_id, _inverse().is_not(None))
    return _derive(stores, operation, new_id, person, wanted=changed, change=_inverse(), undo=True)


def awaits_check(database: Database, operation: Operation) -> bool:
    """Whether numbers are not confirmed, and nobody has had them looked up yet.

    What a look can't settle either keeps nobody from undoing the rest.
    """
    if not operation.totals.get(Outcome.NOT_CONFIRMED):
        return False
    checks = select(batches.c.batch).where(
        batches.c.operation_id == operation.operation_id,
        batches.c.step == steps.CHECK,
        batches.c.is_done,
    )
    with database.read() as connection:
        return connection.scalar(checks.limit(1)) is None


def can_undo(database: Database, operation: Operation) -> bool:
    """Whether an undo would put anything back: of half a million numbers that is told at once."""
    if operation.change_count or operation.target_pool_id is None:
        return operation.change_count > 0
    query = select(items.c.position).where(
        items.c.operation_id == operation.operation_id, _inverse().is_not(None)
    )
    with database.read() as connection:
        return connection.scalar(query.limit(1)) is not None


def undo_count(database: Database, operation: Operation) -> int:
    """How many numbers an undo would put back."""
    if operation.target_pool_id is None:
        return operation.change_count
    query = select(func.count()).where(
        items.c.operation_id == operation.operation_id, _inverse().is_not(None)
    )
    with database.read() as connection:
        return connection.scalar(query) or 0


def follow_renaming(database: Database, account_id: str, old_id: str, new_id: str) -> None:
    """A pool has another id now: its operations go on, and are undone, under that one.

    Operations of a pool that was deleted, and had the id before, stay what they are.
    """
    since = audit.deleted_at(database, account_id, old_id)
    for column in (operations.c.pool_id, operations.c.target_pool_id):
        renamed = update(operations).where(operations.c.account_id == account_id, column == old_id)
        if since is not None:
            renamed = renamed.where(operations.c.created_at > since)
        with database.write() as connection:
            connection.execute(renamed.values({column: new_id}))


def _inverse() -> ColumnElement[str | None]:
    """What takes an item's change back; NULL where it changed nothing."""
    was_in_new = case((items.c.change == Change.MOVE, items.c.was_there), else_=items.c.was_here)
    had_new = func.coalesce(was_in_new, false())
    is_move = items.c.change.in_((Change.MOVE, Change.BRING))
    simple = and_(items.c.outcome.in_((Outcome.ADDED, Outcome.REMOVED)), not_(is_move))
    moved = items.c.outcome == Outcome.MOVED
    came = and_(is_move, items.c.outcome == Outcome.ADDED)
    settled = (Outcome.MOVED, Outcome.ADDED, Outcome.ALREADY_IN_POOL)
    stuck = and_(is_move, items.c.is_half_done, items.c.outcome.not_in(settled))
    is_bring = items.c.change == Change.BRING
    return case(
        *[
            (and_(or_(simple, and_(moved, not_(had_new))), items.c.change == change), str(inverse))
            for change, inverse in INVERSE.items()
        ],
        # It was put into one pool, and somebody else had taken it out of the other.
        (and_(came, is_bring), str(Change.REMOVE)),
        (came, str(Change.REMOVE_THERE)),
        (and_(moved, is_bring), str(Change.ADD_THERE)),
        (moved, str(Change.ADD)),
        # It stands in both pools, or was moved by another try since.
        (and_(stuck, not_(had_new), is_bring), str(Change.MOVE)),
        (and_(stuck, not_(had_new)), str(Change.BRING)),
        else_=None,
    )


def _derive(
    stores: Stores,
    source: Operation,
    new_id: str,
    person: str,
    *,
    wanted: ColumnElement[bool],
    change: ColumnElement[str | None],
    undo: bool = False,
) -> str:
    """Store an operation for some of another's items."""
    for pool_id in filter(None, (source.pool_id, source.target_pool_id)):
        deleted_at = audit.deleted_at(stores.database, source.account_id, pool_id)
        if deleted_at is not None and deleted_at > source.created_at:
            raise OperationChanged(f"The pool {pool_id} that it was about has been deleted since.")
    operation = {
        "operation_id": new_id,
        "account_id": source.account_id,
        "pool_id": source.pool_id,
        "target_pool_id": source.target_pool_id,
        "action": Action.UNDO if undo else source.action,
        "state": State.QUEUED,
        "started_by": person,
        "undo_of": source.operation_id if undo else None,
        "country": source.country,
        "line_count": source.line_count,
        **as_stored(source.choices, source.reading),
    }
    with storing(stores.database, operation) as connection:
        insert_operation(connection, operation)
        count = _copy_items(connection, new_id, wanted, change)
        if count == 0:
            raise OperationChanged("There is nothing in it to be done again or put back.")
        mine = operations.c.operation_id == new_id
        connection.execute(update(operations).where(mine).values(item_count=count))
        insert_batch(connection, new_id, steps.PREPARE)
        trail.record(connection, audit.Action.START_OPERATION, new_id)
    return new_id


def _copy_items(
    connection: Connection,
    new_id: str,
    wanted: ColumnElement[bool],
    change: ColumnElement[str | None],
) -> int:
    columns = items.c
    place = func.row_number().over(order_by=columns.position) - 1
    rows = select(
        literal(new_id),
        place,
        columns.line,
        columns.text,
        columns.number,
        columns.sheet,
        columns.note,
        change,
        literal(value=False),
        literal(""),
    ).where(wanted)
    names = ["operation_id", "position", "line", "text", "number", "sheet", "note", "change"]
    connection.execute(insert(items).from_select([*names, "is_half_done", "reason"], rows))
    mine = items.c.operation_id == new_id
    return connection.scalar(select(func.count()).select_from(items).where(mine)) or 0


def _ended(stores: Stores, account_id: str, operation_id: str) -> Operation:
    operation = get_operation(stores.database, account_id, operation_id)
    if not operation.state.has_ended:
        raise OperationChanged("It is still under way: wait until it has ended.")
    return operation


def _change(
    stores: Stores,
    operation: tuple[str, str],
    action: audit.Action,
    before: tuple[State, ...],
    values: Mapping[str, object],
    *,
    harmless: tuple[State, ...] = (),
) -> None:
    account_id, operation_id = operation
    with stores.database.write() as connection:
        changed = connection.execute(
            update(operations)
            .where(
                operations.c.operation_id == operation_id,
                operations.c.account_id == account_id,
                operations.c.state.in_(before),
            )
            .values(values)
        )
        if changed.rowcount:
            trail.record(connection, action, operation_id)
            return
        if get_operation(stores.database, account_id, operation_id).state not in harmless:
            raise OperationChanged("It has ended, or was not started yet.")
