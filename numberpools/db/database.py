"""Connections and transactions, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
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
from psycopg import sql
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

from numberpools import clock
from numberpools.db import availability
from numberpools.db.availability import ERRORS, Availability, reason_of
from numberpools.errors import DatabaseUnavailable, NewerDatabase

BUSY_TIMEOUT_SECONDS = 30
"""So long one waits for others to let go of an SQLite file."""

_SECONDS_TO_WAIT_FOR_A_CONNECTION = 10
_CLOSED_AFTER_USE = 3


class _Transaction(NamedTuple):
    connection: Connection
    writes: bool


class _Watched:
    is_committing = False
    """Whether an answer that is lost from now on may be that of a commit."""

    def __init__(self) -> None:
        self.begun = monotonic()


class Database:
    """Transactions on one database.

    `read()` gives a consistent view: what others commit meanwhile does not show. `write()`
    commits at its end, or rolls back when an exception leaves it; on SQLite it waits for its turn
    as the only writer. Inside of one, `read()` and `write()` join it, so that a service can be
    built from others and still be one transaction; but one that only reads cannot come to write.

    All threads share `connections` of PostgreSQL's, of which all but three stay open, two at the
    least; a thread needs one at a time, and waits for its turn. What cannot be done since the
    database is away, full, read-only or busy raises DatabaseUnavailable.
    """

    def __init__(self, url: str, connections: int = 5) -> None:
        self.engine = _create_engine(url, connections)
        self.availability = Availability()
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
        with self.watched(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def driver(self) -> Iterator[Any]:
        """A connection as the driver has it, apart from any transaction; committed at the end."""
        with self.watched(writes=True), closing(self.engine.raw_connection()) as connection:
            if not self.is_sqlite:
                self._set_level(connection.dbapi_connection, "READ COMMITTED")
            yield connection
            connection.commit()

    @contextmanager
    def listening(self, channel: str) -> Iterator[Any]:
        """A connection besides those that are shared, which is told of what others notify."""
        with self.watched() as work:
            shared = self.engine.raw_connection()
            connection: Any = shared.driver_connection
            shared.detach()
            with closing(connection):
                connection.autocommit = True
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                self.availability.note_success(begun=work.begun, has_written=False)
                work.begun = monotonic()
                yield connection

    @contextmanager
    def watched(self, *, writes: bool = False) -> Iterator[_Watched]:
        """Raise DatabaseUnavailable where what is done inside cannot be done just now."""
        self.availability.check()
        work = _Watched()
        try:
            yield work
        except ERRORS as exc:
            unavailable = self.availability.told(
                exc, begun=work.begun, was_committing=work.is_committing
            )
            if unavailable is None:
                raise
            raise unavailable from exc
        self.availability.note_success(begun=work.begun, has_written=writes)

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
            self.watched(),
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
        with self.watched(writes=writes) as work, self.engine.begin() as connection:
            if self.is_sqlite:
                # What reads first and writes later fails when another wrote in between.
                connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
            else:
                level: IsolationLevel = "READ COMMITTED" if writes else "REPEATABLE READ"
                self._set_level(connection.connection.dbapi_connection, level)
            token = self._current.set(_Transaction(connection, writes))
            try:
                yield connection
            finally:
                self._current.reset(token)
            work.is_committing = writes

    def _set_level(self, driver: Any, level: IsolationLevel) -> None:
        """Of the next transaction of a PostgreSQL connection; asks the server nothing."""
        self.engine.dialect.set_isolation_level(driver, level)

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
    availability.logger.disabled = True  # the sentence says it
    try:
        yield
    except NewerDatabase as exc:
        raise SystemExit(f"Number Pools cannot start. {exc}") from None
    except (DatabaseUnavailable, *ERRORS, OSError) as exc:
        said = f"The database (DATABASE_URL) does not answer: {reason_of(exc)}"
        raise SystemExit(f"Number Pools cannot start. {said}") from None
    finally:
        availability.logger.disabled = False


def _create_engine(url: str, connections: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        idle = max(connections - _CLOSED_AFTER_USE, min(connections, 2))
        engine = create_engine(
            parsed,
            connect_args={**_WHILE_A_SERVER_IS_SILENT, **parsed.query},
            pool_size=idle,
            max_overflow=connections - idle,
            pool_timeout=_SECONDS_TO_WAIT_FOR_A_CONNECTION,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        event.listen(engine, "do_connect", _connect_in_turn)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


_WHILE_A_SERVER_IS_SILENT = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""Seconds, and milliseconds at last, after which a server that says nothing is taken for gone."""


def _connect_in_turn(dialect: Any, record: Any, args: Any, options: Any) -> Any:
    """Connect as soon as the server has a connection to give, where others have all of them."""
    ends_at = monotonic() + _SECONDS_TO_WAIT_FOR_A_CONNECTION
    while True:
        try:
            return psycopg.connect(*args, **options)
        except psycopg.OperationalError as exc:
            if not _NONE_LEFT.search(str(exc)) or monotonic() > ends_at:
                raise
        sleep(0.1)


_NONE_LEFT = re.compile("too many (connections|clients)|connection slots")
"""In words: of what is refused before there is a connection, psycopg knows no SQLSTATE."""


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
