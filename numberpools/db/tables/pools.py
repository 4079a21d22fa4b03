"""Pools and their numbers: ours, and the mirror of a vendor's."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text, UniqueConstraint

from numberpools.db.columns import Code, Key, UtcDateTime, new_version
from numberpools.db.tables.metadata import metadata

pools = Table(
    "pools",
    metadata,
    Column("pool_key", Key, primary_key=True),
    Column("account_id", Code, nullable=False),
    Column("pool_id", Code, nullable=False),
    Column("fallback", Text, comment="NULL, like the next two: a vendor's, and can't be read."),
    Column("localized_sender_preferred", Boolean),
    Column("predictable_sender_preferred", Boolean),
    Column("problems", Text, comment="What of a vendor's pool can't be read, by field, as JSON."),
    Column("number_count", BigInteger, nullable=False, default=0),
    Column(
        "numbers_version",
        Text,
        nullable=False,
        default=new_version,
        server_default="first",
        comment="A new one with each change of the pool's numbers.",
    ),
    Column("created_at", UtcDateTime, nullable=False),
    Column("mirrored_at", UtcDateTime, comment="When a vendor's pool was copied; NULL for ours."),
    UniqueConstraint("account_id", "pool_id"),
)


mirrors = Table(
    "mirrors",
    metadata,
    Column("account_id", Code, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("renewed_at", UtcDateTime, comment="Last sign of life of a copy under way."),
    Column("finished_at", UtcDateTime),
    Column("problem", Text, nullable=False, default=""),
    Column(
        "missing",
        Text,
        nullable=False,
        default="{}",
        server_default="{}",
        comment="Pools that the last whole copy is without, or not whole: why, by id, as JSON.",
    ),
    comment="How the copy of each vendor account's pools stands.",
)


# The three tables of a pool's contents have no foreign key to it: PostgreSQL would look the pool
# up again for each of a million rows. stores/contents.py alone writes them, under the pool's lock.


def _pool_key() -> Column[int]:
    return Column("pool_key", Key, primary_key=True, autoincrement=False)


pool_numbers = Table(
    "pool_numbers",
    metadata,
    _pool_key(),
    Column("number", Code, primary_key=True),
    sqlite_with_rowid=False,
)


pool_ranges = Table(
    "pool_ranges",
    metadata,
    _pool_key(),
    Column("first", Code, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
    comment="How many numbers lie between this text and the next range's: makes deep pages quick.",
)


pool_countries = Table(
    "pool_countries",
    metadata,
    _pool_key(),
    Column("country", Code, primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    comment="How many numbers each country has in the pool; '' stands for no country.",
)


recent_changes = Table(
    "recent_changes",
    metadata,
    Column("account_id", Code, primary_key=True),
    Column("pool_id", Code, primary_key=True),
    Column("number", Code, primary_key=True),
    Column("operation_id", Code, primary_key=True, comment="'' where no operation did it."),
    Column("is_there", Boolean, comment="NULL: a call was sent, and its answer was lost."),
    Column("at", UtcDateTime, nullable=False, index=True),
    sqlite_with_rowid=False,
    comment="What we did at a vendor, for as long as its lists may show what was before.",
)
