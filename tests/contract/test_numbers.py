from __future__ import annotations

from collections.abc import Callable

import pytest

from numberpools.db.database import Database
from numberpools.domain.outcomes import Outcome
from numberpools.domain.pools import PageRequest, Pool
from numberpools.errors import PoolNotFound
from numberpools.services.accounts import set_inventory
from numberpools.stores import PoolStore
from tests.contract.outcomes import numbers_in, outcomes

MakePool = Callable[..., Pool]

ONE, TWO, THREE = "447700900001", "447700900002", "447700900003"
MALFORMED = ["", "123456", "1" * 16, "+447700900001", "44 7700 900001", "٤٤٧٧٠٠٩٠٠٠٠١", "x"]


def test_it_works(store: PoolStore, make_pool: MakePool) -> None:
    make_pool("support", [TWO, ONE])
    page = store.list_numbers("support", PageRequest())
    assert list(page.items) == [ONE, TWO]
    assert page.total_items == store.count_numbers("support") == 2


class TestAdding:
    def test_what_is_new_is_added(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool()
        added = outcomes(store.add_numbers("support", [TWO, ONE]))
        assert added == {ONE: Outcome.ADDED, TWO: Outcome.ADDED}

    def test_what_is_there_stays_there(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool("support", [ONE])
        reported = outcomes(store.add_numbers("support", [ONE, TWO]))
        # The API does not tell the two apart: what is in the pool afterwards was "added".
        assert reported.pop(ONE) in {Outcome.ADDED, Outcome.ALREADY_IN_POOL}
        assert reported == {TWO: Outcome.ADDED}
        assert numbers_in(store) == [ONE, TWO]

    def test_a_number_that_is_named_twice_counts_once(
        self, store: PoolStore, make_pool: MakePool
    ) -> None:
        make_pool()
        assert outcomes(store.add_numbers("support", [ONE, ONE])) == {ONE: Outcome.ADDED}
        assert store.count_numbers("support") == 1

    def test_what_is_no_number_is_left_out(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool()
        reported = outcomes(store.add_numbers("support", [*MALFORMED, ONE]))
        assert reported.pop(ONE) is Outcome.ADDED
        assert reported == dict.fromkeys(MALFORMED, Outcome.INVALID)
        assert numbers_in(store) == [ONE]

    def test_what_the_account_does_not_own_is_left_out(
        self, store: PoolStore, make_pool: MakePool, database: Database, account_id: str
    ) -> None:
        set_inventory(database, account_id, [ONE])
        make_pool()
        groups = store.add_numbers("support", [ONE, TWO])
        assert outcomes(groups) == {ONE: Outcome.ADDED, TWO: Outcome.NOT_OWNED}
        assert numbers_in(store) == [ONE]
        assert outcomes(store.add_numbers("support", [TWO])) == {TWO: Outcome.NOT_OWNED}

    def test_a_whole_batch_is_added(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool()
        numbers = [str(447700900000 + each) for each in range(min(store.batch_size, 60))]
        assert outcomes(store.add_numbers("support", numbers)) == dict.fromkeys(
            numbers, Outcome.ADDED
        )
        assert store.count_numbers("support") == len(numbers)


class TestRemoving:
    def test_what_is_there_is_removed(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool("support", [ONE, TWO])
        assert outcomes(store.remove_numbers("support", [ONE])) == {ONE: Outcome.REMOVED}
        assert numbers_in(store) == [TWO]

    def test_everything_else_is_told(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool("support", [ONE, TWO])
        groups = store.remove_numbers("support", [THREE, ONE, "x", ONE])
        assert outcomes(groups) == {
            ONE: Outcome.REMOVED,
            THREE: Outcome.NOT_IN_POOL,
            "x": Outcome.INVALID,
        }
        assert all(group.reason for group in groups if group.outcome.is_failure)

    def test_nothing_is_there(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool()
        assert outcomes(store.remove_numbers("support", [ONE])) == {ONE: Outcome.NOT_IN_POOL}

    def test_another_pools_numbers_stay(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool("support", [ONE])
        make_pool("sales", [ONE])
        store.remove_numbers("support", [ONE])
        assert numbers_in(store, "sales") == [ONE]


class TestReading:
    def test_pages_follow_the_numbers_as_text(self, store: PoolStore, make_pool: MakePool) -> None:
        numbers = ["9" * 7, "9" * 15, "1" * 7, "1" * 8, "123456789012345", "2" * 10, "10000000"]
        make_pool("support", numbers)
        pages = [store.list_numbers("support", PageRequest(number, 3)) for number in range(1, 5)]
        assert [number for page in pages for number in page.items] == sorted(numbers)
        assert [len(page.items) for page in pages] == [3, 3, 1, 0]
        assert {(page.total_items, page.total_pages) for page in pages} == {(7, 3)}

    def test_a_filter_finds_any_part(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool("support", [ONE, TWO, "15550001234", "15550009001"])
        first, second, third = (
            store.list_numbers("support", PageRequest(number, 2), containing="9")
            for number in (1, 2, 3)
        )
        assert [list(first.items), list(second.items), list(third.items)] == [
            ["15550009001", ONE],
            [TWO],
            [],
        ]
        assert {first.total_items, second.total_items, third.total_items} == {3}

    def test_it_tells_which_are_in_the_pool(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool("support", [ONE, TWO])
        assert store.look("support", [THREE, TWO, TWO]).present == {TWO}
        assert store.look("support", []).present == set()

    def test_an_empty_pool(self, store: PoolStore, make_pool: MakePool) -> None:
        make_pool()
        page = store.list_numbers("support", PageRequest())
        assert (list(page.items), page.total_items, page.total_pages) == ([], 0, 1)
        assert store.count_numbers("support") == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.list_numbers("support", PageRequest()),
        lambda store: store.list_numbers("support", PageRequest(), containing="1"),
        lambda store: store.count_numbers("support"),
        lambda store: store.look("support", [ONE]).present,
        lambda store: store.look("support", []).present,
        lambda store: store.add_numbers("support", [ONE]),
        lambda store: store.remove_numbers("support", [ONE]),
        lambda store: store.add_numbers("support", ["x"]),
        lambda store: store.remove_numbers("support", ["x"]),
    ],
)
def test_a_pool_that_is_not_there_is_not_found(
    store: PoolStore, ask: Callable[[PoolStore], object]
) -> None:
    with pytest.raises(PoolNotFound, match="support"):
        ask(store)
