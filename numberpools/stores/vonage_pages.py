"""Reading a list of the vendor's as a whole, where the vendor offers neither search nor count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from numberpools.domain.pools import MAXIMUM_PAGE_SIZE, Page, PageRequest
from numberpools.errors import InvalidInput, NotSupported, VendorRefused

T = TypeVar("T")

MOST_PAGES_OF_A_LIST = 20
"""Calls that reading a whole list is worth: two seconds at ten calls a second."""

_SMALLER_PAGE_SIZE = 100


class VendorPages(Generic[T]):
    """A list of the vendor's in pages as large as it gives. The first is read at once."""

    def __init__(self, fetch: Callable[[PageRequest], Page[T]]) -> None:
        self._fetch = fetch
        self.read_count = 0
        self._asked_size = MAXIMUM_PAGE_SIZE
        try:
            self.first = self.read(1)
        except (InvalidInput, VendorRefused):
            # How large a page may be is not published.
            self._asked_size = _SMALLER_PAGE_SIZE
            self.first = self.read(1)
        self.page_size = self.first.page_size
        """What the vendor gives: it may be less than was asked for."""

    def read(self, number: int, page_size: int | None = None) -> Page[T]:
        self.read_count += 1
        return self._fetch(PageRequest(number, page_size or self._asked_size))

    def rest(self) -> list[Page[T]]:
        """All pages after the first, as many as there are by then."""
        pages, last = [], self.first
        while last.next_page is not None:
            last = self.read(last.next_page)
            pages.append(last)
        return pages

    def all(self) -> list[T]:
        """Raises NotSupported where the list is too long to be read while a person waits."""
        if self.first.total_pages > MOST_PAGES_OF_A_LIST:
            raise NotSupported(
                f"The vendor can neither search nor count, and these {self.first.total_items:,} "
                "entries are too many to be read one by one for it."
            )
        return [item for page in (self.first, *self.rest()) for item in page.items]
