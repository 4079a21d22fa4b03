"""What became of an operation, as pages and files show it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import PageRequest
from numberpools.errors import OperationNotFound
from numberpools.services import bulk
from numberpools.services.bulk import KINDS, Action, Item, State
from tests.services.bulk.service import Service, numbers

LIST = "\n".join([*(f"+{number}" for number in numbers(6)), "+447400000000", "foo 12"])


def test_totals_grow_with_every_batch_and_equal_the_items(away: Service) -> None:
    operation_id = away.start(numbers(130))
    seen = []
    while away.claim_and_run():
        operation = away.get(operation_id)
        done = [each for each in away.outcomes(operation_id).values() if each]
        assert operation.done_count == len(done)
        assert operation.open_count == 130 - len(done)
        seen.append(len(done))
    assert seen == [0, 50, 100, 130]
    assert away.assert_whole(operation_id) == {"added": 130}


def test_items_come_in_the_order_of_the_list_in_pages(ours: Service) -> None:
    operation_id = ours.start(LIST)
    ours.run()
    found: list[Item] = []
    for page in (1, 2, 3, 4):
        shown = bulk.list_items(ours.database, operation_id, PageRequest(page, 3))
        assert shown.total_items == 8
        found += shown.items
    assert [item.text for item in found] == LIST.split("\n")
    assert [item.line for item in found] == list(range(1, 9))
    assert found == list(bulk.all_items(ours.database, operation_id))
    assert [item.outcome for item in found[-3:]] == [
        Outcome.ADDED,
        Outcome.DUPLICATE,
        Outcome.INVALID,
    ]
    assert found[-2].reason == "The same number stands on line 1."


def test_items_are_found_by_outcome_and_text(ours: Service) -> None:
    operation_id = ours.start(LIST)
    ours.run()

    def texts(**wanted: object) -> list[str]:
        page = bulk.list_items(
            ours.database,
            operation_id,
            PageRequest(),
            **wanted,  # type: ignore[arg-type]
        )
        assert page.total_items == len(page.items)
        return [item.text for item in page.items]

    assert texts(outcomes=[Outcome.INVALID, Outcome.DUPLICATE]) == ["+447400000000", "foo 12"]
    assert texts(containing="FOO") == ["foo 12"]
    assert texts(containing="0000003") == ["+447400000003"]
    assert texts(containing="%") == []
    assert texts(containing="447400000000", outcomes=[Outcome.ADDED]) == ["+447400000000"]


def test_the_kinds_of_a_preview_part_the_list(ours: Service) -> None:
    ours.truth.add_numbers("one", [*numbers(2), *numbers(2, 50)])
    ours.truth.add_numbers("two", numbers(3))
    operation_id = ours.list_read(LIST)
    bulk.compare(ours.stores, ours.account_id, operation_id)
    ours.run()
    counts = {
        kind: bulk.list_items(ours.database, operation_id, PageRequest(), kind=kind).total_items
        for kind in KINDS
    }
    assert counts == {
        "new": 4,
        "in-pool": 2,
        "in-other-pools": 1,
        "duplicate": 1,
        "invalid": 1,
        "surplus": 2,
    }
    found = bulk.look(ours.database, ours.get(operation_id))
    assert (found.new, found.in_pool, found.in_other_pools) == (4, 2, 1)
    assert (found.duplicate, found.invalid, found.surplus) == (1, 1, 2)
    assert ours.get(operation_id).item_count == 4 + 2 + 1 + 1 + 2


def test_more_items_than_are_read_at_once(ours: Service) -> None:
    operation_id = ours.start(numbers(11_000))
    found = [item.number for item in bulk.all_items(ours.database, operation_id)]
    assert found == numbers(11_000)


def test_what_failed_can_be_taken_up_again_as_it_was_typed(ours: Service) -> None:
    operation_id = ours.start(LIST, Action.REMOVE)
    ours.run()
    expected = [*LIST.split("\n")[:6], "foo 12"]
    assert bulk.failed_text(ours.database, operation_id) == "\n".join(expected)


def test_what_was_not_removed_can_be_taken_up_again_as_the_number_that_it_is(ours: Service) -> None:
    ours.truth.add_numbers("one", numbers(2))
    operation_id = ours.list_read("+447400000005")
    bulk.compare(ours.stores, ours.account_id, operation_id)
    ours.run()
    bulk.begin(ours.stores, ours.account_id, operation_id, Action.MAKE_EQUAL)
    bulk.cancel(ours.stores, ours.account_id, operation_id)
    ours.run()
    expected = ["+447400000005", *(f"+{number}" for number in numbers(2))]
    assert bulk.failed_text(ours.database, operation_id) == "\n".join(expected)


def test_operations_are_listed_newest_first(service: Service) -> None:
    first = service.start(numbers(2))
    second = service.start(numbers(2), pool_id="two")
    service.run()
    third = service.move(numbers(2))

    def ids(**wanted: str) -> list[str]:
        page = bulk.list_operations(
            service.database, service.account_id, PageRequest(), pool_id=wanted.get("pool_id")
        )
        assert page.total_items == len(page.items)
        return [operation.operation_id for operation in page.items]

    assert ids() == [third, second, first]
    assert ids(pool_id="one") == [third, first]
    assert ids(pool_id="two") == [third, second]
    page = bulk.list_operations(service.database, service.account_id, PageRequest(2, 2))
    assert [operation.operation_id for operation in page.items] == [first]
    assert page.items[0].totals == {Outcome.ADDED: 2}


def test_what_is_under_way_in_a_pool(service: Service) -> None:
    operation_id = service.start(numbers(2))
    under_way = bulk.under_way(service.database, service.account_id, "one")
    assert [operation.operation_id for operation in under_way] == [operation_id]
    assert bulk.under_way(service.database, service.account_id, "two") == []
    service.run()
    assert bulk.under_way(service.database, service.account_id, "one") == []


def test_the_rate_and_the_time_left(away: Service) -> None:
    operation_id = away.start(numbers(130))
    progress = bulk.progress(away.database, away.get(operation_id))
    assert (progress.numbers_per_second, progress.time_left) == (None, None)
    away.step()
    away.step()
    progress = bulk.progress(away.database, away.get(operation_id))
    assert progress.numbers_per_second is not None
    assert progress.time_left is not None
    assert progress.time_left > timedelta(0)
    away.run()
    assert bulk.progress(away.database, away.get(operation_id)).time_left is None


def test_an_operation_tells_when_it_began_and_ended(service: Service) -> None:
    operation_id = service.start(numbers(2))
    assert service.get(operation_id).started_at is None
    service.run()
    operation = service.get(operation_id)
    assert operation.started_at is not None
    assert operation.finished_at is not None
    assert operation.created_at <= operation.started_at <= operation.finished_at
    assert operation.state is State.FINISHED
    assert operation.change_count == 2


def test_it_refuses_an_operation_that_is_not_there(ours: Service) -> None:
    with pytest.raises(OperationNotFound):
        bulk.get_operation(ours.database, ours.account_id, "nothing")
