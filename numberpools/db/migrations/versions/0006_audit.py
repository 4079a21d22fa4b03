"""The audit trail, which can only be added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLES = {"audit_entries": ("entry_id",), "audit_numbers": ("entry_id", "number")}
"""The tables that can only be added to, with their keys."""
SENTENCE = "The audit trail can only be added to."


def upgrade() -> None:
    _create_entries()
    _create_numbers()
    op.create_index("ix_operation_items_number", "operation_items", ["number"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _create_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("entry_id", KEY, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", CODE),
        sa.Column("pool_id", CODE),
        sa.Column(
            "other_pool_id", CODE, comment="A renamed pool's earlier id; the other pool of a move."
        ),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("operation_id", CODE),
        sa.Column("undo_of", KEY, comment="The entry that this one takes back."),
        sa.Column("before", sa.Text, comment="What changed, as JSON."),
        sa.Column("after", sa.Text, comment="The same, as it is since."),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        comment="The audit trail. Triggers see to it that rows are only ever added.",
    )
    for columns in (
        ["account_id", "entry_id"],
        ["account_id", "action", "entry_id"],
        ["account_id", "pool_id", "entry_id"],
        ["account_id", "other_pool_id", "entry_id"],
        ["operation_id"],
        ["undo_of"],
    ):
        op.create_index(f"ix_audit_entries_{'_'.join(columns)}", "audit_entries", columns)


def _create_numbers() -> None:
    op.create_table(
        "audit_numbers",
        sa.Column("entry_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("number", CODE, primary_key=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sqlite_with_rowid=False,
        comment="The numbers that an entry is about; those of operations stand in operation_items.",
    )
    op.create_index("ix_audit_numbers_number", "audit_numbers", ["number"])


def _guard_sqlite() -> None:
    for table, key in TABLES.items():
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            )
        # INSERT OR REPLACE deletes the old row without the trigger for deletions.
        same = " AND ".join(f"{name} = NEW.{name}" for name in key)
        known = f"SELECT 1 FROM {table} WHERE {same}"  # noqa: S608
        op.execute(
            f"CREATE TRIGGER {table}_no_replacement BEFORE INSERT ON {table}"
            f" WHEN EXISTS ({known}) BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_to_change_the_audit_trail() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{SENTENCE}'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_audit_trail()"
        )


def downgrade() -> None:
    op.drop_index("ix_operation_items_number", "operation_items")
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_to_change_the_audit_trail()")
