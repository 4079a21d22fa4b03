"""Finding entries: by who, what, which pool, which number, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, select, union_all

from numberpools.db.database import Database
from numberpools.db.tables import audit_entries, audit_numbers, operation_items, operations
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import Page, PageRequest
from numberpools.errors import EntryNotFound
from numberpools.services.actors import Actor, ActorKind
from numberpools.services.audit.model import Action, Entry, Result, Values, Wanted

LISTED_AT_MOST = 10_000
"""Counting and paging through years of entries would take longer with each of them."""
_ENTRIES_AT_ONCE = 1_000
_ABOUT_ITEMS = (Action.START_OPERATION, Action.END_OPERATION)
"""Entries that are about each number of their operation."""

_columns = audit_entries.c
_IS_RENAMING = and_(
    _columns.action == Action.CHANGE_POOL,
    _columns.result == Result.DONE,
    _columns.other_pool_id.is_not(None),
)


def list_entries(
    database: Database, account_id: str, page: PageRequest, wanted: Wanted
) -> Page[Entry]:
    """An account's entries, the newest first, and no more than the newest 10,000."""
    with database.read() as connection:
        conditions = _conditions(connection, account_id, wanted)
        listed = select(_columns.entry_id).where(*conditions).limit(LISTED_AT_MOST).subquery()
        total = connection.scalar(select(func.count()).select_from(listed)) or 0
        query = (
            select(audit_entries)
            .where(*conditions)
            .order_by(_columns.entry_id.desc())
            .limit(page.page_size)
            .offset(page.offset)
        )
        rows = connection.execute(query).all() if page.offset < total else []
        found = _entries(connection, rows, wanted.number)
    return Page(found, total, page.page, page.page_size)


def all_entries(database: Database, account_id: str, wanted: Wanted) -> Iterator[Entry]:
    """The same, and really all of them, without those that come in the meantime."""
    before: int | None = None
    while True:
        with database.read() as connection:
            conditions = _conditions(connection, account_id, wanted)
            if before is not None:
                conditions.append(_columns.entry_id < before)
            query = select(audit_entries).where(*conditions).order_by(_columns.entry_id.desc())
            rows = connection.execute(query.limit(_ENTRIES_AT_ONCE)).all()
            found = _entries(connection, rows, wanted.number)
        if not found:
            return
        yield from found
        before = found[-1].entry_id


def get_entry(database: Database, account_id: str, entry_id: int) -> Entry:
    """Raises EntryNotFound."""
    query = select(audit_entries).where(
        _columns.entry_id == entry_id, _columns.account_id == account_id
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
        if not rows:
            raise EntryNotFound
        return _entries(connection, rows, "")[0]


def has_history(database: Database, account_id: str, pool_id: str) -> bool:
    """Whether any pool that was called so stands in the trail, with something that was done."""
    query = select(_columns.entry_id).where(
        _is_one_of(_about(account_id, pool_id)), _columns.result == Result.DONE
    )
    with database.read() as connection:
        return connection.execute(query.limit(1)).first() is not None


def deleted_at(database: Database, account_id: str, pool_id: str) -> datetime | None:
    """When a pool with this id was deleted last, and not brought back; None: as far as is known,
    never. Whatever has the id now is another pool than before.
    """
    undoing = audit_entries.alias()
    query = select(func.max(_columns.at)).where(
        _columns.account_id == account_id,
        _columns.pool_id == pool_id,
        _columns.action == Action.DELETE_POOL,
        _columns.result == Result.DONE,
        ~exists().where(undoing.c.undo_of == _columns.entry_id, undoing.c.result == Result.DONE),
    )
    with database.read() as connection:
        deleted: datetime | None = connection.scalar(query)
    return deleted


def _conditions(
    connection: Connection, account_id: str, wanted: Wanted
) -> list[ColumnElement[bool]]:
    conditions = [_columns.account_id == account_id]
    if wanted.actor:
        conditions.append(_columns.actor.icontains(wanted.actor, autoescape=True))
    if wanted.action:
        conditions.append(_columns.action == wanted.action)
    if wanted.pool_id:
        conditions.append(_is_one_of(_about(account_id, wanted.pool_id)))
    if wanted.history_of:
        conditions.append(_history(connection, account_id, wanted.history_of))
    if wanted.number:
        conditions.append(_has_number(wanted.number))
    if wanted.since:
        conditions.append(_columns.at >= wanted.since)
    if wanted.until:
        conditions.append(_columns.at < wanted.until)
    return conditions


_Ids = Select[tuple[int]]


def _is_one_of(ids: Sequence[_Ids]) -> ColumnElement[bool]:
    """Indexes find each of the parts; joined by OR, they would have the whole account read."""
    return _columns.entry_id.in_(union_all(*ids))


def _about(account_id: str, pool_id: str, *bounds: ColumnElement[bool]) -> list[_Ids]:
    ids: _Ids = select(_columns.entry_id).where(_columns.account_id == account_id, *bounds)
    return [ids.where(each == pool_id) for each in (_columns.pool_id, _columns.other_pool_id)]


def _history(connection: Connection, account_id: str, pool_id: str) -> ColumnElement[bool]:
    """The pool's entries; before each renaming, those under the id that it had until then."""
    parts: list[_Ids] = []
    before: list[ColumnElement[bool]] = []
    while True:
        query = (
            select(_columns.other_pool_id, _columns.entry_id)
            .where(_columns.account_id == account_id, _columns.pool_id == pool_id, *before)
            .where(_IS_RENAMING)
            .order_by(_columns.entry_id.desc())
            .limit(1)
        )
        renaming = connection.execute(query).one_or_none()
        if renaming is None:
            return _is_one_of(parts + _about(account_id, pool_id, *before))
        # What came before the renaming under this id was about another pool.
        since = _columns.entry_id >= renaming.entry_id
        parts += _about(account_id, pool_id, since, *before)
        pool_id, before = renaming.other_pool_id, [_columns.entry_id < renaming.entry_id]


def _has_number(number: str) -> ColumnElement[bool]:
    named = select(audit_numbers.c.entry_id).where(audit_numbers.c.number == number)
    of_operation = audit_entries.alias()
    listed = (
        select(of_operation.c.entry_id)
        .join(operation_items, operation_items.c.operation_id == of_operation.c.operation_id)
        .where(
            operation_items.c.number == number,
            operation_items.c.change.is_not(None),
            of_operation.c.action.in_(_ABOUT_ITEMS),
        )
    )
    return _is_one_of([named, listed])


def _entries(
    connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]], number: str
) -> list[Entry]:
    if not rows:
        return []
    undone = _undone(connection, rows)
    outcomes = _outcomes(connection, rows, number) if number else {}
    return [_entry(row, undone.get(row.entry_id), outcomes.get(row.entry_id)) for row in rows]


def _undone(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, int]:
    """The entry that takes another back, by that one's id; of an operation at its end."""
    change = select(_columns.undo_of, _columns.entry_id).where(
        _columns.undo_of.in_([row.entry_id for row in rows]), _columns.result == Result.DONE
    )
    found: dict[int, int] = dict(iter(connection.execute(change)))
    ended = [row for row in rows if row.action == Action.END_OPERATION]
    operation = (
        select(operations.c.undo_of, _columns.entry_id)
        .join(audit_entries, _columns.operation_id == operations.c.operation_id)
        .where(
            operations.c.undo_of.in_([row.operation_id for row in ended]),
            _columns.action == Action.START_OPERATION,
        )
    )
    undoing: dict[str, int] = dict(iter(connection.execute(operation)))
    found |= {
        row.entry_id: undoing[row.operation_id] for row in ended if row.operation_id in undoing
    }
    return found


def _outcomes(
    connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]], number: str
) -> dict[int, Outcome]:
    """What became of one number, by entry; of an operation only at its end."""
    named = select(audit_numbers.c.entry_id, audit_numbers.c.outcome).where(
        audit_numbers.c.number == number,
        audit_numbers.c.entry_id.in_([row.entry_id for row in rows]),
    )
    found = {entry_id: Outcome(outcome) for entry_id, outcome in connection.execute(named)}
    ended = {row.operation_id: row.entry_id for row in rows if row.action == Action.END_OPERATION}
    listed = select(operation_items.c.operation_id, operation_items.c.outcome).where(
        operation_items.c.number == number,
        operation_items.c.operation_id.in_(list(ended)),
        operation_items.c.change.is_not(None),
        operation_items.c.outcome.is_not(None),
        operation_items.c.outcome != Outcome.DUPLICATE,
    )
    for operation_id, outcome in connection.execute(listed):
        found[ended[operation_id]] = Outcome(outcome)
    return found


def _entry(
    row: Row[*tuple[Any, ...]], undone_by: int | None, number_outcome: Outcome | None
) -> Entry:
    return Entry(
        entry_id=row.entry_id,
        at=row.at,
        account_id=row.account_id,
        pool_id=row.pool_id,
        other_pool_id=row.other_pool_id,
        action=Action(row.action),
        actor=Actor(ActorKind(row.actor_kind), row.actor, row.address, row.request_id),
        operation_id=row.operation_id,
        undo_of=row.undo_of,
        before=_values(row.before),
        after=_values(row.after),
        result=Result(row.result),
        reason=row.reason,
        undone_by=undone_by,
        number_outcome=number_outcome,
    )


def _values(text: str | None) -> Values | None:
    values: Mapping[str, Any] | None = loads(text) if text is not None else None
    return values
