"""Who works on what: batches are claimed one at a time, under a lease.

All of it happens in one short transaction that holds one lock, so that the limits hold and
operations of one pool keep their order however many processes there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from numberpools import clock
from numberpools.db.columns import UtcDateTime
from numberpools.db.database import Database
from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operations
from numberpools.domain.outcomes import Outcome
from numberpools.services.bulk.model import Action, State
from numberpools.services.bulk.settling import Operation, must_be_finished, settle
from numberpools.services.bulk.totals import as_json

LEASE = timedelta(seconds=15)
"""A claim that has not been renewed for so long belongs to nobody."""

LOCK = "operations"
"""Held by whoever decides what may be claimed."""
_ACTIVE = (State.READING, State.QUEUED, State.RUNNING, State.PAUSED, State.CANCELLING)
_WORKING = (State.READING, State.RUNNING, State.CANCELLING)
"""States in which batches are claimed."""
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


# Built once: these run for every batch, and building takes longer than running.
_IS_IT = and_(batches.c.operation_id == bindparam("of"), batches.c.batch == bindparam("number"))
_IS_OURS = and_(
    _IS_IT,
    batches.c.claimed_by == bindparam("worker"),
    batches.c.attempts == bindparam("attempt"),
)
_ACTIVE_ONES = (
    select(
        *(operations.c[name] for name in ("operation_id", "account_id", "pool_id")),
        *(operations.c[name] for name in ("target_pool_id", "action", "state", "item_count")),
        *(operations.c[name] for name in ("retry_at", "served_at", "totals", "problem")),
        *(operations.c[name] for name in ("started_at", "looked_at")),
    )
    .where(operations.c.state.in_(_ACTIVE))
    .order_by(operations.c.started_at.is_(None), operations.c.queued_at, operations.c.operation_id)
)
_GO_ON = (
    update(operations)
    .where(operations.c.operation_id == bindparam("of"), operations.c.state == bindparam("before"))
    .values(
        state=bindparam("after"),
        retry_at=None,
        started_at=func.coalesce(operations.c.started_at, bindparam("now", type_=UtcDateTime)),
    )
)
_UNDER_WAY = select(batches.c.operation_id).where(batches.c.lease_until >= bindparam("now"))
_FREE = (
    select(batches)
    .where(
        batches.c.operation_id == bindparam("of"),
        ~batches.c.is_done,
        or_(batches.c.lease_until.is_(None), batches.c.lease_until < bindparam("now")),
        or_(batches.c.not_before.is_(None), batches.c.not_before <= bindparam("now")),
    )
    .order_by(batches.c.batch)
    .limit(1)
)
_FREE_TO_FINISH = _FREE.where(must_be_finished())
_CLAIM = (
    update(batches)
    .where(
        _IS_IT,
        ~batches.c.is_done,  # PostgreSQL may have waited here for whoever completed it
        or_(batches.c.lease_until.is_(None), batches.c.lease_until < bindparam("now")),
    )
    .values(
        claimed_by=bindparam("worker"),
        lease_until=bindparam("until"),
        attempts=bindparam("attempt"),
        is_unsettled=True,
    )
)
_SERVED = (
    update(operations)
    .where(operations.c.operation_id == bindparam("of"))
    .values(served_at=bindparam("now"))
)
_TOTALS = select(batches.c.totals).where(_IS_IT)
_COMPLETE = (
    update(batches)
    .where(_IS_OURS)
    .values(
        claimed_by=None,
        lease_until=None,
        **{
            name: bindparam(name)
            for name in (
                *("not_before", "is_unsettled", "losses", "sent_at"),
                *("is_done", "step", "totals", "done_at"),
            )
        },
    )
)
_SUCCEEDED = (
    update(operations)
    .where(
        operations.c.operation_id == bindparam("of"),
        or_(
            operations.c.failures > 0,
            and_(operations.c.state == State.RUNNING, operations.c.problem != ""),
        ),
    )
    .values(failures=0, problem="")
)
_TELL = (
    update(operations)
    .where(operations.c.operation_id == bindparam("of"), operations.c.state == State.RUNNING)
    .values(problem=bindparam("why"))
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many batches are under way at a time, in all processes together."""

    per_operation: int = 8
    per_account: int = 8


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch that is ours."""

    operation_id: str
    account_id: str
    pool_id: str
    target_pool_id: str | None
    action: Action | None
    item_count: int
    batch: int
    step: str
    first: int
    last: int
    attempts: int
    """How often it was claimed, this time included."""
    losses: int
    """How many answers to it were lost before."""
    sent_at: datetime | None
    """No later than this an earlier attempt was carried out, if it was; None: there was none."""
    looked_at: datetime
    """When the pools were looked at before the first call."""
    worker: str

    @property
    def is_repeated(self) -> bool:
        """Whether an earlier attempt may have been carried out."""
        return self.sent_at is not None


class LeaseLost(Exception):
    """Another worker has the batch now: what this one found out does not count."""


def claim(database: Database, limits: Limits, worker: str) -> Claim | None:
    """The next batch, fairly: of the operation that has least under way, and waits longest."""
    with database.glance() as connection:
        if connection.execute(_ACTIVE_ONES).first() is None:
            return None
    found, has_settled = None, True
    while has_settled and not found:  # what waited behind it may begin
        with database.write() as connection:
            database.lock(connection, LOCK)
            found, has_settled = _next(connection, limits, worker)
    return found


def renew(database: Database, claimed: Iterable[Claim]) -> None:
    """Keep claims alive, each in its own transaction: none holds a lock and waits for another."""
    for claim in claimed:
        with suppress(LeaseLost), database.write() as connection:
            hold(connection, claim)


def hold(connection: Connection, claim: Claim) -> None:
    """Make sure that nobody else writes what this claim is about. Raises LeaseLost."""
    until = {"lease_until": clock.shared(connection) + LEASE}
    held = connection.execute(update(batches).where(_IS_OURS).values(until), _ours(claim))
    if held.rowcount == 0:
        raise LeaseLost


def complete(
    connection: Connection,
    claim: Claim,
    totals: Mapping[Outcome, int],
    *,
    next_step: str | None = None,
    not_before: datetime | None = None,
    unsettled: str | None = None,
) -> None:
    """Give the batch back, done, or to be taken up again with the next step.

    `unsettled`: why it is to be done again, where an answer was lost. Raises LeaseLost, after
    which nothing of the transaction may stand.
    """
    ours, now, is_unsettled = _ours(claim), clock.shared(connection), unsettled is not None
    counts = Counter(loads(connection.scalar(_TOTALS, ours) or "{}"))
    counts.update(totals)
    ended = connection.execute(
        _COMPLETE,
        {
            **ours,
            "not_before": not_before,
            "is_unsettled": is_unsettled,
            "losses": claim.losses + is_unsettled,
            "sent_at": now if is_unsettled else None,
            "is_done": next_step is None,
            "step": next_step or claim.step,
            "totals": as_json(counts),
            "done_at": now,
        },
    )
    if ended.rowcount == 0:
        raise LeaseLost
    connection.execute(_SUCCEEDED, {"of": claim.operation_id})
    if is_unsettled:
        connection.execute(_TELL, {"of": claim.operation_id, "why": unsettled})


def release(
    connection: Connection,
    claim: Claim,
    *,
    not_before: datetime | None = None,
    is_unsettled: bool = False,
) -> None:
    """Give the batch back as it was; `is_unsettled`: this attempt may have changed something."""
    connection.execute(
        update(batches)
        .where(_IS_OURS)
        .values(
            claimed_by=None,
            lease_until=None,
            not_before=not_before,
            is_unsettled=claim.is_repeated or is_unsettled,
            sent_at=clock.shared(connection) if is_unsettled else claim.sent_at,
        ),
        _ours(claim),
    )


def next_moment(database: Database) -> datetime | None:
    """When there may be something to do again, by the database's clock: a wait ends, or the lease
    of a dead worker.
    """
    waiting = select(func.min(operations.c.retry_at)).where(operations.c.state == State.PAUSED)
    resting = (
        select(func.min(func.coalesce(batches.c.lease_until, batches.c.not_before)))
        .join(operations, operations.c.operation_id == batches.c.operation_id)
        .where(operations.c.state.in_(_WORKING), ~batches.c.is_done)
    )
    with database.read() as connection:
        moments = [connection.scalar(waiting), connection.scalar(resting)]
    return min(filter(None, moments), default=None)


def _next(connection: Connection, limits: Limits, worker: str) -> tuple[Claim | None, bool]:
    """The next batch; whether an operation, or a piece of one, was ended on the way to it."""
    now = clock.shared(connection)
    has_settled = False
    active = connection.execute(_ACTIVE_ONES).all()
    states = _admit(connection, active, now)
    for operation in _in_turn(connection, active, states, limits, now):
        state = states[operation.operation_id]
        if found := _claim_batch(connection, operation, state, worker, now):
            return found, has_settled
        has_settled |= settle(connection, operation, state, now)
    return None, has_settled


def _ours(claim: Claim) -> dict[str, object]:
    return {
        "of": claim.operation_id,
        "number": claim.batch,
        "worker": claim.worker,
        "attempt": claim.attempts,
    }


def _admit(connection: Connection, active: Sequence[Operation], now: datetime) -> dict[str, State]:
    """Let operations run, each when no earlier one has a pool of its own; gives all states."""
    states = {row.operation_id: State(row.state) for row in active}
    for row in active:
        if row.state == State.PAUSED and row.retry_at is not None and row.retry_at <= now:
            states[row.operation_id] = State.QUEUED
    at_work = (State.RUNNING, State.CANCELLING)
    taken = {pool for row in active if states[row.operation_id] in at_work for pool in _pools(row)}
    for row in active:
        if states[row.operation_id] not in (State.QUEUED, State.PAUSED):
            continue
        if states[row.operation_id] is State.QUEUED and taken.isdisjoint(_pools(row)):
            states[row.operation_id] = State.RUNNING
        taken.update(_pools(row))
    for row in active:
        if states[row.operation_id] != row.state:
            wanted = {"of": row.operation_id, "before": row.state, "now": now}
            connection.execute(_GO_ON, {**wanted, "after": states[row.operation_id]})
    return states


def _pools(row: Operation) -> set[tuple[str, str]]:
    return {(row.account_id, each) for each in (row.pool_id, row.target_pool_id) if each}


def _in_turn(
    connection: Connection,
    active: Sequence[Operation],
    states: Mapping[str, State],
    limits: Limits,
    now: datetime,
) -> Iterator[Operation]:
    """The operations of which one more batch may be under way; of those with few, the first."""
    under_way = Counter(connection.scalars(_UNDER_WAY, {"now": now}))
    accounts: Counter[str] = Counter()
    for row in active:
        accounts[row.account_id] += under_way[row.operation_id]

    def turn(row: Operation) -> tuple[int, int, datetime]:
        served_at = row.served_at or _LONG_AGO
        return accounts[row.account_id], under_way[row.operation_id], served_at

    working = [row for row in active if states[row.operation_id] in _WORKING]
    for row in sorted(working, key=turn):
        if (
            under_way[row.operation_id] < limits.per_operation
            and accounts[row.account_id] < limits.per_account
        ):
            yield row


def _claim_batch(
    connection: Connection, operation: Operation, state: State, worker: str, now: datetime
) -> Claim | None:
    mine = {"of": operation.operation_id, "now": now}
    free = _FREE_TO_FINISH if state is State.CANCELLING else _FREE
    found = connection.execute(free, mine).one_or_none()
    if found is None:
        return None
    lease = {"number": found.batch, "worker": worker, "until": now + LEASE}
    claimed = connection.execute(_CLAIM, {**mine, **lease, "attempt": found.attempts + 1})
    if claimed.rowcount == 0:
        return None
    connection.execute(_SERVED, mine)
    return Claim(
        operation_id=operation.operation_id,
        account_id=operation.account_id,
        pool_id=operation.pool_id,
        target_pool_id=operation.target_pool_id,
        action=Action(operation.action) if operation.action else None,
        item_count=operation.item_count,
        batch=found.batch,
        step=found.step,
        first=found.first,
        last=found.last,
        attempts=found.attempts + 1,
        losses=found.losses,
        sent_at=_sent_at(found, now),
        looked_at=operation.looked_at or operation.started_at or now,
        worker=worker,
    )


def _sent_at(batch: Row[Any], now: datetime) -> datetime | None:
    """When an attempt ended of which nobody knows what it did: its worker may have died."""
    if batch.is_unsettled and batch.claimed_by:
        ended_at: datetime | None = batch.lease_until
        return ended_at or now
    sent_at: datetime | None = batch.sent_at
    return sent_at or (now if batch.is_unsettled else None)
