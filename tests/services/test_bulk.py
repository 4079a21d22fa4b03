"""Lists of numbers: preview, operation, crash and report."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import select

from numberpools.db.database import Database
from numberpools.db.tables import operations
from numberpools.domain import phone
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import PageRequest, Pool
from numberpools.errors import InvalidInput, OperationNotFound, PoolNotFound
from numberpools.services import bulk
from numberpools.services.bulk import Action
from numberpools.stores import PoolStore, Stores
from tests.services.crash import Crash, CrashingStores

MANY = [f"447400{number:06}" for number in range(220)]

Start = Callable[..., str]


@pytest.fixture
def start(stores: Stores, account_id: str) -> Start:
    """Start an operation on the pool ``empty``; gives its id."""

    def started(text: str, action: Action = Action.ADD, **changes: object) -> str:
        values: dict[str, object] = {
            "form_id": str(uuid4()),
            "account_id": account_id,
            "pool_id": "empty",
            "started_by": "Ann",
            **changes,
        }
        on = values.pop("stores", stores)
        entries = phone.parse(text)
        return bulk.start(on, action=action, entries=entries, **values)  # type: ignore[arg-type]

    return started


@pytest.fixture
def interrupt(start: Start, database: Database) -> Start:
    """Start an operation that crashes after so many batches; gives its id."""

    def interrupted(text: str, action: Action = Action.ADD, *, after_batches: int) -> str:
        with pytest.raises(Crash):
            start(text, action, stores=CrashingStores(database, after_batches=after_batches))
        with database.read() as connection:
            return str(connection.scalars(select(operations.c.operation_id)).one())

    return interrupted


def _outcomes(database: Database, operation_id: str) -> list[Outcome | None]:
    return [item.outcome for item in bulk.all_items(database, operation_id)]


def test_it_works(start: Start, database: Database, store: PoolStore, empty_pool: Pool) -> None:
    operation_id = start("+44 7400 123456\n+1 201-555-0123")
    operation = bulk.get_operation(database, "abcd1234", operation_id)
    assert (operation.pool_id, operation.action, operation.started_by) == (
        "empty",
        Action.ADD,
        "Ann",
    )
    assert operation.finished_at is not None
    assert operation.created_at <= operation.finished_at
    assert operation.totals == {Outcome.ADDED: 2}
    assert (operation.item_count, operation.failure_count) == (2, 0)
    assert store.count_numbers("empty") == 2


def test_a_preview_changes_nothing(
    stores: Stores, account_id: str, store: PoolStore, empty_pool: Pool
) -> None:
    store.add_numbers("empty", ["447400123456"])
    entries = phone.parse("+447400123456\n+447400123457\n+447400123457\nnothing\n+447400123456")
    found = bulk.preview(stores, account_id, "empty", entries)
    lines = [
        [item.line for item in group]
        for group in (found.new, found.in_pool, found.duplicate, found.invalid)
    ]
    assert lines == [[2], [1], [3, 5], [4]]
    assert [item.line for item in found.items] == [1, 2, 3, 4, 5]
    assert store.count_numbers("empty") == 1


def test_a_preview_of_an_unknown_pool_is_refused(stores: Stores, account_id: str) -> None:
    with pytest.raises(PoolNotFound):
        bulk.preview(stores, account_id, "nowhere", phone.parse("+447400123456"))


def test_the_report_keeps_the_order_of_the_list(
    start: Start, database: Database, empty_pool: Pool
) -> None:
    operation_id = start("nothing; +447400123456, +447400123456; +9991234567\n+447400123457")
    items = bulk.all_items(database, operation_id)
    assert [(item.line, item.outcome) for item in items] == [
        (1, Outcome.ADDED),
        (1, Outcome.DUPLICATE),
        (1, Outcome.INVALID),
        (2, Outcome.ADDED),
    ]


def test_numbers_are_meant_as_they_stand(
    stores: Stores, account_id: str, database: Database, store: PoolStore, empty_pool: Pool
) -> None:
    numbers = ["9990000000", "0000000", "447400123456"]
    store.add_numbers("empty", numbers)
    operation_id = bulk.start(
        stores,
        form_id=str(uuid4()),
        account_id=account_id,
        pool_id="empty",
        action=Action.REMOVE,
        entries=bulk.entries_of(numbers),
        started_by="Ann",
    )
    assert _outcomes(database, operation_id) == [Outcome.REMOVED] * 3
    assert store.count_numbers("empty") == 0


@pytest.mark.parametrize("number", ["", "abc", "+447400123456", "123456", "1" * 16])
def test_what_is_no_number_has_no_entry(number: str) -> None:
    with pytest.raises(InvalidInput):
        bulk.entries_of(["447400123456", number])


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "at least one"), (",;\n", "at least one"), ("1\n" * 1001, "These are 1,001 entries")],
)
def test_it_refuses_too_few_and_too_many(
    start: Start, empty_pool: Pool, text: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        start(text)


@pytest.mark.parametrize("form_id", ["", "1", "G" * 36])
def test_it_refuses_a_malformed_id(start: Start, empty_pool: Pool, form_id: str) -> None:
    with pytest.raises(InvalidInput, match="The form's id must be a UUID"):
        start("+447400123456", form_id=form_id)


def test_an_unknown_pool_gets_no_operation(start: Start, database: Database) -> None:
    with pytest.raises(PoolNotFound):
        start("+447400123456")
    with database.read() as connection:
        assert connection.scalars(select(operations)).all() == []


def test_the_same_list_from_the_same_form_is_one_operation(
    start: Start, store: PoolStore, empty_pool: Pool
) -> None:
    form_id = str(uuid4())
    first = start("+447400123456", form_id=form_id)
    store.remove_numbers("empty", ["447400123456"])
    assert start("+447400123456", form_id=form_id) == first
    assert store.count_numbers("empty") == 0


def test_whatever_else_comes_from_the_same_form_is_another_operation(
    start: Start, make_pool: Callable[..., Pool], empty_pool: Pool
) -> None:
    make_pool("other")
    form_id = str(uuid4())
    different = {
        start("+447400123456", form_id=form_id),
        start("+447400123457", form_id=form_id),
        start("+447400123456", Action.REMOVE, form_id=form_id),
        start("+447400123456", form_id=form_id, pool_id="other"),
    }
    assert len(different) == 4


def test_operations_belong_to_their_account(
    start: Start, stores: Stores, database: Database, empty_pool: Pool
) -> None:
    operation_id = start("+447400123456")
    with pytest.raises(OperationNotFound):
        bulk.get_operation(database, "efgh5678", operation_id)
    with pytest.raises(OperationNotFound):
        bulk.run(stores, "efgh5678", operation_id)


@pytest.mark.parametrize("batches_done", [0, 1, 4])
@pytest.mark.parametrize("action", Action)
def test_a_crash_loses_no_number_and_the_rest_can_be_done(
    interrupt: Start,
    stores: Stores,
    account_id: str,
    database: Database,
    store: PoolStore,
    empty_pool: Pool,
    action: Action,
    batches_done: int,
) -> None:
    if action is Action.REMOVE:
        store.add_numbers("empty", MANY)
    operation_id = interrupt("\n".join(MANY), action, after_batches=batches_done)
    success = Outcome.ADDED if action is Action.ADD else Outcome.REMOVED
    done = 50 * batches_done
    stopped = bulk.get_operation(database, account_id, operation_id)
    assert stopped.finished_at is None
    assert stopped.totals.get(success, 0) == done
    assert stopped.totals[None] == len(MANY) - done
    assert store.count_numbers("empty") == (done if action is Action.ADD else len(MANY) - done)

    bulk.run(stores, account_id, operation_id)
    finished = bulk.get_operation(database, account_id, operation_id)
    assert finished.finished_at is not None
    assert finished.totals == {success: len(MANY)}
    assert store.count_numbers("empty") == (len(MANY) if action is Action.ADD else 0)


def test_running_again_changes_nothing(
    start: Start, stores: Stores, account_id: str, database: Database, empty_pool: Pool
) -> None:
    operation_id = start("\n".join(MANY))
    before = bulk.get_operation(database, account_id, operation_id)
    bulk.run(stores, account_id, operation_id)
    assert bulk.get_operation(database, account_id, operation_id) == before


def test_many_processes_at_once_do_it_once(
    interrupt: Start,
    stores: Stores,
    account_id: str,
    database: Database,
    store: PoolStore,
    empty_pool: Pool,
) -> None:
    operation_id = interrupt("\n".join(MANY), after_batches=0)
    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(bulk.run, stores, account_id, operation_id) for _ in range(4)]:
            each.result()
    operation = bulk.get_operation(database, account_id, operation_id)
    assert operation.totals == {Outcome.ADDED: len(MANY)}
    assert store.count_numbers("empty") == len(MANY)


def test_one_form_sent_many_times_at_once_is_one_operation(
    start: Start, account_id: str, database: Database, store: PoolStore, empty_pool: Pool
) -> None:
    form_id = str(uuid4())
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(start, "\n".join(MANY), form_id=form_id) for _ in range(4)]
        [operation_id] = {each.result() for each in sent}
    operation = bulk.get_operation(database, account_id, operation_id)
    assert operation.totals == {Outcome.ADDED: len(MANY)}
    assert store.count_numbers("empty") == len(MANY)


def test_where_the_pool_is_gone_the_rest_is_cancelled(
    interrupt: Start,
    stores: Stores,
    account_id: str,
    database: Database,
    store: PoolStore,
    empty_pool: Pool,
) -> None:
    operation_id = interrupt("\n".join(MANY), after_batches=1)
    store.delete_pool("empty")
    bulk.run(stores, account_id, operation_id)
    operation = bulk.get_operation(database, account_id, operation_id)
    assert operation.finished_at is not None
    assert operation.totals == {Outcome.ADDED: 50, Outcome.CANCELLED: 170}
    assert operation.failure_count == 170


def test_items_are_listed_by_page_outcome_and_text(
    start: Start, database: Database, empty_pool: Pool
) -> None:
    operation_id = start("\n".join([*MANY[:30], "100% nothing", "100 nothing"]))

    def lines(page: PageRequest, **wanted: object) -> tuple[list[int], int]:
        found = bulk.list_items(database, operation_id, page, **wanted)  # type: ignore[arg-type]
        return [item.line for item in found.items], found.total_items

    assert lines(PageRequest(1, 10)) == ([*range(1, 11)], 32)
    assert lines(PageRequest(4, 10)) == ([31, 32], 32)
    assert lines(PageRequest(5, 10)) == ([], 32)
    assert lines(PageRequest(), outcomes=[Outcome.INVALID]) == ([31, 32], 2)
    assert lines(PageRequest(), containing="100%") == ([31], 1)
    assert lines(PageRequest(), containing="447400000007") == ([8], 1)
    assert lines(PageRequest(), outcomes=[Outcome.ADDED], containing="nothing") == ([], 0)


def test_the_failed_ones_come_back_as_they_were_typed(
    start: Start, database: Database, empty_pool: Pool
) -> None:
    operation_id = start("+447400123456\nnothing here\n+447400123456\n00 44 12")
    assert bulk.failed_text(database, operation_id) == "nothing here\n00 44 12"
