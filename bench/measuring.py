"""Measuring so that the noise of the machine cancels: in turns, with medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes, by the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def medians(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure's values, taken in turns: A B A B ..."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(values) for values in zip(*taken, strict=True)]


def slowest_page(pages: Sequence[int], visit: Callable[[int], object]) -> int:
    """The page that takes longest: noise only ever adds, so the quickest of five visits counts.

    Before that all pages are visited once, as a server that has just started is slow everywhere.
    """
    for page in pages:
        visit(page)
    return max(pages, key=lambda page: min(seconds(lambda: visit(page)) for _ in range(5)))
