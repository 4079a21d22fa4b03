"""Looking numbers up in a pool of the vendor's while others may be changing it.

Each page is true of one moment, and between two of them a number may slip from one into the other
without standing in either. So a number counts as absent only where one page has the place at which
it would stand. For a number that would stand between two pages, a page is read across them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from numberpools.domain.pools import Page
from numberpools.errors import NotSupported
from numberpools.stores.vonage_pages import MOST_PAGES_OF_A_LIST, VendorPages

MOST_PAGES_OF_A_SEARCH = 100

_TOO_LONG = "The pool is too long to look for so many numbers in it."
_NO_ORDER = (
    "The vendor does not list this pool's numbers in order, and the pool is too long to be read "
    "as a whole for this."
)
_BEFORE_ALL, _BEHIND_ALL = "", ":"
"""No number comes before the one, or behind the other: it is the character after 9."""


class Found(NamedTuple):
    present: set[str]
    doubtful: set[str]
    """Those of which no page could tell."""


def look_up(pages: VendorPages[str], numbers: Iterable[str]) -> Found:
    """Which of the numbers are in the pool. Raises NotSupported.

    At most one call more than one for each page. A long pool is searched by halving. Both rely on
    the vendor's order, ascending as text; a short pool without it is read twice instead.
    """
    search = _Search(pages, sorted(set(numbers)))
    if pages.first.total_pages > MOST_PAGES_OF_A_LIST:
        if min(len(search.unknown), pages.first.total_pages) > MOST_PAGES_OF_A_SEARCH:
            raise NotSupported(_TOO_LONG)
        search.see(pages.first)
        return search.ended(at_most=MOST_PAGES_OF_A_SEARCH)
    wanted = set(search.unknown)
    read = [pages.first, *pages.rest()]
    try:
        for page in read:
            search.see(page)
    except NotSupported:
        return _read_twice(pages, read, wanted)
    try:
        return search.ended(at_most=pages.read_count + len(read))
    except NotSupported:
        return Found(search.present, set(search.unknown))


class _Stretch(NamedTuple):
    """Numbers that follow each other in the pool, and between which nothing else stands."""

    first: str
    last: str
    begin: int
    """The place of the first one in the pool, from 0."""
    end: int


class _Search:
    def __init__(self, pages: VendorPages[str], wanted: list[str]) -> None:
        self.present: set[str] = set()
        self.unknown = wanted
        """Ascending."""
        self._pages = pages
        self._stretches: list[_Stretch] = []
        self._count = pages.first.total_items

    def see(self, page: Page[str]) -> None:
        """What a page tells. Raises NotSupported where it is not in order."""
        self._count = page.total_items
        if not page.items:
            if page.page == 1 and page.next_page is None:
                self.unknown = []
            return
        if not _ascend(page):
            raise NotSupported(_NO_ORDER)
        begin = (page.page - 1) * page.page_size
        end = begin + len(page.items) + len(page.odd)
        first = page.items[0] if begin else _BEFORE_ALL
        last = page.items[-1] if page.next_page else _BEHIND_ALL
        left, right = bisect_left(self.unknown, first), bisect_right(self.unknown, last)
        self.present.update(set(self.unknown[left:right]).intersection(page.items))
        del self.unknown[left:right]
        seen = _Stretch(first, last, begin, end)
        if not all(_fit(seen, each) for each in self._stretches):
            raise NotSupported(_NO_ORDER)
        self._stretches.append(seen)

    def ended(self, *, at_most: int) -> Found:
        """Read on until every number is known. Raises NotSupported where that takes more calls."""
        while self.unknown:
            if self._pages.read_count >= at_most:
                raise NotSupported(_TOO_LONG)
            self.see(self._pages.read(*self._next_page(self.unknown[0])))
        return Found(self.present, set())

    def _next_page(self, number: str) -> tuple[int, int | None]:
        """Which page is to be read to find a number, and its size where that is another one."""
        size = self._pages.page_size
        begin = max((each.end for each in self._stretches if each.last < number), default=0)
        end = min((each.begin for each in self._stretches if each.first > number), default=None)
        end = max(self._count if end is None else end, begin)
        place = (begin + end) // 2
        if end - begin >= size:
            return place // size + 1, None
        return across(place, size)


def across(place: int, most: int) -> tuple[int, int]:
    """A page that has this place of a list as near to its middle as can be: its number and size."""

    def margin(size: int) -> int:
        return min(place % size, size - place % size)

    size = max(range(max(most // 2, 1), most + 1), key=margin)
    return place // size + 1, size


def _fit(one: _Stretch, other: _Stretch) -> bool:
    """Whether both can be parts of one list in order, give or take what changed in between."""
    if one.begin > other.begin:
        one, other = other, one
    return one.begin == other.begin or (one.first <= other.first and one.last <= other.last)


def _ascend(page: Page[str]) -> bool:
    return all(one <= other for one, other in pairwise(page.items))


def _read_twice(pages: VendorPages[str], read: Sequence[Page[str]], wanted: set[str]) -> Found:
    """Without an order, two equal readings are whole; else what is not seen is in doubt."""
    again = [pages.read(page.page) for page in read]
    present = wanted & {item for page in again for item in page.items}
    are_equal = [page.items for page in again] == [page.items for page in read]
    return Found(present, set() if are_equal else wanted - present)
