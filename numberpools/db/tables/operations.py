"""Bulk operations, and the processes that work on them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from numberpools.db.columns import Code, UtcDateTime
from numberpools.db.tables.metadata import metadata

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
    Column(
        "folded_totals",
        Text,
        nullable=False,
        default="{}",
        server_default="{}",
        comment="Outcomes of its first batches, added up.",
    ),
    Column(
        "folded_before",
        Integer,
        nullable=False,
        default=0,
        server_default="0",
        comment="The number of the first batch that is not among them.",
    ),
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
    Index(None, "account_id", "created_at", "operation_id", "state"),  # tells pages of the list
    Index(None, "state", "folded_before"),
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


workers = Table(
    "workers",
    metadata,
    Column("worker_id", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    comment="The processes that work off the queue, and their last sign of life.",
)
