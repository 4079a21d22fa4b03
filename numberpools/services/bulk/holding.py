"""Holding operations until a person has looked, where the record may be older than what was done.

A backup that was taken in the middle of an operation knows nothing of the calls that were made
since. Going on with it unasked would make them once more. So a worker that finds what nobody has
worked on for an hour pauses it before it claims anything; a command does so at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true, update

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operations
from numberpools.services import audit, health
from numberpools.services.bulk import trail
from numberpools.services.bulk.claims import LOCK
from numberpools.services.bulk.model import Operation, State
from numberpools.services.bulk.report import find_operation

ALONE_FOR = timedelta(hours=1)
"""What nobody has worked on for so long does not go on by itself."""

_columns = operations.c

GOES_ON = or_(
    _columns.state.in_((State.QUEUED, State.RUNNING, State.CANCELLING)),
    and_(_columns.state == State.PAUSED, _columns.retry_at.is_not(None)),
)
"""What workers go on with, without anybody's doing."""

_LEFT_ALONE = (
    "Nobody has worked on this for an hour or longer, as after a backup was put back, or while no "
    "worker ran."
)
_BY_COMMAND = "Held by {}, with the command operations hold."
_WHAT_TO_DO = (
    "If a backup was put back, more may have been done than stands here. Look at the pool, then "
    "resume to go on, or cancel what is left."
)
_WAS_CANCELLED = (
    "It was being cancelled: to resume would do what is left, to cancel leaves it undone."
)


def give_sign_of_life(database: Database, worker_id: str) -> None:
    """Note that a worker is there; before that, hold what nobody has worked on for an hour."""
    if not _is_left_alone(database):
        health.note_worker(database, worker_id)
        return
    with database.write() as connection:
        database.lock(connection, LOCK)
        if _is_left_alone(database):  # nobody else came first
            _hold(connection, _is_untouched(clock.shared(connection)), _LEFT_ALONE)
        health.note_worker(database, worker_id)


def hold_all(database: Database, person: str) -> list[Operation]:
    """Pause all operations that would go on, whether anybody works or not; gives them.

    What a worker has under way is finished first, and reported.
    """
    with database.write() as connection:
        database.lock(connection, LOCK)
        return _hold(connection, true(), _BY_COMMAND.format(person))


def _is_left_alone(database: Database) -> bool:
    """Whether no worker was seen for an hour; False where there never was any."""
    seen_at = health.worker_seen_at(database)
    return seen_at is not None and seen_at <= database.now() - ALONE_FOR


def _is_untouched(now: datetime) -> ColumnElement[bool]:
    """Neither queued nor resumed, and no batch claimed or completed, for an hour."""
    done_at = (
        select(func.max(batches.c.done_at))
        .where(batches.c.operation_id == _columns.operation_id)
        .scalar_subquery()
    )
    since = now - ALONE_FOR
    times = (_columns.queued_at, _columns.started_at, _columns.served_at, done_at)
    return and_(*(or_(time.is_(None), time <= since) for time in times))


def _hold(connection: Connection, which: ColumnElement[bool], reason: str) -> list[Operation]:
    found = connection.execute(
        select(_columns.operation_id, _columns.state)
        .where(GOES_ON, which)
        .order_by(_columns.account_id, _columns.queued_at, _columns.operation_id)
    )
    held = []
    for operation_id, state in found.all():
        words = [reason, _WHAT_TO_DO, *([_WAS_CANCELLED] if state == State.CANCELLING else [])]
        paused = connection.execute(
            update(operations)
            .where(_columns.operation_id == operation_id, GOES_ON)
            .values(state=State.PAUSED, problem=" ".join(words), retry_at=None, failures=0)
        )
        if paused.rowcount:
            _doubt(connection, operation_id)
            trail.record(connection, audit.Action.PAUSE_OPERATION, operation_id)
            held.append(find_operation(connection, operation_id))
    return held


def _doubt(connection: Connection, operation_id: str) -> None:
    """What is open may have been done after the backup: if it goes on, nobody takes it for new."""
    connection.execute(
        update(batches)
        .where(batches.c.operation_id == operation_id, ~batches.c.is_done)
        .values(sent_at=clock.shared(connection))
    )
