"""The time of day: asked for here alone, so that a test can hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, DateTime, func, select

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


@contextmanager
def told_by(tell: Callable[[], datetime]) -> Iterator[None]:
    """Until the end of the block, this tells the time to the whole process."""
    global _told  # noqa: PLW0603 - there is one time
    before, _told = _told, tell
    try:
        yield
    finally:
        _told = before
