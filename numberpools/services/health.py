"""Whether the service can do its work: its database, its tables, its workers, its vendor."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from numberpools import clock
from numberpools.db import migrate, probe
from numberpools.db.database import Database
from numberpools.db.tables import mirrors, workers
from numberpools.errors import DatabaseUnavailable

WORKER_MISSED_AFTER = timedelta(seconds=60)
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Health:
    """What was found; where the database does not answer, nothing else is known to be well."""

    database_answers: bool = False
    database_stores: bool = False
    migrations_are_current: bool = False
    worker_was_seen: bool = False
    failing_vendor_accounts: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served. The vendor's state is not ours to mend."""
        has_database = self.database_answers and self.database_stores
        return has_database and self.migrations_are_current and self.worker_was_seen


class Doctor:
    """Examines one database; at most one examination is under way at a time.

    A database that hangs hangs a thread of its own, never the request that asks, and never more
    than one.
    """

    seconds_to_answer = 1.0
    seconds_between_writes = 5.0
    """Anybody may ask: it must not keep the disk busy."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next_write = 0.0
        self._examining = Lock()

    def examine(self) -> Health:
        """The state now, within `seconds_to_answer` or so."""
        if not self._examining.acquire(timeout=self.seconds_to_answer):
            return Health()
        found: SimpleQueue[Health] = SimpleQueue()
        Thread(target=self._examine, args=(found,), daemon=True).start()
        try:
            return found.get(timeout=self.seconds_to_answer)
        except Empty:
            return Health()

    def _examine(self, found: SimpleQueue[Health]) -> None:
        try:
            health = _look(self._database)
            stores = self._stores() if health.migrations_are_current else True
            found.put(replace(health, database_stores=stores))
        except (SQLAlchemyError, DatabaseUnavailable):
            found.put(Health())
        finally:
            self._examining.release()

    def _stores(self) -> bool:
        """Whether something can be stored, as of a few seconds ago."""
        if monotonic() >= self._next_write:
            with suppress(DatabaseUnavailable):
                probe.store_something(self._database)
            self._next_write = monotonic() + self.seconds_between_writes
        return not self._database.availability.stores_nothing


def note_worker(database: Database, worker_id: str) -> None:
    """Leave a worker's sign of life, and forget the workers of former days."""
    with database.write() as connection:
        database.lock(connection, worker_id)  # its threads may come at once
        now = clock.shared(connection)
        seen = update(workers).where(workers.c.worker_id == worker_id).values(seen_at=now)
        if connection.execute(seen).rowcount == 0:
            connection.execute(insert(workers).values(worker_id=worker_id, seen_at=now))
        connection.execute(delete(workers).where(workers.c.seen_at < now - _FORGOTTEN_AFTER))


def worker_seen_at(database: Database) -> datetime | None:
    """The last sign of life of any worker."""
    with database.glance() as connection:
        found: datetime | None = connection.scalar(select(func.max(workers.c.seen_at)))
    return found


def migrations_are_current(database: Database) -> bool:
    with database.glance() as connection:
        return migrate.is_current(connection)


def _look(database: Database) -> Health:
    if not migrations_are_current(database):
        return Health(database_answers=True)
    seen_at = worker_seen_at(database)
    with database.glance() as connection:
        failing = select(func.count()).select_from(mirrors).where(mirrors.c.problem != "")
        failing_vendor_accounts = connection.scalar(failing) or 0
        now = clock.shared(connection)
    return Health(
        database_answers=True,
        migrations_are_current=True,
        worker_was_seen=seen_at is not None and now - seen_at < WORKER_MISSED_AFTER,
        failing_vendor_accounts=failing_vendor_accounts,
    )
