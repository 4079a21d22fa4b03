"""Whether the database can be used just now, and who is told when it cannot.

However many requests and threads find out, the log has one line when the trouble begins and one
when it is over. While the database does not answer, one of them a second tries; the others are
told at once, so that nobody waits in a queue of those who wait for it.
"""

from __future__ import annotations

import logging
import sqlite3
from enum import Enum
from threading import Lock
from time import monotonic

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime

from numberpools.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

ERRORS = (DBAPIError, NoConnectionInTime, psycopg.Error, sqlite3.Error)
"""What SQLAlchemy and the drivers raise."""

_SECONDS_BETWEEN_TRIES = 1.0
_SECONDS_BETWEEN_LINES = 60.0


class Trouble(Enum):
    """What the log says of it, what it says afterwards, and what people are told."""

    AWAY = (
        "The database does not answer",
        "The database answers again",
        "Number Pools cannot reach its database just now.",
    )
    STORES_NOTHING = (
        "The database stores nothing",
        "The database stores again",
        "Number Pools cannot store anything just now.",
    )
    BUSY = (
        "The database has too much to do",
        "",
        "Number Pools has more to do just now than it can.",
    )

    def __init__(self, begins: str, ends: str, told: str) -> None:
        self.begins = begins
        self.ends = ends
        self.told = told


def trouble_of(error: BaseException) -> Trouble | None:
    """The trouble that an error of SQLAlchemy or of a driver tells of; None: it is another error.

    By SQLSTATE (PostgreSQL's appendix A) and SQLite's primary result code.
    """
    if isinstance(error, NoConnectionInTime):
        return Trouble.BUSY
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return Trouble.AWAY
        error = error.orig or error
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return None if code is None else _BY_RESULT_CODE.get(code & 0xFF)
    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is None:
        is_lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return Trouble.AWAY if is_lost else None
    return _BY_STATE.get(error.sqlstate) or _BY_CLASS.get(error.sqlstate[:2])


_BY_RESULT_CODE = {
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_READONLY: Trouble.STORES_NOTHING,
    sqlite3.SQLITE_FULL: Trouble.STORES_NOTHING,
    sqlite3.SQLITE_IOERR: Trouble.STORES_NOTHING,
    sqlite3.SQLITE_CANTOPEN: Trouble.AWAY,
    sqlite3.SQLITE_PROTOCOL: Trouble.BUSY,
    sqlite3.SQLITE_CORRUPT: Trouble.AWAY,
    sqlite3.SQLITE_NOTADB: Trouble.AWAY,
}
_BY_CLASS = {
    "08": Trouble.AWAY,  # connection exception
    "53": Trouble.BUSY,  # insufficient resources, too many connections among them
    "57": Trouble.AWAY,  # operator intervention
    "58": Trouble.STORES_NOTHING,  # system error
}
_BY_STATE = {
    "25006": Trouble.STORES_NOTHING,  # read-only, as a replica is
    "53100": Trouble.STORES_NOTHING,  # disk full
    "55P03": Trouble.BUSY,  # a lock is not available
    "57014": Trouble.BUSY,  # a query took too long
}


class Availability:
    """What is known of one database by one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._since: dict[Trouble, float] = {}
        self._next_try = 0.0
        self._back_at = 0.0

    @property
    def stores_nothing(self) -> bool:
        """Whether what was last tried to be stored was not."""
        return Trouble.STORES_NOTHING in self._since

    def check(self) -> None:
        """Raises DatabaseUnavailable where somebody else has just found the database away."""
        if Trouble.AWAY not in self._since:
            return
        with self._lock:
            if Trouble.AWAY in self._since and monotonic() < self._next_try:
                raise DatabaseUnavailable(Trouble.AWAY.told)
            self._next_try = monotonic() + _SECONDS_BETWEEN_TRIES

    def told(
        self, error: BaseException, *, begun: float, was_committing: bool
    ) -> DatabaseUnavailable | None:
        """The error as one of ours; None: it says nothing about whether the database is there.

        `begun`: when that was begun which failed. What was begun before the database was back
        does not say that it has gone again.
        """
        trouble = trouble_of(error)
        if trouble is None:
            return None
        lost = was_committing and trouble is Trouble.AWAY
        unavailable = DatabaseUnavailable(trouble.told, may_have_been_done=lost)
        if trouble is Trouble.AWAY and begun < self._back_at:
            return unavailable
        now = monotonic()
        with self._lock:
            since = self._since.get(trouble)
            is_news = since is None or (
                trouble is Trouble.BUSY and now > since + _SECONDS_BETWEEN_LINES
            )
            if is_news:
                self._since[trouble] = now
            self._next_try = now + _SECONDS_BETWEEN_TRIES
        if is_news:
            logger.error("%s: %s", trouble.begins, reason_of(error))
        return unavailable

    def note_success(self, *, begun: float, has_written: bool) -> None:
        """What was begun then was done; it does not say that a later trouble is over."""
        if self._since:
            self._end(Trouble.AWAY, begun)
            if has_written:
                self._end(Trouble.STORES_NOTHING, begun)

    def _end(self, trouble: Trouble, begun: float) -> None:
        with self._lock:
            since = self._since.get(trouble)
            if since is None or begun < since:
                return
            del self._since[trouble]
            now = monotonic()
            if trouble is Trouble.AWAY:
                self._back_at = now
        logger.warning("%s, after %.0f s", trouble.ends, now - since)


def reason_of(error: BaseException) -> str:
    """The driver's own words in one line; they hold no password."""
    if isinstance(error, DatabaseUnavailable) and error.__cause__:
        error = error.__cause__
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def is_told_already(error: BaseException | None) -> bool:
    """Whether a traceback of this would only say once more that the database is not there."""
    return isinstance(error, DatabaseUnavailable) or (
        isinstance(error, ERRORS) and trouble_of(error) is Trouble.AWAY
    )
