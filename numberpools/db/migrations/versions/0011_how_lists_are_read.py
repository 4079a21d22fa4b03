"""Lists keep how they are read: sheets, columns, and what a person has decided about doubts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_operations = sa.table(
    "operations", *map(sa.column, ["operation_id", "state", "action", "item_count", "problem"])
)
_batches = sa.table(
    "operation_batches",
    *map(sa.column, ["operation_id", "batch", "step", "first", "last"]),
    sa.column("is_done", sa.Boolean),
    *map(sa.column, ["attempts", "losses"]),
    sa.column("is_unsettled", sa.Boolean),
    sa.column("totals"),
)


def upgrade() -> None:
    for name, comment in (
        ("list_choices", "What a person has decided about the list, as JSON."),
        ("list_reading", "Its sheets and columns, and which of them are read, as JSON."),
    ):
        column = sa.Column(name, sa.Text, nullable=False, server_default="{}", comment=comment)
        op.add_column("operations", column)
    op.drop_column("operations", "list_column")
    op.add_column(
        "operation_items",
        sa.Column(
            "sheet",
            sa.Integer,
            nullable=False,
            server_default="0",
            comment="Its place in the list's file, from 0.",
        ),
    )
    op.add_column(
        "operation_items",
        sa.Column("doubt", sa.Text, comment="What a choice for the whole list would settle."),
    )
    op.add_column(
        "operation_items",
        sa.Column("note", sa.Text, nullable=False, server_default="", comment="How it was read."),
    )
    _read_lists_again()


def _read_lists_again() -> None:
    """What was read of the lists that wait was not noted, and more of them may be read now."""
    columns = _operations.c
    is_list = columns.state.in_(["reading", "ready", "unreadable"])
    lists = sa.select(columns.operation_id).where(is_list)
    op.execute(_batches.delete().where(~_batches.c.is_done, _batches.c.operation_id.in_(lists)))
    known = _batches.alias()
    last = sa.select(sa.func.coalesce(sa.func.max(known.c.batch), -1))
    place = last.where(known.c.operation_id == columns.operation_id).scalar_subquery() + 1
    values = [place, *map(sa.literal, ["read", 0, -1, False, 0, 0, False, "{}"])]
    op.execute(_batches.insert().from_select([*_batches.c], lists.add_columns(*values)))
    again = {"state": "reading", "action": None, "item_count": 0, "problem": ""}
    op.execute(_operations.update().where(is_list).values(again))


def downgrade() -> None:
    for name in ("note", "doubt", "sheet"):
        op.drop_column("operation_items", name)
    op.drop_column("operations", "list_reading")
    op.drop_column("operations", "list_choices")
    op.add_column(
        "operations",
        sa.Column("list_column", sa.Integer, comment="The file's column of numbers, from 0."),
    )
