"""Connections and transactions, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from json import dumps
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import (
    ARRAY,
    Connection,
    Engine,
    FromClause,
    PoolProxiedConnection,
    Select,
    Text,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError

from numberpools import clock

BUSY_TIMEOUT_SECONDS = 30
"""So long one waits for others to let go of an SQLite file."""


class _Transaction(NamedTuple):
    connection: Connection
    writes: bool


class Database:
    """Transactions on one database.

    `read()` gives a consistent view: what others commit meanwhile does not show. `write()`
    commits at its end, or rolls back when an exception leaves it; on SQLite it waits for its turn
    as the only writer. Inside of one, `read()` and `write()` join it, so that a service can be
    built from others and still be one transaction; but one that only reads cannot come to write.
    """

    def __init__(self, url: str) -> None:
        self.engine = _create_engine(url)
        self._current: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)
        # Threads that wait for SQLite itself look again only now and then: this wakes them at once.
        self._turn = Lock() if self.is_sqlite else nullcontext()
        dialect = sqlite_dialect(paramstyle="named") if self.is_sqlite else self.engine.dialect
        self._text_of = cache(lambda query: str(query.compile(dialect=dialect)))

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if current := self._current.get():
            yield current.connection
            return
        with self._begin(writes=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if current := self._current.get():
            if not current.writes:
                raise RuntimeError("A transaction that reads cannot come to write.")
            yield current.connection
            return
        with self._turn, self._begin(writes=True) as connection:
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """For one query, which is consistent by itself: no transaction has to begin and end."""
        if current := self._current.get():
            yield current.connection
            return
        with self.engine.connect() as connection:
            yield connection

    def now(self) -> datetime:
        """The time by the database's clock, where no transaction is at hand to ask for it."""
        with self.glance() as connection:
            return clock.shared(connection)

    def look_up(self, query: Select[Any], values: Mapping[str, str | None]) -> list[Any]:
        """The rows of a query that is a module's constant, as tuples.

        Apart from any transaction, and as the driver tells it. For what every call of the API
        asks: through SQLAlchemy's execution it takes three times as long.
        """
        with (
            closing(self.engine.raw_connection()) as connection,
            closing(connection.cursor()) as cursor,
            self._without_transaction(connection),
        ):
            cursor.execute(self._text_of(query), values)
            return list(cursor.fetchall())

    @contextmanager
    def _without_transaction(self, connection: PoolProxiedConnection) -> Iterator[None]:
        """psycopg begins one by itself, and forgets with its end how statements were planned."""
        driver: Any = connection.dbapi_connection
        if self.is_sqlite:
            yield
            return
        driver.autocommit = True
        try:
            yield
        finally:
            with suppress(psycopg.Error):  # the pool sees for itself that it is broken
                driver.autocommit = False

    @contextmanager
    def _begin(self, *, writes: bool) -> Iterator[Connection]:
        # Not in events or options of the engine: these make every query a third slower.
        with self.engine.begin() as connection:
            if self.is_sqlite:
                # What reads first and writes later fails when another wrote in between.
                connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
            else:
                driver: Any = connection.connection.dbapi_connection
                level: IsolationLevel = "READ COMMITTED" if writes else "REPEATABLE READ"
                self.engine.dialect.set_isolation_level(driver, level)
            token = self._current.set(_Transaction(connection, writes))
            try:
                yield connection
            finally:
                self._current.reset(token)

    def lock(self, connection: Connection, name: str) -> None:
        """Wait until nobody else holds this lock; it is held until the transaction ends.

        On SQLite every writing transaction is alone anyhow.
        """
        if not self.is_sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))

    def given_texts(self, texts: Sequence[str]) -> FromClause:
        """The texts as a table of one column, `value`: one parameter, however many they are."""
        if self.is_sqlite:
            text = bindparam(None, self.as_parameter(texts), Text)
            return func.json_each(text).table_valued("value")
        array = cast(list(texts), ARRAY(Text))
        return func.unnest(array).table_valued("value").render_derived()

    def as_parameter(self, texts: Sequence[str]) -> object:
        """The texts as the value of a `texts_parameter`."""
        return dumps(list(texts)) if self.is_sqlite else list(texts)


def texts_parameter(name: str, *, is_sqlite: bool) -> FromClause:
    """The same as `Database.given_texts`, for queries that are built once."""
    if is_sqlite:
        return func.json_each(bindparam(name, type_=Text)).table_valued("value")
    array = cast(bindparam(name, type_=ARRAY(Text)), ARRAY(Text))
    return func.unnest(array).table_valued("value").render_derived()


@contextmanager
def needed_to_start() -> Iterator[None]:
    """End the process with one sentence where the database can't be had."""
    try:
        yield
    except (DBAPIError, psycopg.Error, sqlite3.Error, OSError) as exc:
        reason = str(getattr(exc, "orig", exc)).partition("\n")[0]
        said = f"The database (DATABASE_URL) does not answer: {reason}"
        raise SystemExit(f"Number Pools cannot start. {said}") from None


def _create_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    # Python's own handling begins transactions late and never for reading: we begin them.
    connection.isolation_level = None
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """So that others can read while one writes.

    SQLite waits for no lock here: a new file that several processes open at once would fail.
    """
    ends_at = monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if not exc.sqlite_errorname.startswith("SQLITE_BUSY") or monotonic() > ends_at:
                raise
            sleep(0.01)
        else:
            return
