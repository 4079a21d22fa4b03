"""Reading a list of the vendor's as a whole, where the vendor offers neither search nor count."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from numberpools.domain.pools import MAXIMUM_PAGE_SIZE, Page, PageRequest
from numberpools.errors import InvalidInput, NotSupported, VendorRefused

T = TypeVar("T")

MOST_PAGES_OF_A_LIST = 20
"""Calls that reading a whole list is worth: two seconds at ten calls a second."""
MOST_PAGES_OF_A_SEARCH = 100

_TOO_LONG = "The pool is too long to look for so many numbers in it."
_SMALLER_PAGE_SIZE = 100
_BEHIND_ALL = ":"
"""The character after 9: no number comes behind it."""


class VendorPages(Generic[T]):
    """A list of the vendor's in pages as large as it gives, each read once, when it is needed."""

    def __init__(self, fetch: Callable[[PageRequest], Page[T]]) -> None:
        self._fetch = fetch
        self._page_size = MAXIMUM_PAGE_SIZE
        try:
            first = self._read(1)
        except (InvalidInput, VendorRefused):
            # How large a page may be is not published.
            self._page_size = _SMALLER_PAGE_SIZE
            first = self._read(1)
        self._pages = {1: first.items}
        self.total_pages = first.total_pages
        self.total_items = first.total_items

    def page(self, page: int) -> Sequence[T]:
        """Raises NotSupported where this would be too many pages for one search."""
        if page not in self._pages:
            if len(self._pages) == MOST_PAGES_OF_A_SEARCH:
                raise NotSupported(_TOO_LONG)
            self._pages[page] = self._read(page).items
        return self._pages[page]

    def all(self) -> list[T]:
        """Raises NotSupported where the list is too long to be read while a person waits."""
        if self.total_pages > MOST_PAGES_OF_A_LIST:
            raise NotSupported(
                f"The vendor can neither search nor count, and these {self.total_items:,} entries "
                "are too many to be read one by one for it."
            )
        return [item for page in range(1, self.total_pages + 1) for item in self.page(page)]

    def _read(self, page: int) -> Page[T]:
        return self._fetch(PageRequest(page, self._page_size))


def present(pages: VendorPages[str], numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that are in a pool. Raises NotSupported.

    A long pool is searched by halving. That relies on the vendor's order, ascending as text, for
    which both ends and what is read between them are checked.
    """
    if pages.total_pages <= MOST_PAGES_OF_A_LIST:
        return set(numbers).intersection(pages.all())
    wanted = sorted(set(numbers))
    if min(len(wanted), pages.total_pages) > MOST_PAGES_OF_A_SEARCH:
        raise NotSupported(_TOO_LONG)
    first = _in_order(pages.page(1), "", _BEHIND_ALL)
    last = _in_order(pages.page(pages.total_pages), first[-1], _BEHIND_ALL)
    left, right = bisect_right(wanted, first[-1]), bisect_left(wanted, last[0])
    between = _search(pages, wanted[left:right], range(2, pages.total_pages), first[-1], last[0])
    return {*set(wanted).intersection([*first, *last]), *between}


def _search(
    pages: VendorPages[str], wanted: Sequence[str], among: range, after: str, before: str
) -> Iterator[str]:
    """Those of the numbers, ascending, on some pages, whose numbers lie between two others."""
    if not wanted or not among:
        return
    half = len(among) // 2
    numbers = _in_order(pages.page(among[half]), after, before)
    left, right = bisect_left(wanted, numbers[0]), bisect_right(wanted, numbers[-1])
    yield from set(numbers).intersection(wanted[left:right])
    yield from _search(pages, wanted[:left], among[:half], after, numbers[0])
    yield from _search(pages, wanted[right:], among[half + 1 :], numbers[-1], before)


def _in_order(numbers: Sequence[str], after: str, before: str) -> Sequence[str]:
    """A page's numbers, if they ascend between these two. Raises NotSupported."""
    if not numbers or [after, *numbers, before] != sorted({after, *numbers, before}):
        raise NotSupported(
            "The vendor does not list this pool's numbers in order, and the pool is too long to "
            "be read as a whole for this."
        )
    return numbers
