"""What became of a pool after an entry: renamed, changed again, or gone, and its id another's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from json import loads
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, union_all

from numberpools.db.database import Database
from numberpools.db.tables import audit_entries
from numberpools.services.audit.model import Action, Entry, Result

_columns = audit_entries.c
_undoing = audit_entries.alias()


@dataclass(frozen=True, slots=True)
class Since:
    pool_id: str | None
    """How it is called now; None: it is gone, and whatever has its id is another pool."""
    changed: frozenset[str]
    """The settings that were changed again, but for changes that were taken back."""


def since(database: Database, entry: Entry) -> Since:
    """What the trail knows of the entry's pool after the entry."""
    pool_id, changed = entry.pool_id or "", frozenset[str]()
    with database.read() as connection:
        rows = _about(connection, entry.account_id, pool_id, entry.entry_id)
        while row := next(rows, None):
            match row.action:
                case Action.CHANGE_POOL if row.other_pool_id in (None, pool_id):
                    if row.undo_of is None and row.undone_by is None:
                        changed |= loads(row.before or "{}").keys()
                    if row.other_pool_id is not None:
                        pool_id = row.pool_id
                        rows = _about(connection, entry.account_id, pool_id, row.entry_id)
                case Action.DELETE_POOL if row.undone_by is not None:
                    rows = _about(connection, entry.account_id, pool_id, row.undone_by)
                case _:  # it was deleted, or another pool was made or renamed to have its id
                    return Since(None, changed)
    return Since(pool_id, changed)


def _about(
    connection: Connection, account_id: str | None, pool_id: str, after: int
) -> Iterator[Row[*tuple[Any, ...]]]:
    """What was done to a pool of this id after an entry, the oldest first.

    A pool may have been made though no answer confirmed it: then it is another one, to be safe.
    """
    ids = [
        select(_columns.entry_id).where(
            _columns.account_id == account_id, each == pool_id, _columns.entry_id > after
        )
        for each in (_columns.pool_id, _columns.other_pool_id)
    ]
    is_done = _columns.result == Result.DONE
    may_be_made = and_(
        _columns.action == Action.CREATE_POOL, _columns.result == Result.NOT_CONFIRMED
    )
    undone_by = (
        select(func.min(_undoing.c.entry_id))
        .where(_undoing.c.undo_of == _columns.entry_id, _undoing.c.result == Result.DONE)
        .scalar_subquery()
    )
    query = (
        select(audit_entries, undone_by.label("undone_by"))
        .where(
            _columns.entry_id.in_(union_all(*ids)),
            _columns.action.in_((Action.CREATE_POOL, Action.CHANGE_POOL, Action.DELETE_POOL)),
            or_(is_done, may_be_made),
        )
        .order_by(_columns.entry_id)
    )
    return iter(connection.execute(query))
