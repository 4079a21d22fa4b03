"""What a worker does: batch after batch, whatever happens on the way."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import uniform
from threading import Event, Thread
from time import monotonic
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import SQLAlchemyError

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.domain.outcomes import Outcome
from numberpools.errors import (
    DatabaseUnavailable,
    NotConfirmed,
    NotEnabled,
    NotTrusted,
    NumberPoolsError,
    PoolNotFound,
    RateLimited,
    UnreadableFile,
    VendorError,
    WrongCredentials,
)
from numberpools.services.bulk import (
    changing,
    claims,
    comparing,
    holding,
    preparing,
    reading,
    steps,
)
from numberpools.services.bulk.claims import (
    Claim,
    LeaseLost,
    Limits,
    claim,
    complete,
    release,
    renew,
)
from numberpools.services.bulk.model import State
from numberpools.stores import Stores
from numberpools.stores.vonage_patience import patience

logger = logging.getLogger(__name__)

E = TypeVar("E", bound=NumberPoolsError)

SECONDS_OF_A_TURN = 20.0
"""After so long a task ends and another one goes on, so that other tasks have their turn."""
_SECONDS_OF_A_CALL = 60.0
_SECONDS_OF_A_LOOK = 3600.0
_LONGEST_BACKOFF = 300.0
_FIRST_BACKOFF = 1.0
_AFTER_A_CRASH = timedelta(seconds=30)
_CRASHES = 5
_ATTEMPTS_WHEN_CANCELLING = 8
_SMALL = 100
"""An operation of so few numbers has a person waiting for it."""

_NO_USE_TO_TRY = (WrongCredentials, NotEnabled, NotTrusted)
_BROKEN_OFF = (
    "Work on this list was broken off five times: split it, or save the numbers alone as .csv."
)
_CRASHED = "Something went wrong here; it has been logged. Resume to try again."


@dataclass
class Worker:
    """Works for one process. Threads share it."""

    stores: Stores
    limits: Limits
    wake: Callable[[int], object] = lambda _count: None
    """Called with how many more tasks could find work."""
    _names: dict[int, str] = field(default_factory=dict)
    """By process id: a process that is forked from this one works under another name."""
    _ended: Event = field(default_factory=Event)
    _seen: str = ""
    """The name under which it has come to work."""
    _life: Thread | None = None
    _claimed: set[Claim] = field(default_factory=set)
    """What is under way. Only this is renewed: what a thread lost sight of is taken over."""
    _stopping: Event = field(default_factory=Event)
    _changed: set[tuple[str, str]] = field(default_factory=set)
    """Account and id of pools at a vendor, to be copied once nothing more is to be done."""

    def work(self, seconds: float = SECONDS_OF_A_TURN) -> bool:
        """Do what there is to do for so long; whether there may be more."""
        ends_at = monotonic() + seconds
        self._come_to_work()
        others_told = False
        while found := claim(self.stores.database, self.limits, self.name):
            if not others_told and found.step not in steps.LOOKING:
                self.wake(min(self.limits.per_operation - 1, found.item_count // _SMALL))
                others_told = True
            self.run(found)
            if self._stopping.is_set() or monotonic() >= ends_at:
                return True
        self._tell_of_changes()
        return False

    def _come_to_work(self) -> None:
        """Before anything is claimed: what nobody has worked on for long waits for a person."""
        if self._seen != self.name:
            holding.give_sign_of_life(self.stores.database, self.name)
            self._seen = self.name  # threads may come at once: the second finds nothing to hold

    def stop(self) -> None:
        """Begin no other batch: those under way are the last ones."""
        self._stopping.set()

    @property
    def name(self) -> str:
        """Of this process; another one after a fork. It gives signs of life from then on."""
        process = os.getpid()
        if name := self._names.get(process):
            return name
        new = uuid4().hex
        name = self._names.setdefault(process, new)
        if name == new:  # of threads that come at once, one begins
            self._ended = Event()
            self._life = Thread(target=self._live, args=(self._ended,), daemon=True)
            self._life.start()
        return name

    def run(self, found: Claim) -> None:
        """Do one batch; what goes wrong is stored where a person sees it.

        What cannot be stored just now is taken over when its lease has run out.
        """
        self._claimed.add(found)
        try:
            with suppress(DatabaseUnavailable):
                self._run_and_tell(found)
        finally:
            self._claimed.discard(found)
            if found.step not in steps.LOOKING and found.account_id in self.stores.vendor_accounts:
                pools = filter(None, (found.pool_id, found.target_pool_id))
                self._changed.update((found.account_id, pool_id) for pool_id in pools)

    def _run_and_tell(self, found: Claim) -> None:
        try:
            self._run(found)
        except DatabaseUnavailable:
            raise
        except LeaseLost:
            logger.warning("Batch %s of operation %s was lost", found.batch, found.operation_id)
        except PoolNotFound as exc:
            self._give_up(found, exc)
        except VendorError as exc:
            self._give_back(found, _pause, exc)
        except NumberPoolsError as exc:
            self._give_back(found, _hold, exc)
        except Exception:
            logger.exception("Batch %s of operation %s failed", found.batch, found.operation_id)
            self._recover(found)

    def _run(self, found: Claim) -> None:
        is_list = found.step in (steps.READ, steps.COMPARE)
        if is_list and found.is_repeated and found.attempts > _CRASHES:
            raise UnreadableFile(_BROKEN_OFF)  # its process died, and would again
        is_look = found.step in steps.LOOKING
        seconds = _SECONDS_OF_A_LOOK if is_look else _SECONDS_OF_A_CALL
        with patience(seconds, urgent=found.item_count <= _SMALL):
            if found.step == steps.READ:
                reading.read(self.stores, found)
            elif found.step == steps.COMPARE:
                comparing.compare(self.stores, found)
            elif found.step == steps.PREPARE:
                preparing.prepare(self.stores, found)
            elif found.step == steps.CHECK:
                changing.check(self.stores, found)
            else:
                changing.change(self.stores, found)

    def _tell_of_changes(self) -> None:
        """Pools that nothing goes on to change: a copy takes long, and the next pause is short."""
        if not self._changed:
            return
        changed, self._changed = self._changed, set()
        going_on = _pools_going_on(self.stores.database)
        self._changed.update(changed & going_on)
        for account_id, pool_id in changed - going_on:
            self.stores.on_vendor_change(account_id, pool_id)

    def _give_back(
        self, found: Claim, then: Callable[[Connection, Claim, E], object], exc: E
    ) -> None:
        is_unsettled = isinstance(exc, NotConfirmed)
        with self.stores.database.write() as connection:
            then(connection, found, exc)
            state = _state(connection, found)
            if state == State.CANCELLING and found.attempts % _ATTEMPTS_WHEN_CANCELLING == 0:
                changing.end(self.stores, connection, found, Outcome.NOT_CONFIRMED, str(exc))
            else:
                later = _later(connection, state, found, getattr(exc, "retry_after", None))
                release(connection, found, not_before=later, is_unsettled=is_unsettled)

    def _give_up(self, found: Claim, exc: PoolNotFound) -> None:
        """The pool is gone. What this batch has begun could not be finished later either."""
        with self.stores.database.write() as connection:
            if _is_renamed(connection, found):
                release(connection, found, is_unsettled=exc.may_have_been_done)
                return
            _stop(connection, found, exc)
            if found.step in steps.LOOKING:
                release(connection, found)
            else:
                may_be_done = found.is_repeated or exc.may_have_been_done
                outcome = Outcome.NOT_CONFIRMED if may_be_done else Outcome.REFUSED
                changing.end(self.stores, connection, found, outcome, str(exc))

    def _recover(self, found: Claim) -> None:
        """After what nobody expected: try again later, and not for ever."""
        with self.stores.database.write() as connection:
            if found.attempts % _CRASHES == 0:
                _hold(connection, found, _CRASHED)
            later = clock.shared(connection) + _AFTER_A_CRASH
            release(connection, found, not_before=later, is_unsettled=True)

    def close(self) -> None:
        """Give no more signs of life; the next use begins anew."""
        self._ended.set()
        if self._life is not None and os.getpid() in self._names:
            self._life.join()
        self._names.clear()

    def give_sign_of_life(self) -> None:
        """Tell that this process works, and keep what it has claimed."""
        try:
            holding.give_sign_of_life(self.stores.database, self.name)
            renew(self.stores.database, list(self._claimed))
        except DatabaseUnavailable:
            pass  # the log has it already
        except SQLAlchemyError as exc:
            logger.warning("Worker %s could not give a sign of life: %s", self.name, exc)

    def _live(self, ended: Event) -> None:
        while not ended.is_set():
            self.give_sign_of_life()
            ended.wait(claims.LEASE.total_seconds() / 3)


def _pools_going_on(database: Database) -> set[tuple[str, str]]:
    """Account and id of the pools whose operations go on without anybody's doing."""
    columns = operations.c
    query = select(columns.account_id, columns.pool_id, columns.target_pool_id)
    with database.glance() as connection:
        rows = connection.execute(query.where(holding.GOES_ON)).all()
    return {(row[0], pool_id) for row in rows for pool_id in row[1:] if pool_id}


def _state(connection: Connection, found: Claim) -> str | None:
    """None: the list was discarded."""
    mine = operations.c.operation_id == found.operation_id
    return connection.scalar(select(operations.c.state).where(mine))


def _later(
    connection: Connection, state: str | None, found: Claim, retry_after: float | None
) -> datetime | None:
    """When to try a batch again of an operation that can't be paused; None: as soon as it runs.

    Nobody waits for a day to have something cancelled.
    """
    if state not in (State.READING, State.CANCELLING):
        return None
    seconds = _backoff(found.attempts)
    if state == State.READING:
        seconds = max(seconds, retry_after or 0.0)
    return clock.shared(connection) + timedelta(seconds=seconds)


def _backoff(failures: int) -> float:
    """Seconds: doubled each time, and spread so that processes don't meet."""
    longest = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(failures, 10))
    return uniform(longest / 2, longest)  # noqa: S311


def _stop(connection: Connection, found: Claim, exc: PoolNotFound) -> None:
    """End an operation whose pool is gone: what is open is cancelled, for this reason."""
    _refuse_list(connection, found, exc)
    connection.execute(
        update(operations)
        .where(operations.c.operation_id == found.operation_id)
        .where(operations.c.state.in_((State.RUNNING, State.PAUSED, State.QUEUED)))
        .values(state=State.CANCELLING, problem=str(exc), retry_at=None)
    )


def _is_renamed(connection: Connection, found: Claim) -> bool:
    """Whether a pool has another id than when the batch was claimed."""
    mine = operations.c.operation_id == found.operation_id
    query = select(operations.c.pool_id, operations.c.target_pool_id).where(mine)
    ids = (found.pool_id, found.target_pool_id)
    return any(tuple(row) != ids for row in connection.execute(query))


def _hold(connection: Connection, found: Claim, exc: object) -> None:
    """Pause until a person looks at it."""
    _refuse_list(connection, found, exc)
    connection.execute(
        update(operations)
        .where(operations.c.operation_id == found.operation_id)
        .where(operations.c.state == State.RUNNING)
        .values(state=State.PAUSED, problem=str(exc), retry_at=None)
    )
    _tell(connection, found, exc)


def _tell(connection: Connection, found: Claim, exc: object) -> None:
    """Say why an operation that can't be paused does not go on, until it does."""
    connection.execute(
        update(operations)
        .where(operations.c.operation_id == found.operation_id)
        .where(operations.c.state.in_((State.READING, State.CANCELLING)))
        .values(problem=str(exc), failures=operations.c.failures + 1)
    )


def _refuse_list(connection: Connection, found: Claim, exc: object) -> None:
    """A list can't be paused: it says what is wrong with it, and can be read again."""
    refused = connection.execute(
        update(operations)
        .where(operations.c.operation_id == found.operation_id)
        .where(operations.c.state == State.READING)
        .values(state=State.UNREADABLE, problem=str(exc))
    )
    if refused.rowcount:
        complete(connection, found, {})


def _pause(connection: Connection, found: Claim, exc: VendorError) -> None:
    """Pause for a while, longer each time; all of the account where it makes too many calls."""
    cause = exc.__cause__ if isinstance(exc, NotConfirmed) else exc
    if isinstance(cause, _NO_USE_TO_TRY):
        _hold(connection, found, exc)
        return
    mine = operations.c.operation_id == found.operation_id
    failures = connection.scalar(select(operations.c.failures).where(mine)) or 0
    seconds = max(_backoff(failures), exc.retry_after or 0.0)
    retry_at = clock.shared(connection) + timedelta(seconds=seconds)
    everybody = operations.c.account_id == found.account_id
    connection.execute(
        update(operations)
        .where(everybody if isinstance(cause, RateLimited) else mine)
        .where(operations.c.state == State.RUNNING)
        .values(
            state=State.PAUSED,
            problem=str(exc),
            retry_at=retry_at,
            failures=operations.c.failures + 1,
        )
    )
    _tell(connection, found, exc)
