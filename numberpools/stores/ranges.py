"""Ranges: a pool's numbers in stretches of known size, so that any page of them is found quickly.

A range is everything from its `first` text up to the next range's; the first range of a pool
starts at the empty text. Numbers move into and out of ranges, and a range that outgrows
`RANGE_LIMIT` is cut into several. Finding the n-th number means adding up counts, then skipping
at most `RANGE_LIMIT` numbers: with a million numbers some 700 counts and 2,000 numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

RANGE_LIMIT = 2000
_RANGE_FILL = 1500
"""The size of the pieces of a range that is cut: room to grow before the next cut."""


class NumberRange(NamedTuple):
    first: str
    size: int


EVERYTHING = NumberRange("", 0)
"""The one range of a pool that is empty."""


@dataclass(frozen=True, slots=True)
class Share:
    """Those of some numbers that fall into one range."""

    range: NumberRange
    end: str | None
    """Where the next range starts; None for the last range."""
    numbers: Sequence[str]


def locate(ranges: Iterable[tuple[str, int]], offset: int) -> tuple[str, int]:
    """Where to start reading for the number at `offset` (from 0), and how many to skip there."""
    first = ""
    for first, size in ranges:  # noqa: B007
        if offset < size:
            break
        offset -= size
    return first, offset


def shares(ranges: Sequence[NumberRange], numbers: Sequence[str]) -> Iterator[Share]:
    """Deal the numbers, ascending, out to the ranges that they fall into."""
    firsts = [each.first for each in ranges]
    position = 0
    while position < len(numbers):
        index = bisect_right(firsts, numbers[position]) - 1
        end = firsts[index + 1] if index + 1 < len(firsts) else None
        stop = len(numbers) if end is None else bisect_left(numbers, end, position)
        yield Share(ranges[index], end, numbers[position:stop])
        position = stop


def cut(first: str, numbers: Sequence[str]) -> list[NumberRange]:
    """The ranges that take the place of one that starts at `first` and holds these numbers."""
    starts = range(0, len(numbers), _RANGE_FILL)
    pieces = [NumberRange(numbers[at], min(_RANGE_FILL, len(numbers) - at)) for at in starts]
    return [NumberRange(first, pieces[0].size), *pieces[1:]]
