"""Adding and removing lists of numbers: preview, operation, report.

A list becomes an operation with one item for each entry of the text. Operation and items are
stored before anything is done; each batch stores its outcomes in the transaction that does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from numberpools.db.database import Database
from numberpools.db.tables import operation_items, operations
from numberpools.domain.numbers import country_of, is_number
from numberpools.domain.outcomes import Outcome, OutcomeGroup
from numberpools.domain.phone import Entry
from numberpools.domain.pools import NUMBERS_PER_CALL, Page, PageRequest
from numberpools.errors import InvalidInput, InvalidParameter, OperationNotFound, PoolNotFound
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


@dataclass(frozen=True, slots=True)
class Preview:
    """What the entries of a list are to the pool, in their order. Nothing has been done."""

    items: Sequence[Item]
    present: Set[str]
    """Those of the numbers that are in the pool."""
    as_of: datetime | None
    """When the copy of the pool was made that the list was compared with; None: just now."""

    @property
    def refusal(self) -> str:
        """Why the list is too long to be added or removed at once; '' where it is not."""
        return _too_many(len(self.items))

    @property
    def new(self) -> list[Item]:
        return [item for item in self._with(None) if item.number not in self.present]

    @property
    def in_pool(self) -> list[Item]:
        return [item for item in self._with(None) if item.number in self.present]

    @property
    def new_by_country(self) -> list[tuple[str, int]]:
        """How many of the new numbers each ISO country has, most first; '' for none."""
        countries = (country_of(item.number) or "" for item in self.new if item.number)
        return Counter(countries).most_common()

    @property
    def duplicate(self) -> list[Item]:
        return self._with(Outcome.DUPLICATE)

    @property
    def invalid(self) -> list[Item]:
        return self._with(Outcome.INVALID)

    def _with(self, outcome: Outcome | None) -> list[Item]:
        return [item for item in self.items if item.outcome is outcome]


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


def entries_of(numbers: Sequence[str]) -> list[Entry]:
    """A list of numbers that are meant exactly as they stand, whether any country has them or not.

    Raises InvalidInput where one of them is none.
    """
    if not all(map(is_number, numbers)):
        raise InvalidInput([InvalidParameter("number", "must be 7 to 15 digits.")])
    return [
        Entry(line, f"+{number}", number, country_of(number), None)
        for line, number in enumerate(numbers, start=1)
    ]


def preview(stores: Stores, account_id: str, pool_id: str, entries: Sequence[Entry]) -> Preview:
    """What the list is to the pool.

    A number that is no valid one counts as in the pool where it is, so that it can be removed.
    Raises PoolNotFound.
    """
    numbers = {entry.number for entry in entries if entry.number}
    presence = stores.of(account_id).presence(pool_id, list(numbers))
    return Preview(_items_of(entries, presence.numbers), presence.numbers, presence.as_of)


def _items_of(entries: Sequence[Entry], accepted: Set[str]) -> list[Item]:
    """An item for each entry. Numbers that are no valid ones are refused unless accepted here."""
    first_lines: dict[str, int] = {}
    items: list[Item] = []
    for entry in entries:
        outcome, reason = None, ""
        if entry.number in first_lines:
            outcome = Outcome.DUPLICATE
            reason = f"The same number stands on line {first_lines[entry.number]}."
        elif entry.number is None or (entry.problem and entry.number not in accepted):
            outcome, reason = Outcome.INVALID, entry.problem or ""
        else:
            first_lines[entry.number] = entry.line
        items.append(Item(entry.line, entry.text, entry.number, outcome, reason))
    return items


def start(
    stores: Stores,
    *,
    form_id: str,
    account_id: str,
    pool_id: str,
    action: Action,
    entries: Sequence[Entry],
    started_by: str,
) -> str:
    """Store the operation and run it; gives its id.

    The same form with the same list is the same operation: a double click does it once. With
    another list it is another one: the browser's Back brings the form again, to be changed.

    Raises InvalidInput (no entries, too many of them, a malformed id), PoolNotFound, and what the
    store raises: the operation then stands as far as it came, and `run` does the rest.
    """
    list_of_entries = (f"{entry.number} {entry.text}" for entry in entries)
    operation_id = _operation_id(form_id, account_id, pool_id, action, *list_of_entries)
    if not entries:
        raise InvalidInput([InvalidParameter("numbers", "Type or paste at least one number.")])
    if reason := _too_many(len(entries)):
        raise InvalidInput([InvalidParameter("numbers", reason)])
    stores.of(account_id).get_pool(pool_id)
    # Whatever is in the pool can be removed; only valid numbers are added.
    removable = {entry.number for entry in entries if entry.number and action is Action.REMOVE}
    operation = {
        "operation_id": operation_id,
        "account_id": account_id,
        "pool_id": pool_id,
        "action": action,
        "started_by": started_by,
        "created_at": datetime.now(UTC),
    }
    if _store(stores.database, operation, _items_of(entries, removable)):
        run(stores, account_id, operation_id)
    return operation_id


def run(stores: Stores, account_id: str, operation_id: str) -> None:
    """Do what is still open of an operation, batch by batch. Doing it twice is harmless.

    Where the pool is gone in the meantime, the rest is cancelled.
    Raises OperationNotFound and what the store raises.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    with stores.changing(account_id, operation.pool_id) as store:
        act = store.add_numbers if operation.action is Action.ADD else store.remove_numbers
        for numbers in _batches(stores.database, operation_id, None):
            with store.together():
                for group in _outcomes(act, operation.pool_id, numbers):
                    _report(stores.database, operation_id, group)
    with stores.database.write() as connection:
        connection.execute(
            update(operations)
            .where(operations.c.operation_id == operation_id, operations.c.finished_at.is_(None))
            .values(finished_at=datetime.now(UTC))
        )


def _outcomes(
    act: Callable[[str, Sequence[str]], list[OutcomeGroup]], pool_id: str, numbers: Sequence[str]
) -> list[OutcomeGroup]:
    try:
        return act(pool_id, numbers)
    except PoolNotFound as exc:
        return [OutcomeGroup(Outcome.CANCELLED, numbers, str(exc))]


def check(stores: Stores, account_id: str, operation_id: str) -> None:
    """Look up what became of the numbers that are not confirmed; what did not happen is refused.

    Raises OperationNotFound and what the store raises.
    """
    operation = get_operation(stores.database, account_id, operation_id)
    adds = operation.action is Action.ADD
    for numbers in _batches(stores.database, operation_id, Outcome.NOT_CONFIRMED):
        there = stores.of(account_id).which_are_in_pool(operation.pool_id, numbers)
        done = [number for number in numbers if (number in there) is adds]
        undone = [number for number in numbers if (number in there) is not adds]
        for group in (
            OutcomeGroup(Outcome.ADDED if adds else Outcome.REMOVED, done, "Checked afterwards."),
            OutcomeGroup(Outcome.REFUSED, undone, "Checked afterwards: it was not done."),
        ):
            _report(stores.database, operation_id, group, instead_of=Outcome.NOT_CONFIRMED)


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
        in_text = operation_items.c.text.icontains(containing, autoescape=True)
        wanted.append(in_text | operation_items.c.number.contains(containing, autoescape=True))
    count = select(func.count()).select_from(operation_items).where(*wanted)
    with database.read() as connection:
        total = connection.scalar(count) or 0
        items = _items(connection, and_(*wanted), page.page_size, page.offset)
    return Page(items, total, page.page, page.page_size)


def all_items(database: Database, operation_id: str) -> list[Item]:
    """Every item of an operation, in the order of the list."""
    with database.read() as connection:
        return _items(connection, operation_items.c.operation_id == operation_id)


def failed_text(database: Database, operation_id: str) -> str:
    """The entries that failed as they were typed, one a line, to be mended and sent again."""
    items = all_items(database, operation_id)
    failed = [item for item in items if item.outcome and item.outcome.is_failure]
    return "\n".join(item.text for item in failed)


def _too_many(entries: int) -> str:
    if entries <= ENTRIES_PER_OPERATION:
        return ""
    most = f"{ENTRIES_PER_OPERATION:,}"
    return f"These are {entries:,} entries; {most} at once is the most. Split the list."


def _operation_id(form_id: str, *content: str) -> str:
    try:
        return str(uuid5(UUID(form_id), "\n".join(content)))
    except ValueError:
        raise InvalidInput([InvalidParameter("form_id", "The form's id must be a UUID.")]) from None


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


def _batches(database: Database, operation_id: str, outcome: Outcome | None) -> Iterator[list[str]]:
    """The numbers with this outcome, as many at a time as one call takes."""
    query = select(operation_items.c.number).where(
        operation_items.c.operation_id == operation_id, _has(outcome)
    )
    with database.read() as connection:
        numbers = list(connection.scalars(query.order_by(operation_items.c.position)))
    for start_at in range(0, len(numbers), NUMBERS_PER_CALL):
        yield [number for number in numbers[start_at : start_at + NUMBERS_PER_CALL] if number]


def _report(
    database: Database, operation_id: str, group: OutcomeGroup, instead_of: Outcome | None = None
) -> None:
    """Store an outcome, only where nobody was quicker: then the other's report is the true one."""
    with database.write() as connection:
        given = database.given_texts(group.numbers)
        connection.execute(
            update(operation_items)
            .where(
                operation_items.c.operation_id == operation_id,
                operation_items.c.number.in_(select(given.c.value)),
                _has(instead_of),
            )
            .values(outcome=group.outcome, reason=group.reason)
        )


def _has(outcome: Outcome | None) -> ColumnElement[bool]:
    return operation_items.c.outcome.is_not_distinct_from(outcome)


def _items(
    connection: Connection, wanted: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> list[Item]:
    columns = operation_items.c
    query = (
        select(columns.line, columns.text, columns.number, columns.outcome, columns.reason)
        .where(wanted)
        .order_by(columns.position)
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
        )
        for row in connection.execute(query)
    ]
