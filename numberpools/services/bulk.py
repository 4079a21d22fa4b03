"""Adding and removing lists of numbers: preview, operation, report.

A list becomes an operation with one item for each entry of the text. Operation and items are
stored before anything is done; each batch stores its outcomes in the transaction that does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from numberpools.db.database import Database
from numberpools.db.tables import operation_items, operations
from numberpools.domain import phone
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import NUMBERS_PER_CALL, Page, PageRequest
from numberpools.errors import InvalidInput, InvalidParameter, OperationNotFound
from numberpools.stores import Stores

ENTRIES_PER_OPERATION = 1000


class Action(StrEnum):
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the list, and what became of it: `outcome` is None as long as it is open."""

    line: int
    text: str
    number: str | None
    outcome: Outcome | None
    reason: str = ""


@dataclass(slots=True)
class Preview:
    """The entries of a list by what they are to the pool. Nothing has been done."""

    new: list[Item] = field(default_factory=list)
    in_pool: list[Item] = field(default_factory=list)
    duplicate: list[Item] = field(default_factory=list)
    invalid: list[Item] = field(default_factory=list)

    @property
    def entries(self) -> int:
        return len(self.new) + len(self.in_pool) + len(self.duplicate) + len(self.invalid)


@dataclass(frozen=True, slots=True)
class Operation:
    operation_id: str
    account_id: str
    pool_id: str
    action: Action
    started_by: str
    created_at: datetime
    finished_at: datetime | None
    totals: dict[Outcome | None, int]
    """Items by outcome; None counts the open ones."""

    @property
    def item_count(self) -> int:
        return sum(self.totals.values())

    @property
    def failure_count(self) -> int:
        return sum(
            count for outcome, count in self.totals.items() if outcome and outcome.is_failure
        )


def preview(
    stores: Stores, account_id: str, pool_id: str, text: str, country: str | None
) -> Preview:
    """What the list is to the pool. `country` (ISO) is that of national numbers.

    A number that is no valid one counts as in the pool where it is, so that it can be removed.
    Raises PoolNotFound.
    """
    entries = phone.parse(text, country)
    numbers = list({entry.number for entry in entries if entry.number})
    in_pool = stores.of(account_id).which_are_in_pool(pool_id, numbers)
    found = Preview()
    first_lines: dict[str, int] = {}
    for entry in entries:
        item = Item(entry.line, entry.text, entry.number, None)
        if entry.number in first_lines:
            line = first_lines[entry.number]
            reason = f"The same number stands on line {line}."
            found.duplicate.append(_settled(item, Outcome.DUPLICATE, reason))
            continue
        if entry.number is None or (entry.problem and entry.number not in in_pool):
            found.invalid.append(_settled(item, Outcome.INVALID, entry.problem or ""))
            continue
        first_lines[entry.number] = entry.line
        (found.in_pool if entry.number in in_pool else found.new).append(item)
    return found


def start(
    stores: Stores,
    *,
    operation_id: str,
    account_id: str,
    pool_id: str,
    action: Action,
    text: str,
    country: str | None,
    started_by: str,
) -> None:
    """Store the operation and run it. The same id a second time changes nothing.

    Raises InvalidInput (no entries, too many of them, a malformed id) and PoolNotFound.
    """
    _check_operation_id(operation_id)
    found = preview(stores, account_id, pool_id, text, country)
    if not found.entries:
        raise InvalidInput([InvalidParameter("numbers", "Type or paste at least one number.")])
    if found.entries > ENTRIES_PER_OPERATION:
        reason = (
            f"These are {found.entries:,} entries; {ENTRIES_PER_OPERATION:,} at once is the most. "
            "Split the list."
        )
        raise InvalidInput([InvalidParameter("numbers", reason)])
    items = [*found.new, *found.in_pool, *found.duplicate, *found.invalid]
    items.sort(key=lambda item: item.line)
    operation = {
        "operation_id": operation_id,
        "account_id": account_id,
        "pool_id": pool_id,
        "action": action,
        "started_by": started_by,
        "created_at": datetime.now(UTC),
    }
    if _store(stores.database, operation, items):
        run(stores, account_id, operation_id)


def run(stores: Stores, account_id: str, operation_id: str) -> None:
    """Do what is still open of an operation, batch by batch. Doing it twice is harmless.

    Raises OperationNotFound, PoolNotFound.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    store = stores.of(account_id)
    act = store.add_numbers if operation.action is Action.ADD else store.remove_numbers
    for numbers in _open_batches(stores.database, operation_id):
        with stores.database.write() as connection:
            # Only items that are still open: where another process was quicker, its report is true.
            outcomes = [
                {"item_number": number, "new_outcome": group.outcome, "new_reason": group.reason}
                for group in act(operation.pool_id, numbers)
                for number in group.numbers
            ]
            connection.execute(
                update(operation_items)
                .where(
                    operation_items.c.operation_id == operation_id,
                    operation_items.c.number == bindparam("item_number"),
                    operation_items.c.outcome.is_(None),
                )
                .values(outcome=bindparam("new_outcome"), reason=bindparam("new_reason")),
                outcomes,
            )
    with stores.database.write() as connection:
        connection.execute(
            update(operations)
            .where(operations.c.operation_id == operation_id, operations.c.finished_at.is_(None))
            .values(finished_at=datetime.now(UTC))
        )


def get_operation(database: Database, account_id: str, operation_id: str) -> Operation:
    """Raises OperationNotFound."""
    counting = (
        select(operation_items.c.outcome, func.count())
        .where(operation_items.c.operation_id == operation_id)
        .group_by(operation_items.c.outcome)
    )
    with database.read() as connection:
        row = connection.execute(
            select(operations).where(
                operations.c.operation_id == operation_id, operations.c.account_id == account_id
            )
        ).one_or_none()
        if row is None:
            raise OperationNotFound(operation_id)
        totals = {
            Outcome(outcome) if outcome else None: count
            for outcome, count in connection.execute(counting)
        }
    return Operation(
        operation_id=row.operation_id,
        account_id=row.account_id,
        pool_id=row.pool_id,
        action=Action(row.action),
        started_by=row.started_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
        totals=totals,
    )


def list_items(
    database: Database,
    operation_id: str,
    page: PageRequest,
    *,
    outcomes: Sequence[Outcome] = (),
    containing: str = "",
) -> Page[Item]:
    """An operation's items in the order of the list; only these outcomes, where some are named.

    `containing` is looked for in the text as typed and in the number.
    """
    wanted = [operation_items.c.operation_id == operation_id]
    if outcomes:
        wanted.append(operation_items.c.outcome.in_(list(outcomes)))
    if containing:
        in_text = operation_items.c.text.contains(containing, autoescape=True)
        wanted.append(in_text | operation_items.c.number.contains(containing, autoescape=True))
    count = select(func.count()).select_from(operation_items).where(*wanted)
    with database.read() as connection:
        total = connection.scalar(count) or 0
        items = _items(database, and_(*wanted), page.page_size, page.offset)
    return Page(items, total, page.page, page.page_size)


def all_items(database: Database, operation_id: str) -> list[Item]:
    """Every item of an operation, in the order of the list."""
    return _items(database, operation_items.c.operation_id == operation_id)


def failed_text(database: Database, operation_id: str) -> str:
    """The entries that failed as they were typed, one a line, to be mended and sent again."""
    items = all_items(database, operation_id)
    failed = [item for item in items if item.outcome and item.outcome.is_failure]
    return "\n".join(item.text for item in failed)


def _settled(item: Item, outcome: Outcome, reason: str) -> Item:
    return Item(item.line, item.text, item.number, outcome, reason)


def _check_operation_id(operation_id: str) -> None:
    try:
        well_formed = str(UUID(operation_id)) == operation_id
    except ValueError:
        well_formed = False
    if not well_formed:
        raise InvalidInput([InvalidParameter("operation_id", "must be a UUID, in small letters.")])


def _store(database: Database, operation: dict[str, object], items: Sequence[Item]) -> bool:
    """Store an operation with its items; False where it is there already."""
    rows = [
        {
            "operation_id": operation["operation_id"],
            "position": position,
            "line": item.line,
            "text": item.text,
            "number": item.number,
            "outcome": item.outcome,
            "reason": item.reason,
        }
        for position, item in enumerate(items)
    ]
    try:
        with database.write() as connection:
            connection.execute(insert(operations), operation)
            connection.execute(insert(operation_items), rows)
    except IntegrityError:
        return False
    return True


def _open_batches(database: Database, operation_id: str) -> Iterator[list[str]]:
    query = select(operation_items.c.number).where(
        operation_items.c.operation_id == operation_id, operation_items.c.outcome.is_(None)
    )
    with database.read() as connection:
        numbers = list(connection.scalars(query.order_by(operation_items.c.position)))
    for start_at in range(0, len(numbers), NUMBERS_PER_CALL):
        yield [number for number in numbers[start_at : start_at + NUMBERS_PER_CALL] if number]


def _items(
    database: Database, wanted: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> list[Item]:
    columns = operation_items.c
    query = (
        select(columns.line, columns.text, columns.number, columns.outcome, columns.reason)
        .where(wanted)
        .order_by(columns.position)
        .limit(limit)
        .offset(offset)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [
        Item(
            row.line,
            row.text,
            row.number,
            Outcome(row.outcome) if row.outcome else None,
            row.reason,
        )
        for row in rows
    ]
