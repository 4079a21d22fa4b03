"""The tables. Migrations follow them; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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


accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Code, primary_key=True),
    Column("label", Text, nullable=False),
    Column("secret_salt", LargeBinary, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("has_inventory", Boolean, nullable=False, default=False),
    Column("created_at", UtcDateTime, nullable=False),
)

inventory = Table(
    "inventory",
    metadata,
    Column(
        "account_id", Code, ForeignKey(accounts.c.account_id, ondelete="CASCADE"), primary_key=True
    ),
    Column("number", Code, primary_key=True),
    sqlite_with_rowid=False,
    comment="The numbers that an account owns, where its inventory is kept at all.",
)

pools = Table(
    "pools",
    metadata,
    Column("pool_key", Key, primary_key=True),
    Column("account_id", Code, nullable=False),
    Column("pool_id", Code, nullable=False),
    Column("fallback", Text, nullable=False),
    Column("localized_sender_preferred", Boolean, nullable=False),
    Column("predictable_sender_preferred", Boolean, nullable=False),
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

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column(
        "account_id", Code, ForeignKey(accounts.c.account_id, ondelete="CASCADE"), primary_key=True
    ),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    comment="The answers of requests that may be sent again within 24 hours.",
)

operations = Table(
    "operations",
    metadata,
    Column("operation_id", Code, primary_key=True),
    Column("account_id", Code, nullable=False),
    Column("pool_id", Code, nullable=False),
    Column("action", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index(None, "account_id", "created_at"),
    comment="One bulk request by one person. The id comes with the form, so that a form that is "
    "sent twice makes one operation.",
)

operation_items = Table(
    "operation_items",
    metadata,
    Column(
        "operation_id",
        Code,
        ForeignKey(operations.c.operation_id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("number", Code),
    Column("outcome", Text, comment="NULL until it is known."),
    Column("reason", Text, nullable=False, default=""),
    sqlite_with_rowid=False,
)
