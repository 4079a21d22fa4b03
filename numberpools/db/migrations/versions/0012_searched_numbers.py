"""Only numbers of operations are searched for: lists that are looked at are stored without index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INDEX = ("ix_operation_items_number", "operation_items", ["number"])
_IS_TO_BE_DONE = sa.text("change IS NOT NULL")


def upgrade() -> None:
    op.drop_index(*_INDEX[:2])
    op.create_index(*_INDEX, sqlite_where=_IS_TO_BE_DONE, postgresql_where=_IS_TO_BE_DONE)


def downgrade() -> None:
    op.drop_index(*_INDEX[:2])
    op.create_index(*_INDEX)
