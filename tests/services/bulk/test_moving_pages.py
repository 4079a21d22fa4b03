"""Somebody else changes a pool while it is read page by page: no number slips through.

A number that is removed moves all that come after it, and the one at the edge of the next page is
on neither; one that is added moves them the other way, and the last one is beyond the last page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from numberpools.errors import OperationChanged
from numberpools.services import bulk
from numberpools.services.bulk import Action
from tests.chaos.events import By
from tests.chaos.vendor import ChaosVendor
from tests.databases import on_sqlite
from tests.services.bulk.service import Service, numbers

pytestmark = [on_sqlite, pytest.mark.server]

POOL = numbers(6_000)
LISTED = [number for place, number in enumerate(POOL) if place % 6]
SURPLUS = POOL[::6]
"""Of these, one after the other leaves the pool; on the list stands none of them."""
EDGES = [number for place, number in enumerate(POOL) if place % 1_000 < 100 and place % 6]
"""The first hundred of each page, of which one or the other is at the edge when it is read."""


@pytest.fixture
def vendor(vendor_in_memory: ChaosVendor) -> ChaosVendor:
    return vendor_in_memory


@pytest.fixture
def away(start_service: Callable[[], Service], vendor: ChaosVendor) -> Service:
    """The pool ``one`` has 6,000 numbers."""
    fill(vendor, POOL)
    return start_service()


def fill(vendor: ChaosVendor, contents: Iterable[str]) -> None:
    with vendor.acting() as pools:
        pools.add("one", contents, By.OTHERS)


def remove_meanwhile(vendor: ChaosVendor, every: int = 1, most: int = 900) -> None:
    """After so many pages of the pool, somebody else removes one of its first numbers."""
    left = iter(SURPLUS[:most])
    pages = iter(range(1, 1_000_000))

    def remove(pool_id: str, page: int) -> None:
        with vendor.acting() as pools:
            if pool_id == "one" and next(pages) % every == 0 and (number := next(left, None)):
                pools.remove("one", [number], By.OTHERS)

    vendor.after_page = remove


def ours(vendor: ChaosVendor) -> list[str]:
    """The numbers that we have changed."""
    return [change.number for change in vendor.log.changes if change.by is By.US]


def test_one_removal_while_a_pool_is_looked_at(away: Service, vendor: ChaosVendor) -> None:
    remove_meanwhile(vendor, most=1)
    operation_id = away.start(LISTED)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"already-in-pool": 5_000}
    with pytest.raises(OperationChanged):
        bulk.undo(away.stores, away.account_id, operation_id, "Ann")
    assert vendor.pools["one"] == set(POOL) - {SURPLUS[0]}


@pytest.mark.parametrize("every", [1, 2])
def test_a_removal_after_every_few_pages(away: Service, vendor: ChaosVendor, every: int) -> None:
    remove_meanwhile(vendor, every)
    operation_id = away.start(LISTED)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"already-in-pool": 5_000}
    assert ours(vendor) == []


def test_numbers_at_the_edges_of_pages_are_moved(away: Service, vendor: ChaosVendor) -> None:
    remove_meanwhile(vendor)
    operation_id = away.move(EDGES)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"moved": len(EDGES)}
    assert vendor.pools["two"] == set(EDGES)


def test_numbers_at_the_edges_of_pages_are_removed(away: Service, vendor: ChaosVendor) -> None:
    remove_meanwhile(vendor)
    operation_id = away.start(EDGES, Action.REMOVE)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"removed": len(EDGES)}
    undo_id = bulk.undo(away.stores, away.account_id, operation_id, "Ann")
    away.run_to_the_end(undo_id)
    assert away.assert_whole(undo_id) == {"added": len(EDGES)}
    assert vendor.pools["one"] >= set(LISTED)


def test_a_number_that_comes_in_moves_the_last_one_to_a_page_more(
    start_service: Callable[[], Service], vendor: ChaosVendor
) -> None:
    full = POOL[1:2_001]
    fill(vendor, full)
    away = start_service()

    def add(pool_id: str, page: int) -> None:
        with vendor.acting() as pools:
            pools.add("one", [POOL[0]], By.OTHERS)

    vendor.after_page = add
    operation_id = away.start(full[-3:])
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"already-in-pool": 3}


def test_a_long_pool_that_is_searched(
    start_service: Callable[[], Service], vendor: ChaosVendor
) -> None:
    long = numbers(25_000)
    fill(vendor, long)
    remove_meanwhile(vendor)
    away = start_service()
    listed = [long[place] for place in range(1_000, 10_000, 101) if place % 6]
    operation_id = away.start(listed)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"already-in-pool": len(listed)}


def test_a_pool_that_is_copied_to_be_looked_at(
    start_service: Callable[[], Service], vendor: ChaosVendor
) -> None:
    vendor.largest_page = 100
    long = numbers(10_200)
    fill(vendor, long)
    remove_meanwhile(vendor)
    away = start_service()
    listed = [number for place, number in enumerate(long) if place % 6][:8_000:50]
    listed += [long[place] for place in range(0, 10_200, 100) if place % 6]
    listed = list(dict.fromkeys(listed))
    operation_id = away.start(listed)
    away.run_to_the_end(operation_id)
    assert away.assert_whole(operation_id) == {"already-in-pool": len(listed)}


def test_a_look_at_a_quiet_pool_costs_one_call_more_for_each_page_at_most(
    away: Service, vendor: ChaosVendor
) -> None:
    operation_id = away.start(LISTED)
    away.run_to_the_end(operation_id)
    assert 6 <= vendor.page_count <= 12
