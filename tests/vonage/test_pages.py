"""Reading long lists of a vendor that offers neither search nor count."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from numberpools.domain.pools import Page, PageRequest
from numberpools.errors import NotSupported
from numberpools.stores.vonage_pages import (
    MOST_PAGES_OF_A_LIST,
    MOST_PAGES_OF_A_SEARCH,
    VendorPages,
    present,
)


class Numbers:
    """A pool's numbers, in pages of at most so many, whatever is asked for."""

    def __init__(self, numbers: Sequence[str], page_size: int) -> None:
        self.numbers = numbers
        self.page_size = page_size
        self.read: list[int] = []

    def __call__(self, asked: PageRequest) -> Page[str]:
        self.read.append(asked.page)
        start = (asked.page - 1) * self.page_size
        items = self.numbers[start : start + self.page_size]
        return Page(items, len(self.numbers), asked.page, self.page_size)


def numbers(count: int) -> list[str]:
    """So many numbers, each even."""
    return [str(447700000000 + 2 * each) for each in range(count)]


def test_a_short_list_is_read_whole_and_once() -> None:
    pool = Numbers(numbers(25), 10)
    pages = VendorPages(pool)
    assert pages.all() == pages.all() == numbers(25)
    assert pool.read == [1, 2, 3]


def test_a_short_pool_need_not_be_in_order() -> None:
    pool = Numbers(numbers(30)[::-1], 2)
    assert present(VendorPages(pool), ["447700000058", "447700000059"]) == {"447700000058"}


def test_a_long_list_is_not_read() -> None:
    pool = Numbers(numbers(10 * MOST_PAGES_OF_A_LIST + 1), 10)
    with pytest.raises(NotSupported, match="201 entries are too many"):
        VendorPages(pool).all()
    assert pool.read == [1]


def test_a_number_in_a_long_pool_is_found_by_halving() -> None:
    pool = Numbers(numbers(1_000_000), 1000)
    wanted = ["447700000000", "447701234567", "447701999998", "1555000", "999999999999999"]
    assert present(VendorPages(pool), wanted) == {"447700000000", "447701999998"}
    assert len(pool.read) <= 1 + 4 * 10


@pytest.mark.parametrize("count", range(201, 260, 7))
def test_every_number_of_a_long_pool_is_found(count: int) -> None:
    pool = Numbers(numbers(count), 10)
    there = numbers(count)
    absent = [str(int(number) + 1) for number in there]
    assert present(VendorPages(pool), [*there, *absent]) == set(there)
    assert sorted(pool.read) == list(range(1, -(-count // 10) + 1))


@pytest.mark.parametrize(
    "shuffled",
    [
        numbers(300)[::-1],
        [
            number
            for pair in zip(numbers(300)[1::2], numbers(300)[::2], strict=True)
            for number in pair
        ],
        [*numbers(300)[150:], *numbers(300)[:150]],
    ],
)
def test_a_long_pool_that_is_not_in_order_is_not_searched(shuffled: list[str]) -> None:
    with pytest.raises(NotSupported, match="in order"):
        present(VendorPages(Numbers(shuffled, 10)), numbers(300))


def test_a_page_that_went_missing_meanwhile_ends_the_search() -> None:
    pool = Numbers(numbers(300), 10)
    pages = VendorPages(pool)
    pool.numbers = []
    with pytest.raises(NotSupported):
        present(pages, ["447700000301"])


def test_a_search_ends_before_it_takes_too_many_calls() -> None:
    pool = Numbers(numbers(10_000), 10)
    with pytest.raises(NotSupported, match="so many numbers"):
        present(VendorPages(pool), numbers(10_000)[::100])
    assert len(pool.read) == MOST_PAGES_OF_A_SEARCH


def test_a_search_that_would_take_too_many_calls_does_not_begin() -> None:
    pool = Numbers(numbers(10_000), 10)
    with pytest.raises(NotSupported, match="so many numbers"):
        present(VendorPages(pool), numbers(10_000)[::10])
    assert pool.read == [1]
