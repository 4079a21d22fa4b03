"""What an operation does to a number at a vendor stands beside what was done to it before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEY = ["account_id", "pool_id", "number"]
_ALL_BUT_THE_LAST = """
    DELETE FROM recent_changes WHERE EXISTS (
        SELECT 1 FROM recent_changes AS other
        WHERE other.account_id = recent_changes.account_id
        AND other.pool_id = recent_changes.pool_id AND other.number = recent_changes.number
        AND (other.at, other.operation_id) > (recent_changes.at, recent_changes.operation_id)
    )
"""


def upgrade() -> None:
    _key_by([*_KEY, "operation_id"])


def downgrade() -> None:
    op.execute(sa.text(_ALL_BUT_THE_LAST))
    _key_by(_KEY)


def _key_by(columns: list[str]) -> None:
    kept = {"sqlite_with_rowid": False}
    with op.batch_alter_table("recent_changes", table_kwargs=kept) as table:
        table.drop_constraint("pk_recent_changes", type_="primary")
        table.create_primary_key("pk_recent_changes", columns)
