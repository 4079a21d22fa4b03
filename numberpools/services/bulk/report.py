"""What became of an operation: its state, its totals, its items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import loads
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)

from numberpools import clock
from numberpools.db.database import Database
from numberpools.db.tables import operation_batches as batches
from numberpools.db.tables import operation_items as items
from numberpools.db.tables import operation_lists, operations, pools
from numberpools.domain import lists
from numberpools.domain.lists import ListFile
from numberpools.domain.outcomes import Outcome
from numberpools.domain.phone import Doubt
from numberpools.domain.pools import Page, PageRequest
from numberpools.errors import OperationChanged, OperationNotFound
from numberpools.services.bulk import totals
from numberpools.services.bulk.brought import CHOICES, READING
from numberpools.services.bulk.model import Action, Change, Item, Operation, Progress, State

_SECONDS_OF_RATE = 30
_ITEMS_AT_ONCE = 5_000
_FAILURES = [outcome for outcome in Outcome if outcome.is_failure]


@dataclass(frozen=True, slots=True)
class Look:
    """What a list that was read is to the pool, before anything is done."""

    new: int
    in_pool: int
    duplicate: int
    invalid: int
    in_other_pools: int
    """New ones that stand in another pool of the account."""
    surplus: int
    """Numbers of the pool that the list does not have; counted for make-equal alone."""
    is_looked_up: bool
    """False where nobody could say what the pool has: all numbers then count as new."""
    as_of: datetime | None
    """When the copy was made of which that is said; None for a pool of ours."""
    countries: Sequence[tuple[str, int]]
    """Valid numbers, each once, by ISO country, most first; '' for none."""
    doubts: Mapping[Doubt, int]
    """Invalid entries that a choice for the whole list settles, by what it is about."""
    version: int
    """Another one each time that the list is read or compared."""


_IN_POOL = func.coalesce(items.c.was_here, false())
_IN_OTHER_POOL = items.c.other_pool.is_not(None)
_IS_SURPLUS = items.c.line == literal_column("0")
_LISTED = and_(items.c.outcome.is_(None), not_(_IS_SURPLUS))

KINDS: Mapping[str, ColumnElement[bool]] = {
    "new": and_(_LISTED, not_(_IN_POOL)),
    "in-pool": and_(_LISTED, _IN_POOL),
    "in-other-pools": and_(_LISTED, not_(_IN_POOL), _IN_OTHER_POOL),
    "duplicate": items.c.outcome == Outcome.DUPLICATE,
    "invalid": items.c.outcome == Outcome.INVALID,
    "surplus": _IS_SURPLUS,
}
"""The kinds of rows in a preview, by the name that an address gives them."""


def get_operation(database: Database, account_id: str, operation_id: str) -> Operation:
    """Raises OperationNotFound."""
    query = select(operations).where(
        operations.c.operation_id == operation_id, operations.c.account_id == account_id
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            raise OperationNotFound(operation_id)
        return _operation(row, totals.of_operations(connection, [operation_id])[operation_id])


def find_operation(connection: Connection, operation_id: str) -> Operation:
    """An operation that exists, whichever account it belongs to."""
    query = select(operations).where(operations.c.operation_id == operation_id)
    row = connection.execute(query).one()
    return _operation(row, totals.of_operations(connection, [operation_id])[operation_id])


def list_operations(
    database: Database, account_id: str, page: PageRequest, *, pool_id: str | None = None
) -> Page[Operation]:
    """An account's operations, or those of one of its pools; the newest first. No mere lists."""
    wanted = [
        operations.c.account_id == account_id,
        operations.c.state.not_in([state for state in State if state.is_list]),
    ]
    if pool_id is not None:
        wanted.append(or_(operations.c.pool_id == pool_id, operations.c.target_pool_id == pool_id))
    newest_first = (operations.c.created_at.desc(), operations.c.operation_id.desc())
    ids = select(operations.c.operation_id).where(*wanted).order_by(*newest_first)
    on_page = operations.c.operation_id.in_(ids.limit(page.page_size).offset(page.offset))
    query = select(operations).where(on_page).order_by(*newest_first)
    with database.read() as connection:
        total = connection.scalar(select(func.count()).select_from(operations).where(*wanted))
        rows = connection.execute(query).all()
        found = _operations(connection, rows)
    return Page(found, total or 0, page.page, page.page_size)


def under_way(database: Database, account_id: str, pool_id: str) -> list[Operation]:
    """The pool's operations that have not ended, in the order in which they run."""
    going_on = [state for state in State if not (state.is_list or state.has_ended)]
    query = (
        select(operations)
        .where(
            operations.c.account_id == account_id,
            operations.c.state.in_(going_on),
            or_(operations.c.pool_id == pool_id, operations.c.target_pool_id == pool_id),
        )
        .order_by(operations.c.queued_at, operations.c.operation_id)
    )
    with database.read() as connection:
        return _operations(connection, connection.execute(query).all())


def waiting_lists(
    database: Database, account_id: str, pool_id: str | None = None
) -> list[Operation]:
    """Lists that were brought and not started, of an account or of one pool; the newest first."""
    wanted = [
        operations.c.account_id == account_id,
        operations.c.state.in_([state for state in State if state.is_list]),
    ]
    if pool_id is not None:
        wanted.append(operations.c.pool_id == pool_id)
    newest_first = (operations.c.created_at.desc(), operations.c.operation_id)
    with database.read() as connection:
        rows = connection.execute(select(operations).where(*wanted).order_by(*newest_first)).all()
    return [_operation(row, {}) for row in rows]


def undone_by(database: Database, operation_id: str) -> str | None:
    """The operation that takes this one back, where there is one."""
    query = select(operations.c.operation_id).where(operations.c.undo_of == operation_id)
    with database.read() as connection:
        return connection.scalar(query)


def list_file(database: Database, operation: Operation) -> ListFile:
    """The sheets and columns of a list that was not started yet, read from it once more.

    Raises UnreadableFile, OperationChanged.
    """
    query = select(operation_lists.c.content).where(
        operation_lists.c.operation_id == operation.operation_id
    )
    with database.read() as connection:
        content = connection.scalar(query)
    if content is None:
        raise OperationChanged("Somebody has started or discarded this list in the meantime.")
    return lists.read(operation.list_name, content, operation.country or None)


def other_pool_ids(database: Database, account_id: str, pool_id: str) -> list[str]:
    """The pools to which numbers of this one can be moved; of a vendor those that we know of."""
    query = (
        select(pools.c.pool_id)
        .where(pools.c.account_id == account_id, pools.c.pool_id != pool_id)
        .order_by(pools.c.pool_id)
    )
    with database.read() as connection:
        return list(connection.scalars(query))


def progress(database: Database, operation: Operation) -> Progress:
    """The rate of the last half minute."""
    if operation.state is not State.RUNNING:
        return Progress(None, None)
    with database.read() as connection:
        now = clock.shared(connection)
        since = now - timedelta(seconds=_SECONDS_OF_RATE)
        query = select(batches.c.totals).where(
            batches.c.operation_id == operation.operation_id, batches.c.done_at >= since
        )
        done = sum(sum(loads(text).values()) for text in connection.scalars(query))
    begun = operation.started_at or operation.created_at
    seconds = max((now - max(begun, since)).total_seconds(), 0.1)
    if done <= 0:
        return Progress(None, None)
    return Progress(done / seconds, timedelta(seconds=operation.open_count * seconds / done))


def look(database: Database, operation: Operation) -> Look:
    """What the list would do."""
    with database.read() as connection:
        # First: should the list change meanwhile, only the figures may be newer.
        version = version_of(connection, operation.operation_id)
        found, doubts = _figures(connection, operation.operation_id)
        about = select(operations.c.countries, operations.c.as_of).where(
            operations.c.operation_id == operation.operation_id
        )
        text, as_of = connection.execute(about).one_or_none() or ("{}", None)
    return Look(
        new=found["new"],
        in_pool=found["in pool"],
        duplicate=found[Outcome.DUPLICATE],
        invalid=found[Outcome.INVALID],
        in_other_pools=found["in other pools"],
        surplus=found["surplus"],
        is_looked_up=found["looked up"] > 0,
        as_of=as_of,
        countries=Counter(loads(text)).most_common(),
        doubts=doubts,
        version=version,
    )


def _figures(connection: Connection, operation_id: str) -> tuple[Counter[str], Counter[Doubt]]:
    kinds = (items.c.outcome, _IS_SURPLUS, _IN_POOL, _IN_OTHER_POOL, items.c.doubt)
    query = (
        select(*kinds, func.count(), func.count(items.c.was_here))
        .where(items.c.operation_id == operation_id)
        .group_by(*kinds)
    )
    found: Counter[str] = Counter()
    doubts: Counter[Doubt] = Counter()
    for row in connection.execute(query):
        outcome, is_surplus, was_here, elsewhere, doubt, count, looked_up = row
        found["looked up"] += looked_up
        if doubt and outcome == Outcome.INVALID:
            doubts[Doubt(doubt)] += count
        if is_surplus:
            found["surplus"] += count
        elif outcome:
            found[outcome] += count
        else:
            found["in pool" if was_here else "new"] += count
            found["in other pools"] += 0 if was_here or not elsewhere else count
    return found, doubts


def version_of(connection: Connection, operation_id: str) -> int:
    """Which look at a list it is: every reading and every comparing is a batch of its own."""
    last = select(func.max(batches.c.batch)).where(batches.c.operation_id == operation_id)
    return connection.scalar(last) or 0


def list_items(
    database: Database,
    operation_id: str,
    page: PageRequest,
    *,
    outcomes: Sequence[Outcome] = (),
    kind: str = "",
    containing: str = "",
    digits: str = "",
) -> Page[Item]:
    """An operation's items in the order of the list; only these outcomes, where some are named.

    `kind` is one of `KINDS`. `containing` is looked for in the text as typed, and `digits` in
    the number: one of the two is enough.
    """
    wanted = [items.c.operation_id == operation_id]
    if outcomes:
        wanted.append(items.c.outcome.in_(list(outcomes)))
    if kind:
        wanted.append(KINDS[kind])
    if containing:
        in_text = items.c.text.icontains(containing, autoescape=True)
        in_number = items.c.number.contains(digits, autoescape=True) if digits else false()
        wanted.append(or_(in_text, in_number))
    with database.read() as connection:
        if len(wanted) == 1:  # positions have no gaps
            count = func.max(items.c.position) + 1
            first = page.offset
            place = items.c.position.between(first, first + page.page_size - 1)
            found = _items(connection, and_(*wanted, place))
        else:
            count = func.count()
            found = _items(connection, and_(*wanted), page.page_size, page.offset)
        total = connection.scalar(select(count).select_from(items).where(*wanted)) or 0
    return Page(found, total, page.page, page.page_size)


def all_items(database: Database, operation_id: str) -> Iterator[Item]:
    """Every item of an operation as it is now, in the order of the list."""
    first = 0
    while True:
        place = items.c.position.between(first, first + _ITEMS_AT_ONCE - 1)
        with database.read() as connection:
            found = _items(connection, and_(items.c.operation_id == operation_id, place))
        if not found:
            return
        yield from found
        first += _ITEMS_AT_ONCE


def failed_text(database: Database, operation_id: str) -> str:
    """The entries that failed as they were typed, one a line, to be mended and sent again.

    What make-equal was to remove stands in no list, and was not typed: that is the number.
    """
    typed = case((items.c.line == 0, literal("+").concat(items.c.number)), else_=items.c.text)
    query = select(typed).where(
        items.c.operation_id == operation_id, items.c.outcome.in_(_FAILURES)
    )
    with database.read() as connection:
        return "\n".join(connection.scalars(query.order_by(items.c.position)))


def _operations(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Operation]:
    counts = totals.of_operations(connection, [row.operation_id for row in rows])
    return [_operation(row, counts[row.operation_id]) for row in rows]


def _operation(row: Row[*tuple[Any, ...]], counts: Mapping[Outcome, int]) -> Operation:
    return Operation(
        operation_id=row.operation_id,
        account_id=row.account_id,
        pool_id=row.pool_id,
        target_pool_id=row.target_pool_id,
        action=Action(row.action) if row.action else None,
        state=State(row.state),
        started_by=row.started_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        undo_of=row.undo_of,
        list_name=row.list_name,
        country=row.country,
        choices=CHOICES.validate_json(row.list_choices),
        reading=READING.validate_json(row.list_reading),
        line_count=row.line_count,
        item_count=row.item_count,
        problem=row.problem,
        retry_at=row.retry_at,
        totals=counts,
    )


def _items(
    connection: Connection, wanted: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> list[Item]:
    columns = items.c
    query = (
        select(items)
        .where(wanted)
        .order_by(columns.operation_id, columns.position)
        .limit(limit)
        .offset(offset)
    )
    return [
        Item(
            row.line,
            row.text,
            row.number,
            Outcome(row.outcome) if row.outcome else None,
            row.reason,
            Change(row.change) if row.change else None,
            row.was_here,
            row.other_pool,
            row.sheet,
            row.position,
            Doubt(row.doubt) if row.doubt else None,
            row.note,
        )
        for row in connection.execute(query)
    ]
