"""Where tasks wait: a file beside an SQLite database, tables in a PostgreSQL one.

Whoever waits for a task is woken when there is one, by a thread of this process or by another
process; nobody looks again and again whether there is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from select import select
from threading import Event
from typing import Any

from huey import Huey
from huey.storage import BaseSqlStorage, PostgresStorage, SqliteStorage

from numberpools.db.database import BUSY_TIMEOUT_SECONDS, Database
from numberpools.errors import DatabaseUnavailable
from numberpools.jobs import pipes
from numberpools.jobs.bell import Bell

_NAME = "numberpools"
_LONGEST_WAIT_SECONDS = 10.0
_SECONDS_BETWEEN_TRIES = 1.0


def create_queue(database: Database) -> Huey:
    """The queue that belongs to this database. Every process of the service shares it."""
    storage = SqliteQueue if database.is_sqlite else PostgresQueue
    queue = Huey(_NAME, results=False, storage_class=storage, database=database)
    queue.storage.close()  # Processes fork from here, and each needs a connection of its own.
    return queue


class _Queue(BaseSqlStorage):  # type: ignore[misc]
    """What both have in common. While the database is away there are no tasks."""

    blocking = True

    def __init__(self, name: str, database: Database, **options: Any) -> None:
        self.bell = Bell()
        self._database = database
        self._rings_heard = -1
        self._next_due = 0.0
        super().__init__(name, **options)

    def take(self) -> bytes | None:
        """The next task, where there is one."""
        raise NotImplementedError

    def listen(self, stopping: Event, come_back: Callable[[], object]) -> None:
        """Ring the bell for the tasks of other processes until stopped.

        `come_back` is called when that has become possible again.
        """
        raise NotImplementedError

    def dequeue(self) -> bytes | None:
        """The next task; None: there was none for a while."""
        rings = self.bell.rings
        try:
            data = self.take()
        except DatabaseUnavailable:
            self.bell.wait(rings, _SECONDS_BETWEEN_TRIES)
            return None
        if data is None:
            self.bell.wait(rings, _LONGEST_WAIT_SECONDS)
        return data

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        super().enqueue(data, priority)
        self.bell.ring()

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        super().add_to_schedule(data, ts)
        self.bell.ring()

    def read_schedule(self, ts: datetime) -> list[bytes]:
        """The tasks that are due; asks the database only where there may be some."""
        rings = self.bell.rings
        if rings == self._rings_heard and ts.timestamp() < self._next_due:
            return []
        try:
            due: list[bytes] = super().read_schedule(ts)
        except DatabaseUnavailable:
            return []
        self._rings_heard, self._next_due = rings, 0.0
        with suppress(DatabaseUnavailable):
            self._next_due = self._first_due(ts.timestamp() + 60)
        return due

    def _first_due(self, latest: float) -> float:
        raise NotImplementedError


class SqliteQueue(_Queue, SqliteStorage):  # type: ignore[misc]
    """In a second file, whose name ends in `-queue`."""

    def __init__(self, name: str, database: Database) -> None:
        file = f"{database.engine.url.database}-queue"
        super().__init__(name, database, filename=file, timeout=BUSY_TIMEOUT_SECONDS)

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[Any]:
        with self._database.watched(), super().db(commit, close) as cursor:
            yield cursor

    def take(self) -> bytes | None:
        data: bytes | None = SqliteStorage.dequeue(self)
        return data

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        super().enqueue(data, priority)
        pipes.ring(self.filename)

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        super().add_to_schedule(data, ts)
        pipes.ring(self.filename)

    def listen(self, stopping: Event, come_back: Callable[[], object]) -> None:
        with suppress(OSError), pipes.listening_at(self.filename) as bell:  # else they just wait
            while not stopping.is_set():
                if select([bell], [], [], _SECONDS_BETWEEN_TRIES)[0]:
                    os.read(bell, pipes.MANY_RINGS)
                    self.bell.ring(for_all=True)

    def _first_due(self, latest: float) -> float:
        query = "SELECT min(timestamp) FROM schedule WHERE queue = ?"
        [[first]] = self.sql(query, (self.name,), results=True)
        return min(first or latest, latest)


class PostgresQueue(_Queue, PostgresStorage):  # type: ignore[misc]
    """In the database, by the connections that all of the process share; one more listens."""

    def __init__(self, name: str, database: Database) -> None:
        super().__init__(name, database, create_tables=False)
        with database.write() as connection:
            # One at a time: where processes start together, IF NOT EXISTS alone fails.
            database.lock(connection, "queue")
            for statement in self.ddl:
                connection.exec_driver_sql(statement)

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[Any]:
        with self._database.driver() as connection, closing(connection.cursor()) as cursor:
            yield cursor

    def take(self) -> bytes | None:
        data: bytes | None = self._dequeue()
        return data

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        super().add_to_schedule(data, ts)
        self.sql("SELECT pg_notify(%s, '')", (self.channel,))

    def listen(self, stopping: Event, come_back: Callable[[], object]) -> None:
        has_been_away = False
        while not stopping.is_set():
            with suppress(DatabaseUnavailable), self._database.listening(self.channel) as listener:
                if has_been_away:
                    come_back()
                has_been_away = True
                self.bell.ring(for_all=True)
                while not stopping.is_set():
                    if select([listener], [], [], _SECONDS_BETWEEN_TRIES)[0]:
                        for _ in listener.notifies(timeout=0):
                            self.bell.ring()
            stopping.wait(_SECONDS_BETWEEN_TRIES)

    def _first_due(self, latest: float) -> float:
        query = f"SELECT min(timestamp) FROM {self.table_schedule} WHERE queue = %s"  # noqa: S608
        [[first]] = self.sql(query, (self.name,), results=True)
        return min(first or latest, latest)
