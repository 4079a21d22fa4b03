"""The tables. Migrations follow them; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from numberpools.db.columns import Code, Key, UtcDateTime, new_version

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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
    Column("target_pool_id", Code, comment="The other pool of a move."),
    Column("action", Text, comment="NULL as long as nobody has said what to do with the list."),
    Column("state", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime, comment="Operations of one pool run in this order."),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("undo_of", Code, unique=True, comment="The operation that this one takes back."),
    Column("list_name", Text, nullable=False, default="", comment="The file's name."),
    Column("country", Text, nullable=False, default=""),
    Column(
        "list_choices",
        Text,
        nullable=False,
        default="{}",
        server_default="{}",
        comment="What a person has decided about the list, as JSON.",
    ),
    Column(
        "list_reading",
        Text,
        nullable=False,
        default="{}",
        server_default="{}",
        comment="Its sheets and columns, and which of them are read, as JSON.",
    ),
    Column("line_count", Integer, nullable=False, default=0),
    Column("item_count", Integer, nullable=False, default=0),
    Column("totals", Text, nullable=False, default="{}", comment="Outcomes outside of batches."),
    Column("countries", Text, nullable=False, default="{}", comment="Valid numbers by country."),
    Column(
        "as_of",
        UtcDateTime,
        comment="When the copy of a vendor's pool was made that the list was compared with.",
    ),
    Column("looked_at", UtcDateTime, comment="When a vendor's pools were looked at before."),
    Column("problem", Text, nullable=False, default="", comment="Why it does not go on."),
    Column("retry_at", UtcDateTime, comment="When a paused one goes on by itself."),
    Column("failures", Integer, nullable=False, default=0, comment="Since the last success."),
    Column("served_at", UtcDateTime, comment="When a batch of it was last claimed."),
    Index(None, "account_id", "created_at"),
    Index(None, "state"),
    comment="One bulk request by one person. The id comes with the form, so that a form that is "
    "sent twice makes one operation.",
)


def _operation_id() -> Column[str]:
    return Column(
        "operation_id",
        Code,
        ForeignKey(operations.c.operation_id, ondelete="CASCADE"),
        primary_key=True,
    )


operation_lists = Table(
    "operation_lists",
    metadata,
    _operation_id(),
    Column("content", LargeBinary, nullable=False),
    comment="Files, kept until their operation is started or discarded.",
)

_IS_TO_BE_DONE = text("change IS NOT NULL")

operation_items = Table(
    "operation_items",
    metadata,
    _operation_id(),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False, comment="0 for what stands in no list."),
    Column("text", Text, nullable=False),
    Column("number", Code),
    Column("change", Text, comment="What is to be done; NULL in a list that only is looked at."),
    Column("was_here", Boolean, comment="Whether the pool had the number; NULL: not looked up."),
    Column("was_there", Boolean, comment="The same of the target pool."),
    Column("other_pool", Code, comment="Another pool that had the number."),
    Column(
        "is_half_done", Boolean, nullable=False, comment="Put into one pool, not yet taken out."
    ),
    Column("outcome", Text, comment="NULL until it is known."),
    Column("reason", Text, nullable=False, default=""),
    Column(
        "sheet",
        Integer,
        nullable=False,
        default=0,
        server_default="0",
        comment="Its place in the list's file, from 0.",
    ),
    Column("doubt", Text, comment="What a choice for the whole list would settle."),
    Column(
        "note",
        Text,
        nullable=False,
        default="",
        server_default=text("''"),
        comment="How it was read.",
    ),
    # For the trail. A list that is looked at is stored in half the time without.
    Index(None, "number", sqlite_where=_IS_TO_BE_DONE, postgresql_where=_IS_TO_BE_DONE),
    sqlite_with_rowid=False,
)

operation_batches = Table(
    "operation_batches",
    metadata,
    _operation_id(),
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("step", Text, nullable=False),
    Column("first", Integer, nullable=False, comment="Its items, by position."),
    Column("last", Integer, nullable=False),
    Column("is_done", Boolean, nullable=False, default=False),
    Column("claimed_by", Text, comment="The process that works on it, as long as its lease runs."),
    Column("lease_until", UtcDateTime, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column(
        "losses",
        Integer,
        nullable=False,
        default=0,
        server_default="0",
        comment="How many answers were lost; after some, people are asked to look.",
    ),
    Column(
        "is_unsettled",
        Boolean,
        nullable=False,
        default=False,
        comment="Whether an attempt may have been carried out whose outcomes are not stored.",
    ),
    Column("sent_at", UtcDateTime, comment="No later than this, an attempt was carried out."),
    Column("not_before", UtcDateTime),
    Column("totals", Text, nullable=False, default="{}", comment="Its outcomes so far, as JSON."),
    Column("done_at", UtcDateTime),
    Index(None, "operation_id", "is_done", "batch"),
    sqlite_with_rowid=False,
    comment="What one worker does at a time: one call with at most as many numbers as it takes.",
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

workers = Table(
    "workers",
    metadata,
    Column("worker_id", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    comment="The processes that work off the queue, and their last sign of life.",
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Code, primary_key=True, comment="SHA-256 of the cookie's token, in hex."),
    Column("subject", Text, index=True, comment="Whose session it is; NULL before the sign-in."),
    Column("data", Text, nullable=False, comment="What the session holds, as JSON."),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    comment="Browsers. Whoever reads this table still cannot take a session over.",
)

rate_counts = Table(
    "rate_counts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
    comment="How often somebody did what is limited, in one stretch of time.",
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("entry_id", Key, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("account_id", Code),
    Column("pool_id", Code),
    Column("other_pool_id", Code, comment="A renamed pool's earlier id; the other pool of a move."),
    Column("action", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("operation_id", Code),
    Column("undo_of", Key, index=True, comment="The entry that this one takes back."),
    Column("before", Text, comment="What changed, as JSON."),
    Column("after", Text, comment="The same, as it is since."),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "account_id", "entry_id"),
    Index(None, "account_id", "action", "entry_id"),
    Index(None, "account_id", "pool_id", "entry_id"),
    Index(None, "account_id", "other_pool_id", "entry_id"),
    Index(None, "operation_id"),
    comment="The audit trail. Triggers see to it that rows are only ever added.",
)

audit_numbers = Table(
    "audit_numbers",
    metadata,
    Column("entry_id", Key, primary_key=True, autoincrement=False),
    Column("number", Code, primary_key=True, index=True),
    Column("outcome", Text, nullable=False),
    sqlite_with_rowid=False,
    comment="The numbers that an entry is about; those of operations stand in operation_items.",
)
