"""Operations run in the background, in batches."""

from __future__ import annotations

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
_OLD = ("operation_items", "operations")


def upgrade() -> None:
    for table in _OLD:
        op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")  # noqa: S608
        op.drop_table(table)
    _create_operations()
    _create_items()
    _create_batches()
    _copy()
    for table in _OLD:
        op.drop_table(f"old_{table}")


def _create_operations() -> None:
    op.create_table(
        "operations",
        sa.Column("operation_id", CODE, primary_key=True),
        sa.Column("account_id", CODE, nullable=False),
        sa.Column("pool_id", CODE, nullable=False),
        sa.Column("target_pool_id", CODE, comment="The other pool of a move."),
        sa.Column(
            "action", sa.Text, comment="NULL as long as nobody has said what to do with the list."
        ),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("queued_at", MOMENT, comment="Operations of one pool run in this order."),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("undo_of", CODE, comment="The operation that this one takes back."),
        sa.Column("list_name", sa.Text, nullable=False, comment="The file's name."),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("list_column", sa.Integer, comment="The file's column of numbers, from 0."),
        sa.Column("line_count", sa.Integer, nullable=False),
        sa.Column("item_count", sa.Integer, nullable=False),
        sa.Column("totals", sa.Text, nullable=False, comment="Outcomes outside of batches."),
        sa.Column("countries", sa.Text, nullable=False, comment="Valid numbers by country."),
        sa.Column("problem", sa.Text, nullable=False, comment="Why it does not go on."),
        sa.Column("retry_at", MOMENT, comment="When a paused one goes on by itself."),
        sa.Column("failures", sa.Integer, nullable=False, comment="Since the last success."),
        sa.Column("served_at", MOMENT, comment="When a batch of it was last claimed."),
        sa.UniqueConstraint("undo_of", name="uq_operations_undo_of"),
        comment="One bulk request by one person. The id comes with the form, so that a form that "
        "is sent twice makes one operation.",
    )
    op.create_index(
        "ix_operations_account_id_created_at", "operations", ["account_id", "created_at"]
    )
    op.create_index("ix_operations_state", "operations", ["state"])


def _create_items() -> None:
    op.create_table(
        "operation_lists",
        _operation_id("operation_lists"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        comment="Files, kept until their operation is started or discarded.",
    )
    op.create_table(
        "operation_items",
        _operation_id("operation_items"),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Integer, nullable=False, comment="0 for what stands in no list."),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("number", CODE),
        sa.Column(
            "change", sa.Text, comment="What is to be done; NULL in a list that only is looked at."
        ),
        sa.Column(
            "was_here", sa.Boolean, comment="Whether the pool had the number; NULL: not looked up."
        ),
        sa.Column("was_there", sa.Boolean, comment="The same of the target pool."),
        sa.Column("other_pool", CODE, comment="Another pool that had the number."),
        sa.Column(
            "is_half_done",
            sa.Boolean,
            nullable=False,
            comment="Put into one pool, not yet taken out.",
        ),
        sa.Column("outcome", sa.Text, comment="NULL until it is known."),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_batches() -> None:
    op.create_table(
        "operation_batches",
        _operation_id("operation_batches"),
        sa.Column("batch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("first", sa.Integer, nullable=False, comment="Its items, by position."),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("is_done", sa.Boolean, nullable=False),
        sa.Column(
            "claimed_by",
            sa.Text,
            comment="The process that works on it, as long as its lease runs.",
        ),
        sa.Column("lease_until", MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column(
            "is_unsettled",
            sa.Boolean,
            nullable=False,
            comment="Whether an attempt may have been carried out whose outcomes are not stored.",
        ),
        sa.Column("not_before", MOMENT),
        sa.Column("totals", sa.Text, nullable=False, comment="Its outcomes so far, as JSON."),
        sa.Column("done_at", MOMENT),
        sqlite_with_rowid=False,
        comment="What one worker does at a time: one call with at most as many numbers as it "
        "takes.",
    )
    op.create_index(
        "ix_operation_batches_operation_id_is_done_batch",
        "operation_batches",
        ["operation_id", "is_done", "batch"],
    )
    op.create_index("ix_operation_batches_lease_until", "operation_batches", ["lease_until"])


def _operation_id(table: str) -> sa.Column[str]:
    return sa.Column(
        "operation_id",
        CODE,
        sa.ForeignKey(
            "operations.operation_id",
            name=f"fk_{table}_operation_id_operations",
            ondelete="CASCADE",
        ),
        primary_key=True,
    )


def _copy() -> None:
    """Keep the reports; what a crash had left open goes on."""
    op.execute(
        "INSERT INTO operations (operation_id, account_id, pool_id, action, state, started_by,"
        " created_at, queued_at, started_at, finished_at, list_name, country, line_count,"
        " item_count, totals, countries, problem, failures)"
        " SELECT operation_id, account_id, pool_id, action,"
        " CASE WHEN finished_at IS NULL THEN 'queued' ELSE 'finished' END, started_by,"
        " created_at, created_at, created_at, finished_at, '', '', 0, 0, '{}', '{}', '', 0"
        " FROM old_operations"
    )
    op.execute(
        "INSERT INTO operation_items (operation_id, position, line, text, number, change,"
        " is_half_done, outcome, reason)"
        " SELECT i.operation_id, i.position, i.line, i.text, i.number, o.action, false,"
        " i.outcome, i.reason FROM old_operation_items i"
        " JOIN old_operations o ON o.operation_id = i.operation_id"
    )
    op.execute(
        "INSERT INTO operation_batches (operation_id, batch, step, first, last, is_done,"
        " attempts, is_unsettled, totals)"
        " SELECT operation_id, 0, 'prepare', 0, -1, false, 0, false, '{}'"
        " FROM old_operations WHERE finished_at IS NULL"
    )
    _count()


def _count() -> None:
    connection = op.get_bind()
    totals: dict[str, Counter[str]] = {}
    counts = connection.exec_driver_sql(
        "SELECT operation_id, outcome, count(*) FROM old_operation_items"
        " GROUP BY operation_id, outcome"
    )
    for operation_id, outcome, count in counts:
        totals.setdefault(operation_id, Counter())[outcome] = count
    for operation_id, found in totals.items():
        known = {outcome: count for outcome, count in found.items() if outcome}
        connection.execute(
            sa.text(
                "UPDATE operations SET item_count = :items, totals = :totals"
                " WHERE operation_id = :id"
            ),
            {"items": found.total(), "totals": json.dumps(known), "id": operation_id},
        )
