"""Reading lists of a vendor's as a whole, in the background: all pools, all numbers of one.

Several pages are read at a time, and a page that fails is asked for again: one of a thousand must
not cost the rest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from itertools import pairwise
from typing import NamedTuple, TypeVar

from numberpools.domain.pools import MAXIMUM_PAGE_SIZE, AnyPool, Page, PageRequest, PoolSummary
from numberpools.errors import (
    InvalidInput,
    NotSettled,
    NotSupported,
    UnreadableAnswer,
    VendorFailed,
    VendorRefused,
)
from numberpools.stores import PoolStore
from numberpools.stores.vonage_looks import across
from numberpools.stores.vonage_patience import patience

_Read = TypeVar("_Read")

PAGE_SIZES = (MAXIMUM_PAGE_SIZE, 100)
"""The second is asked for where the vendor refuses the first: what it allows is not published."""
CALLS_AT_ONCE = 4
MOST_NUMBERS = 10_000_000
"""Of a pool. A vendor that tells of more has made a mistake."""
_SECONDS_OF_A_PAGE = 300.0
_TRIES_OF_A_PAGE = 5
_PAGES_PER_SIGN_OF_LIFE = 20
_READINGS_OF_A_POOL = 2

GoOn = Callable[[], object]
"""A sign of life, between the pages."""


class Numbers(NamedTuple):
    numbers: Sequence[str]
    odd_count: int
    """How many entries of the list are no numbers."""


def all_pools(store: PoolStore, go_on: GoOn) -> Iterator[AnyPool]:
    """Raises VendorError, NotSupported."""

    def read(page: PageRequest) -> Page[PoolSummary]:
        return patiently(store.list_pools, page)

    seen: set[str] = set()
    for page in _pages(read, go_on):
        found = [summary.pool for summary in page.items]
        if found and seen.issuperset(pool.pool_id for pool in found):
            raise UnreadableAnswer("The vendor lists the same pools on several pages.")
        seen.update(pool.pool_id for pool in found)
        yield from found


def all_numbers(store: PoolStore, pool_id: str, go_on: GoOn) -> Numbers:
    """A pool's numbers, ascending. Raises VendorError, NotSupported.

    While others change the pool, numbers slip from one page into another, and may be seen in
    neither. So pages across all boundaries are read as well: where what they show differs, it is
    newer.
    """

    def read(page: PageRequest) -> Page[str]:
        return patiently(store.list_numbers, pool_id, page)

    for _ in range(_READINGS_OF_A_POOL):
        pages = list(_different(_pages(read, go_on)))
        numbers = sorted({number for page in pages for number in page.items})
        odd_count = sum(len(page.odd) for page in pages)
        totals = {page.total_items for page in pages}
        if _are_in_order(pages) and (len(totals) > 1 or totals == {len(numbers) + odd_count}):
            return Numbers(_joined(numbers, pages, read), odd_count)
        if totals == {len(numbers) + odd_count}:
            return Numbers(numbers, odd_count)
    if len(totals) > 1:
        raise NotSettled("The pool changes while it is read, and the vendor lists it in no order.")
    raise UnreadableAnswer(
        f"The vendor says that it has {totals.pop():,} numbers, and lists "
        f"{len(numbers) + odd_count:,}."
    )


def patiently(read: Callable[..., _Read], *what: object) -> _Read:
    """What it reads; asked again where it fails."""
    for _ in range(_TRIES_OF_A_PAGE - 1):
        with suppress(UnreadableAnswer, VendorFailed), _patience():
            return read(*what)
    with _patience():
        return read(*what)


def _pages(read: Callable[[PageRequest], Page[_Read]], go_on: GoOn) -> Iterator[Page[_Read]]:
    """All pages of a list, several calls at a time. Raises NotSupported where it has no end."""
    last = first = _first_page(read)
    if first.total_items > MOST_NUMBERS:
        raise NotSupported(f"By what the vendor says, it has {first.total_items:,} entries.")
    yield first
    with ThreadPoolExecutor(CALLS_AT_ONCE) as executor:
        for begin in range(2, first.total_pages + 1, _PAGES_PER_SIGN_OF_LIFE):
            end = min(begin + _PAGES_PER_SIGN_OF_LIFE, first.total_pages + 1)
            wanted = [PageRequest(each, first.page_size) for each in range(begin, end)]
            for last in executor.map(read, wanted):
                yield last
            go_on()
    while last.next_page and last.total_items <= MOST_NUMBERS:  # it has grown meanwhile
        last = read(PageRequest(last.next_page, first.page_size))
        yield last


def _first_page(read: Callable[[PageRequest], Page[_Read]]) -> Page[_Read]:
    """As large as the vendor gives it, whether it refuses larger ones or quietly shortens them."""
    largest, smaller = (PageRequest(1, size) for size in PAGE_SIZES)
    try:
        first = read(largest)
    except (InvalidInput, VendorRefused):
        return read(smaller)
    is_short = len(first.items) + len(first.odd) < min(first.total_items, first.page_size)
    return read(smaller) if is_short else first


def _different(pages: Iterable[Page[str]]) -> Iterator[Page[str]]:
    """Raises UnreadableAnswer where the vendor gives the same ones again and again."""
    seen: set[str] = set()
    for page in pages:
        if page.items and seen.issuperset(page.items):
            raise UnreadableAnswer("The vendor lists the same numbers on several pages.")
        seen.update(page.items)
        yield page


def _are_in_order(pages: Sequence[Page[str]]) -> bool:
    filled = [page.items for page in pages if page.items]
    return all(list(each) == sorted(each) for each in filled) and all(
        one[0] <= other[0] and one[-1] <= other[-1] for one, other in pairwise(filled)
    )


def _joined(
    numbers: list[str], pages: Sequence[Page[str]], read: Callable[[PageRequest], Page[str]]
) -> list[str]:
    """With what stands at the boundaries of pages."""
    size = pages[0].page_size
    wanted = [PageRequest(*across(size * count, size)) for count in range(1, len(pages))]
    with ThreadPoolExecutor(CALLS_AT_ONCE) as executor:
        for page in executor.map(read, wanted):
            if page.items:
                left = bisect_left(numbers, page.items[0])
                right = bisect_right(numbers, page.items[-1])
                numbers[left:right] = sorted(set(page.items))
    return numbers


def _patience() -> AbstractContextManager[object]:
    """Nobody waits for a copy, so people's calls go first."""
    return patience(_SECONDS_OF_A_PAGE, urgent=False)
