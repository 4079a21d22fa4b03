"""How often somebody did something, counted for all processes together.

A count belongs to a key and to one stretch of time of so many seconds; stretches follow each other
from the epoch on, so that every process knows where they begin. A machine whose clock differs by
more than that counts its own stretches. When a count is forgotten, the store's clock says, so that
nobody forgets what others still count.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import rate_counts


class Counts(Protocol):
    def add(self, key: str, amount: int, seconds: float) -> int | None:
        """Add to the count of this key, which may be forgotten after so long; gives the new one.

        None: there is no counting together just now.
        """
        ...


class DatabaseCounts:
    """In PostgreSQL. SQLite has one writer at a time: nobody is to wait for it to be counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: str, amount: int, seconds: float) -> int:
        count = rate_counts.c.count
        with self._database.write() as connection:
            now = clock.shared(connection)
            ends_at = now + timedelta(seconds=seconds)
            new = insert(rate_counts).values(key=key, count=amount, ends_at=ends_at)
            counted = new.on_conflict_do_update(
                index_elements=["key"], set_={"count": count + new.excluded.count}
            ).returning(count)
            total: int = connection.execute(counted).scalar_one()
            if total == amount:
                connection.execute(delete(rate_counts).where(rate_counts.c.ends_at < now))
        return total
