"""What the tables are made of: kinds of columns, and moments in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator

Code = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is ordered and compared byte by byte on every database: ids and numbers."""

Key = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite counts up only a column that is called INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite has no time zones, so they are taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_version() -> str:
    """A word that no other state of anything has had."""
    return uuid4().hex
