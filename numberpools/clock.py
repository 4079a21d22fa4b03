"""The time of day: asked for here alone, so that a test can hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Interval,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)

_ON_SQLITE = "%Y-%m-%d %H:%M:%f"
"""To the millisecond, as `strftime` writes it."""

# Built once: leases are told by it.
_TIME_OF_SQLITE = select(func.strftime(_ON_SQLITE, "now"))
_TIME_OF_POSTGRES = select(func.clock_timestamp(type_=DateTime(timezone=True)))

_told: Callable[[], datetime] | None = None


def now() -> datetime:
    """By this machine's clock, in UTC."""
    return _told() if _told else datetime.now(UTC)


def shared(connection: Connection) -> datetime:
    """By the database's clock, in UTC: the same for all processes, on whichever machine.

    Whatever one process writes and another compares with the time is told by this one: leases,
    waits, signs of life.
    """
    if _told:
        return _told()
    if connection.dialect.name == "sqlite":
        return datetime.fromisoformat(f"{connection.scalar(_TIME_OF_SQLITE)}+00:00")
    return connection.execute(_TIME_OF_POSTGRES).scalar_one().astimezone(UTC)


def in_query(*, is_sqlite: bool, seconds_ago: int = 0) -> ColumnElement[datetime]:
    """What `shared` tells, or told so long ago, within a query that is built once.

    The query takes a parameter more, `told`: what the function of that name returns.
    """
    given: ColumnElement[str] = bindparam("told", type_=Text)
    if is_sqlite:
        to_the_microsecond: ColumnElement[str] = literal_column(f"'{_ON_SQLITE}000'")
        time = func.coalesce(given, literal_column("'now'"))
        return func.strftime(to_the_microsecond, time, literal_column(f"'-{seconds_ago} seconds'"))
    now = func.coalesce(cast(given, DateTime(timezone=True)), func.clock_timestamp())
    return now - literal_column(f"interval '{seconds_ago} seconds'", Interval)


def told() -> str | None:
    """The moment at which a test holds the clock; None: the database tells the time itself."""
    return _told().strftime("%Y-%m-%d %H:%M:%S.%f+00:00") if _told else None


@contextmanager
def told_by(tell: Callable[[], datetime]) -> Iterator[None]:
    """Until the end of the block, this tells the time to the whole process."""
    global _told  # noqa: PLW0603 - there is one time
    before, _told = _told, tell
    try:
        yield
    finally:
        _told = before
