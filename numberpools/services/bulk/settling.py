"""Ending operations: those of which nothing is left to do, and those that are cancelled."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operations
from numberpools.domain.outcomes import Outcome
from numberpools.services.bulk import totals, trail
from numberpools.services.bulk.model import State
from numberpools.services.bulk.steps import LOOKING, SECOND_HALVES

Operation = Row[*tuple[Any, ...]]
"""A row of `operations`."""

_CANCELLED_AT_ONCE = 20_000
_NOT_DONE_BECAUSE = "The operation was cancelled before this number's turn."


def must_be_finished() -> ColumnElement[bool]:
    """Batches that have changed something, or may have: cancelling does not stop these."""
    has_begun = and_(batches.c.is_unsettled, batches.c.step.not_in(LOOKING))
    return or_(has_begun, batches.c.step.in_(SECOND_HALVES))


def settle(connection: Connection, operation: Operation, state: State, now: datetime) -> bool:
    """End an operation of which nothing is left to do, or a piece of one that is cancelled."""
    columns = operations.c
    open_batches = select(func.count()).where(
        batches.c.operation_id == operation.operation_id, ~batches.c.is_done
    )
    if state is State.CANCELLING:
        under_way = or_(batches.c.lease_until >= now, must_be_finished())
        if connection.scalar(open_batches.where(under_way)):
            return False
        _cancel(connection, operation, now)
        return True
    if state is not State.RUNNING or connection.scalar(open_batches):
        return False
    # One that was cancelled stays so when its numbers were checked.
    was_cancelled = loads(operation.totals).get(Outcome.CANCELLED)
    ended = connection.execute(
        update(operations)
        .where(columns.operation_id == operation.operation_id, columns.state == State.RUNNING)
        .values(state=State.CANCELLED if was_cancelled else State.FINISHED, finished_at=now)
    )
    if ended.rowcount:
        totals.fold(connection, operation.operation_id)
        trail.record_end(connection, operation.operation_id)
    return ended.rowcount > 0


def _cancel(connection: Connection, operation: Operation, now: datetime) -> None:
    """Cancel some of what is open: nobody gets a batch as long as this takes. End with the last."""
    mine = operations.c.operation_id == operation.operation_id
    reason = operation.problem or _NOT_DONE_BECAUSE
    open_ones = and_(items.c.operation_id == operation.operation_id, items.c.outcome.is_(None))
    counts = Counter(loads(operation.totals))
    # From the first on: so many are cancelled, and none of the places before can be open.
    first = counts[Outcome.CANCELLED]
    rest = select(items.c.position).where(open_ones, items.c.position >= first)
    piece = rest.order_by(items.c.position).limit(_CANCELLED_AT_ONCE).subquery()
    last = connection.scalar(select(func.max(piece.c.position)))
    cancelled = connection.execute(
        update(items)
        .where(open_ones, items.c.position.between(first, -1 if last is None else last))
        .values(outcome=Outcome.CANCELLED, reason=reason)
    )
    counts[Outcome.CANCELLED] += cancelled.rowcount
    connection.execute(update(operations).where(mine).values(totals=totals.as_json(counts)))
    if cancelled.rowcount == _CANCELLED_AT_ONCE:
        return
    connection.execute(
        update(batches)
        .where(batches.c.operation_id == operation.operation_id, ~batches.c.is_done)
        .values(is_done=True, claimed_by=None, lease_until=None)
    )
    connection.execute(
        update(operations)
        .where(mine, operations.c.state == State.CANCELLING)
        .values(state=State.CANCELLED, finished_at=now)
    )
    totals.fold(connection, operation.operation_id)
    trail.record_end(connection, operation.operation_id)
