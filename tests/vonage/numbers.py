"""A pool's numbers in pages, as the vendor's API lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from numberpools.domain.pools import Page, PageRequest


class Numbers:
    """In pages of at most so many, whatever is asked for.

    `between`: called before each page but the first, for others who change the pool.
    """

    def __init__(
        self,
        numbers: Sequence[str],
        page_size: int,
        between: Callable[[list[str]], object] = lambda _: None,
    ) -> None:
        self.numbers = list(numbers)
        self.page_size = page_size
        self.read: list[tuple[int, int]] = []
        """Number and size of each page that was given."""
        self._between = between

    def __call__(self, asked: PageRequest) -> Page[str]:
        if self.read:
            self._between(self.numbers)
        size = min(asked.page_size, self.page_size)
        self.read.append((asked.page, size))
        start = (asked.page - 1) * size
        return Page(self.numbers[start : start + size], len(self.numbers), asked.page, size)


def numbers(count: int) -> list[str]:
    """So many numbers, each even."""
    return [str(447700000000 + 2 * each) for each in range(count)]
